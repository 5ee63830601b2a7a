// The process that `ledger-anchoring.test.ts` kills: a ledger that grows, anchored at every step, which prints each size
// that it holds to be confirmed.

import { writeSync } from 'node:fs';
import { SecondAnchoring } from './ledger-anchoring.ts';
import { SampleAnchor, sampleLedger } from './ledger-anchoring-sample.ts';
import { sampleChain } from './ledger-sample.ts';

const [ledgerPath = '', path = ''] = process.argv.slice(2);
const ledger = sampleLedger(ledgerPath, 0);
const anchoring = new SecondAnchoring({
  path,
  places: [{ anchor: new SampleAnchor('evm', 'a', ['confirmed']), everyMs: 1000 }],
  head: () => ({ checkpoint: ledger.latest().checkpoint, witnessed: false }),
  log: (_level, event, { size }) => {
    if (event === 'second-anchor-confirmed') confirmed.push(Number(size));
  },
});
const confirmed: number[] = [];
for (let nowMs = Date.now(); ; nowMs += 1000) {
  const held = ledger.reader.notes(0, ledger.latest().size);
  ledger.append(sampleChain(1, { after: held }));
  await anchoring.step(nowMs);
  for (const size of confirmed.splice(0)) writeSync(1, `${size}.\n`);
}
