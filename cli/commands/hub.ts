// `heartwood hub`: the whole hub of a home in one process.

import { Command } from 'commander';
import type { Frame } from '../frame.ts';
import { helpEnd } from '../help-text.ts';
import { addSettings, type Flags, settingsFor } from '../settings-flags.ts';

export function hubCommand(frame: Frame): Command {
  const command = new Command('hub').description(
    'Runs the hub of a home: takes readings over MQTT, stores them encrypted, signs a batch every interval, ' +
      'raises alarms and serves the dashboard, until it is told to stop (Ctrl-C or SIGTERM).',
  );
  return addSettings(command, 'hub')
    .addHelpText(
      'after',
      helpEnd(
        [
          ['heartwood hub', 'keeps everything in ./heartwood-data, its key in ./heartwood-data.key'],
          [
            'heartwood hub --data /srv/heartwood --master-key-file /media/stick/heartwood.key',
            'keeps the key on another medium than the data',
          ],
          ['heartwood hub --ble', 'also connects to Bluetooth devices that are enrolled with --ble'],
          [
            'heartwood hub --mqtt-tls-cert hub.pem --mqtt-tls-key hub.key',
            'also takes devices from the network at home, over TLS on port 8883',
          ],
        ],
        [
          [0, 'it was told to stop and stopped cleanly'],
          [2, 'wrong arguments or a wrong setting'],
          [
            3,
            'it cannot run here: key missing, port taken, folder not writable, another hub on the same data',
          ],
        ],
      ),
    )
    .action(async (flags: Flags) => {
      const settings = settingsFor('hub', flags, frame);
      const { runHub } = await import('../run/hub.ts');
      frame.end(await runHub(settings, frame));
    });
}
