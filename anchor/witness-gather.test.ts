import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { formatVerifierKey, type VerifierKey } from './key.ts';
import { openLedgerReader } from './ledger-reader.ts';
import { SAMPLE_LOG } from './ledger-sample.ts';
import { nodeVerifyEd25519 } from './node-primitive.ts';
import { parseNote, verifyNote } from './note.ts';
import { parsePolicy } from './policy.ts';
import { parseTlogProof } from './tlog-proof.ts';
import { closeWitnessCircle, openWitnessCircle } from './witness-circle.ts';
import { gatherCosignatures, headToShow } from './witness-gather.ts';
import {
  ALL,
  clock,
  endAll,
  ends,
  kinds,
  newPath,
  outcomeOf,
  removeFiles,
  startCircle,
  startLedger,
  startWitness,
  TWO,
  three,
} from './witness-gather-sample.ts';

afterEach(endAll);
afterAll(removeFiles);

describe('gathering cosignatures', () => {
  it('has every new checkpoint cosigned by three, and knows after the first time how far each is', async () => {
    const { ledger, grow } = startLedger(1);
    const circle = startCircle((await three()).lines, ALL);
    for (const by of [1, 1, 5, 300]) {
      const gathered = await gatherCosignatures(ledger, circle);
      expect(gathered).toMatchObject({
        size: ledger.latest().size,
        quorum: true,
        publish: true,
        evidence: [],
      });
      expect(gathered.alarm).toBeUndefined();
      expect(gathered.answers.map(({ outcome }) => outcome)).toEqual(
        Array(3).fill({ kind: 'cosigned', timeS: expect.any(Number) }),
      );
      expect(ledger.reader.witnessed()).toEqual(ledger.latest());
      const { verified } = verifyNote(
        ledger.latest().checkpoint,
        circle.policy.witnesses.map(({ key }) => key),
        nodeVerifyEd25519,
      );
      expect(verified).toHaveLength(3);
      grow(by);
    }
    // A ledger with nothing in it has a checkpoint too.
    const empty = await gatherCosignatures(startLedger(0).ledger, startCircle([], 'quorum none'));
    expect(empty).toMatchObject({ size: 0, quorum: true, answers: [] });
  });

  it('keeps what the policy names, of a witness with two keys at one address, and asks it once', async () => {
    const { ledger } = startLedger(3);
    const one = await startWitness(1);
    const [ed, pq] = one.witness.keys as [VerifierKey, VerifierKey];
    const both = startCircle(
      [
        { name: 'ed', key: ed, url: `${one.url}/` },
        { name: 'pq', key: pq, url: one.url },
      ],
      'group g all ed pq\nquorum g',
    );
    expect(both.seats).toHaveLength(1);
    expect(await gatherCosignatures(ledger, both)).toMatchObject({
      quorum: true,
      answers: [{ names: ['ed', 'pq'] }],
    });
    const other = startLedger(3);
    const gathered = await gatherCosignatures(
      other.ledger,
      startCircle([{ name: 'pq', key: pq, url: one.url }], 'quorum pq'),
    );
    expect(gathered).toMatchObject({ quorum: true });
    expect(parseNote(other.ledger.latest().checkpoint).signatures.map(({ keyId }) => keyId)).toEqual([
      SAMPLE_LOG.keyId,
      pq.keyId,
    ]);
  });

  it('does with two of three, and a witness that was away catches up with one proof', async () => {
    const { ledger, grow } = startLedger(5);
    const { running, lines } = await three();
    const circle = startCircle(lines, TWO);
    expect((await gatherCosignatures(ledger, circle)).quorum).toBe(true);
    const [, , carol] = running;
    await carol!.stop();
    // A week at a statement every ten seconds is 60,480; what matters is that one proof spans it.
    for (let day = 0; day < 7; day++) {
      grow(50);
      clock.nowMs += 86_400_000;
      const gathered = await gatherCosignatures(ledger, circle);
      expect(gathered).toMatchObject({ quorum: true, publish: true, alarm: undefined });
      expect(outcomeOf(gathered, 'carol')).toMatchObject({
        kind: 'unreachable',
        message: expect.stringMatching(/ECONNREFUSED/),
      });
    }
    await startWitness(3, carol!.port, carol!.path, false);
    clock.nowMs += 86_400_000;
    grow(1);
    expect(kinds(await gatherCosignatures(ledger, circle))).toEqual(['cosigned', 'cosigned', 'cosigned']);
    // The same for a hub that restarted and knows nothing of how far they are.
    grow(500);
    const anew = await gatherCosignatures(ledger, startCircle(lines, ALL));
    expect(anew.answers.map(({ outcome }) => outcome)).toEqual(
      Array(3).fill({ kind: 'cosigned', timeS: expect.any(Number), caughtUpFrom: 356 }),
    );
  });

  it('shows nothing new under fail-closed, shows it with an alarm otherwise, and proves by what was witnessed', async () => {
    const { ledger, grow } = startLedger(5);
    const { running, lines } = await three();
    const closed = startCircle(lines, TWO);
    const open = startCircle(lines, TWO, { withoutQuorum: 'publish-with-alarm' });
    expect(headToShow(ledger, 'fail-closed')).toBeUndefined();
    expect(headToShow(ledger, 'publish-with-alarm')?.size).toBe(5);
    await gatherCosignatures(ledger, closed);
    await running[1]!.stop();
    await running[2]!.stop();
    // More checkpoints than a ledger keeps, each with one cosignature: the witnessed one stays.
    for (let i = 0; i < 70; i++) grow(1);
    clock.nowMs += 10_000_000;
    const refusing = await gatherCosignatures(ledger, closed);
    expect(refusing).toMatchObject({ quorum: false, publish: false });
    expect(refusing.alarm).toBe(
      'The checkpoint over 75 entries has not been cosigned by 2 of (alice, bob, carol): it is not shown.',
    );
    const showing = await gatherCosignatures(ledger, open);
    expect(showing).toMatchObject({ quorum: false, publish: true });
    expect(showing.alarm).toMatch(/it is shown all the same/);
    for (let i = 0; i < 70; i++) grow(1);
    expect(headToShow(ledger, 'fail-closed')?.size).toBe(5);
    expect(headToShow(ledger, 'publish-with-alarm')?.size).toBe(145);
    const proof = ledger.proofOf({ index: 4 }, ledger.reader.witnessed()?.size);
    expect(
      verifyNote(parseTlogProof(proof!).checkpoint, [lines[0]!.key, lines[1]!.key], nodeVerifyEd25519)
        .verified,
    ).toHaveLength(2);
  });

  it('counts a cosignature that came with an earlier call', async () => {
    const { ledger } = startLedger(5);
    const { running, lines } = await three();
    const circle = startCircle(lines, ALL);
    await running[2]!.stop();
    expect((await gatherCosignatures(ledger, circle)).quorum).toBe(false);
    await startWitness(3, running[2]!.port);
    await running[0]!.stop();
    clock.nowMs += 1_000_000;
    const gathered = await gatherCosignatures(ledger, circle);
    expect(kinds(gathered)).toEqual(['unreachable', 'cosigned', 'cosigned']);
    expect(gathered.quorum).toBe(true);
  });

  it('reads a file that knew of no witnesses, and the mark in it by another process', async () => {
    const path = newPath();
    const { ledger } = startLedger(5, path);
    const reader = openLedgerReader(path);
    ends.push(() => reader.close());
    expect(reader.witnessed()).toBeUndefined();
    await gatherCosignatures(ledger, startCircle((await three()).lines, ALL));
    expect(reader.witnessed()).toEqual(ledger.latest());
    ledger.markWitnessed(999);
    ledger.markWitnessed(3);
    expect(reader.witnessed()?.size).toBe(5);
  });
});

describe('addresses of witnesses', () => {
  it.each([
    'http://witness.example/',
    'ftp://127.0.0.1/',
    'witness',
    'https://u:p@w.example/',
    'https://w.example/?x=1',
  ])('refuses %s', async (url) => {
    const key = (await startWitness(1)).witness.keys[0]!;
    expect(() => startCircle([{ name: 'a', key, url }], 'quorum a')).toThrow(/no address of a witness/);
  });

  it('asks nobody who has none', async () => {
    const key = (await startWitness(1)).witness.keys[0]!;
    const circle = openWitnessCircle(parsePolicy(`witness a ${formatVerifierKey(key)}\nquorum a\n`), {
      withoutQuorum: 'publish-with-alarm',
      nowMs: () => 0,
    });
    const gathered = await gatherCosignatures(startLedger(1).ledger, circle);
    expect(gathered).toMatchObject({ answers: [], quorum: false, publish: true });
    await closeWitnessCircle(circle);
  });
});
