// `heartwood fsck`: recomputes what is stored, from the bytes up.

import { Command } from 'commander';
import type { Frame } from '../frame.ts';
import { helpEnd } from '../help-text.ts';
import { addSettings, type Flags, settingsFor } from '../settings-flags.ts';

export function fsckCommand(frame: Frame): Command {
  const command = new Command('fsck')
    .description(
      'Checks everything that is stored: opens every segment, recomputes every tree, follows the chain of statements and ' +
        'compares it with the ledger; then the other tables with what the batches tell of. It changes nothing.',
    )
    .argument('[data]', 'folder to check, as --data')
    .option('--json', 'one JSON object a finding, for programs');
  return addSettings(command, 'fsck')
    .addHelpText(
      'after',
      helpEnd(
        [
          ['heartwood fsck', 'checks ./heartwood-data'],
          ['heartwood fsck /mnt/backup/heartwood-data', 'checks a backup before it is needed'],
        ],
        [
          [0, 'nothing that it can see is missing, altered or unreadable'],
          [1, 'something is missing, altered or unreadable; each finding is a line'],
          [2, 'wrong arguments or a wrong setting'],
          [3, 'it cannot run here: no data folder, key missing'],
        ],
      ),
    )
    .action(async (data: string | undefined, flags: Flags) => {
      const settings = settingsFor('fsck', data === undefined ? flags : { ...flags, data }, frame);
      const { runFsck } = await import('../run/fsck.ts');
      frame.end(await runFsck({ ...settings, json: flags['json'] === true }, frame));
    });
}
