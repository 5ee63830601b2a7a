// `heartwood quarantine`: what the hub refused, for whoever must find out why.

import { Command, Option } from 'commander';
import { Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import { helpEnd } from '../help-text.ts';
import { addSettings, type Flags, settingsFor } from '../settings-flags.ts';

export function quarantineCommand(frame: Frame): Command {
  const command = new Command('quarantine')
    .description(
      'Lists the messages that were refused, the newest last: number, time of arrival, device, reason, and where in ' +
        'the message it lies. The reasons are in docs/spec/message.md. It changes nothing: the oldest leave when ' +
        'quarantine-max is reached.',
    )
    .addOption(
      new Option(
        '--show <number>',
        'print the body of one message as it came; it may hold vital signs',
      ).argParser(numberOf),
    )
    .addOption(new Option('--json', 'one JSON object a message, for programs').conflicts('show'));
  return addSettings(command, 'quarantine')
    .addHelpText(
      'after',
      helpEnd(
        [
          ['heartwood quarantine', 'lists what was refused, and why'],
          ['heartwood quarantine --show 12 > body.json', 'the body of message 12, byte for byte'],
          ['heartwood quarantine --json | jq -r .device | sort | uniq -c', 'counts them by device'],
        ],
        [
          [0, 'they were listed (perhaps there are none), or the body was printed'],
          [1, 'there is no message of that number, or one of them was altered'],
          [2, 'wrong arguments or a wrong setting'],
          [3, 'it cannot run here: no data folder, key missing'],
        ],
      ),
    )
    .action(async (flags: Flags) => {
      const settings = settingsFor('quarantine', flags, frame);
      const { runQuarantine } = await import('../run/quarantine.ts');
      const show = flags['show'] as number | undefined;
      frame.end(await runQuarantine({ ...settings, show, json: flags['json'] === true }, frame));
    });
}

function numberOf(word: string): number {
  if (!/^[1-9]\d{0,14}$/.test(word))
    throw new Refusal(
      'usage',
      `--show must be the number of a message; it says ${JSON.stringify(word.slice(0, 60))}.`,
    );
  return Number(word);
}
