// What every ledger must do, as a test suite over the port: run it from a test file with a way to make an empty ledger
// that serves the two hubs. Nothing here knows how the ledger stores or where it runs.

import { afterEach, describe, expect, it } from 'vitest';
import { parseCheckpoint } from './checkpoint.ts';
import type { VerifierKey } from './key.ts';
import type { AppendOutcome, Ledger } from './ledger.ts';
import { OTHER_HUB, SAMPLE_END_MS, SAMPLE_HUB, sampleChain, sampleSeed } from './ledger-sample.ts';
import { nodeSigner, nodeVerifyEd25519 } from './node-primitive.ts';
import { verifyNote } from './note.ts';
import { checkInclusion } from './proof.ts';
import { statementHash } from './statement.ts';
import { parseTlogProof } from './tlog-proof.ts';
import { emptyRoot } from './tree.ts';

/** An empty ledger for one test, and how to end it. */
export type MakeLedger = (
  hubKeys: readonly VerifierKey[],
) => Promise<{ readonly ledger: Ledger; readonly end: () => Promise<void> }>;

/** True where the proof shows `note` at `index` under a checkpoint that the ledger signed. */
function proves(ledger: Ledger, proof: string | undefined, note: string, index: number): boolean {
  if (proof === undefined) return false;
  const parsed = parseTlogProof(proof);
  const checkpoint = parseCheckpoint(verifyNote(parsed.checkpoint, [ledger.key], nodeVerifyEd25519).text);
  return (
    checkpoint.origin === ledger.key.name &&
    parsed.index === index &&
    checkInclusion(statementHash(note), index, checkpoint.size, parsed.path, checkpoint.root)
  );
}

const kinds = (outcomes: readonly AppendOutcome[]): string[] => outcomes.map(({ kind }) => kind);

