// The process that `ledger-embedded.test.ts` kills: appends statements for ever, one to five at a time, and prints each
// checkpoint it was answered, as JSON with a full stop behind it.

import { writeSync } from 'node:fs';
import { openEmbeddedLedger } from './ledger-embedded.ts';
import { SAMPLE_HUB, SAMPLE_LOG, sampleChain } from './ledger-sample.ts';
import { parseNote } from './note.ts';

const ledger = openEmbeddedLedger({ path: process.argv[2]!, signer: SAMPLE_LOG, hubKeys: [SAMPLE_HUB] });
const notes: string[] = [];
for (let last = ledger.lastOf(SAMPLE_HUB.name); notes.length <= (last?.sequence ?? -1); ) {
  notes.push(ledger.reader.entry({ index: notes.length })!.note);
}
for (;;) {
  const next = sampleChain(1 + (notes.length % 5), { after: notes });
  for (const { kind } of ledger.append(next))
    if (kind !== 'appended') throw new Error(`a statement was ${kind}`);
  notes.push(...next);
  writeSync(1, `${JSON.stringify(parseNote(ledger.latest().checkpoint).text)}.\n`);
}
