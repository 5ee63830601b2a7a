import type { RequestListener } from 'node:http';
import { text as textOfStream } from 'node:stream/consumers';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { utf8 } from './bytes.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { type EmbeddedLedger, openEmbeddedLedger } from './ledger-embedded.ts';
import { SAMPLE_HUB, SAMPLE_LOG, sampleChain } from './ledger-sample.ts';
import { nodeVerifyEd25519 } from './node-primitive.ts';
import { parseNote, signNote, verifyNote } from './note.ts';
import type { WitnessOutcome } from './witness-ask.ts';
import { closeWitnessCircle } from './witness-circle.ts';
import { gatherCosignatures, knownByWitnesses } from './witness-gather.ts';
import {
  ALL,
  clock,
  endAll,
  ends,
  kinds,
  type Line,
  newPath,
  outcomeOf,
  type Running,
  removeFiles,
  startCircle,
  startImpostor,
  startLedger,
  TWO,
  three,
} from './witness-gather-sample.ts';
import { cosignersOf } from './witness-key.ts';
import { parseAddCheckpoint } from './witness-request.ts';
import { sampleWitnessKeys } from './witness-sample.ts';

afterEach(endAll);
afterAll(removeFiles);

describe('gathering from witnesses that are wrong', () => {
  /** Alice and Bob honest, and somebody at Carol's address. */
  async function withImpostor(
    listener: (real: Running) => RequestListener,
  ): Promise<{ lines: Line[]; carol: Running }> {
    const { running, lines } = await three();
    const [alice, bob, carol] = lines as [Line, Line, Line];
    const url = await startImpostor(listener(running[2]!));
    return { lines: [alice, bob, { ...carol, url }], carol: running[2]! };
  }

  it('drops a lying one whole: a wrong signature, another checkpoint, another key, no key, no lines', async () => {
    const line = (n: number) => sampleWitnessKeys(n).name;
    for (const body of [
      (real: string) => real.replace(/(.{90})(.)/, (_, head, c) => head + (c === 'A' ? 'B' : 'A')),
      () => `— ${line(3)} AAAAAAAA\n`,
      () => '',
      () => 'hello\n',
      (real: string) => real.trimEnd(),
      (real: string) => real.replaceAll(line(3), line(2)),
    ]) {
      const { ledger } = startLedger(4);
      const { lines } = await withImpostor(({ url }) => async (request, response) => {
        const real = await fetch(`${url}${request.url}`, {
          method: 'POST',
          body: await textOfStream(request),
        });
        response.writeHead(real.status, { 'content-type': 'text/plain' });
        response.end(body(await real.text()));
      });
      const circle = startCircle(lines, TWO);
      const gathered = await gatherCosignatures(ledger, circle);
      expect(outcomeOf(gathered, 'carol')).toMatchObject({ kind: 'bad-answer' });
      expect(gathered).toMatchObject({ quorum: true, evidence: [] });
      expect(parseNote(ledger.latest().checkpoint).signatures).toHaveLength(3);
      expect((await gatherCosignatures(ledger, startCircle(lines, ALL))).quorum).toBe(false);
    }
  });

  it('takes no cosignature without a time, though its key made it', async () => {
    const { ledger } = startLedger(4);
    const { lines } = await withImpostor(() => async (request, response) => {
      const note = parseNote(parseAddCheckpoint(utf8(await textOfStream(request))).note);
      const timeless = cosignersOf(sampleWitnessKeys(3), () => 0);
      response.end(signNote(note.text, timeless).slice(note.text.length + 1));
    });
    const gathered = await gatherCosignatures(ledger, startCircle(lines, TWO));
    expect(outcomeOf(gathered, 'carol')).toEqual({
      kind: 'bad-answer',
      message: 'its cosignature gives no time',
    });
  });

  it('does not wait for a slow one longer than it must, and keeps what it says later', async () => {
    const { ledger } = startLedger(4);
    const { lines } = await withImpostor(({ url }) => async (request, response) => {
      const real = await fetch(`${url}${request.url}`, { method: 'POST', body: await textOfStream(request) });
      const body = await real.text();
      setTimeout(() => response.end(body), 600);
    });
    const circle = startCircle(lines, TWO, { graceMs: 50 });
    const began = performance.now();
    const gathered = await gatherCosignatures(ledger, circle);
    expect(performance.now() - began).toBeLessThan(550);
    expect(kinds(gathered)).toEqual(['cosigned', 'cosigned', 'pending']);
    expect(gathered.quorum).toBe(true);
    // It is not asked a second thing meanwhile.
    expect(outcomeOf(await gatherCosignatures(ledger, circle), 'carol').kind).toBe('pending');
    await circle.seats[2]!.busy;
    expect(parseNote(ledger.latest().checkpoint).signatures).toHaveLength(4);
  });

  it('gives one up that never ends, or answers without end, and lets it rest longer each time', async () => {
    const { ledger } = startLedger(4);
    let asked = 0;
    const { lines } = await withImpostor(() => (_request, response) => {
      asked += 1;
      if (asked % 2 === 1) response.write('— ');
      else response.end('x'.repeat(100_000));
    });
    const circle = startCircle(lines, ALL, { timeoutMs: 200 });
    const messages: string[] = [];
    const rests: number[] = [];
    for (let i = 0; i < 4; i++) {
      const outcome = outcomeOf(await gatherCosignatures(ledger, circle), 'carol');
      messages.push(outcome.kind === 'unreachable' ? outcome.message : outcome.kind);
      const resting = outcomeOf(await gatherCosignatures(ledger, circle), 'carol');
      if (resting.kind !== 'resting') throw new Error(resting.kind);
      rests.push(resting.untilMs - clock.nowMs);
      clock.nowMs = resting.untilMs;
    }
    expect(messages[0]).toBe('it did not answer in time');
    expect(messages[1]).toBe('its answer is longer than 65536 bytes');
    expect(rests).toEqual([1000, 2000, 4000, 8000]);
    expect(asked).toBe(4);
  });

  it('reports a refusal, and one that talks nonsense about where it is', async () => {
    const answers: [number, string, string][] = [
      [403, 'text/plain', 'no\u001b[31m\n'],
      [500, 'text/plain', ''],
      [409, 'text/plain', '3\n'],
      [409, 'text/x.tlog.size', '03\n'],
      [409, 'text/x.tlog.size', '0\n'],
      [409, 'text/x.tlog.size', '4000\n'],
      [302, 'text/plain', ''],
    ];
    const found: WitnessOutcome[] = [];
    for (const [status, type, body] of answers) {
      const { ledger } = startLedger(4);
      const { lines } = await withImpostor(() => (request, response) => {
        if (request.method === 'GET') response.writeHead(404).end();
        else response.writeHead(status, { 'content-type': type, location: 'http://127.0.0.1:1/' }).end(body);
      });
      const gathered = await gatherCosignatures(ledger, startCircle(lines, TWO));
      expect(gathered).toMatchObject({ quorum: true, evidence: [] });
      found.push(outcomeOf(gathered, 'carol'));
    }
    expect(found[0]).toEqual({ kind: 'refused', status: 403, message: 'no [31m' });
    expect(found.map(({ kind }) => kind)).toEqual([
      'refused',
      'refused',
      'refused',
      'refused',
      'bad-answer',
      'refused',
      'refused',
    ]);
  });

  it('ends cleanly when the circle is closed while a witness is silent', async () => {
    const { ledger } = startLedger(4);
    const { lines } = await withImpostor(() => () => {});
    const circle = startCircle(lines, ALL, { timeoutMs: 60_000 });
    const gathering = gatherCosignatures(ledger, circle);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await closeWitnessCircle(circle);
    expect(outcomeOf(await gathering, 'carol').kind).toBe('unreachable');
  });
});

