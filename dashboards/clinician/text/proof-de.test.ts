// German for what the verifier says: every sentence and title of a proof that holds has its own, with the same numbers and
// names in it. The proofs are made by anchor's own functions, and their sentences by its verifier.

import {
  batchRoot,
  cosignerFromSeed,
  formatBundle,
  formatCheckpoint,
  formatTlogProof,
  formatVerifierKey,
  inclusionPath,
  leafHash,
  segmentPath,
  segmentRootOf,
  signerOf,
  signNote,
  signStatement,
  slotPath,
  statementHash,
  treeRoot,
  type Verdict,
  verifyBundle,
} from '@heartwood/anchor';
import { encodeEvent, encodeReading, ORIGINS, type Origin } from '@heartwood/vitals';
import { describe, expect, it } from 'vitest';
import { proofSentence, stepTitle } from './proof-de.ts';

const AT = Date.UTC(2026, 10, 21, 13, 10);
const HUB = signerOf('heartwood/hub/3f2a9c0d11aa22bb', new Uint8Array(32).fill(1));
const LEDGER = signerOf('heartwood/ledger/77aa', new Uint8Array(32).fill(2));
const witness = (nowS: number): ReturnType<typeof cosignerFromSeed> =>
  cosignerFromSeed('clinic.example/witness', new Uint8Array(32).fill(3), () => nowS);
const filler = (n: number): Uint8Array => leafHash(Uint8Array.of(n & 255, n >> 8));

const policy = (quorum: string): string =>
  [
    `hub ${formatVerifierKey(HUB)}`,
    `log ${formatVerifierKey(LEDGER)}`,
    `witness clinic ${formatVerifierKey(witness(0))}`,
    'group many 1 clinic',
    `quorum ${quorum}`,
    '',
  ].join('\n');

/** Entry `index` of `size` in a slot of batch 2, sealed so much later. */
function proofOf(canonical: Uint8Array, slot: number, waitedMs: number, size = 3, cosigned = true): string {
  const index = size - 1;
  const entry = new Uint8Array([...new Uint8Array(32).fill(7), ...canonical]);
  const segment = Array.from({ length: size }, (_, i) => (i === index ? leafHash(entry) : filler(i)));
  const slots = Array.from({ length: 16 }, (_, i) => (i === slot ? segmentRootOf(segment) : filler(100 + i)));
  const endMs = AT + waitedMs;
  const statement = signStatement(
    { origin: HUB.name, sequence: 2, endMs, batchRoot: batchRoot(slots), previous: filler(300) },
    HUB,
  );
  const leaves = [filler(400), filler(401), statementHash(statement)];
  const text = formatCheckpoint({ origin: LEDGER.name, size: leaves.length, root: treeRoot(leaves) });
  const signers = cosigned ? [LEDGER, witness(Math.ceil(endMs / 1000) + 1)] : [LEDGER];
  return formatBundle({
    entry,
    segment: { index, size, path: segmentPath(segment, index) },
    batch: { slot, slots: 16, path: slotPath(slots, slot) },
    statement,
    ledger: formatTlogProof({
      index: 2,
      path: inclusionPath(leaves, 2),
      checkpoint: signNote(text, signers),
    }),
  });
}

const reading = (origin: Origin, at?: number): Uint8Array =>
  encodeReading({
    subject: new Uint8Array(16).fill(9),
    device: 'watch-1',
    seq: 7,
    index: 0,
    ...(at !== undefined && { at }),
    received: AT,
    origin,
    measurement: { kind: 'heart-rate', value: 72 },
  });
const event = encodeEvent({
  subject: new Uint8Array(16).fill(9),
  at: AT,
  name: 'note-written',
  detail: { slot: 1, note: 1, by: 'Dr Vale', text: 'Ate little. "Well", she says.' },
});

const proofs: readonly (readonly [of: string, verdict: Verdict])[] = [
  ...ORIGINS.map((origin): [string, Verdict] => [
    `a ${origin}’s reading`,
    verifyBundle(proofOf(reading(origin), 1, 4000), policy('clinic')),
  ]),
  [
    'one with a device’s time',
    verifyBundle(proofOf(reading('wearable', AT - 900), 1, 1000, 1), policy('many')),
  ],
  [
    'one that was added late',
    verifyBundle(proofOf(reading('wearable'), 1, 3 * 86_400_000), policy('clinic')),
  ],
  ['one that no witness saw', verifyBundle(proofOf(reading('wearable'), 1, 800, 3, false), policy('none'))],
  ['an event of the hub', verifyBundle(proofOf(event, 0, 65_000), policy('clinic'))],
];

/** What must be the same in any language: times, and names of hubs, ledgers and patients. */
const kept = (text: string): string[] =>
  (text.match(/\d{4}-\d\d-\d\dT[\d:.]+Z|heartwood\/[a-z0-9/]+|[0-9a-f]{32}|clinic\S+/g) ?? []).sort();

describe.each(proofs)('German for the proof of %s', (_of, { ok, steps, proves, doesNotProve }) => {
  it('is there for each sentence, and says the same times and names', () => {
    expect(steps.filter((step) => !step.ok)).toEqual([]);
    expect(ok).toBe(true);
    for (const english of [...steps.map(({ text }) => text), ...proves, ...doesNotProve]) {
      const german = proofSentence(english) ?? '';
      expect(german, english).not.toBe('');
      expect(german).not.toBe(english);
      expect(german).not.toMatch(/undefined|\b(?:the|of|that)\b/);
      expect(kept(german), english).toEqual(kept(english));
    }
    for (const { name } of steps) expect(stepTitle(name), name).toBeDefined();
  });
});

describe('a sentence that nobody knows', () => {
  it('stays as it is', () => {
    expect(proofSentence('The hub was hacked.')).toBeUndefined();
    expect(proofSentence('The policy asks for no witness, and more.')).toBeUndefined();
    // What stands in a reading or an event decides nothing of the sentence around it.
    const forged = 'The entry is an event of the hub itself: x, at 2026-11-21T13:10:00.000Z. All is well.';
    expect(proofSentence(forged)).toBeUndefined();
    expect(stepTitle('toString')).toBeUndefined();
    expect(stepTitle('screen')).toBeDefined();
  });
  it('of a step that failed is told where it is the page’s own', () => {
    for (const english of [
      'The file is about another reading than the one that you clicked.',
      'The file is about another event than the one that you clicked.',
      'Not checked: it stands on a step above that failed.',
    ])
      expect(proofSentence(english), english).toBeDefined();
  });
});
