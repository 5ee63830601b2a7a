import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Db, openDatabase } from '../store/database.ts';
import { Keyring } from './keyring.ts';
import { SealBroken } from './seal.ts';

const MASTER = Buffer.alloc(32, 7);
const MIDNIGHT = Date.UTC(2026, 10, 22);
let folder: string;
let db: Db;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heartwood-keyring-'));
  db = openDatabase(folder, 'create');
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true });
});

describe('epochs', () => {
  it('change at midnight UTC, and follow from the start of the interval alone', () => {
    const ring = new Keyring(MASTER, db);
    ring.ensureEpoch(1, MIDNIGHT - 5_000);
    ring.ensureEpoch(1, MIDNIGHT - 1);
    expect(ring.epochAt(1, MIDNIGHT - 1).number).toBe(0);
    // An interval over midnight is of the day in which it began.
    ring.ensureEpoch(1, MIDNIGHT + 5_000);
    ring.ensureEpoch(1, MIDNIGHT + 5_000);
    expect(ring.epochAt(1, MIDNIGHT - 5_000).number).toBe(0);
    expect(ring.epochAt(1, MIDNIGHT).number).toBe(1);
    expect(ring.epochAt(1, MIDNIGHT + 5_000).number).toBe(1);
    const after = new Keyring(MASTER, db);
    for (const startMs of [MIDNIGHT - 5_000, MIDNIGHT - 1, MIDNIGHT, MIDNIGHT + 86_399_999])
      expect(after.epochAt(1, startMs).box.equals(ring.epochAt(1, startMs).box)).toBe(true);
    expect(ring.epoch(1, 0).box.equals(ring.epoch(1, 1).box)).toBe(false);
  });

  it('begin for a patient with the interval that is open when they come', () => {
    const ring = new Keyring(MASTER, db);
    ring.ensureEpoch(0, MIDNIGHT - 20_000);
    ring.ensureEpoch(1, MIDNIGHT - 10_000);
    expect(ring.slotsKnownAt(MIDNIGHT - 20_000)).toEqual([0]);
    expect(ring.slotsKnownAt(MIDNIGHT - 10_001)).toEqual([0]);
    expect(ring.slotsKnownAt(MIDNIGHT - 10_000)).toEqual([0, 1]);
    expect(() => ring.epochAt(1, MIDNIGHT - 10_001)).toThrow(expect.objectContaining({ code: 'erased' }));
    expect(() => ring.epoch(1, 1)).toThrow(expect.objectContaining({ code: 'erased' }));
  });

  it('skip the days in which the hub was off', () => {
    const ring = new Keyring(MASTER, db);
    ring.ensureEpoch(1, MIDNIGHT);
    ring.ensureEpoch(1, MIDNIGHT + 10 * 86_400_000 + 5);
    expect(ring.epochAt(1, MIDNIGHT + 9 * 86_400_000).number).toBe(0);
    expect(ring.epochAt(1, MIDNIGHT + 10 * 86_400_000).number).toBe(1);
  });

  it('open with this master key only', () => {
    new Keyring(MASTER, db).ensureEpoch(1, MIDNIGHT);
    expect(() => new Keyring(Buffer.alloc(32, 8), db).epoch(1, 0)).toThrow(SealBroken);
  });
});

it('explains an empty slot by its place and the patient’s key, and a filler by its place', () => {
  const ring = new Keyring(MASTER, db);
  ring.ensureEpoch(1, MIDNIGHT);
  ring.ensureEpoch(2, MIDNIGHT);
  const [a, b] = [ring.epoch(1, 0), ring.epoch(2, 0)];
  const values = [
    ring.absence(a, 5, 1),
    ring.absence(a, 6, 1),
    ring.absence(a, 5, 2),
    ring.absence(b, 5, 1),
    ring.filler(5, 1),
    ring.filler(6, 1),
    ring.filler(5, 2),
  ];
  expect(values.every((value) => value.length === 32)).toBe(true);
  expect(new Set(values.map((value) => value.toString('hex'))).size).toBe(values.length);
  const again = new Keyring(MASTER, db);
  expect(again.absence(again.epoch(1, 0), 5, 1)).toEqual(values[0]);
  expect(again.filler(5, 1)).toEqual(values[4]);
});
