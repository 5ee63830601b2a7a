import { randomBytes } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { hexOf, joinBytes, utf8 } from '../bytes.ts';
import { sha256 } from '../primitive.ts';
import type { Anchoring } from '../second-anchor.ts';
import { SampleCalendar, samplePath } from './calendar-sample.ts';
import { checkOpenTimestamps } from './check.ts';
import { parseOtsEvidence } from './evidence.ts';
import { type OpenTimestampsOptions, openTimestamps } from './opentimestamps.ts';
import { attestedBy, formatTimestamp } from './timestamp.ts';

const digest = sha256(utf8('a checkpoint'));
const AT_S = 1_795_000_000;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

type Heard = { method: string; url: string; body: Uint8Array };
/** A calendar on loopback: as it should be, or with its answers changed. */
async function calendar(
  change?: (heard: Heard, right: Uint8Array | string) => Uint8Array | string | undefined,
) {
  const heard: Heard[] = [];
  let sample: SampleCalendar | undefined;
  const url = await serve((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '' } = request;
      const body = new Uint8Array(Buffer.concat(chunks));
      heard.push({ method, url: path, body });
      const right = sample!.answer(method, path, body);
      const said = change?.({ method, url: path, body }, right.body) ?? right.body;
      response.writeHead(right.status).end(said);
    });
  });
  sample = new SampleCalendar(url);
  return { url, heard, sample };
}

const open = (options: Partial<OpenTimestampsOptions> & { calendars: readonly string[] }) =>
  openTimestamps({
    fetch,
    random: (length) => randomBytes(length),
    timeoutMs: 2000,
    difficultyMin: 0,
    ...options,
  });
const evidenceOf = (anchoring: Anchoring): string => {
  if (anchoring.state === 'lost') throw new Error(anchoring.why);
  return anchoring.evidence;
};
const unreachable = expect.objectContaining({ code: 'anchor-unreachable' });

