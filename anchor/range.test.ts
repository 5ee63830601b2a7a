// Range proofs from fixed keys: the form of each line, what a change of the hub's key looks like, and hostile files. What a
// hub's own range proofs show is in gateway/inspect/prove-range.test.ts.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchRoot, segmentRootOf, slotPath } from './batch.ts';
import { formatCheckpoint } from './checkpoint.ts';
import { formatVerifierKey, signerOf } from './key.ts';
import { parseNote, signNote } from './note.ts';
import {
  absenceValue,
  formatRangeLine,
  parseRangeLine,
  parseRangeSlot,
  RANGE_FORMAT,
  type RangeLine,
} from './range.ts';
import { type RangePerson, rangePerson } from './range-person.ts';
import { RangeVerifier, verifyRange } from './range-verify.ts';
import { FIRST_PREVIOUS, signStatement, statementHash } from './statement.ts';
import { formatTlogProof } from './tlog-proof.ts';
import { inclusionPath, leafHash, treeRoot } from './tree.ts';

const bytes = (fill: number, length = 32): Uint8Array => new Uint8Array(length).fill(fill);
const HUB = signerOf('heartwood/hub/00112233aabbccdd', bytes(1));
const NEXT = signerOf('heartwood/hub/00112233aabbccdd/000000000010', bytes(2));
const LEDGER = signerOf('heartwood/ledger/00112233aabbccdd', bytes(3));
const POLICY = `hub ${formatVerifierKey(HUB)}\nhub ${formatVerifierKey(NEXT)}\nlog ${formatVerifierKey(LEDGER)}\nquorum none\n`;
const START = Date.UTC(2026, 10, 20);
const SLOT = 2;
const ABSENT = bytes(9);

type Batch = { readonly signer: typeof HUB; readonly sequence: number; readonly count: number };

/** The lines of a range over these batches, from the very first, one every ten seconds. */
function linesOver(batches: readonly Batch[]): string[] {
  const lines = [RANGE_FORMAT, `slot ${SLOT}`];
  const leaves: Uint8Array[] = [];
  let previous = FIRST_PREVIOUS;
  let hub: Batch['signer'] | undefined;
  let absent = false;
  for (const [i, { signer, sequence, count }] of batches.entries()) {
    const entries = Array.from({ length: count }, (_, n) => leafHash(bytes(n)));
    const values = Array.from({ length: 16 }, (_, slot) => bytes(slot + i));
    values[SLOT] = count > 0 ? segmentRootOf(entries) : absenceValue(ABSENT, sequence, SLOT);
    const endMs = START + (i + 1) * 10_000;
    const note = signStatement(
      { origin: signer.name, sequence, endMs, batchRoot: batchRoot(values), previous },
      signer,
    );
    if (hub !== signer)
      lines.push(formatRangeLine({ kind: 'hub', origin: signer.name, keyId: signer.keyId, sequence }));
    hub = signer;
    if (count === 0 && !absent) {
      lines.push(formatRangeLine({ kind: 'absent', key: ABSENT }));
      absent = true;
    }
    lines.push(
      formatRangeLine({
        kind: 'batch',
        endMs,
        count,
        entriesRoot: count > 0 ? treeRoot(entries) : undefined,
        signature: parseNote(note).signatures[0]!.signature,
        path: slotPath(values, SLOT),
      }),
    );
    previous = statementHash(note);
    leaves.push(previous);
  }
  const index = leaves.length - 1;
  const checkpoint = signNote(
    formatCheckpoint({ origin: LEDGER.name, size: leaves.length, root: treeRoot(leaves) }),
    [LEDGER],
  );
  const proof = formatTlogProof({ index, path: inclusionPath(leaves, index), checkpoint });
  return [...lines, 'ledger', ...proof.split('\n')];
}
const verify = (lines: readonly string[], policy = POLICY): ReturnType<typeof verifyRange> =>
  verifyRange(lines.join('\n'), policy);
const batchesOf = (signer: Batch['signer'], first: number, counts: readonly number[]): Batch[] =>
  counts.map((count, i) => ({ signer, sequence: first + i, count }));

