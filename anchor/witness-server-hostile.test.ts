// Everything that a witness can be sent and should not be: statuses of c2sp.org/tlog-witness where it names one, of RFC
// 9110 elsewhere; little cost; and the next honest log is cosigned all the same.

import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encodeBase64 } from './base64.ts';
import { SAMPLE_LOG, sampleSeed } from './ledger-sample.ts';
import { nodeSigner } from './node-primitive.ts';
import { once, talk } from './node-talk-sample.ts';
import { signNote } from './note.ts';
import { originHash } from './witness.ts';
import { endAll, startWitness } from './witness-gather-sample.ts';
import { formatAddCheckpoint } from './witness-request.ts';
import { sampleLog } from './witness-sample.ts';
import { BODY_BYTES_MAX, startWitnessServer } from './witness-server.ts';

const log = sampleLog();
let witness: Awaited<ReturnType<typeof startWitness>>;
let url = '';
let size = 5;
const hash = originHash(SAMPLE_LOG.name);

beforeAll(async () => {
  witness = await startWitness(1);
  ({ url } = witness);
  expect(await post(log.request(0, size))).toBe(200);
});
afterAll(() => endAll());
afterEach(async () => {
  expect(await post(log.request(size, size + 1))).toBe(200);
  size += 1;
});

async function post(body: string | Uint8Array): Promise<number> {
  const sent = new Blob([body as Uint8Array<ArrayBuffer>]);
  const { status } = await fetch(`${url}/add-checkpoint`, { method: 'POST', body: sent });
  return status;
}

const POST = (...headers: string[]): string => once('POST /add-checkpoint HTTP/1.1', ...headers);
const GET = (path: string): string => once(`GET ${path} HTTP/1.1`);
const bomb = gzipSync(new Uint8Array(50_000_000));

