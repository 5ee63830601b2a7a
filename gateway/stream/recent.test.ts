import type { Measurement } from '@heartwood/vitals';
import { describe, expect, it } from 'vitest';
import { CommittedReading, formatReadingId, parseReadingId, toFeed } from './feed-reading.ts';
import { Recent } from './recent.ts';

const WAVE = { lead: 'I', rateHz: 250, gain: 1, baseline: 0, samples: Int32Array.of(1) };
const committed = (n: number, measurement: Measurement, id = 'watch-1'): CommittedReading => {
  const kept = { device: 1, seq: n, index: 0, received: n, origin: 'simulator' as const, measurement };
  return new CommittedReading(kept, { batch: 0, slot: 1, index: n }, 'aa', id);
};
const heartRate = (n: number): CommittedReading => committed(n, { kind: 'heart-rate', value: n });
const spo2 = (n: number): CommittedReading => committed(n, { kind: 'spo2', value: n });
const ecg = (n: number): CommittedReading => committed(n, { kind: 'ecg', wave: WAVE });

describe('recent readings', () => {
  it('are the last sixty of a kind, oldest first, and four of a waveform', () => {
    const recent = new Recent();
    for (let n = 0; n < 70; n++) {
      recent.add(1, heartRate(n));
      recent.add(1, ecg(n));
    }
    const { 'heart-rate': numbers, ecg: waves } = recent.of(1);
    expect(numbers?.map((one) => one.value)).toEqual(Array.from({ length: 60 }, (_, i) => 10 + i));
    expect(waves?.map((one) => one.seq)).toEqual([66, 67, 68, 69]);
    expect(recent.lastReceived('watch-1')).toBe(69);
    expect(recent.lastReceived('watch-2')).toBeUndefined();
    expect(recent.of(2)).toEqual({});
  });

  it('keep the newest number of each kind for a restart, until it is on disk', () => {
    const recent = new Recent();
    recent.add(1, heartRate(1));
    recent.add(1, heartRate(2));
    recent.add(1, spo2(3));
    recent.add(1, ecg(4));
    const first = [...recent.changed()];
    expect([...recent.changed()]).toEqual(first);
    recent.kept();
    expect([...recent.changed()]).toEqual([]);
    const back = new Recent();
    for (const [slot, text] of first) back.restore(slot, JSON.parse(text));
    expect(back.of(1)).toEqual({ 'heart-rate': [heartRate(2).feed()], spo2: [spo2(3).feed()] });
    expect([...back.changed()]).toEqual([]);
  });

  it('keep each device’s newest, also where another one measures the same far more often', () => {
    const recent = new Recent();
    recent.add(1, committed(1, { kind: 'heart-rate', value: 60 }, 'strap-1'));
    for (let n = 2; n < 200; n++) recent.add(1, heartRate(n));
    recent.add(1, committed(300, { kind: 'battery', value: 80 }, 'strap-1'));
    const [[slot, text] = [0, '']] = [...recent.changed()];
    const back = new Recent();
    back.restore(slot, JSON.parse(text));
    expect(back.lastReceived('strap-1')).toBe(300);
    expect(back.lastReceived('watch-1')).toBe(199);
    expect(back.of(1)['heart-rate']?.map(({ received }) => received)).toEqual([1, 199]);
  });
});

describe('a reading on the feed', () => {
  it('carries its whole identity, and leaves out what was not said', () => {
    const kept = { device: 1, seq: 7, index: 2, received: 5, origin: 'wearable' } as const;
    const told = toFeed({ ...kept, measurement: { kind: 'spo2', absent: 'artefact' } }, '1.2.3', 'aa', 'w');
    expect(told).toEqual({
      id: '1.2.3',
      patient: 'aa',
      device: 'w',
      seq: 7,
      index: 2,
      kind: 'spo2',
      received: 5,
      origin: 'wearable',
      absent: 'artefact',
    });
    const boot = toFeed(
      { ...kept, boot: 0, at: 0, measurement: { kind: 'spo2', value: 97, quality: 'ok' } },
      '1.2.3',
      'aa',
      'w',
    );
    expect(boot).toMatchObject({ boot: 0, at: 0, value: 97, quality: 'ok' });
  });

  it('is named by its place, in one form only', () => {
    expect(parseReadingId(formatReadingId(57, 2, 14))).toEqual({ batch: 57, slot: 2, index: 14 });
    for (const text of [
      '',
      '57.2',
      '57.2.14.1',
      '057.2.14',
      '57.2.-1',
      '57.2.14 ',
      '1e3.2.14',
      '57,2,14',
      `${'9'.repeat(16)}.1.1`,
    ])
      expect(parseReadingId(text), text).toBeUndefined();
  });
});
