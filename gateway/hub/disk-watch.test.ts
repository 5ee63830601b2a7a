import { describe, expect, it } from 'vitest';
import { type DiskNotice, DiskWatch, isLow } from './disk-watch.ts';

const GB = 1e9;
const diskError = (code: string): Error => Object.assign(new Error(`the disk says ${code}`), { code });

function watched(room: { free: number; size: number } = { free: 10 * GB, size: 32 * GB }) {
  const told: [string, string][] = [];
  const disk = { room: { ...room }, isReadOnly: false, nowMs: 1_000 };
  const watch = new DiskWatch(
    { room: () => disk.room, isReadOnly: () => disk.isReadOnly },
    () => disk.nowMs,
    ({ state }: DiskNotice, why) => told.push([state, why]),
  );
  const violated = (): string[] =>
    [...watch.observed()].filter(({ evidence }) => evidence === 'violated').map(({ id }) => id);
  return { watch, told, disk, violated };
}

describe('what the hub knows of its disk', () => {
  it.each([
    ['SQLITE_FULL', false, 'full'],
    ['SQLITE_IOERR_FSYNC', false, 'failed'],
    ['SQLITE_IOERR_WRITE', true, 'read-only'],
    ['SQLITE_READONLY', false, 'read-only'],
    ['mark-unreadable', false, 'failed'],
  ])('calls %s (read-only: %s) %s', (code, isReadOnly, state) => {
    const { watch, told, disk } = watched();
    disk.isReadOnly = isReadOnly;
    watch.failed(diskError(code));
    expect(told).toEqual([[state, `the disk says ${code}`]]);
    expect(watch.isFailing).toBe(true);
  });

  it('calls any error full where there is no room', () => {
    const { watch, told, disk } = watched();
    disk.room.free = 4096;
    watch.failed(diskError('SQLITE_IOERR_SHMSIZE'));
    expect(told.map(([state]) => state)).toEqual(['full']);
  });

  it('takes a database that is busy for no fault', () => {
    const { watch, told } = watched();
    watch.failed(diskError('SQLITE_BUSY'));
    expect(watch.isFailing).toBe(false);
    expect(told).toEqual([]);
  });

  it('tells a fault once, and once that it is over', () => {
    const { watch, told } = watched();
    for (let n = 0; n < 5; n++) watch.failed(diskError('SQLITE_FULL'));
    watch.look();
    expect(told.map(([state]) => state)).toEqual(['full']);
    watch.worked();
    watch.worked();
    expect(told.map(([state]) => state)).toEqual(['full', 'well']);
  });

  it('owes the record an alarm until it could be written, though the fault is over', () => {
    const { watch, violated } = watched();
    watch.failed(diskError('SQLITE_FULL'));
    expect(violated()).toEqual(['disk-full']);
    watch.worked();
    expect(violated()).toEqual(['disk-full']);
    watch.recorded();
    expect(violated()).toEqual([]);
  });

  it('says that it is nearly full before it is, and does not waver', () => {
    const { watch, told, disk, violated } = watched();
    watch.look();
    disk.room.free = 1.5 * GB;
    watch.look();
    expect(violated()).toEqual(['disk-low']);
    disk.room.free = 1.65 * GB;
    watch.look();
    disk.room.free = 2 * GB;
    watch.look();
    expect(told.map(([state]) => state)).toEqual(['low', 'well']);
  });

  it.each([
    [100e6, 32 * GB, true],
    [250e6, 1 * GB, false],
    [1.5 * GB, 32 * GB, true],
    [1.7 * GB, 32 * GB, false],
    [30 * GB, 1000 * GB, false],
  ])('%d bytes of %d: nearly full is %s', (free, size, low) => {
    expect(isLow({ free, size })).toBe(low);
  });
});
