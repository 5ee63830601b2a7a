import { FRESHNESS } from '@heartwood/vitals';
import { describe, expect, it } from 'vitest';
import type { KeptReading } from '../store/segment-codec.ts';
import { Picture } from './picture.ts';

const START = Date.UTC(2026, 10, 21, 13, 0, 0);
const reading = (at: number, received: number, value: number): KeptReading => ({
  device: 1,
  seq: received,
  index: 0,
  at,
  received,
  origin: 'simulator',
  measurement: { kind: 'heart-rate', value },
});

describe('what is known of a patient', () => {
  it('is the present again a minute after the hub’s clock was set forward', () => {
    const picture = new Picture();
    picture.take(reading(START, START + 100, 60));
    const set = 45_000;
    for (let s = 1; s <= 120; s++) {
      const at = START + s * 1000;
      picture.take(reading(at, at + 100 + set, 170));
      expect(picture.newest('heart-rate')?.value).toBe(s <= 60 ? 60 : 170);
    }
  });

  it.each([
    [1.1, 600],
    [2, 3_000],
    [20, 7_000],
    [20, 604_800],
  ])('is not what a device hands over at %d times its pace after %d s away', (pace, awayS) => {
    const picture = new Picture();
    picture.take(reading(START, START + 100, 60));
    let late = 0;
    for (let s = 1; ; s++) {
      // Oldest first, one a second of its own; the rest of a week is like its beginning.
      const at = START + s * 1000;
      const received = START + awayS * 1000 + (s * 1000) / pace;
      if (s > 20_000 || received - at < 70_000) break;
      picture.take(reading(at, received, 170));
      expect(picture.newest('heart-rate')?.value).toBe(60);
      late++;
    }
    expect(late).toBeGreaterThan(1_000);
  });

  it('is not what comes out of a memory after a restart of the hub', () => {
    const picture = new Picture();
    picture.restoreLag(1, { at: START, received: START + 100 });
    picture.take(reading(START + 1000, START + 86_400_000, 170));
    expect(picture.newest('heart-rate')).toBeUndefined();
  });

  it('is a glucose that is read from its meter minutes later, hours after the last', () => {
    const picture = new Picture();
    const glucose = (at: number, received: number, value: number): KeptReading => ({
      ...reading(at, received, value),
      measurement: { kind: 'glucose', value },
    });
    picture.take(glucose(START, START + 1000, 100));
    const later = START + 6 * 3_600_000;
    picture.take(glucose(later - 600_000, later, 50));
    expect(picture.newest('glucose')?.value).toBe(50);
  });

  it('is what is measured now, also while the memory is handed over in between', () => {
    const picture = new Picture();
    for (let s = 0; s < 600; s++) {
      const nowMs = START + s * 1000;
      picture.take(reading(nowMs, nowMs + 100, 60));
      picture.take(reading(nowMs - 86_400_000, nowMs + 200, 170));
      expect(picture.newest('heart-rate')?.value).toBe(60);
    }
  });

  it('stays what one device counts while another says that it counts nothing, until that one is silent', () => {
    const picture = new Picture();
    const off = (at: number, device: number): KeptReading => ({
      ...reading(at, at, 0),
      device,
      measurement: { kind: 'heart-rate', absent: 'sensor-off' },
    });
    const stale = FRESHNESS['heart-rate'].staleMs;
    picture.take(reading(START, START, 185));
    picture.take(off(START + 1000, 2));
    expect(picture.newest('heart-rate')?.value).toBe(185);
    expect(picture.present('heart-rate', START + 2000)?.value).toBe(185);
    // Its own absence counts at once.
    picture.take(off(START + 3000, 1));
    expect(picture.newest('heart-rate')?.absent).toBe('sensor-off');
    picture.take(reading(START + 4000, START + 4000, 185));
    picture.take(off(START + 4000 + stale + 1000, 2));
    expect(picture.newest('heart-rate')).toMatchObject({ absent: 'sensor-off', device: 2 });
  });
});
