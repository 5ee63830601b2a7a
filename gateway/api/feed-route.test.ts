// The feed's door by real HTTP: versions, coming back, waveforms as bytes, and what a page says of itself.
import { packSamples } from '@heartwood/vitals';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type HubCalls, hubCalls } from '../hub/calls.ts';
import { addPerson } from '../people/access.ts';
import { Delays } from '../stream/delays.ts';
import { Feed } from '../stream/feed.ts';
import { Home } from '../testing.ts';
import { type Api, type ApiOptions, startApi } from './server.ts';

type Frame = Record<string, unknown> & { readonly type: string; readonly feed: number };

let home: Home;
let api: Api;
let feed: Feed;
let delays: Delays;
let cookie: string;
const open: WebSocket[] = [];

beforeEach(async () => {
  home = new Home();
  const { started } = await home.start();
  await home.enroll('Ada', 'strap-1');
  const calls = hubCalls(home.hub);
  const call = (async (name: keyof HubCalls, ...args: unknown[]) =>
    (calls[name] as (...given: unknown[]) => unknown)(...args)) as ApiOptions['hub']['call'];
  const clock = (): number => home.nowMs;
  feed = new Feed(
    { origin: started.origin, startedAt: 0, intervalMs: 10_000 },
    { snapshot: () => call('snapshot'), onListeners: () => undefined, clock },
  );
  delays = new Delays();
  const assets = async () => new Map();
  api = await startApi({ host: '127.0.0.1', port: 0, hub: { call, started }, feed, delays, assets, clock });
  cookie = await enter(calls.createLoginCode());
});
afterEach(async () => {
  for (const socket of open.splice(0)) socket.close();
  await api.close();
  home.remove();
});

async function enter(code: string): Promise<string> {
  const response = await fetch(`${api.url}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code }),
  });
  return response.headers.get('set-cookie')?.split(';')[0] ?? '';
}

type Page = {
  readonly frames: (Frame | ArrayBuffer)[];
  readonly closed: Promise<number>;
  readonly socket: WebSocket;
};
function look(query: string, as = cookie): Page {
  const socket = new WebSocket(`${api.url.replace('http', 'ws')}/api/feed${query}`, {
    headers: { cookie: as },
  } as never);
  socket.binaryType = 'arraybuffer';
  open.push(socket);
  const frames: (Frame | ArrayBuffer)[] = [];
  socket.onmessage = ({ data }) =>
    void frames.push(typeof data === 'string' ? (JSON.parse(data) as Frame) : (data as ArrayBuffer));
  const closed = new Promise<number>((resolve) => {
    socket.onclose = ({ code }) => resolve(code);
  });
  return { frames, closed, socket };
}
const first = async ({ frames }: Page): Promise<Frame> => {
  await vi.waitFor(() => expect(frames.length).toBeGreaterThan(0));
  return frames[0] as Frame;
};
const ada = (): string => Buffer.from(home.hub.vault.registry.patient(1)?.subject ?? []).toString('hex');
const told = (frames: Page['frames']): string[] =>
  frames.map((frame) => (frame instanceof ArrayBuffer ? 'bytes' : frame.type));

describe('the feed', () => {
  it('speaks version 1 unless asked, version 2 where asked, and says when it speaks neither', async () => {
    expect(await first(look(''))).not.toHaveProperty('session');
    expect(await first(look('?v=2'))).toHaveProperty('session');
    const newer = look('?v=3');
    expect(await newer.closed).toBe(4406);
    expect(newer.frames).toEqual([]);
  });

  it('has room for many pages of one person, not for any number, and for others all the same', async () => {
    const pages = Array.from({ length: 24 }, () => look('?v=2'));
    await Promise.all(pages.map(first));
    expect(await look('?v=2').closed).toBe(1013);
    const { code } = addPerson(home.hub.vault, { name: 'Dr Vale', role: 'clinician', patients: [1] });
    expect((await first(look('?v=2', await enter(code)))).type).toBe('snapshot');
    pages[0]?.socket.close();
    await pages[0]?.closed;
    await vi.waitFor(async () => expect((await first(look('?v=2'))).type).toBe('snapshot'));
  });

  it('goes on where a page was, for those who may see the same, and for nobody else', async () => {
    const before = look('?v=2');
    const { session, feed: count } = await first(before);
    before.socket.close();
    await before.closed;
    const text = JSON.stringify({ id: '0.1.0', patient: ada() });
    feed.readings(new Map([[ada(), { text, samples: new Uint8Array() }]]));
    const again = look(`?v=2&session=${session}&after=${count}`);
    await vi.waitFor(() => expect(told(again.frames)).toEqual(['resumed', 'readings']));
    expect(again.frames[0]).toMatchObject({ feed: count });
    expect(again.frames[1]).toMatchObject({ feed: Number(count) + 1, readings: [{ id: '0.1.0' }] });

    const { code } = addPerson(home.hub.vault, { name: 'Dr Strange', role: 'clinician', patients: [] });
    const strange = look(`?v=2&session=${session}&after=${count}`, await enter(code));
    expect(await first(strange)).toMatchObject({ type: 'snapshot', patients: [] });
    expect(JSON.stringify(strange.frames)).not.toContain(ada());
    expect((await first(look(`?v=2&session=${session}&after=99999`))).type).toBe('snapshot');
    expect((await first(look('?v=2&session=another&after=0'))).type).toBe('snapshot');
  });

  it('has waveforms as bytes in version 2, and in the text of version 1', async () => {
    const [old, now] = [look(''), look('?v=2')];
    await Promise.all([first(old), first(now)]);
    const samples = Int32Array.of(1024, 1025, 1020, -32768);
    const text = JSON.stringify({ id: '0.1.0', wave: { lead: 'II', packed: 4 } });
    feed.readings(new Map([[ada(), { text, samples: packSamples(samples) }]]));
    await vi.waitFor(() =>
      expect([told(old.frames), told(now.frames)]).toEqual([
        ['snapshot', 'readings'],
        ['snapshot', 'bytes'],
      ]),
    );
    expect(old.frames[1]).toMatchObject({
      readings: [{ id: '0.1.0', wave: { lead: 'II', samples: [...samples] } }],
    });
    const bytes = Buffer.from(now.frames[1] as ArrayBuffer);
    const end = 8 + bytes.readUInt32LE(4);
    expect(bytes.subarray(0, 4)).toEqual(Buffer.from([1, 0, 0, 0]));
    expect(JSON.parse(bytes.toString('utf8', 8, end))).toMatchObject({
      type: 'readings',
      readings: [{ id: '0.1.0' }],
    });
    expect(bytes.subarray(end)).toEqual(Buffer.from([0x80, 0x10, 0x02, 0x09, 0xf7, 0x8f, 0x04]));
  });

  it('counts what a page says of its delays, and nothing else that it says', async () => {
    const page = look('?v=2');
    const { now } = await first(page);
    page.socket.send('{"type":"readings"}');
    page.socket.send(new Uint8Array([1, 2, 3]));
    page.socket.send(JSON.stringify({ type: 'seen', now, shown: [12] }));
    await vi.waitFor(() => expect(delays.of('page').count).toBe(1));
    expect(delays.of('link').count).toBe(1);
    page.socket.send('x'.repeat(2_000));
    expect(await page.closed).toBe(1009);
  });
});
