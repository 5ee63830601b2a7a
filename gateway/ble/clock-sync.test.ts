import { currentTimeAt, dateTimeAt, encodeCurrentTime, encodeDateTime } from '@heartwood/vitals/gatt';
import { describe, expect, it } from 'vitest';
import { setClock } from './clock-sync.ts';
import type { ClockSeen } from './clock-trust.ts';
import type { CharacteristicView } from './objects.ts';

const NOW_MS = Date.UTC(2026, 10, 21, 13, 10);
const SLOW_MS = 16 * 60_000;
const SEEN = { zoneMinutes: 0, seenWallMs: NOW_MS };

/** A device that shows its time by one characteristic; `takes` tells whether a new time stays. */
function device(uuid: number, aheadMs: number, takes = true) {
  const written: string[] = [];
  const kept: ClockSeen[] = [];
  const shown = (atMs: number): Uint8Array =>
    uuid === 0x2a2b ? encodeCurrentTime(currentTimeAt(atMs, 0)) : encodeDateTime(dateTimeAt(atMs, 0));
  let ahead = aheadMs;
  const view: CharacteristicView = {
    path: '/c',
    uuid,
    service: 0x1805,
    flags: ['read', 'write'],
    notifying: false,
  };
  return {
    view,
    written,
    kept,
    ports: {
      keep: async (clock: ClockSeen) => {
        kept.push(clock);
      },
      clock: () => NOW_MS,
      zone: () => 0,
      read: async () => shown(NOW_MS + ahead),
      write: async (_: CharacteristicView, octets: Uint8Array) => {
        written.push(Buffer.from(octets).toString('hex'));
        if (takes) ahead = 0;
      },
    },
  };
}

describe('a device’s clock', () => {
  it.each([
    [0x2a2b, 'ea070b150d0a00060002'],
    [0x2a08, 'ea070b150d0a00'],
  ])(
    '%i: one that is 16 minutes slow is set, and read back (A&D takes 2A08, without 2A2B)',
    async (uuid, octets) => {
      const { view, ports, written } = device(uuid, -SLOW_MS);
      expect(await setClock([view], ports)).toEqual({
        clock: { errorMs: -SLOW_MS, ...SEEN, set: { wallMs: NOW_MS, errorMs: 0 } },
        refused: false,
      });
      expect(written).toEqual([octets]);
    },
  );

  it('a sync that reports success without effect is seen by reading 2A2B back', async () => {
    const { view, ports } = device(0x2a2b, -SLOW_MS, false);
    expect(await setClock([view], ports)).toMatchObject({ refused: true, clock: { errorMs: -SLOW_MS } });
  });

  it('one that is right is left alone, one that cannot be written is looked at only', async () => {
    const right = device(0x2a2b, 1_000);
    expect(await setClock([right.view], right.ports)).toEqual({
      clock: { errorMs: 1_000, ...SEEN },
      refused: false,
    });
    const fixed = device(0x2a2b, -SLOW_MS);
    expect(await setClock([{ ...fixed.view, flags: ['read'] }], fixed.ports)).toEqual({
      clock: { errorMs: -SLOW_MS, ...SEEN },
      refused: false,
    });
    expect([right.written, fixed.written, right.kept, fixed.kept]).toEqual([[], [], [], []]);
  });

  it('what was wrong with it is on disk before it is set: whoever is killed in between has not forgotten it', async () => {
    const { view, ports, kept, written } = device(0x2a2b, -SLOW_MS);
    const write = (...given: Parameters<typeof ports.write>): Promise<void> => {
      expect(kept).toEqual([{ errorMs: -SLOW_MS, ...SEEN, set: { wallMs: NOW_MS, errorMs: 0 } }]);
      return ports.write(...given);
    };
    await setClock([view], { ...ports, write });
    expect(written).toHaveLength(1);
  });

  it('a disk that refuses: the clock stays as it is', async () => {
    const { view, ports, written } = device(0x2a2b, -SLOW_MS);
    const keep = (): Promise<void> => Promise.reject(new Error('SQLITE_FULL'));
    expect(await setClock([view], { ...ports, keep })).toEqual({
      clock: { errorMs: -SLOW_MS, ...SEEN },
      refused: false,
    });
    expect(written).toEqual([]);
  });
});
