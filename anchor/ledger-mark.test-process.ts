// The process that `ledger-mark.test.ts` kills: appends statements under a mark and dies at the step it was told, as a
// power cut would end it. Arguments: ledger, mark, statements, step.

import { writeSync } from 'node:fs';
import { openEmbeddedLedger } from './ledger-embedded.ts';
import { type MarkStore, openMarkFile } from './ledger-mark.ts';
import { SAMPLE_HUB, SAMPLE_LOG, sampleChain } from './ledger-sample.ts';

const [path, markPath, count, step] = process.argv.slice(2);
const file = openMarkFile(markPath!);
let replaced = 0;
const die = (): never => {
  process.kill(process.pid, 'SIGKILL');
  for (;;);
};
const mark: MarkStore = {
  ...file,
  replace: (expected, next) => {
    replaced += 1;
    // The first replacement writes the mark of the empty ledger.
    if (replaced === 3 && step === 'before-mark') die();
    file.replace(expected, next);
    if (replaced === 3 && step === 'after-mark') die();
  },
};
const signer = {
  ...SAMPLE_LOG,
  sign: (text: Uint8Array) => {
    if (replaced === 2 && step === 'before-commit') die();
    return SAMPLE_LOG.sign(text);
  },
};
const ledger = openEmbeddedLedger({ path: path!, signer, hubKeys: [SAMPLE_HUB], mark });
const notes = sampleChain(Number(count));
ledger.append(notes.slice(0, -1));
writeSync(1, `${ledger.latest().size}\n`);
ledger.append(notes);
writeSync(1, `${ledger.latest().size}\n`);