describe('a witness answers', () => {
  it.each<[string, number, string | readonly (string | Uint8Array)[]]>([
    ['HTTP/1.0', 200, `GET /${hash}/checkpoint HTTP/1.0\r\n\r\n`],
    ['HTTP/2 without TLS', 400, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['no host', 400, `GET /${hash}/checkpoint HTTP/1.1\r\n\r\n`],
    ['an unknown method', 400, once('FOO /add-checkpoint HTTP/1.1')],
    ['GET where it takes checkpoints', 405, GET('/add-checkpoint')],
    ['PUT where it takes checkpoints', 405, once('PUT /add-checkpoint HTTP/1.1')],
    ['DELETE of what it holds', 405, once(`DELETE /${hash}/checkpoint HTTP/1.1`)],
    ['OPTIONS of everything', 404, once('OPTIONS * HTTP/1.1')],
    // RFC 9112 3.2.2; Host is not looked at either.
    ['the whole address, whatever its host', 200, GET(`http://elsewhere/${hash}/checkpoint`)],
    ['a hash in capitals', 404, GET(`/${hash.toUpperCase()}/checkpoint`)],
    ['a hash too short', 404, GET(`/${hash.slice(1)}/checkpoint`)],
    ['a hash of nobody', 404, GET(`/${'0'.repeat(64)}/checkpoint`)],
    ['a path upwards', 404, GET('/../../etc/passwd')],
    ['the same, encoded', 404, GET('/%2e%2e/witness.key')],
    ['a query', 404, GET(`/${hash}/checkpoint?x=1`)],
    ['bytes that are no UTF-8 in the path', 400, GET('/\xff')],
    ['a path of 20,000 bytes', 431, GET(`/${'a'.repeat(20_000)}`)],
    ['an upgrade', 404, 'GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
    ['an expectation', 417, POST('Expect: 200-perhaps', 'Content-Length: 2')],
    ['a length below zero', 400, POST('Content-Length: -1')],
    ['two lengths', 400, POST('Content-Length: 1', 'Content-Length: 2')],
    ['a chunk of 2^72 bytes', 400, [POST('Transfer-Encoding: chunked'), 'ffffffffffffffffff\r\n']],
    ['an announced body of 100 GB', 413, POST('Content-Length: 100000000000')],
    ['a gzip bomb', 415, [POST('Content-Encoding: gzip', `Content-Length: ${bomb.length}`), bomb]],
  ])('%s with %i', async (_, status, sent) => {
    const heard = await talk(url, typeof sent === 'string' ? [sent] : sent);
    expect(heard.statuses.filter((one) => one !== 100)).toEqual([status]);
    expect(heard.ms).toBeLessThan(2500);
    expect(heard.text).not.toMatch(/node_modules|at .*\.ts/);
  });

  const note = log.checkpoint(5);
  const zero = encodeBase64(new Uint8Array(32));
  const stranger = nodeSigner(SAMPLE_LOG.name, sampleSeed(77));
  const unknown = nodeSigner('heartwood/ledger/unknown', sampleSeed(3));
  const signedText = (text: string): string =>
    formatAddCheckpoint({ oldSize: 0, proof: [], note: signNote(text, [SAMPLE_LOG]) });
  it.each<[string, number, string | Uint8Array]>([
    ['nothing', 400, ''],
    ['no empty line', 400, 'old 5\n'],
    ['another first line', 400, `new 5\n\n${note}`],
    ['no old size', 400, `old \n\n${note}`],
    ['an old size below zero', 400, `old -1\n\n${note}`],
    ['an old size with a leading zero', 400, `old 05\n\n${note}`],
    ['an old size past 2^53', 400, `old 9007199254740993\n\n${note}`],
    ['an old size of 5,000 digits', 400, `old ${'9'.repeat(5000)}\n\n${note}`],
    ['an old size in another notation', 400, `old 1e0\n\n${note}`],
    ['lines that end with CRLF', 400, `old 5\r\n\r\n${note}`],
    ['bad UTF-8', 400, Uint8Array.of(0x6f, 0x6c, 0x64, 0x20, 0xc3, 0x28)],
    ['a zero byte', 400, `old 5\0\n\n${note}`],
    ['64 hashes', 400, `old 5\n${`${zero}\n`.repeat(64)}\n${note}`],
    ['a hash of 31 bytes', 400, `old 5\n${encodeBase64(new Uint8Array(31))}\n\n${note}`],
    ['a hash in another base64', 400, `old 5\n${zero.replace('A=', 'B=')}\n\n${note}`],
    ['a note without signature', 400, `old 5\n\n${log.text(5)}`],
    ['a note of signatures alone', 400, 'old 5\n\n— x AAAAAAAA\n'],
    ['101 signature lines', 400, `old 5\n\n${note}${note.slice(note.indexOf('—')).repeat(100)}`],
    ['a size with a leading zero', 400, signedText(log.text(5).replace('\n5\n', '\n05\n'))],
    ['a size past 2^53', 400, signedText(log.text(5).replace('\n5\n', '\n99999999999999999999\n'))],
    ['a root of 31 bytes', 400, signedText(`${SAMPLE_LOG.name}\n5\n${encodeBase64(new Uint8Array(31))}\n`)],
    ['extension lines', 400, signedText(`${log.text(5)}more\n`)],
    ['an old size above the new one', 400, formatAddCheckpoint({ oldSize: 6, proof: [], note })],
    [
      'the key of a stranger',
      403,
      formatAddCheckpoint({ oldSize: 5, proof: [], note: signNote(log.text(5), [stranger]) }),
    ],
    ['a log of nobody', 404, sampleLog(unknown).request(0, 5)],
    [
      'an old size that is behind',
      409,
      formatAddCheckpoint({ oldSize: 1, proof: [], note: log.checkpoint(9) }),
    ],
    ['old size 0 for a log that it holds', 409, log.request(0, 9)],
  ])('%s with %i', async (_, status, body) => {
    const began = performance.now();
    expect(await post(body)).toBe(status);
    expect(performance.now() - began).toBeLessThan(2500);
  });

  it('a proof that is wrong, too long or left out with 422', async () => {
    const next = size + 4;
    const proof = log.proof(size, next);
    for (const other of [
      [],
      proof.toReversed(),
      proof.slice(1),
      [...proof, sampleSeed(1)],
      Array(63).fill(sampleSeed(2)),
    ]) {
      const body = formatAddCheckpoint({ oldSize: size, proof: other, note: log.checkpoint(next) });
      expect(await post(body)).toBe(422);
    }
  });
});

describe('a witness that is attacked', () => {
  it('reads no body that it will not judge', async () => {
    for (const head of ['GET /', 'POST /nothing', `GET /${hash}/checkpoint`, 'PUT /add-checkpoint']) {
      const { statuses, ms } = await talk(url, [
        `${head} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n`,
        ...Array<string>(400).fill('x'.repeat(65_536)),
      ]);
      expect(statuses).toHaveLength(1);
      expect(ms).toBeLessThan(2500);
    }
  });

  it('holds little of unfinished requests, answers meanwhile, and lets the slow ones go', async () => {
    const slow = await startWitnessServer({
      ...{ witness: witness.witness, host: '127.0.0.1', port: 0 },
      limits: { requestMs: 1500, headersMs: 1000, keepAliveMs: 300 },
    });
    const before = process.memoryUsage().arrayBuffers;
    const half = `POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: ${BODY_BYTES_MAX}\r\n\r\n${'x'.repeat(60_000)}`;
    const heard = Array.from({ length: 200 }, () => talk(slow.url, [half], { patienceMs: 6000 }));
    await sleep(500);
    const began = performance.now();
    expect((await fetch(`${slow.url}/${hash}/checkpoint`)).status).toBe(200);
    expect(performance.now() - began).toBeLessThan(2000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40_000_000);
    for (const { statuses, ms } of await Promise.all(heard)) {
      // Where the answer was lost to the sender's own bytes, the connection was reset.
      expect(statuses.filter((status) => status !== 408)).toEqual([]);
      expect(ms).toBeLessThan(5000);
    }
    await slow.close();
  });

  it('writes to its disk once a second at most, however often a checkpoint is replayed', async () => {
    const body = log.request(size, size);
    const began = performance.now();
    const answers = await Promise.all(Array.from({ length: 100 }, () => post(body)));
    expect(new Set(answers)).toEqual(new Set([200]));
    expect(performance.now() - began).toBeLessThan(3000);
  });
});
