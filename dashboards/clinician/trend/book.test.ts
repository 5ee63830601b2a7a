// The charts' past kept up to date: what the hub answered and what the feed told since, each number once.

import { effect } from '@preact/signals';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FeedReading } from '../feed.ts';
import { Book, chartedKinds } from './book.ts';

const NOW = 1_795_262_400_000;
const reading = (value: number, received: number): FeedReading => ({
  id: `57.1.${received}`,
  patient: 'aa',
  device: 'watch-1',
  seq: 1,
  at: undefined,
  received,
  origin: 'wearable',
  measurement: { kind: 'heart-rate', value },
});
const VIEW = { span: '1h', end: undefined } as const;
let history: (kind: string) => Response;
let events: object;
let asked: string[];

beforeEach(() => {
  asked = [];
  events = { from: 0, events: [] };
  history = () => Response.json({ series: { value: { every: [[NOW - 5_000, 70]] } } });
  vi.stubGlobal('fetch', (path: string) => {
    asked.push(path);
    if (path.includes('/events')) return Promise.resolve(Response.json(events));
    return Promise.resolve(history(new URL(path, 'http://hub').searchParams.get('kind') ?? ''));
  });
});
afterEach(() => vi.unstubAllGlobals());

describe('the book of the charts', () => {
  it('asks for each kind and for what happened, and takes what the feed tells once', async () => {
    const book = new Book('aa');
    await book.load(['heart-rate'], VIEW, NOW);
    expect(asked).toHaveLength(2);
    const recent = { 'heart-rate': [reading(70, NOW - 5_000), reading(72, NOW + 1_000)] };
    book.take(recent, NOW - 3_600_000);
    book.take(recent, NOW - 3_600_000);
    expect(book.lines('heart-rate')['value']?.mean).toEqual([70, 72]);
  });

  it('counts nothing twice that the answer had in its stretches', async () => {
    history = () =>
      Response.json({ series: { value: { widthMs: 60_000, stretches: [[NOW, 3, 60, 70, 80]] } } });
    const book = new Book('aa');
    await book.load(['heart-rate'], VIEW, NOW + 10_000);
    book.take({ 'heart-rate': [reading(99, NOW + 9_000), reading(90, NOW + 11_000)] }, NOW - 3_600_000);
    expect(book.lines('heart-rate')['value']).toMatchObject({ count: [4], high: [90], mean: [75] });
  });

  it('tells of a change once for each, to the chart of that kind alone', async () => {
    const book = new Book('aa');
    await book.load(['heart-rate', 'spo2'], VIEW, NOW);
    const drawn = { heart: 0, oxygen: 0 };
    const stop = [
      effect(() => {
        void book.version('heart-rate').value;
        drawn.heart += 1;
      }),
      effect(() => {
        void book.version('spo2').value;
        drawn.oxygen += 1;
      }),
      // As the component does: whoever takes in follows nothing by it.
      effect(() => book.take({ 'heart-rate': [reading(71, NOW + 1_000)] }, NOW - 3_600_000)),
    ];
    expect(drawn).toEqual({ heart: 2, oxygen: 1 });
    for (const end of stop) end();
  });

  it('says why there is nothing, and that there is something again', async () => {
    history = () => Response.json({}, { status: 503 });
    const book = new Book('aa');
    await book.load(['heart-rate'], VIEW, NOW);
    expect(book.trouble.value).toBe('The hub did not give the numbers (it answered 503).');
    expect(book.loading.value).toBe(false);
    history = () => Response.json({ series: {} });
    await book.load(['heart-rate'], VIEW, NOW);
    expect(book.trouble.value).toBeUndefined();
  });

  it('lets an answer go that somebody no longer waits for', async () => {
    let release: (answer: Response) => void = () => undefined;
    const slow = new Promise<Response>((resolve) => (release = resolve));
    const quick = fetch;
    vi.stubGlobal('fetch', (path: string) => (path.includes('/events') ? quick(path) : slow));
    const book = new Book('aa');
    const first = book.load(['heart-rate'], VIEW, NOW);
    vi.stubGlobal('fetch', quick);
    await book.load(['heart-rate'], { span: '6h', end: undefined }, NOW);
    release(Response.json({ series: { value: { every: [[NOW, 1]] } } }));
    await first;
    expect(book.lines('heart-rate')['value']?.mean).toEqual([70]);
  });

  it('marks what happened, also where the hub tells it by pieces', async () => {
    const raised = { name: 'alarm-raised', detail: { condition: 'x', priority: 'high', episode: 1 } };
    const pieces = [
      { from: NOW - 1_000, events: [{ ...raised, id: '9.0.1', at: NOW - 500 }] },
      { from: NOW - 3_600_000, events: [{ ...raised, id: '8.0.1', at: NOW - 2_000 }] },
    ];
    const quick = fetch;
    vi.stubGlobal('fetch', (path: string) =>
      path.includes('/events') ? Promise.resolve(Response.json(pieces.shift() ?? events)) : quick(path),
    );
    const book = new Book('aa');
    await book.load([], VIEW, NOW);
    expect(book.marks.value.map(({ event }) => event.id)).toEqual(['8.0.1', '9.0.1']);
  });

  it('has charts of what a patient has, waveforms and batteries apart', () => {
    const one = [reading(1, NOW)];
    const recent = { battery: one, ecg: one, spo2: one, 'heart-rate': one, glucose: one, weight: [] };
    expect(chartedKinds(recent)).toEqual(['heart-rate', 'spo2', 'glucose']);
  });
});
