// How settings are found: a flag beats the environment, the environment beats the config file, the file beats the
// built-in value. Everything is parsed here, once; past this file a setting is a checked value with an absolute path.
//
// A wrong value and an unknown name are refused, wherever they stand: a mistyped `HEARTWOOD_HTTP_HOTS` that is
// silently dropped would leave a door open that its owner believes shut.

import { dirname, join, resolve } from 'node:path';
import { parse as parseToml, TomlError } from 'smol-toml';
import { lineOf } from './config-line.ts';
import { Refusal } from './exit-status.ts';
import { didYouMean, nearest } from './near-miss.ts';
import { flagOf, keyOf, SETTINGS, type SettingName, type Settings, variableOf } from './settings.ts';
import { checkTogether } from './settings-together.ts';

/** Variables with the prefix that are not settings. */
const OTHER_VARIABLES = ['HEARTWOOD_CONFIG', 'HEARTWOOD_DEBUG'] as const;
/** Variables of the test suite; the program leaves them alone. */
const TEST_PREFIX = 'HEARTWOOD_TEST_';

/** Where settings may come from, handed in by `main`. */
export type SettingSources = {
  /** By setting name, as the command line gave them. */
  readonly flags: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The value of `--config`. */
  readonly config?: string | undefined;
  /** Built-in values that differ from the table's. */
  readonly fallbacks?: Partial<Settings> | undefined;
  readonly cwd: string;
  /** The text of a file, or undefined where there is none. Other failures are thrown. */
  readonly readText: (path: string) => string | undefined;
};

/** A value as it was found: with its place, for the refusal, and the folder that a relative path starts from. */
type Found = {
  readonly raw: unknown;
  readonly place: string;
  readonly base: string;
};
type ConfigFile = {
  readonly path: string;
  readonly text: string;
  readonly keys: Readonly<Record<string, unknown>>;
};

const NAMES = Object.keys(SETTINGS) as SettingName[];

/**
 * The settings asked for, by name.
 *
 * @throws Refusal `usage` that names the setting, where it came from, what was given and what would be right;
 *   `cannot-run` where a config file that was asked for cannot be read.
 */
export function readSettings<Name extends SettingName>(
  wanted: readonly Name[],
  sources: SettingSources,
): Pick<Settings, Name> {
  refuseUnknownVariables(sources.env);

  const early = new Map<SettingName, Found>();
  for (const name of NAMES) {
    const found = fromFlag(name, sources) ?? fromVariable(name, sources);
    if (found !== undefined) early.set(name, found);
  }
  // The data folder says where the default config file is, so it is settled before that file is looked for.
  const usesData = (wanted as readonly SettingName[]).includes('data');
  const earlyData = usesData ? (settled('data', early.get('data'), sources) as string) : undefined;
  const file = readConfig(sources, earlyData);

  const found = new Map(early);
  if (file !== undefined) {
    for (const [name, value] of fromFile(file)) if (!found.has(name)) found.set(name, value);
  }
  const data = settled('data', found.get('data'), sources) as string;
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const name of NAMES) values[name] = settled(name, found.get(name), sources, data);

  checkTogether(wanted, values as Settings, (name) => found.get(name)?.place);
  const settings: Partial<Record<SettingName, unknown>> = {};
  for (const name of wanted) settings[name] = values[name];
  return settings as Pick<Settings, Name>;
}

function refuseUnknownVariables(env: SettingSources['env']): void {
  const known: readonly string[] = [...NAMES.map(variableOf), ...OTHER_VARIABLES];
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith('HEARTWOOD_') || variable.startsWith(TEST_PREFIX)) continue;
    if (known.includes(variable) || value === undefined) continue;
    const hint = didYouMean(variable, known, (word) => word) || ' Unset it, or see `heartwood hub --help`.';
    throw new Refusal('usage', `The environment variable ${variable} is no setting of heartwood.${hint}`);
  }
}

function fromFlag(name: SettingName, { flags, cwd }: SettingSources): Found | undefined {
  const given = flags[name];
  if (given === undefined) return undefined;
  const raw = typeof given === 'string' ? SETTINGS[name].type.fromWord(given) : given;
  return { raw, place: `the flag ${flagOf(name)}`, base: cwd };
}

/** An empty variable counts as none: compose files and service managers pass those on. */
function fromVariable(name: SettingName, { env, cwd }: SettingSources): Found | undefined {
  const variable = variableOf(name);
  const given = env[variable];
  if (given === undefined || given === '') return undefined;
  return {
    raw: SETTINGS[name].type.fromWord(given),
    place: `the environment variable ${variable}`,
    base: cwd,
  };
}

