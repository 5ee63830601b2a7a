// `heartwood ledger`: the ledger alone, for places with more than one hub.

import { Command } from 'commander';
import type { Frame } from '../frame.ts';
import { helpEnd } from '../help-text.ts';
import { addSettings, type Flags, settingsFor } from '../settings-flags.ts';

export function ledgerCommand(frame: Frame): Command {
  const command = new Command('ledger').description(
    'Runs a ledger alone: takes the signed statements of the hubs that a file names, puts them in order, signs a ' +
      'checkpoint and shows the whole log to everybody (c2sp.org/tlog-tiles), until it is told to stop. It learns roots ' +
      'only: no reading, no name, no count.',
  );
  return addSettings(command, 'ledger')
    .addHelpText(
      'after',
      helpEnd(
        [
          ['heartwood ledger --hubs hubs.txt', 'keeps the log in ./heartwood-ledger and serves this machine'],
          [
            'heartwood ledger --hubs hubs.txt --mark-file /media/stick/ledger.mark',
            'keeps the mark where a restored backup does not reach',
          ],
          [
            'heartwood ledger --hubs hubs.txt --publish /srv/www/log',
            'also writes the log as files for a web server',
          ],
          [
            'heartwood ledger --hubs hubs.txt --witness-policy w.txt --without-quorum fail-closed',
            'shows and proves nothing that too few witnesses have cosigned',
          ],
          [
            'heartwood ledger --hubs hubs.txt --retain-days 365',
            'lets go of what is older than a year, announced a week ahead',
          ],
        ],
        [
          [0, 'it was told to stop and stopped cleanly'],
          [2, 'wrong arguments, a wrong setting, or a file of hubs that is none'],
          [3, 'it cannot run here: port taken, folder not writable, or it would contradict what it signed'],
        ],
      ),
    )
    .action(async (flags: Flags) => {
      const settings = settingsFor('ledger', flags, frame);
      const { runLedger } = await import('../run/ledger.ts');
      frame.end(await runLedger(settings, frame));
    });
}
