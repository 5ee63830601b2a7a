// `heartwood prove`: the proof bundle of one reading.

import { Command } from 'commander';
import type { Frame } from '../frame.ts';
import { helpEnd } from '../help-text.ts';
import { addSettings, type Flags, settingsFor } from '../settings-flags.ts';

export function proveCommand(frame: Frame): Command {
  const command = new Command('prove')
    .description(
      'Writes the proof of one reading: a JSON file that shows this reading and nothing of any other, and that anyone can ' +
        'check with `heartwood verify`, offline and without trust in this hub.',
    )
    .argument('<reading>', 'its id, as dashboard and export show it: batch.slot.index, such as 57.2.14')
    .option('-o, --output <file>', 'where to write it (default: standard output)')
    .option('--post-quantum', 'with the ledger’s ML-DSA-44 signature too, which makes the file 3 kB larger')
    .option('--policy-output <file>', 'also write the policy file that the verifier needs');
  return addSettings(command, 'prove')
    .addHelpText(
      'after',
      helpEnd(
        [
          ['heartwood prove 57.2.14 -o proof.json --policy-output policy.txt', 'writes proof and policy'],
          ['heartwood verify proof.json --policy policy.txt', 'checks them, on any machine'],
        ],
        [
          [0, 'the proof was written'],
          [1, 'there is no such reading, its keys were destroyed, or it is not anchored yet'],
          [2, 'wrong arguments or a wrong setting'],
          [3, 'it cannot run here: no data folder, key missing'],
        ],
      ),
    )
    .action(async (reading: string, flags: Flags) => {
      const { readingPlace } = await import('../reading-id.ts');
      const place = readingPlace(reading);
      const settings = settingsFor('prove', flags, frame);
      const { runProve } = await import('../run/prove.ts');
      const output = flags['output'] as string | undefined;
      const policyOutput = flags['policyOutput'] as string | undefined;
      const postQuantum = flags['postQuantum'] === true;
      frame.end(await runProve({ ...settings, reading: place, output, policyOutput, postQuantum }, frame));
    });
}