/** The file of `--config` or HEARTWOOD_CONFIG, which must be there; else `heartwood.toml` in the data folder, if it is. */
function readConfig(sources: SettingSources, data: string | undefined): ConfigFile | undefined {
  const named = sources.config ?? (sources.env['HEARTWOOD_CONFIG'] || undefined);
  if (named === undefined && data === undefined) return undefined;
  const path = named === undefined ? join(data!, 'heartwood.toml') : resolve(sources.cwd, named);
  let text: string | undefined;
  try {
    text = sources.readText(path);
  } catch (cause) {
    throw new Refusal('cannot-run', `The config file ${path} cannot be read (${codeOf(cause)}).`, { cause });
  }
  if (text === undefined) {
    if (named === undefined) return undefined;
    throw new Refusal('cannot-run', `The config file ${path} is not there.`);
  }
  let keys: Record<string, unknown>;
  try {
    keys = parseToml(text);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    // Only the first line of the library's message: the rest quotes the file, which may hold a secret.
    const why = cause.message.split('\n')[0]!.replace(/^Invalid TOML document: /, '');
    throw new Refusal('usage', `${path}, line ${cause.line}: this is no TOML (${why}).`, { cause });
  }
  if (named === undefined && 'data' in keys) {
    throw new Refusal(
      'usage',
      `${placeOf({ path, text, keys }, 'data')}: data cannot be set here, since this file was found through it. ` +
        'Give it with --data or HEARTWOOD_DATA, or name the file with --config.',
    );
  }
  return { path, text, keys };
}

function* fromFile(file: ConfigFile): Generator<[SettingName, Found]> {
  const keys = NAMES.map(keyOf);
  for (const [key, raw] of Object.entries(file.keys)) {
    const name = NAMES[keys.indexOf(key)];
    if (name === undefined) {
      const hint = didYouMean(key, keys, (word) => word) || ' `heartwood hub --help` lists them.';
      throw new Refusal('usage', `${placeOf(file, key)}: ${JSON.stringify(key)} is no setting.${hint}`);
    }
    yield [name, { raw, place: placeOf(file, key), base: dirname(file.path) }];
  }
}

function placeOf(file: ConfigFile, key: string): string {
  const line = lineOf(file.text, key);
  return line === undefined ? file.path : `${file.path}, line ${line}`;
}

/** The checked value: of what was found, or built in. `data` is needed by the values that are built from it. */
function settled(
  name: SettingName,
  found: Found | undefined,
  { fallbacks, cwd }: SettingSources,
  data = '',
): unknown {
  const { type } = SETTINGS[name];
  if (found === undefined) return absolute(name, fallbacks?.[name] ?? builtIn(name, data), cwd);
  const checked = type.schema.safeParse(found.raw);
  if (checked.success) return absolute(name, checked.data, found.base);
  throw new Refusal('usage', wrongValue(name, found));
}

function builtIn(name: SettingName, data: string): unknown {
  const row = SETTINGS[name];
  if (!('fallback' in row)) return undefined;
  const { fallback } = row;
  return typeof fallback === 'object' && 'of' in fallback ? fallback.of(data) : fallback;
}

function absolute(name: SettingName, value: unknown, base: string): unknown {
  if (SETTINGS[name].type.path !== true || value === undefined) return value;
  return Array.isArray(value)
    ? value.map((one: string) => resolve(base, one))
    : resolve(base, value as string);
}

function wrongValue(name: SettingName, { raw, place }: Found): string {
  const { type, secret } = SETTINGS[name];
  const given = secret === true ? 'something else (not shown)' : shown(raw);
  const near = typeof raw === 'string' && type.words !== undefined ? nearest(raw, type.words) : undefined;
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  return `${keyOf(name)} must be ${type.right}; ${place} says ${given}.${hint}`;
}

/** A value in one short line. JSON escapes what could move a terminal's cursor. */
function shown(raw: unknown): string {
  if (raw instanceof Date) return 'a date';
  const json =
    typeof raw === 'bigint' || typeof raw === 'number' ? String(raw) : (JSON.stringify(raw) ?? String(raw));
  const line = json.replaceAll(/[\u007f-\u009f]/g, '?');
  return line.length > 80 ? `${line.slice(0, 77)}…` : line;
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
}
