// `heartwood sim`: simulated wearables that send to a hub or broker which already runs.

import { Command } from 'commander';
import type { Frame } from '../frame.ts';
import { helpEnd } from '../help-text.ts';
import { addSettings, type Flags, settingsFor } from '../settings-flags.ts';

export function simCommand(frame: Frame): Command {
  const command = new Command('sim').description(
    'Sends the readings of simulated people over MQTT, as wearables would: to the hub on this machine, or to the broker ' +
      'that --mqtt names. The devices must be enrolled there first. With --ble it plays Bluetooth wearables instead, ' +
      'on a private bus.',
  );
  return addSettings(command, 'sim')
    .option('--devices <file>', 'the enrolled devices: lines that `heartwood enroll --json` printed')
    .option('--ble', 'Bluetooth wearables on a private bus, whose address it prints; needs dbus-daemon')
    .addHelpText(
      'after',
      helpEnd(
        [
          [
            'heartwood enroll watch-1 --patient Ada --origin simulator --json >> devices.jsonl',
            'admits a simulated watch',
          ],
          ['heartwood sim --devices devices.jsonl --for 10m', 'lets it send for ten minutes'],
          ['heartwood sim --ble', 'plays ten Bluetooth wearables, and says on which bus'],
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
      const { devices: devicesFile, ble } = flags;
      if (typeof devicesFile !== 'string' && ble !== true) {
        command.error("error: required option '--devices <file>' not specified (or --ble)");
      }
      if (typeof devicesFile === 'string' && ble === true) {
        command.error("error: option '--devices <file>' cannot be used with option '--ble'");
      }
      const settings = settingsFor('sim', flags, frame);
      if (typeof devicesFile !== 'string') {
        const { runBleSim } = await import('../run/sim-ble.ts');
        frame.end(await runBleSim(settings, frame));
        return;
      }
      const { runSim } = await import('../run/sim.ts');
      frame.end(await runSim({ ...settings, devicesFile }, frame));
    });
}
