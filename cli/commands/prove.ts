// `heartwood prove`: the proof bundle of one reading, or that nothing is missing in a patient's period.

import { Command, Option } from 'commander';
import { Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import { helpEnd } from '../help-text.ts';
import type { Asked } from '../run/prove.ts';
import { addSettings, type Flags, settingsFor } from '../settings-flags.ts';
import { parseTime } from '../time.ts';

export function proveCommand(frame: Frame): Command {
  const command = new Command('prove')
    .description(
      'Writes the proof of one reading: a JSON file that shows this reading and nothing of any other, and that anyone can ' +
        'check with `heartwood verify`, offline and without trust in this hub. With --patient it writes a range proof ' +
        'instead: that no batch of a period is missing, and how many readings of theirs each holds. It opens none.',
    )
    .argument('[reading]', 'its id, as dashboard and export show it: batch.slot.index, such as 57.2.14')
    .addOption(
      new Option(
        '--patient <name>',
        'prove a period of this patient (name or pseudonym) instead of one reading',
      ).helpGroup('Period:'),
    )
    .addOption(
      new Option(
        '--from <time>',
        'from this time on: 2026-11-20, or 2026-11-20T13:10:00Z (default: their first batch)',
      ).helpGroup('Period:'),
    )
    .addOption(
      new Option('--to <time>', 'before this time (default: the last batch that the ledger has)').helpGroup(
        'Period:',
      ),
    )
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
          [
            'heartwood prove --patient Ada --from 2026-11-20 --to 2026-11-21 -o day.range',
            'proves that nothing of a day is missing',
          ],
        ],
        [
          [0, 'the proof was written'],
          [1, 'there is no such reading or period, its keys were destroyed, or it is not anchored yet'],
          [2, 'wrong arguments or a wrong setting'],
          [3, 'it cannot run here: no data folder, key missing'],
        ],
      ),
    )
    .action(async (reading: string | undefined, flags: Flags) => {
      const asked = await askedFor(reading, flags);
      const settings = settingsFor('prove', flags, frame);
      const { runProve } = await import('../run/prove.ts');
      const output = flags['output'] as string | undefined;
      const policyOutput = flags['policyOutput'] as string | undefined;
      const postQuantum = flags['postQuantum'] === true;
      frame.end(await runProve({ ...settings, asked, output, policyOutput, postQuantum }, frame));
    });
}

/** What is to be proved: one reading, or a period. @throws Refusal `usage` for neither, both, or a period that is none */
async function askedFor(reading: string | undefined, flags: Flags): Promise<Asked> {
  const patient = flags['patient'] as string | undefined;
  const from = flags['from'] as string | undefined;
  const to = flags['to'] as string | undefined;
  if (reading !== undefined) {
    if (patient !== undefined || from !== undefined || to !== undefined)
      throw new Refusal('usage', 'Give a reading, or --patient with a period; not both.');
    const { readingPlace } = await import('../reading-id.ts');
    return { reading: readingPlace(reading) };
  }
  if (patient === undefined)
    throw new Refusal('usage', 'Give a reading, such as 57.2.14, or --patient to prove a period.');
  const fromMs = parseTime('--from', from);
  const toMs = parseTime('--to', to);
  if (fromMs !== undefined && toMs !== undefined && fromMs >= toMs)
    throw new Refusal('usage', '--from must be earlier than --to.');
  return { patient, fromMs, toMs };
}
