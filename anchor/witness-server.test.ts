// The witness as a stranger meets it, over HTTP. The sequence of the first test is the one that the field's witnesses are
// tested with (facts: FiloSottile's sunlight and torchwood, `TestAddCheckpoint`); keys and log are our own.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOfStream } from 'node:stream/consumers';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { utf8 } from './bytes.ts';
import { verifyCosignatures } from './cosignature.ts';
import { SAMPLE_LOG, sampleSeed } from './ledger-sample.ts';
import { nodeVerifyMlDsa44 } from './node-mldsa.ts';
import { nodeSigner, nodeVerifyEd25519 } from './node-primitive.ts';
import { parseNote } from './note.ts';
import { openWitness, originHash, type Witness } from './witness.ts';
import { formatAddCheckpoint } from './witness-request.ts';
import { sampleLog, sampleWitnessKeys } from './witness-sample.ts';
import {
  BODY_BYTES_MAX,
  startWitnessServer,
  type WitnessEvent,
  type WitnessServer,
  type WitnessServerOptions,
} from './witness-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'heartwood-witness-server-'));
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
let nowS = 1_795_266_600;

async function start(
  options: Partial<WitnessServerOptions> = {},
): Promise<{ witness: Witness; server: WitnessServer; url: string; events: WitnessEvent[] }> {
  const path = join(folder, `${files++}.db`);
  const keys = sampleWitnessKeys(0);
  const witness = openWitness({ path, create: true, keys, logs: [SAMPLE_LOG], nowS: () => nowS++ });
  ends.push(() => witness.close());
  const events: WitnessEvent[] = [];
  const server = await startWitnessServer({
    witness,
    host: '127.0.0.1',
    port: 0,
    log: (event) => events.push(event),
    ...options,
  });
  ends.push(() => server.close());
  return { witness, server, url: server.url, events };
}

