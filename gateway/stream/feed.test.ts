import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FEED_RULES } from '../alarms/feed-care.ts';
import type { SnapshotPatient } from '../hub/calls.ts';
import { Feed } from './feed.ts';
import type { PackedReadings } from './packed-readings.ts';

const HUB = { origin: 'heartwood/hub/1', startedAt: 1_000, intervalMs: 10_000 };
type Frame = { type: string; feed: number; now: number } & Record<string, unknown>;

/** A page's socket that reads nothing when told so. */
class Socket {
  bufferedAmount = 0;
  readonly texts: string[] = [];
  send(data: string | Uint8Array): void {
    if (typeof data !== 'string') throw new Error('version 1 is text alone');
    this.texts.push(data);
  }
  get frames(): Frame[] {
    return this.texts.map((text) => JSON.parse(text) as Frame);
  }
}

const NO_SCORE = { score: 0, most: 20, scale: 1, inputs: {} } as const;

let nowMs = 5_000;
let patients: SnapshotPatient[];
let listening: boolean[];
let snapshot: () => Promise<readonly SnapshotPatient[]>;
const feedOf = (): Feed =>
  new Feed(HUB, {
    snapshot: () => snapshot(),
    onListeners: (any) => listening.push(any),
    clock: () => nowMs,
  });
const texts = (patient: string, text: string): Map<string, PackedReadings> =>
  new Map([[patient, { text, samples: new Uint8Array() }]]);
const readings = (...ids: string[]): Map<string, PackedReadings> =>
  texts('aa', ids.map((id) => JSON.stringify({ id })).join(','));
const settle = (): Promise<void> => vi.advanceTimersByTimeAsync(0).then(() => undefined);

beforeEach(() => {
  vi.useFakeTimers();
  nowMs = 5_000;
  listening = [];
  const device = { id: 'watch-1', label: 'Watch', origin: 'simulator', lastReceived: null };
  patients = [{ id: 'aa', name: 'Ada', slot: 1, devices: [device], alarms: [], score: NO_SCORE, recent: {} }];
  snapshot = async () => patients;
});
afterEach(() => {
  vi.useRealTimers();
});

const EVERYTHING = { role: 'admin', patients: 'all' } as const;

