// `heartwood demo`: everything at once, with a simulated household or with recordings.

import { Command } from 'commander';
import type { Frame } from '../frame.ts';
import { helpEnd } from '../help-text.ts';
import { addSettings, type Flags, settingsFor } from '../settings-flags.ts';

export function demoCommand(frame: Frame): Command {
  const command = new Command('demo').description(
    'Starts a hub with a household of four simulated people, or with recordings, and says where to look. Every reading ' +
      'is marked as simulated or recorded. The data stays in its folder, to be proved, exported and checked.',
  );
  return addSettings(command, 'demo')
    .option('--ble', 'Bluetooth wearables on a private bus, read as real ones are; needs dbus-daemon')
    .addHelpText(
      'after',
      helpEnd(
        [
          ['heartwood demo', 'four people, until Ctrl-C'],
          ['heartwood demo --speed 60 --for 2m', 'two hours of life in two minutes'],
          ['heartwood demo --http-port 0', 'the dashboard on any free port'],
          ['heartwood demo --ble', 'the same people with Bluetooth wearables, without a radio'],
          ['heartwood demo --recording 100.hea --speed 60 --for 60s', 'a recording, at sixty times its pace'],
        ],
        [
          [0, 'it ran, and ended when it was told to'],
          [2, 'wrong arguments or a wrong setting'],
          [3, 'it cannot run here: port taken, recording not readable'],
        ],
      ),
    )
    .action(async (flags: Flags) => {
      const settings = settingsFor('demo', flags, frame);
      if (flags['ble'] === true) {
        if (settings.recording.length > 0)
          command.error("error: option '--ble' cannot be used with option '--recording <file>'");
        const { runBleDemo } = await import('../run/demo-ble.ts');
        frame.end(await runBleDemo(settings, frame));
        return;
      }
      const { runDemo } = await import('../run/demo.ts');
      frame.end(await runDemo(settings, frame));
    });
}
