// A ledger and three witnesses on the loopback address: the honest way, and each way in which a witness can be wrong,
// slow, away, or right about us.

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOfStream } from 'node:stream/consumers';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { parseCheckpoint } from './checkpoint.ts';
import { formatVerifierKey, type VerifierKey } from './key.ts';
import { type EmbeddedLedger, openEmbeddedLedger } from './ledger-embedded.ts';
import { openLedgerReader } from './ledger-reader.ts';
import { SAMPLE_HUB, SAMPLE_LOG, sampleChain } from './ledger-sample.ts';
import { nodeVerifyEd25519 } from './node-primitive.ts';
import { parseNote, verifyNote } from './note.ts';
import { parsePolicy } from './policy.ts';
import { parseTlogProof } from './tlog-proof.ts';
import { openWitness, type Witness } from './witness.ts';
import type { WitnessOutcome } from './witness-ask.ts';
import {
  type CircleOptions,
  closeWitnessCircle,
  openWitnessCircle,
  type WitnessCircle,
} from './witness-circle.ts';
import { type Gathered, gatherCosignatures, headToShow, knownByWitnesses } from './witness-gather.ts';
import { sampleWitnessKeys } from './witness-sample.ts';
import { startWitnessServer } from './witness-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'heartwood-gather-'));
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const newPath = (): string => join(folder, `${files++}.db`);

type Running = {
  readonly witness: Witness;
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
};

async function startWitness(
  n: number,
  port = 0,
  path = newPath(),
  create = true,
): Promise<Running & { path: string }> {
  const keys = sampleWitnessKeys(n);
  const witness = openWitness({
    path,
    create,
    keys,
    logs: [SAMPLE_LOG],
    nowS: () => Math.floor(Date.now() / 1000),
  });
  const server = await startWitnessServer({ witness, host: '127.0.0.1', port });
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    await server.close();
    witness.close();
  };
  ends.push(stop);
  return { witness, url: server.url, port: Number(new URL(server.url).port), stop, path };
}

/** A program that answers as it likes at a witness's address. */
async function startImpostor(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A ledger with `count` statements, and the way to add more. */
function startLedger(
  count: number,
  path = newPath(),
): { ledger: EmbeddedLedger; grow: (by: number) => void } {
  const ledger = openEmbeddedLedger({ path, signer: SAMPLE_LOG, hubKeys: [SAMPLE_HUB] });
  ends.push(() => ledger.close());
  const notes: string[] = [];
  const grow = (by: number): void => {
    const next = sampleChain(by, { after: notes });
    ledger.append(next);
    notes.push(...next);
  };
  grow(count);
  return { ledger, grow };
}

type Line = { readonly name: string; readonly key: VerifierKey; readonly url: string };
const lineOf = (name: string, { witness, url }: Running): Line => ({ name, key: witness.keys[0]!, url });
let nowMs = 0;

function startCircle(
  lines: readonly Line[],
  quorum: string,
  options: Partial<CircleOptions> = {},
): WitnessCircle {
  const text = lines
    .map(({ name, key, url }) => `witness ${name} ${formatVerifierKey(key)} ${url}\n`)
    .join('');
  const circle = openWitnessCircle(parsePolicy(`${text}${quorum}\n`), {
    withoutQuorum: 'fail-closed',
    nowMs: () => nowMs,
    timeoutMs: 2000,
    ...options,
  });
  ends.push(() => closeWitnessCircle(circle));
  return circle;
}

const kinds = ({ answers }: Gathered): string[] => answers.map(({ outcome }) => outcome.kind);
const outcomeOf = ({ answers }: Gathered, name: string): WitnessOutcome =>
  answers.find(({ names }) => names.includes(name))!.outcome;
const TWO = 'group g 2 alice bob carol\nquorum g';
const ALL = 'group g all alice bob carol\nquorum g';

async function three(): Promise<{ running: (Running & { path: string })[]; lines: Line[] }> {
  const running = [await startWitness(1), await startWitness(2), await startWitness(3)];
  return { running, lines: running.map((one, i) => lineOf(['alice', 'bob', 'carol'][i]!, one)) };
}

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
      nowMs += 86_400_000;
      const gathered = await gatherCosignatures(ledger, circle);
      expect(gathered).toMatchObject({ quorum: true, publish: true, alarm: undefined });
      expect(outcomeOf(gathered, 'carol')).toMatchObject({
        kind: 'unreachable',
        message: expect.stringMatching(/ECONNREFUSED/),
      });
    }
    await startWitness(3, carol!.port, carol!.path, false);
    nowMs += 86_400_000;
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
    nowMs += 10_000_000;
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
    nowMs += 1_000_000;
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
      rests.push(resting.untilMs - nowMs);
      nowMs = resting.untilMs;
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
    expect(await knownByWitnesses(circle, SAMPLE_LOG)).toEqual({ asked: 3, answered: 2, newest: undefined });
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