describe('gathering from witnesses that know better', () => {
  it('brings evidence of a fork: a checkpoint that our key signed and our ledger does not continue', async () => {
    const { running, lines } = await three();
    const { ledger } = startLedger(6);
    // The same key with another history, shown to Carol alone.
    const path = newPath();
    const fork = openEmbeddedLedger({ path, signer: SAMPLE_LOG, hubKeys: [SAMPLE_HUB] });
    ends.push(() => fork.close());
    fork.append(sampleChain(5, { change: (s) => ({ ...s, batchRoot: new Uint8Array(32).fill(9) }) }));
    await gatherCosignatures(fork, startCircle([lines[2]!], 'quorum carol'));

    const gathered = await gatherCosignatures(ledger, startCircle(lines, TWO));
    expect(kinds(gathered)).toEqual(['cosigned', 'cosigned', 'fork']);
    expect(gathered).toMatchObject({ quorum: true, evidence: [{ kind: 'fork', url: lines[2]!.url }] });
    expect(gathered.alarm).toMatch(/another history that this ledger's key signed/);
    const [evidence] = gathered.evidence;
    for (const note of [evidence!.shown, evidence!.ours]) {
      expect(verifyNote(note, [SAMPLE_LOG], nodeVerifyEd25519).text).toContain(SAMPLE_LOG.name);
    }
    expect(parseCheckpoint(parseNote(evidence!.shown).text).size).toBe(5);
    expect(running[2]!.witness.contradictions()).toEqual([]);
    // Of one size the witness has the proof itself.
    const same = startLedger(5);
    expect((await gatherCosignatures(same.ledger, startCircle(lines, ALL))).evidence).toMatchObject([
      { kind: 'ahead' },
      { kind: 'ahead' },
      { kind: 'fork' },
    ]);
    expect(running[2]!.witness.contradictions()).toHaveLength(1);
  });

  it('notices that the ledger was restored from an old copy, and can know it before it signs', async () => {
    const { lines } = await three();
    const { ledger } = startLedger(9);
    const circle = startCircle(lines, TWO);
    await gatherCosignatures(ledger, circle);
    const restored = startLedger(4);
    const gathered = await gatherCosignatures(restored.ledger, startCircle(lines, TWO));
    expect(kinds(gathered)).toEqual(['ahead', 'ahead', 'ahead']);
    expect(gathered.quorum).toBe(false);
    expect(gathered.alarm).toMatch(/restored from an older copy/);

    const known = await knownByWitnesses(startCircle(lines, TWO), SAMPLE_LOG);
    expect(known).toMatchObject({ asked: 3, answered: 3, newest: { size: 9, origin: SAMPLE_LOG.name } });
    const path = newPath();
    startLedger(4, path);
    expect(() =>
      openEmbeddedLedger({ path, signer: SAMPLE_LOG, hubKeys: [SAMPLE_HUB], known: known.newest }),
    ).toThrow(/restored from an old copy/);
  });

  it('says how many it could ask, and believes nothing that the ledger did not sign', async () => {
    const liar = await startImpostor((_request, response) =>
      response.end('heartwood/ledger/x\n5\nAAAA\n\n— x AAAAAAAA\n'),
    );
    const silent = await startImpostor(() => {});
    const { lines } = await three();
    const [alice, bob, carol] = lines as [Line, Line, Line];
    const circle = startCircle([alice, { ...bob, url: liar }, { ...carol, url: silent }], TWO, {
      timeoutMs: 200,
    });
    expect(await knownByWitnesses(circle, SAMPLE_LOG)).toEqual({
      asked: 3,
      answered: 2,
      enough: true,
      newest: undefined,
    });
  });

  it('does not take its own newer checkpoint for that of another', async () => {
    const { lines } = await three();
    const { ledger, grow } = startLedger(5);
    const slow = startCircle(lines, ALL);
    const fast = startCircle(lines, ALL);
    const old = gatherCosignatures({ ...asSeen(ledger), latest: once(ledger) }, slow);
    grow(3);
    await gatherCosignatures(ledger, fast);
    const gathered = await old;
    expect(gathered.evidence).toEqual([]);
    for (const kind of kinds(gathered)) expect(['cosigned', 'overtaken']).toContain(kind);
  });
});

const asSeen = (ledger: EmbeddedLedger) => ({
  key: ledger.key,
  reader: ledger.reader,
  addCosignatures: ledger.addCosignatures.bind(ledger),
  markWitnessed: ledger.markWitnessed.bind(ledger),
});
/** The head as it is now for the first who asks, and as it is then for all others. */
function once(ledger: EmbeddedLedger): EmbeddedLedger['latest'] {
  const now = ledger.latest();
  let first = true;
  return () => {
    if (!first) return ledger.latest();
    first = false;
    return now;
  };
}
