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
    .option(
      '--ledger <where>',
      'check a ledger alone: the folder of `heartwood ledger`, its published files, or its URL',
    )
    .option(
      '--policy <file>',
      'with --ledger: the keys of that ledger, and of the hubs whose statements are verified',
    )
    .option('--fast', 'leave out the signatures of the ledger’s statements; all hashes are still compared')
    .option('--json', 'one JSON object a finding, for programs');
  return addSettings(command, 'fsck')
    .addHelpText(
      'after',
      helpEnd(
        [
          ['heartwood fsck', 'checks ./heartwood-data'],
          ['heartwood fsck /mnt/backup/heartwood-data', 'checks a backup before it is needed'],
          [
            'heartwood fsck --ledger /srv/www/log --policy policy.txt',
            'checks a published ledger, to the byte',
          ],
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
      const [fast, json] = [flags['fast'] === true, flags['json'] === true];
      const ledger = flags['ledger'] as string | undefined;
      if (ledger !== undefined) {
        const { runFsckLedger } = await import('../run/fsck-ledger.ts');
        const policy = flags['policy'] as string | undefined;
        frame.end(await runFsckLedger({ ledger, policy, fast, json }, frame));
        return;
      }
      const settings = settingsFor('fsck', data === undefined ? flags : { ...flags, data }, frame);
      const { runFsck } = await import('../run/fsck.ts');
      frame.end(await runFsck({ ...settings, json, fast }, frame));
    });
}
