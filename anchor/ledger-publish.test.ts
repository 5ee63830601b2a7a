// Publishing with three real witnesses over HTTP on loopback.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { parseCheckpoint } from './checkpoint.ts';
import { formatVerifierKey, KEY_TYPES, type VerifierKey } from './key.ts';
import type { EmbeddedLedger } from './ledger-embedded.ts';
import { postQuantumSigner } from './ledger-post-quantum.ts';
import { LedgerPublisher, type PublisherOptions } from './ledger-publish.ts';
import { SAMPLE_HUB, SAMPLE_LOG, sampleChain, sampleSeed } from './ledger-sample.ts';
import { startLedgerServer } from './ledger-server.ts';
import type { Fetch } from './log-client.ts';
import { LogClient } from './log-client.ts';
import { lookAt } from './monitor.ts';
import { EMPTY_STATE } from './monitor-state.ts';
import { nodeVerifyMlDsa44 } from './node-mldsa.ts';
import { NODE_PRIMITIVES, nodeCosigner, nodeVerifyEd25519 } from './node-primitive.ts';
import { formatSignatureLine, parseNote, signNote, verifyNote } from './note.ts';
import { parsePolicy } from './policy.ts';
import { parseTlogProof } from './tlog-proof.ts';
import {
  clock,
  endAll,
  ends,
  type Line,
  newPath,
  outcomeOf,
  removeFiles,
  startCircle,
  startImpostor,
  startLedger,
  startWitness,
  TWO,
  three,
} from './witness-gather-sample.ts';

afterEach(endAll);
afterAll(removeFiles);

const PQ = postQuantumSigner(SAMPLE_LOG.name, sampleSeed(3));
function publisherOf(ledger: EmbeddedLedger, more: Partial<PublisherOptions> = {}): LedgerPublisher {
  return new LedgerPublisher({ ledger, postQuantum: PQ, nowMs: () => clock.nowMs, ...more });
}
const sizeOf = (note: string | undefined): number | undefined =>
  note === undefined ? undefined : parseCheckpoint(parseNote(note).text).size;
const cosignersOf = (note: string | undefined, lines: readonly Line[]): number =>
  parseNote(note!).signatures.filter(({ name }) => lines.some(({ key }) => key.name === name)).length;
const minutes = (count: number): void => {
  clock.nowMs += count * 60_000;
};

