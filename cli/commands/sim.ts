// `heartwood sim`: simulated wearables that send to a hub or broker which already runs.

import { Command } from 'commander';
import type { Frame } from '../frame.ts';
import { helpEnd } from '../help-text.ts';
import { addSettings, type Flags, settingsFor } from '../settings-flags.ts';

export function simCommand(frame: Frame): Command {
  const command = new Command('sim').description(
    'Sends the readings of simulated people over MQTT, as wearables would: to the hub on this machine, or to the broker ' +
      'that --mqtt names. The devices must be enrolled there first.',
  );
  return addSettings(command, 'sim')
    .requiredOption('--devices <file>', 'the enrolled devices: lines that `heartwood enroll --json` printed')
    .addHelpText(
      'after',
      helpEnd(
        [
          [
            'heartwood enroll watch-1 --patient Ada --origin simulator --json >> devices.jsonl',
            'admits a simulated watch',
          ],
          ['heartwood sim --devices devices.jsonl --for 10m', 'lets it send for ten minutes'],
        ],
        [
          [0, 'it ran, and every message was acknowledged'],
          [1, 'it ran, but messages stayed without acknowledgement'],
          [2, 'wrong arguments or a wrong setting'],
          [3, 'it cannot run here: nobody answers at the broker, devices not admitted'],
        ],
      ),
    )
    .action(async (flags: Flags) => {
      const settings = settingsFor('sim', flags, frame);
      const { runSim } = await import('../run/sim.ts');
      frame.end(await runSim({ ...settings, devicesFile: flags['devices'] as string }, frame));
    });
}