describe('the feed', () => {
  it('tells everybody of the disk, those who come later in their snapshot', async () => {
    const feed = feedOf();
    const [early, late] = [new Socket(), new Socket()];
    const ends = [feed.open(early, EVERYTHING)];
    await settle();
    const disk = { state: 'full', since: 4_000, freeBytes: 0 } as const;
    feed.disk(disk);
    ends.push(feed.open(late, { role: 'patient', patients: [7] }));
    await settle();
    expect(early.frames[1]).toEqual({ type: 'disk', feed: 1, now: 5_000, disk });
    expect(late.frames[0]?.['disk']).toEqual(disk);
    for (const end of ends) end();
  });

  it('begins with a snapshot, and counts on without gaps through every type of message', async () => {
    const feed = feedOf();
    const socket = new Socket();
    const end = feed.open(socket, EVERYTHING);
    feed.readings(readings('0.1.0'));
    await settle();
    feed.readings(readings('0.1.1', '0.1.2'));
    feed.readings(readings('0.2.0'));
    await vi.advanceTimersByTimeAsync(50);
    feed.batch({ sequence: 0, endMs: 9_000, entries: 4, ledgerSize: 1 });
    feed.link('watch-1', 'online');
    feed.link('watch-1', 'online');
    await feed.registry();
    await vi.advanceTimersByTimeAsync(5_000);
    const { frames } = socket;
    expect(frames.map((one) => one.type)).toEqual([
      'snapshot',
      'readings',
      'batch',
      'link',
      'patients',
      'tick',
    ]);
    expect(frames.map((one) => one.feed)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(frames.every((one) => one.now === 5_000)).toBe(true);
    const listed = [{ ...patients[0], devices: [{ ...patients[0]?.devices[0], link: 'unknown' }] }];
    expect(frames[0]).toEqual({
      type: 'snapshot',
      feed: 0,
      now: 5_000,
      hub: HUB,
      batch: null,
      disk: null,
      radio: null,
      limits: FEED_RULES,
      patients: listed,
    });
    // What was committed before the snapshot is in it, and is not told again.
    expect(frames[1]?.['readings']).toEqual([{ id: '0.1.1' }, { id: '0.1.2' }, { id: '0.2.0' }]);
    expect(frames[2]?.['batch']).toEqual({ sequence: 0, end: 9_000, entries: 4, ledgerSize: 1 });
    expect(frames[3]).toEqual({ type: 'link', feed: 3, now: 5_000, device: 'watch-1', link: 'online' });
    expect(frames[4]?.['patients']).toMatchObject([{ devices: [{ link: 'online' }] }]);
    expect(Object.keys(frames[5] ?? {})).toEqual(['type', 'feed', 'now']);
    end();
    expect(listening).toEqual([true, false]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tells a page of nobody whom its viewer may not see', async () => {
    const ben = {
      id: 'bb',
      name: 'Ben',
      slot: 2,
      devices: [{ id: 'watch-2', label: 'Watch', origin: 'simulator', lastReceived: null }],
      alarms: [],
      score: NO_SCORE,
      recent: {},
    };
    patients = [...patients, ben];
    const feed = feedOf();
    const [all, adas, bens, nobodys] = [new Socket(), new Socket(), new Socket(), new Socket()] as const;
    feed.open(all, EVERYTHING);
    feed.open(adas, { role: 'clinician', patients: [1] });
    feed.open(bens, { role: 'patient', patients: [2] });
    feed.open(nobodys, { role: 'auditor', patients: 'all' });
    await settle();
    feed.readings(texts('aa', '{"id":"0.1.0"}'));
    feed.readings(texts('bb', '{"id":"0.2.0"}'));
    feed.readings(texts('aa', '{"id":"0.1.1"}'));
    feed.alarms({ patient: 'bb', alarms: [] });
    feed.link('watch-2', 'online');
    feed.batch({ sequence: 0, endMs: 9_000, entries: 4, ledgerSize: 1 });
    await feed.registry();
    const said = ({ frames }: Socket) => JSON.stringify(frames);
    for (const word of ['Ben', 'bb', '0.2.0', 'watch-2', '"entries":4']) {
      expect(said(all)).toContain(word);
      expect(said(adas)).not.toContain(word);
    }
    expect(said(adas)).toContain('"readings":[{"id":"0.1.0"},{"id":"0.1.1"}]');
    expect(said(bens)).toContain('"readings":[{"id":"0.2.0"}]');
    expect(bens.frames.map(({ type }) => type)).toEqual([
      'snapshot',
      'readings',
      'alarms',
      'link',
      'batch',
      'patients',
    ]);
    expect(nobodys.frames.map(({ type }) => type)).toEqual(['snapshot', 'batch', 'patients']);
    expect(said(nobodys)).not.toMatch(/Ada|Ben|0\.1\.0/);
    // Each page's own count has no gaps, whatever it was not told.
    for (const { frames } of [all, adas, bens, nobodys])
      expect(frames.map(({ feed: n }) => n)).toEqual(frames.map((_, n) => n));
  });

  it('tells what came before an alarm before it', async () => {
    const feed = feedOf();
    const socket = new Socket();
    feed.open(socket, EVERYTHING);
    await settle();
    feed.readings(readings('0.1.0'));
    feed.alarms({ patient: 'aa', alarms: [] });
    expect(socket.frames.map(({ type }) => type)).toEqual(['snapshot', 'readings', 'alarms']);
    expect(socket.frames[2]).toMatchObject({ patient: 'aa', alarms: [] });
  });

  it('tells a score to those who may see the patient, and to nobody else', async () => {
    const feed = feedOf();
    const [all, none] = [new Socket(), new Socket()];
    feed.open(all, EVERYTHING);
    feed.open(none, { role: 'clinician', patients: [7] });
    await settle();
    const score = { ...NO_SCORE, score: 5, inputs: { pulse: { at: 4_000, points: 2 } } } as const;
    feed.readings(readings('0.1.0'));
    feed.scores([{ patient: 'aa', score }]);
    expect(all.frames[0]?.['patients']).toMatchObject([{ score: NO_SCORE }]);
    expect(all.frames.slice(1).map(({ type }) => type)).toEqual(['readings', 'scores']);
    expect(all.frames.at(-1)?.['scores']).toEqual([{ patient: 'aa', score }]);
    expect(none.frames.map(({ type }) => type)).toEqual(['snapshot']);
  });

  it('tells readings before the batch that closes over them, and before a new list', async () => {
    const feed = feedOf();
    const socket = new Socket();
    feed.open(socket, EVERYTHING);
    await settle();
    feed.readings(readings('0.1.0'));
    feed.batch({ sequence: 0, endMs: 9_000, entries: 1, ledgerSize: 1 });
    feed.readings(readings('1.1.0'));
    await feed.registry();
    expect(socket.frames.map((one) => one.type)).toEqual([
      'snapshot',
      'readings',
      'batch',
      'readings',
      'patients',
    ]);
    const second = new Socket();
    feed.open(second, EVERYTHING);
    await settle();
    expect(second.frames[0]?.['batch']).toMatchObject({ sequence: 0 });
    expect(listening).toEqual([true]);
  });

  it('sends a page that reads too slowly nothing, and what it missed when it has read', async () => {
    const feed = feedOf();
    const [slow, quick] = [new Socket(), new Socket()];
    feed.open(slow, EVERYTHING);
    feed.open(quick, EVERYTHING);
    await settle();
    slow.bufferedAmount = 2 * 1024 * 1024;
    for (let n = 0; n < 200; n++) {
      feed.readings(readings(`0.1.${n}`));
      await vi.advanceTimersByTimeAsync(60);
    }
    expect(slow.texts).toHaveLength(1);
    const told = quick.frames.filter((one) => one.type === 'readings');
    expect(told).toHaveLength(200);
    slow.bufferedAmount = 0;
    nowMs = 99_000;
    feed.link('watch-1', 'offline');
    expect(slow.frames.map(({ now: _, ...rest }) => rest)).toEqual(
      quick.frames.map(({ now: _, ...rest }) => rest),
    );
    // The clock is that of the sending: nothing looks younger than it is.
    expect(slow.frames[1]?.now).toBe(99_000);
    expect(quick.frames[1]?.now).toBe(5_000);
  });

  it('shows a page everything anew that was too slow for what is kept, and buffers nothing for it', async () => {
    const feed = feedOf();
    const [slow, quick] = [new Socket(), new Socket()];
    feed.open(slow, EVERYTHING);
    feed.open(quick, EVERYTHING);
    await settle();
    slow.bufferedAmount = 2 * 1024 * 1024;
    const much = 'x'.repeat(100_000);
    for (let n = 0; n < 100; n++) {
      feed.readings(readings(`0.1.${n}${much}`));
      await vi.advanceTimersByTimeAsync(60);
    }
    expect(slow.texts).toHaveLength(1);
    slow.bufferedAmount = 0;
    await vi.advanceTimersByTimeAsync(5_000);
    feed.link('watch-1', 'offline');
    const after = slow.frames.slice(1);
    expect(after.map(({ type }) => type)).toEqual(['snapshot', 'link']);
    expect(after[1]?.feed).toBe((after[0]?.feed ?? -1) + 1);
    expect(quick.frames.map((one) => one.feed)).toEqual(quick.frames.map((_, i) => i));
  });

  it('outlives a hub that cannot answer, and forgets pages that went', async () => {
    const feed = feedOf();
    snapshot = async () => {
      throw new Error('the hub has stopped');
    };
    const socket = new Socket();
    const end = feed.open(socket, EVERYTHING);
    await settle();
    await feed.registry();
    expect(socket.texts).toEqual([]);
    snapshot = async () => patients;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(socket.frames[0]?.type).toBe('snapshot');
    socket.bufferedAmount = 2 * 1024 * 1024;
    feed.link('watch-1', 'online');
    end();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(vi.getTimerCount()).toBe(0);
    expect(listening).toEqual([true, false]);
  });
});
