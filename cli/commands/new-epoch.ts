// `heartwood new-epoch`: the deliberate way on for a hub that was restored from an old copy.

import { Command, Option } from 'commander';
import { Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import { helpEnd } from '../help-text.ts';
import { addSettings, type Flags, settingsFor } from '../settings-flags.ts';

/** As much as an event of the hub's record holds. */
const BECAUSE_BYTES_MAX = 256;

export function newEpochCommand(frame: Frame): Command {
  const command = new Command('new-epoch')
    .description(
      'Lets a hub go on whose data is an older copy, when the newer one is gone for good: with new signing keys, above ' +
        'every batch number that the lost copy can have used. It says what it found and what it would do, asks, and ' +
        'records it for everybody to check. Stop the hub first. `heartwood doctor` tells whether it is needed.',
    )
    .requiredOption('--because <words>', 'why, in your words; it stays in the record for ever', wordsOf)
    .addOption(
      new Option(
        '--seen-batch <number>',
        'the highest batch number that you have seen of the lost copy, on a page or in a proof',
      ).argParser(numberOf),
    )
    .option('--yes', 'do not ask (needed where there is no terminal)');
  return addSettings(command, 'new-epoch')
    .addHelpText(
      'after',
      helpEnd(
        [
          ['heartwood doctor', 'what contradicts this copy, and whether a newer one may be found'],
          [
            'heartwood new-epoch --because "card died on 3 May, restored from April’s backup"',
            'explains, asks, and begins a new epoch',
          ],
        ],
        [
          [0, 'a new epoch has begun; start the hub again'],
          [1, 'it was not wanted after all, or it is not needed; nothing was changed'],
          [2, 'wrong arguments or a wrong setting'],
          [3, 'it cannot run here: a hub is running, no data folder, key missing, no terminal to ask at'],
        ],
      ),
    )
    .action(async (flags: Flags) => {
      const settings = settingsFor('new-epoch', flags, frame);
      const { runNewEpoch } = await import('../run/new-epoch.ts');
      const because = flags['because'] as string;
      const seenBatch = flags['seenBatch'] as number | undefined;
      frame.end(await runNewEpoch({ ...settings, because, seenBatch, yes: flags['yes'] === true }, frame));
    });
}

function wordsOf(given: string): string {
  const words = given.trim();
  const bytes = Buffer.byteLength(words);
  if (
    bytes === 0 ||
    bytes > BECAUSE_BYTES_MAX ||
    !words.isWellFormed() ||
    /[\p{Cc}\p{Cf}\u2028\u2029]/u.test(words)
  )
    throw new Refusal(
      'usage',
      `--because must say why, in one line of at most ${BECAUSE_BYTES_MAX} bytes without control characters; it has ${bytes}.`,
    );
  return words;
}

function numberOf(word: string): number {
  if (!/^(0|[1-9]\d{0,10})$/.test(word))
    throw new Refusal(
      'usage',
      `--seen-batch must be the number of a batch; it says ${JSON.stringify(word.slice(0, 60))}.`,
    );
  return Number(word);
}
