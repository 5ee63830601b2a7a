// `heartwood demo`: everything at once, simulated, in a folder that is thrown away.

import { Command } from 'commander';
import type { Frame } from '../frame.ts';
import { helpEnd } from '../help-text.ts';
import { addSettings, type Flags, settingsFor } from '../settings-flags.ts';

export function demoCommand(frame: Frame): Command {
  const command = new Command('demo').description(
    'Starts a hub and a simulated household in a temporary folder, and says where the dashboard is. Every reading in it ' +
      'is marked as simulated. Nothing is left behind when it ends.',
  );
  return addSettings(command, 'demo')
    .addHelpText(
      'after',
      helpEnd(
        [
          ['heartwood demo', 'three people, until Ctrl-C'],
          ['heartwood demo --speed 60 --for 2m', 'two hours of life in two minutes'],
          ['heartwood demo --http-port 0', 'the dashboard on any free port'],
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
      const { runDemo } = await import('../run/demo.ts');
      frame.end(await runDemo(settings, frame));
    });
}
