import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get as plainGet } from 'node:http';
import { get } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { utf8 } from './bytes.ts';
import type { VerifierKey } from './key.ts';
import { APPEND_MAX, type AppendOutcome } from './ledger.ts';
import { describeLedger } from './ledger-conformance.ts';
import { type EmbeddedLedger, openEmbeddedLedger } from './ledger-embedded.ts';
import { LedgerQueue } from './ledger-queue.ts';
import { OTHER_HUB, SAMPLE_HUB, SAMPLE_LOG, sampleChain, sampleSeed } from './ledger-sample.ts';
import { type LedgerServer, SUBMISSION_BYTES_MAX, startLedgerServer } from './ledger-server.ts';
import type { Fetch, LogHead } from './log-client.ts';
import { nodeSha256, nodeVerifyEd25519 } from './node-primitive.ts';
import { RemoteLedger, type RemoteLedgerOptions } from './remote-ledger.ts';
import { statementHash } from './statement.ts';
import { decodeEntries, decodeTile, encodeEntries } from './tile.ts';

const folder = mkdtempSync(join(tmpdir(), 'heartwood-log-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
let files = 0;
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

type Served = {
  readonly ledger: EmbeddedLedger;
  readonly server: LedgerServer;
  readonly end: () => Promise<void>;
};

async function serve(hubKeys: readonly VerifierKey[] = [SAMPLE_HUB, OTHER_HUB]): Promise<Served> {
  const ledger = openEmbeddedLedger({ path: join(folder, `${files++}.db`), signer: SAMPLE_LOG, hubKeys });
  const queue = new LedgerQueue(ledger, setImmediate);
  const server = await startLedgerServer({
    host: '127.0.0.1',
    port: 0,
    reader: ledger.reader,
    submit: (notes) => queue.submit(notes),
  });
  const end = async (): Promise<void> => {
    await server.close();
    ledger.close();
  };
  return { ledger, server, end };
}

async function served(...args: Parameters<typeof serve>): Promise<Served> {
  const one = await serve(...args);
  ends.push(one.end);
  return one;
}

function remote(url: string, more: Partial<RemoteLedgerOptions> = {}): RemoteLedger {
  return new RemoteLedger({
    url,
    key: SAMPLE_LOG,
    fetch: fetch as Fetch,
    sleep: (ms) => sleep(ms / 50),
    random: Math.random,
    verify: nodeVerifyEd25519,
    digest: nodeSha256,
    ...more,
  });
}

describeLedger('elsewhere, over HTTP', async (hubKeys) => {
  const { server, end } = await serve(hubKeys);
  return { ledger: remote(server.url), end };
});

describe('ledger server', () => {
  it('shows the checkpoint for a second and tiles for ever', async () => {
    const { ledger, server } = await served();
    const notes = sampleChain(300);
    ledger.append(notes);
    const checkpoint = await fetch(`${server.url}/checkpoint`);
    expect(checkpoint.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(checkpoint.headers.get('cache-control')).toBe('public, max-age=1');
    expect(await checkpoint.text()).toBe(ledger.latest().checkpoint);

    const tile = await fetch(`${server.url}/tile/0/001.p/44`);
    expect(tile.headers.get('content-type')).toBe('application/octet-stream');
    expect(tile.headers.get('cache-control')).toMatch(/immutable/);
    const hashes = decodeTile(await tile.bytes(), 44);
    expect(hashes[43]).toEqual(new Uint8Array(statementHash(notes[299]!)));

    const bundle = await fetch(`${server.url}/tile/entries/000`);
    expect(decodeEntries(await bundle.bytes()).map((entry) => new TextDecoder().decode(entry))).toEqual(
      notes.slice(0, 256),
    );
    const head = await fetch(`${server.url}/tile/0/000`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), (await head.bytes()).length]).toEqual([
      200,
      '8192',
      0,
    ]);
  });

  it.each([
    ['GET', '/', 404],
    ['GET', '/tile/0/001.p/45', 404],
    ['GET', '/tile/0/001', 404],
    ['GET', '/tile/1/000.p/2', 404],
    ['GET', '/tile/0/0', 404],
    ['GET', '/tile/0/..%2f..%2fledger.db', 404],
    ['GET', '/proof', 404],
    ['GET', '/proof?index=-1', 404],
    ['GET', '/last', 404],
    ['GET', '/last?origin=nobody', 404],
    ['GET', '/add-statements', 405],
    ['POST', '/checkpoint', 405],
    ['DELETE', '/tile/0/000', 405],
    ['PUT', '/add-statements', 405],
  ])('answers %s %s with %i', async (method, path, status) => {
    const { ledger, server } = await served();
    ledger.append(sampleChain(300));
    expect((await fetch(server.url + path, { method })).status).toBe(status);
  });

  it.each([
    ['a cut off bundle', Uint8Array.of(0, 5, 1), 400],
    ['bytes that are no text', encodeEntries([Uint8Array.of(0xff)]), 400],
    ['too many statements', encodeEntries(Array(APPEND_MAX + 1).fill(utf8('x'))), 400],
    ['too long a body', new Uint8Array(SUBMISSION_BYTES_MAX + 1), 413],
    ['statements of nobody', encodeEntries([utf8('hello')]), 200],
    ['nothing', new Uint8Array(0), 200],
  ])('answers a submission of %s', async (_, body, status) => {
    const { ledger, server } = await served();
    const post = { method: 'POST', body: new Uint8Array(body) };
    expect((await fetch(`${server.url}/add-statements`, post)).status).toBe(status);
    expect(ledger.latest().size).toBe(0);
  });

  it('refuses a body without a length once it is too long, and stays', async () => {
    const { server } = await served();
    const port = Number(new URL(server.url).port);
    const status = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      let text = '';
      socket.on('error', () => resolve(text));
      socket.on('data', (data) => {
        text += data.toString('latin1');
        resolve(text.slice(0, 12));
        socket.destroy();
      });
      socket.write('POST /add-statements HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
      const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
      for (let i = 0; i < 20; i++) socket.write(chunk);
    });
    expect(status).toBe('HTTP/1.1 413');
    expect((await fetch(`${server.url}/checkpoint`)).status).toBe(200);
  });

  it('does not wait for ever for a request', async () => {
    const { ledger } = await served();
    const server = await startLedgerServer({
      host: '127.0.0.1',
      port: 0,
      reader: ledger.reader,
      requestMs: 300,
    });
    ends.push(() => server.close());
    for (const half of [
      'GET /checkpoint HTTP/1.1\r\n',
      'POST /add-statements HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab',
    ]) {
      const answer = await new Promise<string>((resolve) => {
        const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
        let got = '';
        socket.on('data', (data) => {
          got += data.toString('latin1');
        });
        socket.on('close', () => resolve(got));
        socket.write(half);
      });
      // This server takes no statements: it says so at once, and the connection ends in time all the same.
      expect(answer).toMatch(half.startsWith('GET') ? /^HTTP\/1\.1 408/ : /^HTTP\/1\.1 404/);
    }
  });

  it.skipIf(!hasOpenssl)(`speaks TLS${hasOpenssl ? '' : ' (skipped: apt-get install openssl)'}`, async () => {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const made = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
    ]);
    expect(made.status).toBe(0);
    const { ledger } = await served();
    const tls = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
    const server = await startLedgerServer({ host: '127.0.0.1', port: 0, reader: ledger.reader, tls });
    ends.push(() => server.close());
    expect(server.url).toMatch(/^https:/);
    const [response] = await once(
      get(`${server.url}/checkpoint`, { ca: tls.cert, agent: false }),
      'response',
    );
    expect(await text(response)).toBe(ledger.latest().checkpoint);
    const older = get(`${server.url}/checkpoint`, { ca: tls.cert, agent: false, maxVersion: 'TLSv1.2' });
    await expect(once(older, 'response')).rejects.toThrow(/protocol version/);
  });

  it('answers a request that names the whole address', async () => {
    const { ledger, server } = await served();
    const port = Number(new URL(server.url).port);
    for (const [target, status] of [
      ['http://ledger.example/checkpoint', 200],
      ['HTTP://ledger.example/none', 404],
      ['checkpoint', 400],
      ['ftp://ledger.example/checkpoint', 400],
    ] as const) {
      const asked = plainGet({ host: '127.0.0.1', port, path: target, agent: false });
      const [response] = await once(asked, 'response');
      const body = await text(response);
      expect([target, response.statusCode]).toEqual([target, status]);
      if (status === 200) expect(body).toBe(ledger.latest().checkpoint);
    }
  });

  it('takes what many hubs send at one moment under one checkpoint', async () => {
    const batches: number[] = [];
    const ledger = {
      append(notes: readonly string[]): AppendOutcome[] {
        batches.push(notes.length);
        if (notes.includes('fault')) throw new Error('disk full');
        return notes.map((note) => ({ kind: 'refused-form', message: note }));
      },
    };
    const queue = new LedgerQueue(ledger, setImmediate);
    const answers = await Promise.all([['a', 'b'], ['c'], [], ['d']].map((notes) => queue.submit(notes)));
    expect(batches).toEqual([4]);
    expect(answers.map((outcomes) => outcomes.map((one) => 'message' in one && one.message))).toEqual([
      ['a', 'b'],
      ['c'],
      [],
      ['d'],
    ]);
    const large = Array<string>(APPEND_MAX - 1).fill('x');
    await Promise.all([queue.submit(large), queue.submit(['y']), queue.submit(['z'])]);
    expect(batches.slice(1)).toEqual([APPEND_MAX, 1]);
    await expect(queue.submit(['fault'])).rejects.toThrow('disk full');
    expect(await queue.submit(['after'])).toHaveLength(1);
  });

  it('keeps what a retention says, and answers 404 for the rest', async () => {
    const { ledger, server } = await served([SAMPLE_HUB]);
    ledger.append(sampleChain(600));
    ledger.setRetention({ minimumIndex: 256, keepDays: 30, next: { minimumIndex: 512, notBeforeMs: 0 } });
    while (!ledger.prune());
    const status = async (path: string): Promise<number> =>
      (await fetch(`${server.url}/tile/${path}`)).status;
    expect(
      await Promise.all(
        ['entries/000', '0/000', '0/000.p/9', 'entries/001', '0/001', '1/000.p/2'].map(status),
      ),
    ).toEqual([404, 404, 404, 200, 200, 200]);
    const proof = async (index: number): Promise<number> =>
      (await fetch(`${server.url}/proof?index=${index}`)).status;
    expect(await Promise.all([255, 256, 599, 600].map(proof))).toEqual([404, 200, 200, 404]);
    expect(await (await fetch(`${server.url}/retention`)).text()).toMatch(
      /^heartwood\/ledger\/\w+\nminimum-index 256\nkeeps 30 days\nnext-minimum-index 512 1970-01-01T00:00:00.000Z\n\n— /,
    );
    const ledgerElsewhere = remote(server.url);
    await ledgerElsewhere.latest();
    ledger.append(sampleChain(1, { after: sampleChain(600) }));
    expect((await ledgerElsewhere.latest()).size).toBe(601);
  });
});

