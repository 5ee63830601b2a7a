// `heartwood revoke`: turns a device away.

import { Argument, Command } from 'commander';
import type { Frame } from '../frame.ts';
import { helpEnd } from '../help-text.ts';
import { addSettings, type Flags, settingsFor } from '../settings-flags.ts';

export function revokeCommand(frame: Frame): Command {
  const command = new Command('revoke')
    .description(
      'Turns a device away from now on: lost, stolen, sold, or suspect. A hub that runs ends its connection within a ' +
        'second. What it measured stays.',
    )
    .addArgument(new Argument('<device>', 'the name that it was enrolled under'));
  return addSettings(command, 'revoke')
    .addHelpText(
      'after',
      helpEnd(
        [['heartwood revoke watch-ada', 'turns Ada’s watch away']],
        [
          [0, 'the device is revoked'],
          [1, 'there is no such device, or it is revoked already'],
          [2, 'wrong arguments or a wrong setting'],
          [3, 'it cannot run here: no data folder, key missing'],
        ],
      ),
    )
    .action(async (device: string, flags: Flags) => {
      const settings = settingsFor('revoke', flags, frame);
      const { runRevoke } = await import('../run/revoke.ts');
      frame.end(await runRevoke({ ...settings, device }, frame));
    });
}
