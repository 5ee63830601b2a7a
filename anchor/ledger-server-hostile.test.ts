// Everything that an endpoint of a ledger can be sent and should not be: each gets its status, costs little, and the next
// honest reader is answered all the same. Statuses: c2sp.org/tlog-tiles leaves them to HTTP, so that they are RFC 9110's.

import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { utf8 } from './bytes.ts';
import { type LedgerServer, type LedgerServerOptions, startLedgerServer } from './ledger-server.ts';
import { once, talk } from './node-talk-sample.ts';
import { encodeEntries } from './tile.ts';
import { endAll, startLedger } from './witness-gather-sample.ts';

const SIZE = 300;
let server: LedgerServer;
let start: (more?: Partial<LedgerServerOptions>) => Promise<LedgerServer>;
let submitted = 0;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  const { ledger } = startLedger(SIZE);
  start = async (more = {}) => {
    const one = await startLedgerServer({
      host: '127.0.0.1',
      port: 0,
      reader: ledger.reader,
      submit: async (notes) => {
        submitted += notes.length;
        return ledger.append(notes);
      },
      ...more,
    });
    ends.push(() => one.close());
    return one;
  };
  server = await start();
});
afterAll(async () => {
  await server.close();
  await endAll();
});
afterEach(async () => {
  const answer = await fetch(`${server.url}/checkpoint`);
  expect([answer.status, (await answer.text()).split('\n')[1]]).toEqual([200, `${SIZE}`]);
});

const GET = (path: string): string => once(`GET ${path} HTTP/1.1`);
const POST = (...headers: string[]): string => once('POST /add-statements HTTP/1.1', ...headers);
const bomb = gzipSync(new Uint8Array(50_000_000));

