// `heartwood monitor`: watches a ledger from outside, trusting only what the policy names.

import { Command, Option } from 'commander';
import { DURATION_RIGHT, parseDuration } from '../duration.ts';
import { Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import { helpEnd } from '../help-text.ts';

type Flags = {
  readonly policy: string;
  readonly once?: true;
  readonly fromNow?: true;
  readonly state?: string;
  readonly every: string;
  readonly silenceAfter: string;
  readonly json?: true;
};

export function monitorCommand(frame: Frame): Command {
  return new Command('monitor')
    .description(
      'Watches a ledger from outside: reads all that it publishes, checks that each checkpoint grows out of the one before, ' +
        'that no statement is missing or rewritten, and that the hubs keep their pace. It raises the alarm on a fork, ' +
        'a gap, silence, damage or a signature that the policy does not name. A fork or damage stands, at every later ' +
        'start too, until a person moves the file of --state away.',
    )
    .argument('<url>', 'where the ledger is, without /checkpoint')
    .requiredOption('--policy <file>', 'whose signatures count: a line for the log, and one for each hub')
    .option('--once', 'look once and end')
    .option('--from-now', 'trust the past: begin at the present checkpoint instead of reading all')
    .option('--state <file>', 'what it has seen (default: monitor-<key id>.json here)')
    .addOption(new Option('--every <duration>', 'time between two looks').default('30s'))
    .addOption(
      new Option('--silence-after <duration>', 'alarm when a hub said nothing for so long').default('5m'),
    )
    .option('--json', 'one JSON object a line, for programs')
    .addHelpText(
      'after',
      helpEnd(
        [
          [
            'heartwood monitor https://log.example.org --policy policy.txt',
            'watches until it is told to stop',
          ],
          [
            'heartwood monitor http://127.0.0.1:8430 --policy policy.txt --once',
            'looks once, as a timer would start it',
          ],
        ],
        [
          [0, 'all is well; or it was told to stop and nothing was wrong at the last look'],
          [1, 'an alarm stands; each is a line'],
          [2, 'wrong arguments, or a policy that is none'],
          [3, 'it cannot run here: the ledger does not answer (with --once), the state is damaged'],
        ],
      ),
    )
    .action(async (url: string, flags: Flags) => {
      const { runMonitor } = await import('../run/monitor.ts');
      const given = {
        url,
        policy: flags.policy,
        state: flags.state,
        once: flags.once === true,
        fromNow: flags.fromNow === true,
        json: flags.json === true,
        everyMs: durationOf('--every', flags.every),
        silenceMs: durationOf('--silence-after', flags.silenceAfter),
      };
      frame.end(await runMonitor(given, frame));
    });
}

function durationOf(flag: string, word: string): number {
  const ms = parseDuration(word);
  if (ms === undefined || ms <= 0)
    throw new Refusal('usage', `${flag} must be ${DURATION_RIGHT}, not ${JSON.stringify(word)}.`);
  return ms;
}