describe('a line', () => {
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const signature = fc.uint8Array({ minLength: 64, maxLength: 64 });
  const endMs = fc.integer({ min: 0, max: 253_402_300_799_999 });
  const path = fc.integer({ min: 4, max: 12 }).chain((n) => fc.array(hash, { minLength: n, maxLength: n }));
  const line: fc.Arbitrary<RangeLine> = fc.oneof(
    fc.record({
      kind: fc.constant('hub' as const),
      origin: fc.constantFrom('heartwood/hub/a', 'é'),
      keyId: fc.integer({ min: 0, max: 0xffff_ffff }),
      sequence: fc.integer({ min: 0, max: 99_999_999_999 }),
    }),
    fc.record({ kind: fc.constant('before' as const), endMs, batchRoot: hash, previous: hash, signature }),
    fc.record({ kind: fc.constant('absent' as const), key: hash }),
    fc.record({
      kind: fc.constant('batch' as const),
      endMs,
      count: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      entriesRoot: hash,
      signature,
      path,
    }),
    fc.record({
      kind: fc.constant('batch' as const),
      endMs,
      count: fc.constant(0),
      entriesRoot: fc.constant(undefined),
      signature,
      path,
    }),
  );

  it('is read as what was written, and has one text', () => {
    fc.assert(
      fc.property(line, (one) => {
        const text = formatRangeLine(one);
        expect(text).not.toContain('\n');
        expect(parseRangeLine(text)).toEqual(one);
      }),
      { numRuns: 300 },
    );
  });

  it('that is anything else is refused, and whatever is read is printed again the same', () => {
    const near = fc
      .tuple(line, fc.nat(), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }))
      .map(([one, at, character]) => {
        const text = formatRangeLine(one);
        const place = at % text.length;
        return text.slice(0, place) + character + text.slice(place + 1);
      });
    fc.assert(
      fc.property(fc.oneof(near, fc.string()), (text) => {
        let read: RangeLine;
        try {
          read = parseRangeLine(text);
        } catch (error) {
          expect(error).toMatchObject({ name: 'AnchorError' });
          return;
        }
        expect(formatRangeLine(read)).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it.each(['slot', 'slot ', 'slot 02', 'slot -1', 'slot 1 ', 'Slot 1', 'slot 1e1', 'slot 99999999999999999'])(
    '%j names no slot',
    (text) => expect(() => parseRangeSlot(text)).toThrow(/slot, space, a number/),
  );

  it('names the slot of a patient, not of the hub', () => {
    expect(parseRangeSlot('slot 12')).toBe(12);
    expect(() => parseRangeSlot('slot 0')).toThrow("slot 0 is the hub's own");
  });
});

describe('a change of the hub’s key', () => {
  const lines = linesOver([...batchesOf(HUB, 0, [2, 0, 1]), ...batchesOf(NEXT, 10, [0, 3])]);

  it('is followed where the policy names both keys, and is told', () => {
    const { ok, proves, steps, claim, doesNotProve } = verify(lines);
    expect(steps.filter((step) => !step.ok)).toEqual([]);
    expect(ok).toBe(true);
    expect(claim?.hubs).toEqual([
      { origin: HUB.name, first: 0, last: 2, skipped: 0 },
      { origin: NEXT.name, first: 10, last: 11, skipped: 7 },
    ]);
    expect(proves[0]).toBe(
      "Patient slot 2, from the hub's first batch to 2026-11-20 00:00:50 UTC: 5 batches, with 7 numbers left out where the hub changed its key, 6 readings committed to in 3 of them, 2 proved empty.",
    );
    expect(steps.find(({ name }) => name === 'batches')?.text).toContain(
      `THE HUB CHANGED ITS KEY: ${HUB.name}, then from batch 10 on ${NEXT.name}; 7 numbers before it (3 to 9) were left out`,
    );
    expect(doesNotProve.join()).toContain('That nothing was signed with an old key after another took over');
  });

  it('is refused where the policy names one of them, or the new key does not begin there', () => {
    for (const gone of [HUB, NEXT]) {
      const policy = POLICY.replace(`hub ${formatVerifierKey(gone)}\n`, '');
      expect(verify(lines, policy).summary).toMatch(/the policy does not name this key/);
    }
    const early = linesOver([...batchesOf(HUB, 0, [2, 0, 1]), ...batchesOf(NEXT, 9, [1])]);
    expect(verify(early).summary).toMatch(/new key does not begin with number 9/);
    const back = linesOver([...batchesOf(NEXT, 10, [1]), ...batchesOf(HUB, 11, [1])]);
    expect(verify(back).ok).toBe(false);
    expect(verify(linesOver(batchesOf(NEXT, 10, [1, 0]))).ok).toBe(true);
    expect(verify(linesOver(batchesOf(NEXT, 11, [1]))).summary).toMatch(/batch 11 is not the hub's first/);
    expect(verify(linesOver(batchesOf(HUB, 5, [1]))).summary).toMatch(/batch 5 is not the hub's first/);
  });

  it('is no place for a line that nothing vouches for', () => {
    const at = lines.findIndex((line) => line.startsWith(`hub ${NEXT.name}`));
    const bent = [
      lines.toSpliced(at, 1),
      lines.toSpliced(at, 0, lines[at]!),
      lines.with(at, lines[at + 1]!).with(at + 1, lines[at]!),
      [...lines.slice(0, at), ...lines.slice(lines.indexOf('ledger'))],
      lines.toSpliced(lines.indexOf('ledger'), 0, formatRangeLine({ kind: 'absent', key: bytes(8) })),
      lines.toSpliced(lines.indexOf('ledger'), 0, lines[2]!),
    ];
    for (const one of bent) expect(verify(one).ok).toBe(false);
  });
});

describe('a hostile file', () => {
  it('never throws and never holds', () => {
    const lines = linesOver(batchesOf(HUB, 0, [1, 0, 2]));
    expect(verify(lines).ok).toBe(true);
    const some = fc.array(fc.oneof(fc.constantFrom(...lines), fc.string()), { maxLength: 14 });
    fc.assert(
      fc.property(some, (mixed) => {
        const { ok } = verify(mixed);
        expect(ok).toBe(mixed.join('\n') === lines.join('\n'));
      }),
      { numRuns: 150 },
    );
  });

  it('of endless lines or endless text is refused at the first', () => {
    const verifier = new RangeVerifier(POLICY);
    verifier.line('x'.repeat(10_000));
    expect(verifier.failed).toBe(true);
    const long = new RangeVerifier(POLICY);
    for (const line of linesOver(batchesOf(HUB, 0, [1]))) long.line(line);
    for (let n = 0; n < 1000 && !long.failed; n++) long.line('more');
    expect(long.failed).toBe(true);
    expect(long.finish().ok).toBe(false);
  });

  it.each([
    ['', /cut off/],
    ['heartwood-proof/v1\n', /does not begin with "heartwood-range\/v1"/],
    [`${RANGE_FORMAT}\nslot 2\nledger\n`, /shows no batch/],
  ])('%j', (text, why) => {
    const verdict = verifyRange(text, POLICY);
    expect(verdict.ok).toBe(false);
    expect(verdict.summary).toMatch(why);
  });

  it('with a policy that is none says so, and proves nothing', () => {
    for (const policy of ['', 'quorum none\n', 'hub nonsense\n']) {
      const { ok, steps } = verify(linesOver(batchesOf(HUB, 0, [1])), policy);
      expect(ok).toBe(false);
      expect(steps[0]).toMatchObject({ name: 'policy', ok: false });
    }
  });
});

describe('whose range it is', () => {
  const lines = linesOver(batchesOf(HUB, 0, [1, 0, 2]));
  const person = { hub: HUB.name, slot: SLOT, id: '0.2.0', subject: '07' };
  const judged = (given?: RangePerson) => verifyRange(lines.join('\n'), POLICY, { person: given });

  it('is open without a reading of theirs, and says so', () => {
    const { ok, steps, doesNotProve } = judged();
    expect(ok).toBe(true);
    expect(steps.map(({ name }) => name)).not.toContain('person');
    expect(doesNotProve.join()).toMatch(/Whose slot 2 is, so that it may be somebody else's: .*--same-as/);
  });

  it('is shown by one in the same slot of the same hub, and by no other', () => {
    const same = judged(person);
    expect(same).toMatchObject({
      ok: true,
      steps: expect.arrayContaining([expect.objectContaining({ name: 'person' })]),
    });
    expect(same.proves.join()).toMatch(
      /Slot 2 is that of reading 0\.2\.0, of the person with the pseudonym 07/,
    );
    expect(same.doesNotProve.join()).not.toMatch(/Whose slot/);
    for (const [given, text] of [
      [{ ...person, slot: 3 }, /is in slot 3, and the range is of slot 2: it is somebody else's/],
      [{ ...person, hub: 'heartwood/hub/ffffffffffffffff' }, /give a reading from that time/],
      [rangePerson('{}', POLICY), /The proof of a reading that was given with it: This proof does not hold/],
    ] as const) {
      const { ok, summary, proves } = judged(given);
      expect([ok, proves]).toEqual([false, []]);
      expect(summary).toMatch(text);
    }
  });
});
