// `heartwood login`: a fresh one-time code for the dashboard, for whoever can run programs on this machine.

import { Command } from 'commander';
import type { Frame } from '../frame.ts';
import { helpEnd } from '../help-text.ts';
import { addSettings, type Flags, settingsFor } from '../settings-flags.ts';

export function loginCommand(frame: Frame): Command {
  const command = new Command('login')
    .description('Makes a new one-time code for the dashboard and prints the address to open.')
    .option('--person <name>', 'for this person, and with what they may do; for the operator unless given')
    .option('--json', 'print it as one line of JSON');
  return addSettings(command, 'login')
    .addHelpText(
      'after',
      helpEnd(
        [
          ['heartwood login', 'prints an address that lets one browser in, once'],
          ['heartwood login --person "Dr Vale"', 'the same for Dr Vale'],
        ],
        [
          [0, 'the code was made'],
          [1, 'there is no such person'],
          [2, 'wrong arguments or a wrong setting'],
          [3, 'it cannot run here: no data folder, key missing'],
        ],
      ),
    )
    .action(async (flags: Flags) => {
      const settings = settingsFor('login', flags, frame);
      const { runLogin } = await import('../run/login.ts');
      frame.end(
        await runLogin(
          { ...settings, person: flags['person'] as string | undefined, json: flags['json'] === true },
          frame,
        ),
      );
    });
}
