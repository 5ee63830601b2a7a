// `heartwood doctor`: looks at the place the hub lives in, rather than at what it stores.

import { Command } from 'commander';
import type { Frame } from '../frame.ts';
import { helpEnd } from '../help-text.ts';
import { addSettings, type Flags, settingsFor } from '../settings-flags.ts';

export function doctorCommand(frame: Frame): Command {
  const command = new Command('doctor')
    .description(
      'Looks for what would keep the hub from working well: free space, clock, keys, devices, and whether anything that ' +
        'remembers this hub (its ledger, mark, witnesses, a ledger elsewhere) knows more than this copy of the data. Each finding comes with what to do about it. It changes nothing.',
    )
    .option(
      '--evidence',
      'print the statements that a ledger refused because they contradict others, with these',
    )
    .option('--json', 'one JSON object a finding, for programs');
  return addSettings(command, 'doctor')
    .addHelpText(
      'after',
      helpEnd(
        [
          ['heartwood doctor', 'looks at the default set-up'],
          ['heartwood doctor --config /etc/heartwood.toml', 'looks at the one that this file describes'],
        ],
        [
          [0, 'nothing stands in the way'],
          [1, 'something does; each finding is a line'],
          [2, 'wrong arguments or a wrong setting'],
        ],
      ),
    )
    .action(async (flags: Flags) => {
      const settings = settingsFor('doctor', flags, frame);
      const { runDoctor } = await import('../run/doctor.ts');
      frame.end(
        await runDoctor(
          { ...settings, json: flags['json'] === true, evidence: flags['evidence'] === true },
          frame,
        ),
      );
    });
}
