// The process that `ledger-embedded.test.ts` kills: appends statements of one hub for ever, one to five at a time, and
// prints each checkpoint it was answered, as JSON with a full stop behind it.

import { writeSync } from 'node:fs';
import { openEmbeddedLedger } from './ledger-embedded.ts';
import { OTHER_HUB, SAMPLE_HUB, SAMPLE_LOG, sampleChain } from './ledger-sample.ts';
import { parseNote } from './note.ts';

const [path, which] = process.argv.slice(2);
const hub = which === 'other' ? OTHER_HUB : SAMPLE_HUB;
const ledger = openEmbeddedLedger({ path: path!, signer: SAMPLE_LOG, hubKeys: [SAMPLE_HUB, OTHER_HUB] });
const notes: string[] = [];
const last = ledger.lastOf(hub.name)?.sequence ?? -1;
while (notes.length <= last) {
  notes.push(ledger.reader.entry({ origin: hub.name, sequence: notes.length })!.note);
}
for (;;) {
  const next = sampleChain(1 + (notes.length % 5), { hub, after: notes });
  for (const { kind } of ledger.append(next))
    if (kind !== 'appended') throw new Error(`a statement was ${kind}`);
  notes.push(...next);
  writeSync(1, `${JSON.stringify(parseNote(ledger.latest().checkpoint).text)}.\n`);
}