/** Declares the suite for one implementation. */
export function describeLedger(name: string, make: MakeLedger): void {
  describe(`ledger: ${name}`, () => {
    const ends: (() => Promise<void>)[] = [];
    const open = async (): Promise<Ledger> => {
      const { ledger, end } = await make([SAMPLE_HUB, OTHER_HUB]);
      ends.push(end);
      return ledger;
    };
    afterEach(async () => {
      for (const end of ends.splice(0)) await end();
    });

    it('begins empty, with a signed checkpoint that says so', async () => {
      const ledger = await open();
      const head = await ledger.latest();
      expect(head.size).toBe(0);
      expect([...head.root]).toEqual([...emptyRoot()]);
      const { text } = verifyNote(head.checkpoint, [ledger.key], nodeVerifyEd25519);
      expect(parseCheckpoint(text)).toMatchObject({ origin: ledger.key.name, size: 0 });
      expect(await ledger.lastOf(SAMPLE_HUB.name)).toBeUndefined();
      expect(await ledger.proofOf({ index: 0 })).toBeUndefined();
    });

    it('takes statements one by one and many at once, and proves each', async () => {
      const ledger = await open();
      const notes = sampleChain(21);
      const outcomes = [
        ...(await ledger.append(notes.slice(0, 1))),
        ...(await ledger.append(notes.slice(1))),
      ];
      expect(kinds(outcomes)).toEqual(notes.map(() => 'appended'));
      for (const [index, outcome] of outcomes.entries()) {
        if (outcome.kind !== 'appended') throw new Error('not appended');
        expect(outcome.index).toBe(index);
        expect(proves(ledger, outcome.proof, notes[index]!, index)).toBe(true);
        expect(proves(ledger, outcome.proof, notes[(index + 1) % 21]!, index)).toBe(false);
        const now = await ledger.proofOf({ origin: SAMPLE_HUB.name, sequence: index });
        expect(proves(ledger, now!, notes[index]!, index)).toBe(true);
        expect(await ledger.proofOf({ index })).toBe(now);
      }
      expect((await ledger.latest()).size).toBe(21);
      expect(await ledger.lastOf(SAMPLE_HUB.name)).toEqual({ index: 20, sequence: 20, note: notes[20] });
      expect(await ledger.proofOf({ index: 21 })).toBeUndefined();
      expect(await ledger.proofOf({ origin: SAMPLE_HUB.name, sequence: 21 })).toBeUndefined();
    });

    it('answers the same statement as before, and grows by nothing', async () => {
      const ledger = await open();
      const notes = sampleChain(5);
      await ledger.append(notes);
      const head = await ledger.latest();
      const outcomes = await ledger.append([notes[4]!, notes[2]!]);
      expect(outcomes).toMatchObject([
        { kind: 'already-there', index: 4 },
        { kind: 'already-there', index: 2 },
      ]);
      const [last] = outcomes;
      expect(last?.kind === 'already-there' && proves(ledger, last.proof, notes[4]!, 4)).toBe(true);
      expect(await ledger.latest()).toEqual(head);
      expect(await ledger.append([])).toEqual([]);
      expect(await ledger.latest()).toEqual(head);
    });

    it('keeps hubs apart', async () => {
      const ledger = await open();
      const [ours, theirs] = [sampleChain(2), sampleChain(2, { hub: OTHER_HUB })];
      const mixed = [ours[0]!, theirs[0]!, theirs[1]!, ours[1]!];
      expect(kinds(await ledger.append(mixed))).toEqual(['appended', 'appended', 'appended', 'appended']);
      expect(await ledger.lastOf(OTHER_HUB.name)).toMatchObject({ index: 2, sequence: 1 });
      expect(await ledger.lastOf(SAMPLE_HUB.name)).toMatchObject({ index: 3, sequence: 1 });
    });

    it('takes n+1 only after n, and says what it expects', async () => {
      const ledger = await open();
      const notes = sampleChain(4);
      expect(await ledger.append([notes[1]!])).toEqual([{ kind: 'out-of-sequence', expected: 0 }]);
      expect(kinds(await ledger.append([notes[0]!, notes[2]!, notes[1]!]))).toEqual([
        'appended',
        'out-of-sequence',
        'appended',
      ]);
      expect(await ledger.append([notes[3]!])).toEqual([{ kind: 'out-of-sequence', expected: 2 }]);
      expect((await ledger.latest()).size).toBe(2);
    });

    it('refuses a second statement of one number, and shows both', async () => {
      const ledger = await open();
      const notes = sampleChain(3);
      await ledger.append(notes);
      const head = await ledger.latest();
      const [other] = sampleChain(1, {
        after: notes.slice(0, 1),
        change: (statement) => ({ ...statement, batchRoot: new Uint8Array(32).fill(99) }),
      });
      expect(await ledger.append([other!])).toEqual([
        { kind: 'equivocation', held: notes[1], offered: other },
      ]);
      expect(await ledger.latest()).toEqual(head);
    });

    it('refuses a statement made after another history, and shows both', async () => {
      const ledger = await open();
      const notes = sampleChain(2);
      await ledger.append(notes);
      const other = sampleChain(3, {
        change: (statement) => ({ ...statement, batchRoot: new Uint8Array(32).fill(98) }),
      });
      expect(await ledger.append([other[2]!])).toEqual([
        { kind: 'equivocation', held: notes[1], offered: other[2] },
      ]);
      const [orphan] = sampleChain(1, {
        hub: OTHER_HUB,
        change: (statement) => ({ ...statement, previous: sampleSeed(9) }),
      });
      expect(kinds(await ledger.append([orphan!]))).toEqual(['refused-form']);
    });

    it('refuses a clock turned back', async () => {
      const ledger = await open();
      const notes = sampleChain(1);
      const [back] = sampleChain(1, {
        after: notes,
        change: (statement) => ({ ...statement, endMs: SAMPLE_END_MS }),
      });
      expect(kinds(await ledger.append([...notes, back!]))).toEqual(['appended', 'refused-time']);
    });

    it('refuses other signers, wrong signatures and other forms, and takes what follows', async () => {
      const ledger = await open();
      const stranger = nodeSigner(SAMPLE_HUB.name, sampleSeed(77));
      const [note] = sampleChain(1);
      const outcomes = await ledger.append([
        sampleChain(1, { hub: stranger })[0]!,
        note!.replace('13:10:00', '13:10:01'),
        (await ledger.latest()).checkpoint,
        `${note}— someone.example AAAAAAAA\n`,
        note!.replace('000000000000', '0'),
        'hello',
        note!,
      ]);
      expect(kinds(outcomes)).toEqual([
        'refused-signature',
        'refused-signature',
        'refused-form',
        'refused-form',
        'refused-form',
        'refused-form',
        'appended',
      ]);
    });
  });
}