type Answer = { status: number; type: string | null; text: string };
async function post(
  url: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${url}/add-checkpoint`, {
    method: 'POST',
    body: new Blob([body as Uint8Array<ArrayBuffer>]),
    headers,
  });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}
const log = sampleLog();
const raw = (oldSize: number, proof: readonly Uint8Array[], note: string): string =>
  formatAddCheckpoint({ oldSize, proof, note });

describe('witness over HTTP', () => {
  it('answers the conformance sequence', async () => {
    const { witness, url } = await start();
    const cosigned = (answer: Answer, size: number): void => {
      expect(answer).toMatchObject({ status: 200, type: 'text/plain; charset=utf-8' });
      const { text, signatures } = parseNote(`${log.text(size)}\n${answer.text}`);
      expect(signatures.every(({ name }) => name === witness.keys[0]!.name)).toBe(true);
      const found = verifyCosignatures(
        { text, signatures },
        witness.keys,
        nodeVerifyEd25519,
        nodeVerifyMlDsa44,
      );
      expect(found.map(({ key }) => key.type)).toEqual([4, 6]);
      for (const { timeS } of found) expect(timeS).toBeGreaterThan(1_795_266_599);
    };
    cosigned(await post(url, log.request(0, 1)), 1);
    // Invalid signature.
    const stranger = nodeSigner(SAMPLE_LOG.name, sampleSeed(77));
    expect(await post(url, sampleLog(stranger).request(1, 1))).toMatchObject({ status: 403 });
    const forged = { ...SAMPLE_LOG, sign: stranger.sign };
    expect(await post(url, sampleLog(forged).request(1, 1))).toMatchObject({ status: 403 });
    // Unknown log.
    const other = sampleLog(nodeSigner('heartwood/ledger/other', sampleSeed(3)));
    expect(await post(url, other.request(0, 1))).toMatchObject({ status: 404 });
    // Missing proof, wrong proof.
    expect(await post(url, raw(1, [], log.checkpoint(3)))).toMatchObject({ status: 422 });
    expect(await post(url, raw(1, log.proof(2, 3), log.checkpoint(3)))).toMatchObject({ status: 422 });
    // 1 to 3.
    cosigned(await post(url, log.request(1, 3)), 3);
    // Old size 1 when it has 3.
    expect(await post(url, log.request(1, 5))).toEqual({
      status: 409,
      type: 'text/x.tlog.size',
      text: '3\n',
    });
    cosigned(await post(url, log.request(3, 5)), 5);
    expect(await post(url, log.request(0, 7))).toEqual({
      status: 409,
      type: 'text/x.tlog.size',
      text: '5\n',
    });
    // An unsigned note, and a body that is no checkpoint.
    expect(await post(url, raw(5, [], log.text(5)))).toMatchObject({ status: 400 });
    expect(await post(url, raw(5, [], log.checkpoint(5).replace('\n5\n', '\nfive\n')))).toMatchObject({
      status: 400,
    });
    expect(await post(url, raw(6, [], log.checkpoint(5)))).toMatchObject({ status: 400 });
    // Old size equal to the size: a fresh cosignature, unless the root is another.
    cosigned(await post(url, log.request(5, 5)), 5);
    expect(await post(url, sampleLog(SAMPLE_LOG, 4).request(5, 5))).toMatchObject({ status: 422 });
    cosigned(await post(url, log.request(5, 100)), 100);
  });

  it('serves the newest cosigned checkpoint, with the signature of its log', async () => {
    const { witness, url } = await start();
    const monitoring = `${url}/${originHash(SAMPLE_LOG.name)}/checkpoint`;
    expect((await fetch(monitoring)).status).toBe(404);
    await post(url, log.request(0, 5));
    const response = await fetch(monitoring);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/plain; charset=utf-8',
    ]);
    const note = await response.text();
    expect(note.startsWith(log.checkpoint(5))).toBe(true);
    expect(
      verifyCosignatures(parseNote(note), witness.keys, nodeVerifyEd25519, nodeVerifyMlDsa44),
    ).toHaveLength(2);
    const head = await fetch(monitoring, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect((await fetch(monitoring, { method: 'POST' })).status).toBe(405);
  });

  it('has two addresses and no more, below its prefix', async () => {
    const { url } = await start({ prefix: '/w1' });
    expect(await post(url, log.request(0, 1))).toMatchObject({ status: 200 });
    const bare = url.slice(0, -'/w1'.length);
    expect(await post(bare, log.request(1, 1))).toMatchObject({ status: 404 });
    for (const path of [
      '/',
      '/add-checkpoint/',
      '/add-checkpoint?x=1',
      `/${'A'.repeat(64)}/checkpoint`,
      '/../x',
    ]) {
      expect((await fetch(`${url}${path}`)).status).toBe(404);
    }
    const got = await fetch(`${url}/add-checkpoint`);
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('logs outcomes, sizes and origins of logs it knows', async () => {
    const { url, events } = await start();
    await post(url, log.request(0, 5));
    await post(url, sampleLog(SAMPLE_LOG, 4).request(5, 5));
    await post(url, log.request(0, 9));
    expect(events).toEqual([
      { event: 'cosigned', status: 200, origin: SAMPLE_LOG.name, size: 5 },
      { event: 'contradiction', status: 422, message: expect.any(String) },
      { event: 'refused', status: 409, size: 5 },
    ]);
  });

  it('answers 503 and cosigns nothing where its file fails', async () => {
    const { witness, url, events } = await start();
    witness.close();
    expect(await post(url, log.request(0, 5))).toMatchObject({ status: 503 });
    expect(events).toMatchObject([{ event: 'failed', status: 503 }]);
  });

  it('orders concurrent requests: one of each size wins, the others hear what it has', async () => {
    const { url } = await start();
    const answers = await Promise.all([3, 4, 5, 6, 7, 8].map((size) => post(url, log.request(0, size))));
    const [won, ...lost] = answers.toSorted((a, b) => a.status - b.status);
    expect(won!.status).toBe(200);
    expect(new Set(lost.map(({ status }) => status))).toEqual(new Set([409]));
    expect(new Set(lost.map(({ text }) => text)).size).toBe(1);
  });
});

/** Sends bytes as they are, and gives all that comes back until the connection ends. */
function talk(url: string, chunks: readonly string[], pauseMs = 0): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let heard = '';
    socket.on('data', (data) => {
      heard += data;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(heard));
    const send = (at: number): void => {
      if (at >= chunks.length || socket.destroyed) return;
      socket.write(chunks[at]!);
      setTimeout(() => send(at + 1), pauseMs);
    };
    socket.on('connect', () => send(0));
  });
}

describe('witness over HTTP, attacked', () => {
  it('refuses large bodies before and while it reads them', async () => {
    const { url } = await start();
    expect((await post(url, 'x'.repeat(BODY_BYTES_MAX + 1))).status).toBe(413);
    const announced = await talk(url, [
      'POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n',
    ]);
    expect(announced).toMatch(/^HTTP\/1\.1 413/);
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    const chunked = await talk(url, [
      'POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n',
      ...Array(8).fill(chunk),
    ]);
    expect(chunked).toMatch(/^HTTP\/1\.1 413/);
    expect((await post(url, log.request(0, 1))).status).toBe(200);
  });

  it('refuses an encoded body, broken HTTP, long headers and requests that contradict themselves', async () => {
    const { url } = await start();
    expect((await post(url, log.request(0, 1), { 'content-encoding': 'gzip' })).status).toBe(415);
    expect(await talk(url, ['hello\r\n\r\n'])).toMatch(/^HTTP\/1\.1 400/);
    expect(await talk(url, [`GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(9000)}\r\n\r\n`])).toMatch(
      /^HTTP\/1\.1 431/,
    );
    const smuggled =
      'POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
    expect(await talk(url, [smuggled])).toMatch(/^HTTP\/1\.1 400/);
  });

  it('ends slow requests, in the head and in the body, and serves others meanwhile', async () => {
    const limits = { headersMs: 300, requestMs: 600, keepAliveMs: 300 };
    const { url } = await start({ limits });
    const head = talk(url, ['POST /add-checkpoint HTTP/1.1\r\n', ...Array(40).fill('X: y\r\n')], 100);
    const bodies = Array.from({ length: 20 }, () =>
      talk(
        url,
        ['POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n', ...Array(40).fill('o')],
        100,
      ),
    );
    expect((await post(url, log.request(0, 1))).status).toBe(200);
    expect(await head).toMatch(/^HTTP\/1\.1 408/);
    for (const heard of await Promise.all(bodies)) expect(heard).toMatch(/^HTTP\/1\.1 408/);
  });

  it('answers 503 with a sentence while its clock is wrong, and a request that names the whole address', async () => {
    const { url, events } = await start();
    const at = nowS;
    nowS = 253_402_300_799;
    expect(await post(url, log.request(0, 1))).toMatchObject({
      status: 503,
      text: expect.stringMatching(/clock of this witness says 9999-12-31/),
    });
    nowS = at;
    expect(events).toMatchObject([{ event: 'failed', status: 503 }]);
    expect((await post(url, log.request(0, 1))).status).toBe(200);
    const path = `http://witness.example/${originHash(SAMPLE_LOG.name)}/checkpoint`;
    const asked = `GET ${path} HTTP/1.1\r\nHost: witness.example\r\nConnection: close\r\n\r\n`;
    expect(await talk(url, [asked])).toMatch(/^HTTP\/1\.1 200/);
  });

  it('takes no more connections than it may', async () => {
    const { url } = await start({ limits: { connectionsMax: 3, headersMs: 1000, requestMs: 1000 } });
    const { hostname, port } = new URL(url);
    const sockets = Array.from({ length: 12 }, () => connect(Number(port), hostname));
    const closed = await Promise.all(
      sockets.map(
        (socket) =>
          new Promise<boolean>((resolve) => {
            socket.on('error', () => {});
            socket.on('close', () => resolve(true));
            setTimeout(() => resolve(false), 300);
          }),
      ),
    );
    expect(closed.filter((gone) => !gone)).toHaveLength(3);
    for (const socket of sockets) socket.destroy();
  });

  it('is plain on this machine only', async () => {
    await expect(start({ host: '0.0.0.0' })).rejects.toThrow(/needs a certificate/);
  });

  const openssl = spawnSync('openssl', ['version']).status === 0;
  it.skipIf(!openssl)('speaks TLS with a certificate (needs openssl)', async () => {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const make = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
    ];
    execFileSync('openssl', [...make, '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' });
    const tls = { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
    const { url } = await start({ tls });
    expect(url).toMatch(/^https:/);
    const status = await new Promise((resolve, reject) => {
      const request = httpsRequest(
        `${url}/add-checkpoint`,
        { method: 'POST', ca: tls.cert, agent: false },
        async (response) => {
          await textOfStream(response);
          resolve(response.statusCode);
        },
      );
      request.on('error', reject);
      request.end(utf8(raw(0, [], log.checkpoint(1))));
    });
    expect(status).toBe(200);
    expect(await talk(url, ['GET / HTTP/1.1\r\nHost: x\r\n\r\n'])).not.toMatch(/^HTTP\/1\.1 200/);
  });
});
