import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FeedMessage, FeedReading } from './feed.ts';
import { heartRate, NOW, PATIENT, wireSnapshot } from './feed-sample.ts';
import { measuredAt } from './freshness.ts';
import { parseFeed } from './parse/message.ts';
import { apply, FRAMES_MAX, newest, READINGS_MAX, type World } from './state.ts';

const HOUR = 3_600_000;

function take(world: World | undefined, message: FeedMessage): World {
  const applied = apply(world, message);
  if (applied.kind !== 'world') throw new Error('gap');
  return applied.world;
}

function start(): World {
  const parsed = parseFeed(JSON.stringify(wireSnapshot()));
  if (parsed.kind !== 'message') throw new Error(parsed.why);
  return take(undefined, parsed.message);
}

const readings = (feed: number, ...list: readonly FeedReading[]): FeedMessage => ({
  type: 'readings',
  feed,
  now: NOW,
  readings: list,
});
const rates = (world: World): readonly FeedReading[] => world.patients[0]?.recent['heart-rate'] ?? [];
const ids = (world: World): readonly string[] => rates(world).map((each) => each.id);

describe('apply', () => {
  it('appends readings and notes when the device was heard', () => {
    const world = take(start(), readings(101, heartRate('58.1.0', NOW + 500)));
    expect(ids(world)).toEqual(['57.1.0', '58.1.0']);
    expect(world.patients[0]?.devices[0]?.lastReceived).toBe(NOW + 500);
  });

  it('takes a score for its patient', () => {
    const score = { score: 2, most: 19, scale: 1, inputs: { pulse: { at: NOW, points: 2 } } } as const;
    const scores = [
      { patient: PATIENT, score },
      { patient: 'ff', score },
    ];
    const world = take(start(), { type: 'scores', feed: 101, now: NOW, scores });
    expect(world.patients.map((patient) => patient.score)).toEqual([score]);
  });

  it('wants every message, once, and a snapshot first', () => {
    const tick = (feed: number): FeedMessage => ({ type: 'tick', feed, now: NOW });
    expect(apply(undefined, tick(1))).toEqual({ kind: 'gap' });
    expect(apply(start(), tick(102))).toEqual({ kind: 'gap' });
    expect(apply(start(), tick(100))).toEqual({ kind: 'gap' });
    expect(take(start(), tick(101)).feed).toBe(101);
  });

  it('is the same world after a way back as without a loss, wherever the line broke', () => {
    const change = fc.oneof(
      fc.record({ kind: fc.constant('reading' as const), at: fc.nat(10_000) }),
      fc.record({ kind: fc.constantFrom('tick' as const, 'online' as const, 'offline' as const) }),
    );
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 30 }),
        fc.array(fc.nat(30), { maxLength: 4 }),
        (changes, breaks) => {
          const messages = changes.map((one, i): FeedMessage => {
            const numbered = { feed: 101 + i, now: NOW };
            if (one.kind === 'tick') return { type: 'tick', ...numbered };
            if (one.kind !== 'reading')
              return { type: 'link', device: 'watch-1', link: one.kind, ...numbered };
            return readings(101 + i, heartRate(`58.1.${i}`, NOW + one.at));
          });
          const unbroken = messages.reduce(take, start());
          let world = start();
          for (const [i, message] of messages.entries()) {
            world = take(world, message);
            if (!breaks.includes(i)) continue;
            // What was sent before it is nobody's any more; what was not, comes after the answer.
            expect(apply(world, { type: 'resumed', feed: world.feed - 1, now: NOW })).toEqual({
              kind: 'gap',
            });
            world = take(world, { type: 'resumed', feed: world.feed, now: NOW });
          }
          expect(world).toEqual(unbroken);
        },
      ),
    );
    expect(apply(undefined, { type: 'resumed', feed: 0, now: NOW })).toEqual({ kind: 'gap' });
  });

  it('counts a message that it does not know, and changes nothing else', () => {
    const before = start();
    expect(take(before, { type: 'other', feed: 101, now: NOW })).toEqual({ ...before, feed: 101 });
  });

  it('starts anew from a snapshot', () => {
    const world = take(start(), readings(101, heartRate('58.1.0', NOW)));
    const parsed = parseFeed(JSON.stringify(wireSnapshot({ feed: 5 })));
    if (parsed.kind !== 'message') throw new Error(parsed.why);
    expect(take(world, parsed.message)).toEqual({ ...start(), feed: 5 });
  });

  it('keeps the batch and the link state', () => {
    const sealed = { sequence: 57, end: NOW, entries: 3, ledgerSize: 58 };
    const world = take(start(), { type: 'batch', feed: 101, now: NOW, batch: sealed });
    expect(world.batch).toEqual(sealed);
    const offline = take(world, { type: 'link', feed: 102, now: NOW, device: 'watch-1', link: 'offline' });
    expect(offline.patients[0]?.devices[0]?.link).toBe('offline');
    const nobody = take(offline, { type: 'link', feed: 103, now: NOW, device: 'watch-9', link: 'online' });
    expect(nobody.patients).toEqual(offline.patients);
  });

  it('keeps what is said of the disk until something else is', () => {
    const full = { state: 'full', since: NOW, freeBytes: 0 } as const;
    const world = take(start(), { type: 'disk', feed: 101, now: NOW, disk: full });
    expect(take(world, { type: 'tick', feed: 102, now: NOW }).disk).toEqual(full);
  });

  it('leaves patients without news the same objects', () => {
    const before = start();
    const world = take(before, readings(101, heartRate('58.2.0', NOW, { patient: 'ffff' })));
    expect(world.patients[0]).toBe(before.patients[0]);
  });

  it('takes a reading once', () => {
    const world = take(start(), readings(101, heartRate('57.1.0', NOW + 500)));
    expect(ids(world)).toEqual(['57.1.0']);
  });

  it('puts history before what is newer, though it came later', () => {
    const world = take(start(), readings(101, heartRate('58.1.0', NOW, { at: NOW - 31 * HOUR })));
    expect(ids(world)).toEqual(['58.1.0', '57.1.0']);
  });

  it('replaces the patients when somebody was enrolled', () => {
    const more = [
      { ...start().patients[0]!, name: 'Ada N.' },
      { ...start().patients[0]!, id: 'ab', slot: 2 },
    ];
    const world = take(start(), { type: 'patients', feed: 101, now: NOW, patients: more });
    expect(world.patients.map((each) => each.id)).toEqual([PATIENT, 'ab']);
  });

  it('keeps at most four frames of a waveform', () => {
    const wave = { lead: 'I', rateHz: 250, gain: 200, baseline: 0, samples: new Int32Array(250) };
    const frames = Array.from({ length: 7 }, (_, i) =>
      heartRate(`58.1.${i}`, NOW + i * 1_000, { measurement: { kind: 'ecg', wave } }),
    );
    const kept = take(start(), readings(101, ...frames)).patients[0]?.recent.ecg ?? [];
    expect(kept.map((each) => each.id)).toEqual(['58.1.3', '58.1.4', '58.1.5', '58.1.6']);
    expect(kept.length).toBe(FRAMES_MAX);
  });

  it('keeps readings bounded, in order of measurement and unique, whatever order they come in', () => {
    const times = fc.array(fc.record({ n: fc.nat(200), late: fc.nat(40 * HOUR) }), { maxLength: 120 });
    fc.assert(
      fc.property(times, (list) => {
        const news = list.map(({ n, late }) => heartRate(`9.1.${n}`, NOW + n, { at: NOW + n - late }));
        const kept = rates(take(start(), readings(101, ...news)));
        expect(kept.length).toBeLessThanOrEqual(READINGS_MAX);
        expect(new Set(kept.map((each) => each.id)).size).toBe(kept.length);
        expect(kept.map(measuredAt)).toEqual(kept.map(measuredAt).sort((a, b) => a - b));
      }),
    );
  });
});

describe('newest', () => {
  it('gives the newest of all kinds first, without waveforms', () => {
    const wave = { lead: 'I', rateHz: 250, gain: 200, baseline: 0, samples: new Int32Array(1) };
    const recent = {
      'heart-rate': [heartRate('1.1.0', NOW), heartRate('1.1.3', NOW + 30)],
      spo2: [heartRate('1.1.2', NOW + 20, { measurement: { kind: 'spo2', value: 97 } })],
      ecg: [heartRate('1.1.9', NOW + 99, { measurement: { kind: 'ecg', wave } })],
    };
    expect(newest(recent, 2).map((each) => each.id)).toEqual(['1.1.3', '1.1.2']);
  });
});