describe('a ledger answers', () => {
  it.each<[string, number, string | readonly (string | Uint8Array)[]]>([
    ['HTTP/1.0', 200, 'GET /checkpoint HTTP/1.0\r\n\r\n'],
    ['HTTP/2 without TLS', 400, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['no host', 400, 'GET /checkpoint HTTP/1.1\r\n\r\n'],
    ['lines without a carriage return', 400, 'GET /checkpoint HTTP/1.1\nHost: x\n\n'],
    ['an unknown method', 400, once('FOO /checkpoint HTTP/1.1')],
    ['TRACE', 405, once('TRACE /checkpoint HTTP/1.1')],
    ['OPTIONS of everything', 400, once('OPTIONS * HTTP/1.1')],
    // RFC 9112 3.2.2. A ledger does not know by what names it is reached, and Host is not looked at either.
    ['the whole address, whatever its host', 200, GET('http://elsewhere/checkpoint')],
    ['an address of another scheme', 400, GET('ftp://elsewhere/checkpoint')],
    ['a header folded over two lines', 400, once('GET /checkpoint HTTP/1.1', 'a: b\r\n c')],
    ['a thousand headers', 431, once('GET /checkpoint HTTP/1.1', ...Array<string>(1000).fill('a: bcdefg'))],
    ['a path of 20,000 bytes', 431, GET(`/${'a'.repeat(20_000)}`)],
    ['bytes that are no UTF-8 in the path', 400, GET('/\xff\xfe')],
    ['a zero byte in the path', 400, GET('/\0')],
    ['an expectation', 417, POST('Expect: 200-perhaps', 'Content-Length: 2')],
    ['a length below zero', 400, POST('Content-Length: -1')],
    ['two lengths', 400, POST('Content-Length: 1', 'Content-Length: 2')],
    ['a length and chunks', 400, POST('Content-Length: 5', 'Transfer-Encoding: chunked')],
    ['a chunk of 2^72 bytes', 400, [POST('Transfer-Encoding: chunked'), 'ffffffffffffffffff\r\n']],
    [
      'a chunk with a long extension',
      413,
      [POST('Transfer-Encoding: chunked'), `1;${'a'.repeat(99_999)}\r\n`],
    ],
    ['an announced body of 100 GB', 413, POST('Content-Length: 100000000000')],
    ['a gzip bomb', 415, [POST('Content-Encoding: gzip', `Content-Length: ${bomb.length}`), bomb]],
    ['a coding of the transfer', 415, [POST('Transfer-Encoding: gzip, chunked'), '0\r\n\r\n']],
    ['half a length', 400, [POST('Content-Length: 1'), '\0']],
    ['an entry longer than the body', 400, [POST('Content-Length: 3'), '\xff\xffa']],
    ['bad UTF-8 in a statement', 400, [POST('Content-Length: 4'), '\0\x02\xc3\x28']],
    ['a path upwards', 404, GET('/tile/../../etc/passwd')],
    ['the same, encoded', 404, GET('/%2e%2e/%2e%2e/etc/passwd')],
    ['the same, encoded twice', 404, GET('/tile/0/%252e%252e%252fledger.db')],
    ['the same, with the other stroke', 404, GET('/tile\\..\\ledger.db')],
    ['the database', 404, GET('/ledger.db')],
    ['a percent sign alone', 404, GET('/%zz')],
    ['two strokes', 404, GET('//checkpoint')],
    ['a stroke at the end', 404, GET('/checkpoint/')],
    ['a checkpoint in capitals', 404, GET('/CHECKPOINT')],
  ])('%s with %i', async (_, status, sent) => {
    const heard = await talk(server.url, typeof sent === 'string' ? [sent] : sent);
    expect(heard.statuses.filter((one) => one !== 100)).toEqual([status]);
    expect(heard.ms).toBeLessThan(2500);
    expect(heard.text).not.toMatch(/node_modules|at .*\.ts/);
  });

  it.each([
    '-1',
    '-001',
    '1',
    '0001',
    'x000/000',
    '002',
    'x999/x999/x999/x999/x999/999',
    'x009/x007/x199/x254/x740/992',
    '000.p/0',
    '000.p/00',
    '000.p/01',
    '000.p/-1',
    '000.p/256',
    '000.p/257',
    '000.p/99999999999999999999',
    '000.p',
    '000.p/',
    '001.p/45',
    '001',
    '00a',
    '%30%30%30',
    '0xff',
    '1e2',
  ])('tile %s with 404, of hashes and of entries', async (name) => {
    for (const path of [`/tile/0/${name}`, `/tile/entries/${name}`, `/tile/data/${name}`]) {
      expect((await talk(server.url, [GET(path)])).statuses).toEqual([404]);
    }
  });

  it.each(['-1', '00', '01', '2', '8', '63', '64', '999', 'entries/0', '+0', ' 0', 'NaN'])(
    'tile level %s with 404 or 400',
    async (level) => {
      expect((await talk(server.url, [GET(`/tile/${level}/000`)])).statuses[0]).toBe(
        level === ' 0' ? 400 : 404,
      );
    },
  );

  it.each([
    '/proof?index=-1',
    '/proof?index=300',
    '/proof?index=9007199254740993',
    `/proof?index=${'9'.repeat(5000)}`,
    '/proof?index=1e2',
    '/proof?index=0x10',
    '/proof?index=1.0',
    '/proof?index=%201',
    '/proof?index=',
    '/proof?index[]=1',
    '/proof?sequence=1',
    '/proof?origin=heartwood/hub/3f2a9c0d11aa22bb',
    '/proof?origin=heartwood/hub/3f2a9c0d11aa22bb&sequence=-1',
    '/proof?origin=heartwood/hub/3f2a9c0d11aa22bb&sequence=300',
    '/last?origin=%ff%fe',
    '/last?origin=%00',
    "/last?origin=x'%20OR%20'1'='1",
    `/last?origin=${'a'.repeat(7000)}`,
    `/last?${Array(900).fill('a=b').join('&')}`,
  ])('%.60s with 404', async (path) => {
    expect((await talk(server.url, [GET(path)])).statuses).toEqual([404]);
  });

  it('an upgrade as if nobody had asked, and no tunnel', async () => {
    const upgrade = (to: string): string =>
      `GET /checkpoint HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${to}\r\n\r\n`;
    for (const to of ['websocket', 'h2c', 'TLS/1.0']) {
      const { statuses } = await talk(server.url, [upgrade(to)], { patienceMs: 1500 });
      expect(statuses).toEqual([200]);
    }
    expect((await talk(server.url, ['CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n'])).statuses).toEqual([]);
  });

  it('a hundred requests in one packet, in their order', async () => {
    const both = 'GET /checkpoint HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\nHost: x\r\n\r\n';
    const { statuses } = await talk(server.url, [both.repeat(50), GET('/retention')]);
    expect(statuses).toEqual([...Array(50).fill([200, 404]).flat(), 200]);
  });
});

describe('a ledger that is attacked', () => {
  it('reads no body that nobody asked for', async () => {
    const gigabyte = 'Content-Length: 1000000000';
    for (const head of ['GET /checkpoint', 'DELETE /checkpoint', 'POST /nothing', 'PUT /add-statements']) {
      const { statuses, ms } = await talk(server.url, [
        `${head} HTTP/1.1\r\nHost: x\r\n${gigabyte}\r\n\r\n`,
        ...Array<string>(400).fill('x'.repeat(65_536)),
      ]);
      expect(statuses).toHaveLength(1);
      expect(ms).toBeLessThan(2500);
    }
    expect(submitted).toBe(0);
  });

  it('holds 16 MiB of unfinished submissions at most, answers readers meanwhile, and lets the slow ones go', async () => {
    const slow = await start({ requestMs: 1500 });
    const before = process.memoryUsage().arrayBuffers;
    const half = `POST /add-statements HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n${'x'.repeat(400_000)}`;
    const heard = Array.from({ length: 100 }, () => talk(slow.url, [half], { patienceMs: 6000 }));
    await sleep(500);
    const began = performance.now();
    expect((await fetch(`${slow.url}/tile/0/000`)).status).toBe(200);
    expect(performance.now() - began).toBeLessThan(2000);
    // What the senders of this same process hold has been handed to the kernel by now, or is counted too.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(60_000_000);
    const statuses = (await Promise.all(heard)).map((one) => one.statuses[0]);
    // The others were told to come again. Where an answer was lost to the sender's own bytes, the connection was reset.
    expect(statuses.filter((status) => status === 408).length).toBeLessThanOrEqual(42);
    expect(statuses.filter((status) => ![408, 503, undefined].includes(status))).toEqual([]);
    expect((await fetch(`${slow.url}/add-statements`, { method: 'POST' })).status).toBe(200);
  });

  it('is not shut to others by who announces much and sends little', async () => {
    const slow = await start({ requestMs: 2000 });
    const begun = 'POST /add-statements HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\nxx';
    const heard = Array.from({ length: 300 }, () => talk(slow.url, [begun], { patienceMs: 6000 }));
    await sleep(300);
    expect((await fetch(`${slow.url}/add-statements`, { method: 'POST' })).status).toBe(200);
    for (const { statuses } of await Promise.all(heard)) expect(statuses).toEqual([408]);
  });

  it('gives up who trickles head or body', async () => {
    const slow = await start({ requestMs: 600 });
    const head = talk(slow.url, ['GET /checkpoint HTTP/1.1\r\n', ...Array<string>(60).fill('X: y\r\n')], {
      pauseMs: 100,
      patienceMs: 9000,
    });
    const body = talk(
      slow.url,
      [
        'POST /add-statements HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n',
        ...Array<string>(60).fill('o'),
      ],
      { pauseMs: 100, patienceMs: 9000 },
    );
    for (const { statuses, ms } of await Promise.all([head, body])) {
      expect(statuses).toEqual([408]);
      expect(ms).toBeLessThan(6000);
    }
  });

  it('keeps no pile of answers for who asks and does not read, and ends the connection', async () => {
    const slow = await start({ requestMs: 300, keepAliveMs: 300 });
    const before = process.memoryUsage();
    const socket = connect(Number(new URL(slow.url).port), '127.0.0.1');
    ends.push(() => socket.destroy());
    socket.pause();
    socket.on('error', () => {});
    // 30,000 tiles of 8 kB: 246 MB, were all of them made.
    const asks = 'GET /tile/0/000 HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1000);
    for (let n = 0; n < 30; n++) socket.write(asks);
    const gone = new Promise<boolean>((resolve) => {
      socket.on('close', () => resolve(true));
      setTimeout(() => resolve(false), 8000).unref();
    });
    await sleep(500);
    const { arrayBuffers, heapUsed } = process.memoryUsage();
    expect(arrayBuffers - before.arrayBuffers).toBeLessThan(20_000_000);
    expect(heapUsed - before.heapUsed).toBeLessThan(60_000_000);
    await sleep(1500);
    // Only a socket that reads hears of the end.
    socket.resume();
    expect(await gone).toBe(true);
  });

  it('spends little on a thousand statements that nobody may make', async () => {
    const notes = encodeEntries(
      Array.from({ length: 1000 }, (_, i) => utf8(`${'x'.repeat(200)}${i}\n\n— heartwood/hub/x AAAAAAAA\n`)),
    );
    const began = performance.now();
    const answer = await fetch(`${server.url}/add-statements`, {
      method: 'POST',
      body: new Blob([notes as Uint8Array<ArrayBuffer>]),
    });
    const { outcomes } = (await answer.json()) as { outcomes: { kind: string }[] };
    expect(answer.status).toBe(200);
    expect(new Set(outcomes.map(({ kind }) => kind)).size).toBe(1);
    expect(outcomes[0]!.kind).toMatch(/^refused-/);
    expect(performance.now() - began).toBeLessThan(2500);
  });
});
