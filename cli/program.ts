// The program's table of contents: which subcommands there are, and how an argument list becomes one of them. Only the
// command that was asked for is loaded.

import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { EXIT, type ExitStatus, Refusal } from './exit-status.ts';
import type { Frame } from './frame.ts';
import { didYouMean } from './near-miss.ts';
import { printableLines } from './printable.ts';

type Entry = {
  readonly group: 'Run' | 'Prove and check' | 'Look after';
  readonly summary: string;
  readonly load: () => Promise<(frame: Frame) => Command>;
};

const COMMANDS: Readonly<Record<string, Entry>> = {
  demo: {
    group: 'Run',
    summary: 'a whole simulated home with its dashboard, in a moment',
    load: async () => (await import('./commands/demo.ts')).demoCommand,
  },
  hub: {
    group: 'Run',
    summary: 'the hub of a home: broker, store, ledger and dashboard',
    load: async () => (await import('./commands/hub.ts')).hubCommand,
  },
  sim: {
    group: 'Run',
    summary: 'simulated people and wearables against a hub that runs',
    load: async () => (await import('./commands/sim.ts')).simCommand,
  },
  ledger: {
    group: 'Run',
    summary: 'a ledger alone, for the statements of many hubs',
    load: async () => (await import('./commands/ledger.ts')).ledgerCommand,
  },
  witness: {
    group: 'Run',
    summary: 'a witness of other people’s ledgers: it cosigns only what continues',
    load: async () => (await import('./commands/witness.ts')).witnessCommand,
  },
  verify: {
    group: 'Prove and check',
    summary: 'check a proof, alone and offline',
    load: async () => (await import('./commands/verify.ts')).verifyCommand,
  },
  prove: {
    group: 'Prove and check',
    summary: 'write the proof of one reading, or that nothing of a period is missing',
    load: async () => (await import('./commands/prove.ts')).proveCommand,
  },
  export: {
    group: 'Prove and check',
    summary: 'write all readings, or those of one patient, each once',
    load: async () => (await import('./commands/export.ts')).exportCommand,
  },
  monitor: {
    group: 'Prove and check',
    summary: 'watch a ledger from outside and raise the alarm',
    load: async () => (await import('./commands/monitor.ts')).monitorCommand,
  },
  fsck: {
    group: 'Prove and check',
    summary: 'recompute everything that is stored and compare',
    load: async () => (await import('./commands/fsck.ts')).fsckCommand,
  },
  doctor: {
    group: 'Look after',
    summary: 'look for what would keep the hub from working well',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand,
  },
  'new-epoch': {
    group: 'Look after',
    summary: 'go on after a loss, with new keys, from an older copy of the data',
    load: async () => (await import('./commands/new-epoch.ts')).newEpochCommand,
  },
  quarantine: {
    group: 'Look after',
    summary: 'list the messages that were refused, and why',
    load: async () => (await import('./commands/quarantine.ts')).quarantineCommand,
  },
  enroll: {
    group: 'Look after',
    summary: 'admit a device and say whom it measures',
    load: async () => (await import('./commands/enroll.ts')).enrollCommand,
  },
  'evm-registry': {
    group: 'Look after',
    summary: 'put the contract for second anchors on an EVM chain, once',
    load: async () => (await import('./commands/evm-registry.ts')).evmRegistryCommand,
  },
  revoke: {
    group: 'Look after',
    summary: 'turn a device away',
    load: async () => (await import('./commands/revoke.ts')).revokeCommand,
  },
  person: {
    group: 'Look after',
    summary: 'say who may look at the dashboard, and at whom',
    load: async () => (await import('./commands/person.ts')).personCommand,
  },
  contact: {
    group: 'Look after',
    summary: 'say who is told of an alarm, how and when; send a test',
    load: async () => (await import('./commands/contact.ts')).contactCommand,
  },
  login: {
    group: 'Look after',
    summary: 'make a new one-time code for the dashboard',
    load: async () => (await import('./commands/login.ts')).loginCommand,
  },
};

/** The names of all subcommands, in the order of the help. */
export const COMMAND_NAMES: readonly string[] = Object.keys(COMMANDS);

/**
 * Runs one command line, without the leading `node heartwood`. Says how it ended through `frame.end`; a person's
 * mistake is told on standard error in a line or two.
 *
 * @throws whatever is no Refusal: a fault of the program
 */
export async function runProgram(args: readonly string[], frame: Frame): Promise<void> {
  const program = await build(args, frame);
  try {
    if (args.length === 0) {
      program.outputHelp({ error: true });
      frame.end(EXIT.usage);
      return;
    }
    refuseUnknownCommand(args[0] === 'help' ? args[1] : args[0]);
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      frame.end(error.exitCode === 0 ? EXIT.ok : sayUsage(error, program, args, frame));
    } else if (error instanceof Refusal) {
      frame.warn(`heartwood: ${printableLines(error.message)}`);
      frame.end(error.status);
    } else {
      throw error;
    }
  }
}

async function build(args: readonly string[], frame: Frame): Promise<Command> {
  const program = new Command('heartwood')
    .description('Heartwood keeps a home’s vital signs durable, encrypted and provable to a stranger.')
    .usage('<command> [options]')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .exitOverride()
    .showSuggestionAfterError(false)
    .configureOutput({
      writeOut: frame.write,
      writeErr: (text) => frame.warn(text.trimEnd()),
      outputError: () => {},
      getOutHelpWidth: () => Math.min(frame.columns ?? 100, 100),
      getErrHelpWidth: () => Math.min(frame.columns ?? 100, 100),
      getOutHasColors: () => frame.decorated,
    })
    .addHelpText(
      'after',
      '\nStart with `heartwood demo`. `heartwood <command> --help` tells options, settings and examples.',
    );
  const asked = args[0] === 'help' ? args[1] : args[0];
  for (const [name, { group, summary, load }] of Object.entries(COMMANDS)) {
    const command = name === asked ? (await load())(frame) : new Command(name);
    command.copyInheritedSettings(program).helpOption('-h, --help', 'print this help');
    program.addCommand(command.summary(summary).helpGroup(`${group}:`));
  }
  return program;
}

function refuseUnknownCommand(name: string | undefined): void {
  if (name === undefined || name.startsWith('-') || Object.hasOwn(COMMANDS, name)) return;
  const hint = didYouMean(name, COMMAND_NAMES, (word) => `\`heartwood ${word}\``);
  throw new Refusal(
    'usage',
    `${JSON.stringify(name)} is no command.${hint || ' `heartwood --help` lists them.'}`,
  );
}

/** Commander's complaint in our voice, with the flag or command that was probably meant. */
function sayUsage(
  error: CommanderError,
  program: Command,
  args: readonly string[],
  frame: Frame,
): ExitStatus {
  if (error.code === 'commander.help') return EXIT.usage;
  const command = program.commands.find((one) => one.name() === args[0]) ?? program;
  let message = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  const unknown = /^unknown option '([^='\s]+)/.exec(message)?.[1];
  if (unknown !== undefined) {
    // What stands after `=` in an unknown flag may be a secret: it is not repeated.
    const flags = command.options.flatMap((option) => option.long ?? []);
    message = `${unknown} is no option.${didYouMean(unknown, [...flags, '--help'], (word) => word)}`;
  }
  const name = command === program ? 'heartwood' : `heartwood ${command.name()}`;
  frame.warn(`${name}: ${message}${/[.)?]$/.test(message) ? '' : '.'}`);
  frame.warn(`\`${name} --help\` tells how to use it.`);
  return EXIT.usage;
}

function version(): string {
  const file = new URL('./package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
