// The worked examples of docs/spec, made by the code. `spec.test.ts` checks that the pages show exactly these.

import { segmentRootOf } from './batch.ts';
import { formatBundle } from './bundle.ts';
import { hexOf } from './bytes.ts';
import { sampleEntry, samplePolicy, sampleProof, sampleReading } from './proof-sample.ts';
import { statementHash } from './statement.ts';
import { leafHash, nodeHash, treeRoot } from './tree.ts';

const entries = [0, 1, 2].map((n) => sampleEntry(sampleReading(n), n));
const [first, second, third] = entries.map((entry) => leafHash(entry)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];
const proof = sampleProof();

/** Text of the example by the page that shows it. */
export const SPEC_EXAMPLES: Readonly<Record<string, string>> = {
  merkle: [
    `entry 0                 ${hexOf(entries[0]!)}`,
    `leaf hash 0             ${hexOf(first)}`,
    `leaf hash 1             ${hexOf(second)}`,
    `leaf hash 2             ${hexOf(third)}`,
    `node over 0 and 1       ${hexOf(nodeHash(first, second))}`,
    `tree root of 3          ${hexOf(treeRoot([first, second, third]))}`,
    `segment root of 3       ${hexOf(segmentRootOf([first, second, third]))}`,
    '',
  ].join('\n'),
  statement: proof.statement,
  'statement hash': hexOf(statementHash(proof.statement)),
  ledger: proof.ledger,
  'proof-bundle': formatBundle(proof),
  policy: samplePolicy(),
};
