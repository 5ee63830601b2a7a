// What a reading costs on the card: real SQLite, counted in pages, as it grows.
import type { Message } from '@heartwood/vitals';
import { afterEach, expect, it } from 'vitest';
import { AT, Home } from '../testing.ts';

const home = new Home();
afterEach(() => home.remove());

/** Repeatable noise of a body at rest (xorshift): -1 … 1. */
let state = 0x2545f491;
function noise(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return state / 0x8000_0000;
}
const tenth = (value: number): number => Math.round(value * 10) / 10;

/** Five vitals at one moment; a wearable's clock that jitters by some milliseconds. */
function vitals(seq: number, at: number): Message {
  const swing = Math.sin(seq / 40);
  return {
    seq,
    readings: (
      [
        { kind: 'heart-rate', value: Math.round(68 + 6 * swing + 2 * noise()) },
        { kind: 'spo2', value: Math.round(97 + noise()) },
        { kind: 'respiratory-rate', value: Math.round(14 + 2 * swing + noise()) },
        { kind: 'body-temperature', value: tenth(36.6 + 0.1 * swing + 0.05 * noise()) },
        {
          kind: 'blood-pressure',
          systolic: Math.round(121 + 4 * swing + 2 * noise()),
          diastolic: Math.round(79 + 3 * swing + 2 * noise()),
        },
      ] as const
    ).map((measurement) => ({ at, measurement })),
  };
}

it('one patient with five vitals at 1 Hz takes at most 6 bytes a reading', { timeout: 120_000 }, async () => {
  const { hub } = await home.start();
  await home.enroll('Ada', 'strap-1');
  const { db } = hub.vault;
  let seq = 0;
  let readings = 0;
  const batches = (count: number): void => {
    for (let n = 0; n < count; n++) {
      for (let second = 0; second < 10; second++) {
        home.nowMs += 1_000;
        const jitter = Math.round(20 * noise());
        readings += home.send('strap-1', vitals(seq++, home.nowMs - 60 + jitter)).readings.length;
      }
      hub.closeBatch();
    }
  };
  const sizeBytes = (): number => {
    db.pragma('wal_checkpoint(TRUNCATE)');
    return (
      (db.pragma('page_count', { simple: true }) as number) *
      (db.pragma('page_size', { simple: true }) as number)
    );
  };
  batches(50);
  const [before, readingsBefore] = [sizeBytes(), readings];
  batches(500);
  const grown = sizeBytes() - before;
  const counted = readings - readingsBefore;
  expect(counted).toBe(25_000);
  // 5.73, of which the sealed segment has 2.6, root and signature 1.9, the hash of the statement before 0.6.
  expect(grown / counted).toBeLessThanOrEqual(6);
  expect(home.nowMs).toBeGreaterThan(AT);
});