describe('remote ledger', () => {
  it('asks again where an answer was lost, and the statement is there once', async () => {
    const { ledger, server } = await served();
    let calls = 0;
    const lossy: Fetch = async (...args) => {
      const response = await (fetch as Fetch)(...args);
      if (++calls % 2 === 1) {
        await response.body?.cancel();
        throw new TypeError('connection reset');
      }
      return response;
    };
    const [outcome] = await remote(server.url, { fetch: lossy }).append(sampleChain(1));
    expect(outcome).toMatchObject({ kind: 'already-there', index: 0 });
    expect(ledger.latest().size).toBe(1);
  });

  it('gives up after so many attempts, waiting longer each time', async () => {
    const waits: number[] = [];
    const none = remote('http://127.0.0.1:9', {
      random: () => 0.5,
      sleep: async (ms) => void waits.push(ms),
    });
    await expect(none.latest()).rejects.toMatchObject({ code: 'ledger-unreachable' });
    expect(waits).toEqual([250, 500, 1000]);
  });

  it('does not wait for ever', async () => {
    const never: Fetch = (_, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const slow = remote('http://ledger.invalid', { fetch: never, timeoutMs: 20, attemptsMax: 2 });
    await expect(slow.latest()).rejects.toThrow(/no answer in time/);
  });

  it('does not read more than an answer can be', async () => {
    const endless: Fetch = async () =>
      new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1 << 20)) }));
    await expect(remote('http://ledger.invalid', { fetch: endless }).latest()).rejects.toThrow(/longer than/);
  });

  it('finds a ledger that shows another history, also across a restart', async () => {
    const [honest, forked] = [await served(), await served()];
    honest.ledger.append(sampleChain(300));
    const change = <T>(statement: T): T => ({ ...statement, batchRoot: sampleSeed(9) });
    forked.ledger.append(sampleChain(400, { change }));
    const heads: LogHead[] = [];
    const one = remote(honest.server.url, { onHead: (head) => heads.push(head) });
    await one.latest();
    honest.ledger.append(sampleChain(60, { after: sampleChain(300) }));
    expect((await one.latest()).size).toBe(360);
    await one.proofOf({ index: 7 });
    expect(heads.map(({ size }) => size)).toEqual([300, 360]);
    const turned = remote(forked.server.url, { known: heads[1] });
    await expect(turned.latest()).rejects.toThrow(/signed two histories/);
    await expect(turned.append(sampleChain(401, { change }).slice(400))).rejects.toThrow(/two histories/);
    const next = sampleChain(1, { after: sampleChain(360) });
    expect((await remote(honest.server.url, { known: heads[0] }).append(next))[0]?.kind).toBe('appended');
  });

  it('does not believe that a statement was taken', async () => {
    const { ledger, server } = await served();
    const notes = sampleChain(3);
    ledger.append(notes);
    const lie = (kind: string, index: number): Fetch => {
      const proof = ledger.proofOf({ index })!;
      return async (url, init) =>
        init.method === 'POST'
          ? Response.json({ outcomes: [{ kind, index, proof }] })
          : (fetch as Fetch)(url, init);
    };
    const [fourth] = sampleChain(1, { after: notes });
    for (const kind of ['appended', 'already-there']) {
      const liar = remote(server.url, { fetch: lie(kind, 2) });
      await expect(liar.append([fourth!])).rejects.toThrow(/its proof does not show it/);
    }
    for (const json of [
      '{}',
      '[]',
      '{"outcomes":[]}',
      '{"outcomes":[{"kind":"thanks"}]}',
      '{"outcomes":[3]}',
      'x',
    ]) {
      const odd = remote(server.url, { fetch: async () => new Response(json) });
      await expect(odd.append([fourth!])).rejects.toThrow(/cannot be read/);
    }
  });
});