describe('OpenTimestamps', () => {
  it('goes from a promise over waiting to a block, one file all the way', async () => {
    const one = await calendar();
    const anchor = open({ calendars: [`${one.url}/`] });
    expect(anchor).toMatchObject({ kind: 'opentimestamps', id: 'opentimestamps' });
    const promised = await anchor.submit(digest);
    expect(promised.state).toBe('pending');
    expect(checkOpenTimestamps(evidenceOf(promised), digest).text).toContain(`promised by ${one.url}`);
    const waiting = await anchor.advance(digest, evidenceOf(promised));
    expect(waiting).toEqual(promised);
    const header = one.sample.confirm(930_000, AT_S);
    const confirmed = await anchor.advance(digest, evidenceOf(waiting));
    expect(confirmed.state).toBe('confirmed');
    const headers = new Map([[930_000, header]]);
    expect(checkOpenTimestamps(evidenceOf(confirmed), digest, { headers }).proves).toContain('930000');
    expect(await anchor.advance(digest, evidenceOf(confirmed))).toEqual(confirmed);
  });

  it('shows calendars neither the digest nor that they were told of the same thing', async () => {
    const both = [await calendar(), await calendar()];
    const anchor = open({ calendars: both.map(({ url }) => url) });
    await anchor.submit(digest);
    await anchor.submit(digest);
    const told = both.flatMap(({ heard }) => heard.map(({ body }) => hexOf(body)));
    expect(told).toHaveLength(4);
    expect(new Set([...told, hexOf(digest)]).size).toBe(5);
    for (const hex of told) expect(hex).toHaveLength(64);
  });

  it('asks several, needs some, and is confirmed when that many name a block', async () => {
    const [a, b, c] = [await calendar(), await calendar(), await calendar()];
    const calendars = [a.url, b.url, c.url];
    const anchor = open({ calendars, needed: 2 });
    let last = await anchor.submit(digest);
    expect(attestedBy(parseOtsEvidence(evidenceOf(last)).stamp, 'pending')).toHaveLength(3);
    a.sample.confirm(10, AT_S);
    last = await anchor.advance(digest, evidenceOf(last));
    expect(last.state).toBe('pending');
    const { stamp } = parseOtsEvidence(evidenceOf(last));
    expect([attestedBy(stamp, 'bitcoin').length, attestedBy(stamp, 'pending').length]).toEqual([1, 2]);
    c.sample.confirm(11, AT_S);
    last = await anchor.advance(digest, evidenceOf(last));
    expect(last.state).toBe('confirmed');
    const blocks = attestedBy(parseOtsEvidence(evidenceOf(last)).stamp, 'bitcoin');
    expect(blocks.map(({ attestation }) => attestation.height).toSorted()).toEqual([10, 11]);
    expect(attestedBy(parseOtsEvidence(evidenceOf(last)).stamp, 'pending')).toEqual([]);
  });

  it('goes on without a calendar that is down, and says so where too few are left', async () => {
    const up = await calendar();
    const down = 'http://127.0.0.1:9';
    const promised = await open({ calendars: [down, up.url] }).submit(digest);
    expect(promised.state).toBe('pending');
    await expect(open({ calendars: [down, up.url], needed: 2 }).submit(digest)).rejects.toEqual(unreachable);
    await expect(open({ calendars: [down] }).submit(digest)).rejects.toThrow('127.0.0.1:9: no connection');
    servers[0]!.closeAllConnections();
    await new Promise((resolve) => servers[0]!.close(resolve));
    await expect(open({ calendars: [up.url] }).advance(digest, evidenceOf(promised))).rejects.toEqual(
      unreachable,
    );
  });

  it.each<[string, (heard: Heard, right: Uint8Array | string) => Uint8Array | string | undefined, RegExp]>([
    ['a huge answer', () => new Uint8Array(5_000_000), /longer than 10000 bytes/],
    ['an answer that is no timestamp', () => 'hello', /not a timestamp/],
    ['an empty one', () => '', /cut off/],
    ['one that is deep', () => new Uint8Array(9000).fill(8), /deeper than 256/],
    [
      'one with bytes after it',
      (_, right) => joinBytes(right as Uint8Array, Uint8Array.of(1)),
      /after its end/,
    ],
    [
      "a promise in another calendar's name",
      ({ body }) => formatTimestamp(samplePath(body, [], { kind: 'pending', uri: 'http://127.0.0.1:1' })),
      /nothing in its own name/,
    ],
    [
      'a block at once, and no promise',
      ({ body }) => formatTimestamp(samplePath(body, [], { kind: 'bitcoin', height: 1 })),
      /nothing in its own name/,
    ],
  ])('takes no promise from %s', async (_, change, why) => {
    const { url } = await calendar(change);
    await expect(open({ calendars: [url] }).submit(digest)).rejects.toThrow(why);
    await expect(open({ calendars: [url] }).submit(digest)).rejects.toEqual(unreachable);
  });

  it('waits for no one: slow, silent, or without end', async () => {
    const slow = await serve((_, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write(Uint8Array.of(8)), 50);
      response.on('close', () => clearInterval(timer));
    });
    const silent = await serve(() => undefined);
    const moved = await serve((_, response) =>
      response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
    );
    const broken = await serve((_, response) => response.writeHead(500).end('x'.repeat(100_000)));
    const began = performance.now();
    const anchor = open({ calendars: [slow, silent, moved, broken], timeoutMs: 300 });
    await expect(anchor.submit(digest)).rejects.toThrow(/0 of 4 calendars.*in time.*in time.*500/);
    expect(performance.now() - began).toBeLessThan(2500);
    const end = new AbortController();
    const given = open({ calendars: [silent], timeoutMs: 60_000, signal: end.signal }).submit(digest);
    setTimeout(() => end.abort(), 50);
    await expect(given).rejects.toEqual(unreachable);
  });

  it('keeps a promise whose calendar answers with anything but a path to Bitcoin', async () => {
    let lie: Uint8Array | string | undefined;
    const one = await calendar(({ method }) => (method === 'GET' ? lie : undefined));
    const anchor = open({ calendars: [one.url] });
    const promised = evidenceOf(await anchor.submit(digest));
    const [{ message } = { message: digest }] = attestedBy(parseOtsEvidence(promised).stamp, 'pending');
    one.sample.confirm(5, AT_S);
    lie = formatTimestamp(samplePath(message, [], { kind: 'pending', uri: one.url }));
    expect(await anchor.advance(digest, promised)).toEqual({ state: 'pending', evidence: promised });
    lie = formatTimestamp(
      samplePath(message, Array(200).fill({ name: 'prepend', argument: new Uint8Array(18) }), {
        kind: 'pending',
        uri: one.url,
      }),
    );
    expect(await anchor.advance(digest, promised)).toEqual({ state: 'pending', evidence: promised });
    lie = 'x'.repeat(50_000);
    await expect(anchor.advance(digest, promised)).rejects.toEqual(unreachable);
    lie = undefined;
    expect((await anchor.advance(digest, promised)).state).toBe('confirmed');
    await expect(anchor.advance(sha256(digest), promised)).rejects.toThrow('another checkpoint');
  });

  it('takes no block that its source of headers does not bear out, and loses one that left the chain', async () => {
    const one = await calendar();
    const chain = await calendar();
    const anchor = open({ calendars: [one.url], headerSource: chain.url });
    const promised = evidenceOf(await anchor.submit(digest));
    one.sample.confirm(20, AT_S);
    // Not there yet, then another block of that height.
    expect(await anchor.advance(digest, promised)).toEqual({ state: 'pending', evidence: promised });
    chain.sample.confirm(20, AT_S);
    expect(await anchor.advance(digest, promised)).toEqual({ state: 'pending', evidence: promised });

    const honest = open({ calendars: [one.url], headerSource: one.url });
    const confirmed = await honest.advance(digest, promised);
    expect(confirmed.state).toBe('confirmed');
    expect(checkOpenTimestamps(evidenceOf(confirmed), digest, { difficultyMin: 0 }).text).toContain(
      'block header of',
    );
    expect(await honest.advance(digest, evidenceOf(confirmed))).toEqual(confirmed);
    expect((await anchor.advance(digest, evidenceOf(confirmed))).state).toBe('lost');
    one.sample.reorganise();
    expect((await honest.advance(digest, evidenceOf(confirmed))).state).toBe('lost');
    const dear = open({ calendars: [one.url], headerSource: one.url, difficultyMin: 1 });
    await expect(dear.advance(digest, evidenceOf(confirmed))).rejects.toThrow('no work was spent');
  });

  it('is not opened on what must not be called', () => {
    const bad = expect.objectContaining({ code: 'bad-policy' });
    for (const url of [
      'http://calendar.example',
      'ftp://a',
      'x',
      'https://u@a.example',
      'https://a.example?x',
    ]) {
      expect(() => open({ calendars: [url] }), url).toThrow(bad);
      expect(() => open({ calendars: ['https://a.example'], headerSource: url }), url).toThrow(bad);
    }
    expect(() => open({ calendars: [] })).toThrow(bad);
    expect(() => open({ calendars: ['https://a.example', 'https://a.example/'], needed: 2 })).toThrow(bad);
    expect(() => open({ calendars: Array.from({ length: 9 }, (_, n) => `https://${n}.example`) })).toThrow(
      bad,
    );
  });
});