describe('a publisher', () => {
  it('shows the newest checkpoint with both signatures of the ledger, without witnesses at once', async () => {
    const { ledger, grow } = startLedger(5);
    const publisher = publisherOf(ledger);
    for (const size of [5, 6, 7]) {
      const note = publisher.published()!;
      expect(sizeOf(note)).toBe(size);
      const { verified } = verifyNote(note, [SAMPLE_LOG, PQ], nodeVerifyEd25519, nodeVerifyMlDsa44);
      expect(verified.map(({ key }) => key.type)).toEqual([KEY_TYPES.ed25519, KEY_TYPES.cosignatureMlDsa44]);
      // Signing is hedged: the line is kept while the checkpoint is shown.
      expect(publisher.published()).toBe(note);
      grow(1);
    }
    expect(await publisher.step()).toEqual({
      size: 8,
      gathered: undefined,
      exported: undefined,
      minimumIndex: 0,
    });
  });

  it('with two of three shows what they cosigned, and answers with proofs by it', async () => {
    const { ledger } = startLedger(0);
    const { lines } = await three();
    const folder = `${newPath()}-www`;
    const publisher = publisherOf(ledger, { circle: startCircle(lines, TWO), folder });
    expect([publisher.published(), publisher.proofOf({ index: 0 })]).toEqual([undefined, undefined]);
    const notes = sampleChain(20);
    // Nothing has its quorum yet: taken, durable, and the proof comes later.
    const outcomes = publisher.append(notes.slice(0, 10));
    expect(outcomes.map((outcome) => [outcome.kind, 'proof' in outcome && outcome.proof])).toEqual(
      Array(10).fill(['appended', undefined]),
    );
    const step = await publisher.step();
    expect(step).toMatchObject({ size: 10, gathered: { quorum: true }, exported: { size: 10 } });
    const shown = publisher.published()!;
    expect([sizeOf(shown), cosignersOf(shown, lines)]).toEqual([10, 3]);
    expect(parseNote(shown).signatures[1]).toMatchObject({ name: SAMPLE_LOG.name, keyId: PQ.keyId });
    expect(readFileSync(join(folder, 'checkpoint'), 'utf8')).toBe(shown);

    const proof = parseTlogProof(publisher.proofOf({ index: 3 })!);
    expect([sizeOf(proof.checkpoint), cosignersOf(proof.checkpoint, lines)]).toEqual([10, 3]);
    // Proofs carry the small signatures only, unless asked.
    expect(parseNote(proof.checkpoint).signatures.map(({ keyId }) => keyId)).not.toContain(PQ.keyId);
    const again = publisher.append([notes[3]!, notes[10]!]);
    expect(again).toMatchObject([
      { kind: 'already-there', index: 3, proof: expect.stringContaining('\n10\n') },
      { kind: 'appended', index: 10, proof: undefined },
    ]);
    expect(sizeOf(publisher.published())).toBe(10);
  });

  it('goes on while one is away for long, which then catches up with one proof', async () => {
    const { ledger, grow } = startLedger(3);
    const { running, lines } = await three();
    const publisher = publisherOf(ledger, { circle: startCircle(lines, TWO) });
    await publisher.step();
    await running[2]!.stop();
    for (let day = 0; day < 7; day++) {
      grow(60);
      minutes(1440);
      expect((await publisher.step()).gathered).toMatchObject({ quorum: true, alarm: undefined });
      expect([sizeOf(publisher.published()), cosignersOf(publisher.published(), lines)]).toEqual([
        3 + 60 * (day + 1),
        2,
      ]);
    }
    await startWitness(3, running[2]!.port, running[2]!.path, false);
    minutes(1440);
    grow(1);
    const { gathered } = await publisher.step();
    // It is known where it stood, so that the first request brings the right proof.
    expect(outcomeOf(gathered!, 'carol').kind).toBe('cosigned');
    expect(cosignersOf(publisher.published(), lines)).toBe(3);
  });

  it('fail-closed: without two it holds, on the site, in the files and in proofs, and goes on when they are back', async () => {
    const { ledger, grow } = startLedger(5);
    const { running, lines } = await three();
    const folder = `${newPath()}-www`;
    const publisher = publisherOf(ledger, { circle: startCircle(lines, TWO), folder });
    await publisher.step();
    const server = await startLedgerServer({
      host: '127.0.0.1',
      port: 0,
      reader: ledger.reader,
      published: () => publisher.published(),
      proofOf: (place) => publisher.proofOf(place),
      submit: async (notes) => publisher.append(notes),
    });
    ends.push(() => server.close());
    const get = async (path: string): Promise<[number, string]> => {
      const answer = await fetch(server.url + path);
      return [answer.status, await answer.text()];
    };
    const held = publisher.published()!;
    await running[0]!.stop();
    await running[1]!.stop();
    // More than the checkpoints that a ledger keeps: the witnessed one is not forgotten.
    for (let i = 0; i < 80; i++) grow(1);
    minutes(60);
    const { size, gathered } = await publisher.step();
    expect(size).toBe(5);
    expect(gathered).toMatchObject({
      quorum: false,
      publish: false,
      alarm: expect.stringMatching(/85 entries has not been cosigned by 2 of .*: it is not shown/),
    });
    expect(await get('/checkpoint')).toEqual([200, held]);
    expect(readFileSync(join(folder, 'checkpoint'), 'utf8')).toBe(held);
    expect(existsSync(join(folder, 'tile/entries/000.p/85'))).toBe(false);
    const [status, early] = await get('/proof?index=4');
    expect([status, sizeOf(parseTlogProof(early).checkpoint)]).toEqual([200, 5]);
    expect((await get('/proof?index=5'))[0]).toBe(404);
    expect((await get(`/proof?origin=${encodeURIComponent(SAMPLE_HUB.name)}&sequence=70`))[0]).toBe(404);
    // A new publisher over the same ledger, as after a restart, holds at the same one.
    const restarted = publisherOf(ledger, { circle: startCircle(lines, TWO) });
    expect(sizeOf(restarted.published())).toBe(5);

    await startWitness(1, running[0]!.port, running[0]!.path, false);
    minutes(60);
    expect(await publisher.step()).toMatchObject({ size: 85, gathered: { quorum: true, alarm: undefined } });
    expect(cosignersOf(publisher.published(), lines)).toBe(2);
    expect((await get('/proof?index=84'))[0]).toBe(200);
    expect(existsSync(join(folder, 'tile/entries/000.p/85'))).toBe(true);
  });

  it('publish-with-alarm: shows the newest all the same, says so, and a monitor tells it too', async () => {
    const { ledger, grow } = startLedger(5);
    const { running, lines } = await three();
    const circle = startCircle(lines, TWO, { withoutQuorum: 'publish-with-alarm' });
    const publisher = publisherOf(ledger, { circle });
    await publisher.step();
    await running[0]!.stop();
    await running[1]!.stop();
    grow(1);
    minutes(1);
    const { size, gathered } = await publisher.step();
    expect([size, gathered?.alarm]).toEqual([6, expect.stringMatching(/it is shown all the same/)]);
    expect(cosignersOf(publisher.published(), lines)).toBe(1);
    expect(publisher.append(sampleChain(7).slice(6))).toMatchObject([
      { kind: 'appended', proof: expect.stringContaining('\n7\n') },
    ]);
    // What came since is not shown before the witnesses were asked about it.
    expect(sizeOf(publisher.published())).toBe(6);
    const policy = parsePolicy(
      [
        `hub ${formatVerifierKey(SAMPLE_HUB)}`,
        `log ${formatVerifierKey(SAMPLE_LOG)}`,
        ...lines.map(({ name, key }) => `witness ${name} ${formatVerifierKey(key)}`),
        `${TWO}\n`,
      ].join('\n'),
    );
    const client = new LogClient({
      url: 'http://log.invalid',
      key: SAMPLE_LOG,
      fetch: (async (url) =>
        url.endsWith('/checkpoint')
          ? new Response(publisher.published())
          : new Response(null, { status: 404 })) as Fetch,
      sleep: async () => undefined,
      random: () => 0,
      ...NODE_PRIMITIVES,
    });
    const { alarms } = await lookAt(EMPTY_STATE, {
      client,
      policy,
      silenceMs: 1e12,
      nowMs: clock.nowMs,
      ...NODE_PRIMITIVES,
    });
    expect(alarms).toContainEqual(
      expect.objectContaining({
        kind: 'unsigned',
        text: expect.stringMatching(/2 of .* and 1 cosigned/),
      }),
    );
    await startWitness(1, running[0]!.port, running[0]!.path, false);
    minutes(60);
    expect((await publisher.step()).gathered).toMatchObject({ quorum: true, alarm: undefined, size: 7 });
    expect(cosignersOf(publisher.published(), lines)).toBe(2);
  });

  it('does with two honest ones whatever the third does, also after it let go of its past', async () => {
    const { ledger, grow } = startLedger(600);
    const { running, lines } = await three();
    const carol = lines[2]!;
    await running[2]!.stop();
    const thief = nodeCosigner(carol.key.name, sampleSeed(77), () => 1_800_000_000);
    const forged = (): string => {
      const signed = signNote(parseNote(ledger.latest().checkpoint).text, [thief]);
      const [line] = parseNote(signed).signatures;
      return formatSignatureLine({ ...line!, keyId: carol.key.keyId });
    };
    const behaviours: readonly (() => { status: number; type?: string; body: string })[] = [
      () => ({ status: 200, body: forged() }),
      () => ({ status: 200, body: '— somebody else' }),
      () => ({ status: 200, body: 'x'.repeat(100_000) }),
      // Where it says to be, the hashes of a proof were let go.
      () => ({ status: 409, type: 'text/x.tlog.size', body: '3\n' }),
      () => ({ status: 409, type: 'text/x.tlog.size', body: `${ledger.latest().size + 1000}\n` }),
      () => ({ status: 422, body: 'no' }),
      () => ({ status: 500, body: '' }),
    ];
    let behave = behaviours[0]!;
    const url = await startImpostor((request, response) => {
      const {
        status,
        type = 'text/plain',
        body,
      } = request.method === 'GET' ? { status: 404, body: '' } : behave();
      response.writeHead(status, { 'content-type': type }).end(body);
    });
    const circle = startCircle([lines[0]!, lines[1]!, { ...carol, url }], TWO);
    const publisher = publisherOf(ledger, {
      circle,
      retention: { minimumIndex: 512, noticeMs: 0 },
    });
    await publisher.step();
    expect(ledger.reader.minimumIndex()).toBe(512);
    await publisher.step();
    for (const one of behaviours) {
      behave = one;
      grow(1);
      minutes(1440);
      const { size, gathered } = await publisher.step();
      expect([size, gathered!.quorum, gathered!.evidence]).toEqual([ledger.latest().size, true, []]);
      expect(['bad-answer', 'refused', 'unreachable']).toContain(outcomeOf(gathered!, 'carol').kind);
      expect(cosignersOf(publisher.published(), lines)).toBe(2);
      const keys: VerifierKey[] = lines.map(({ key }) => key);
      expect(verifyNote(publisher.published()!, keys, nodeVerifyEd25519).verified).toHaveLength(2);
    }
    // A proof by a hostile size costs it its own rest, and nothing of the ledger.
    expect(ledger.reader.entry({ index: 3 })).toBeUndefined();
  });

  it('leaves its witnesses alone while nothing is new, but for a word a minute', async () => {
    const { ledger, grow } = startLedger(2);
    const [one] = [await startWitness(1)];
    let asked = 0;
    const circle = startCircle([{ name: 'a', key: one.witness.keys[0]!, url: one.url }], 'quorum a');
    const counting = {
      ...circle,
      call: {
        ...circle.call,
        send: (...args: Parameters<typeof circle.call.send>) => {
          asked += 1;
          return circle.call.send(...args);
        },
      },
    };
    const publisher = publisherOf(ledger, { circle: counting });
    for (let second = 0; second < 30; second++) {
      await publisher.step();
      clock.nowMs += 1000;
    }
    expect(asked).toBe(1);
    clock.nowMs += 31_000;
    await publisher.step();
    expect(asked).toBe(2);
    grow(1);
    await publisher.step();
    expect(asked).toBe(3);
  });
});
