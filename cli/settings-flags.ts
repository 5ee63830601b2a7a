// Settings on a command: its flags with their help, and the settings that a parsed command line comes to.

import { type Command, Option } from 'commander';
import type { Frame } from './frame.ts';
import {
  COMMAND_FALLBACKS,
  COMMAND_SETTINGS,
  flagOf,
  SETTINGS,
  type SettingName,
  type SettingsOf,
  variableOf,
} from './settings.ts';
import { readSettings } from './settings-read.ts';

type WithSettings = keyof typeof COMMAND_SETTINGS;
/** Flags as commander hands them to an action. */
export type Flags = Readonly<Record<string, unknown>>;

/** Gives a command the flags of its settings, grouped as the table says, and `--config`. */
export function addSettings(command: Command, name: WithSettings): Command {
  for (const setting of COMMAND_SETTINGS[name]) command.addOption(optionOf(setting, name));
  return command.addOption(
    new Option(
      '--config <file>',
      'TOML file with settings (default: heartwood.toml in the data folder, env: HEARTWOOD_CONFIG)',
    ).helpGroup('Program:'),
  );
}

/** What a setting is for in a command that is no hub. */
const OWN_HELP: { readonly [Name in WithSettings]?: { readonly [Setting in SettingName]?: string } } = {
  ledger: { data: 'folder that holds the ledger and its key' },
  witness: { data: 'folder that holds the witness’s key and its memory' },
};

function optionOf(name: SettingName, command: WithSettings): Option {
  const row = SETTINGS[name];
  const help = OWN_HELP[command]?.[name] ?? row.help;
  // A ledger and a witness have no dashboard: what they serve is the network's.
  const alone = command === 'ledger' || command === 'witness';
  const group = alone && row.group === 'Dashboard' ? 'Network' : row.group;
  const option = new Option(
    `${flagOf(name)} ${row.type.shape}`.trimEnd(),
    `${help} (${[...fallbackText(name, command), `env: ${variableOf(name)}`].join(', ')})`,
  ).helpGroup(`${group}:`);
  if (row.type.many === true) {
    option.argParser((word: string, before: readonly string[] | undefined) => [...(before ?? []), word]);
  }
  return option;
}

function fallbackText(name: SettingName, command: WithSettings): string[] {
  const own = COMMAND_FALLBACKS[command]?.[name];
  if (own !== undefined) return [`default: ${own}`];
  const row = SETTINGS[name];
  if (!('fallback' in row)) return [];
  const { fallback } = row;
  if (typeof fallback === 'boolean') return [];
  if (typeof fallback !== 'object') return [`default: ${fallback}`];
  return 'says' in fallback ? [`default: ${fallback.says}`] : [];
}

/**
 * The settings of a command whose flags were parsed.
 *
 * @throws Refusal as `readSettings` says
 */
export function settingsFor<Name extends WithSettings>(
  name: Name,
  flags: Flags,
  frame: Frame,
): SettingsOf<Name> {
  const wanted: readonly SettingName[] = COMMAND_SETTINGS[name];
  const byName: Record<string, string | boolean | readonly string[]> = {};
  for (const setting of wanted) {
    const given = flags[optionOf(setting, name).attributeName()];
    if (given !== undefined) byName[setting] = given as string | boolean | readonly string[];
  }
  return readSettings(wanted, {
    flags: byName,
    env: frame.env,
    config: flags['config'] as string | undefined,
    fallbacks: COMMAND_FALLBACKS[name],
    cwd: frame.cwd,
    readText: frame.readText,
  }) as SettingsOf<Name>;
}
