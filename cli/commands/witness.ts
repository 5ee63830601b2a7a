// `heartwood witness`: cosigns the ledgers of others, and so makes it impossible to show two people two of them.

import { Command } from 'commander';
import type { Frame } from '../frame.ts';
import { helpEnd } from '../help-text.ts';
import { addSettings, type Flags, settingsFor } from '../settings-flags.ts';

export function witnessCommand(frame: Frame): Command {
  const command = new Command('witness')
    .description(
      'Runs a witness (c2sp.org/tlog-witness) until it is told to stop: it cosigns a ledger’s checkpoint only where it ' +
        'continues the one that it cosigned before. It sees sizes and hashes, and no reading. At its first start it makes its ' +
        'keys and prints the lines for a policy. The ledgers are read at its start: after a change of --witness-logs start it ' +
        'anew.',
    )
    .option('--evidence', 'print the pairs of checkpoints with which a ledger contradicted itself, and end')
    .option(
      '--trust-clock',
      'this start only: cosign although the clock is more than 400 days ahead of the last cosignature',
    )
    .option('--json', 'with --evidence: one JSON object a pair, for programs');
  return addSettings(command, 'witness')
    .addHelpText(
      'after',
      helpEnd(
        [
          [
            'heartwood witness --witness-logs neighbour-policy.txt',
            'witnesses the ledger of that hub, behind a proxy on this machine',
          ],
          ['heartwood witness --evidence --data DIR', 'shows what it holds against a ledger'],
          [
            'heartwood witness --config witness.toml',
            'with http-host, http-tls-cert and http-tls-key in that file it can be reached from elsewhere',
          ],
        ],
        [
          [0, 'it was told to stop and stopped cleanly'],
          [2, 'wrong arguments, a wrong setting, or no ledger to witness'],
          [3, 'it cannot run here: its memory or its key is missing, port taken, folder not writable'],
        ],
      ),
    )
    .action(async (flags: Flags) => {
      const settings = settingsFor('witness', flags, frame);
      if (flags['evidence'] === true) {
        const { printWitnessEvidence } = await import('../run/witness-folder.ts');
        frame.end(printWitnessEvidence(settings.data, flags['json'] === true, frame));
        return;
      }
      const { runWitness } = await import('../run/witness.ts');
      frame.end(await runWitness({ ...settings, trustClock: flags['trustClock'] === true }, frame));
    });
}
