import { describe, expect, it } from 'vitest';
import { type ClockSeen, clockSeen, momentOfWall, trustTime, wallAt, type Zone } from './clock-trust.ts';

/** Berlin: summer time until 2026-10-25 01:00 UTC. */
const berlin: Zone = (atMs) =>
  atMs < Date.UTC(2026, 9, 25, 1) && atMs >= Date.UTC(2026, 2, 29, 1) ? 120 : 60;
const nowMs = Date.UTC(2026, 10, 21, 15, 0, 0);
const hub = { nowMs, zone: berlin };
const nowWall = wallAt(nowMs, berlin);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

type Case = readonly [
  what: string,
  saidMs: number | undefined,
  seen: ClockSeen,
  fresh: boolean,
  clock: string,
  atMs?: number,
];

const cases: readonly Case[] = [
  ['device time absent', undefined, {}, true, 'arrival'],
  ['right, and never shown', nowWall - 2000, {}, true, 'device', nowMs - 2000],
  ['right, and seen to be', nowWall - 2000, { errorMs: 900 }, true, 'device', nowMs - 2000],
  ['right, of a week ago', nowWall - 7 * DAY, { errorMs: 0 }, false, 'device', nowMs - 7 * DAY],
  [
    '16 minutes slow, and seen to be',
    nowWall - 16 * MINUTE,
    { errorMs: -16 * MINUTE },
    true,
    'corrected',
    nowMs,
  ],
  [
    '16 minutes slow, a record of yesterday',
    nowWall - DAY - 16 * MINUTE,
    { errorMs: -16 * MINUTE },
    false,
    'corrected',
    nowMs - DAY,
  ],
  ['in 1970, and its clock not shown', Date.UTC(1970, 0, 1, 3), {}, true, 'arrival'],
  [
    'in 1970, and seen to be',
    Date.UTC(1970, 0, 1, 3),
    { errorMs: Date.UTC(1970, 0, 1, 4) - nowWall },
    false,
    'corrected',
    nowMs - HOUR,
  ],
  [
    'in 1970, seen, a record from before its battery was changed',
    Date.UTC(2024, 5, 1),
    { errorMs: Date.UTC(1970, 0, 1, 4) - nowWall },
    false,
    'arrival',
  ],
  ['in 2094, and its clock not shown', Date.UTC(2094, 0, 1), {}, false, 'arrival'],
  [
    'in 2094, and seen to be',
    Date.UTC(2094, 0, 1),
    { errorMs: Date.UTC(2094, 0, 1) + HOUR - nowWall },
    false,
    'corrected',
    nowMs - HOUR,
  ],
  ['zone unknown, fresh: a device that shows UTC', nowMs - 1000, {}, true, 'corrected', nowMs - 1000],
  [
    'zone unknown, fresh: a device that shows Kathmandu',
    nowMs + 345 * MINUTE - 1000,
    {},
    true,
    'corrected',
    nowMs - 1000,
  ],
  ['summer time that the device still has', nowWall + HOUR - 3000, {}, true, 'corrected', nowMs - 3000],
  [
    'summer time that the device has not heard of, seen',
    nowWall - HOUR,
    { errorMs: -HOUR },
    true,
    'corrected',
    nowMs,
  ],
  ['an hour ago, never shown: of then, or an hour slow', nowWall - HOUR - 3000, {}, false, 'arrival'],
  ['an hour ago, and seen to be right', nowWall - HOUR, { errorMs: 0 }, false, 'device', nowMs - HOUR],
  ['an hour ago, after a silence', nowWall - HOUR - 3000, {}, true, 'corrected', nowMs - 3000],
  [
    'an hour and two minutes ago, never shown',
    nowWall - HOUR - 2 * MINUTE,
    {},
    false,
    'unverified',
    nowMs - HOUR - 2 * MINUTE,
  ],
  ['a little fast, never shown', nowWall + 3 * MINUTE, {}, false, 'unverified', nowMs],
  ['half a minute fast, never shown', nowWall + MINUTE / 2, {}, false, 'corrected', nowMs],
  [
    'set, and it took it',
    nowWall - 5000,
    { errorMs: -16 * MINUTE, set: { wallMs: nowWall - 10_000, errorMs: 0 } },
    true,
    'device',
    nowMs - 5000,
  ],
  [
    'a record from before it was set',
    nowWall - DAY - 16 * MINUTE,
    { errorMs: -16 * MINUTE, set: { wallMs: nowWall, errorMs: 0 } },
    false,
    'corrected',
    nowMs - DAY,
  ],
  [
    'set with thanks, and without effect',
    nowWall - 16 * MINUTE,
    { errorMs: -16 * MINUTE, set: { wallMs: nowWall, errorMs: -16 * MINUTE } },
    true,
    'corrected',
    nowMs,
  ],
  [
    'set, in 1970 before',
    Date.UTC(1970, 0, 1, 3),
    { errorMs: Date.UTC(1970, 0, 1, 4) - nowWall, set: { wallMs: nowWall, errorMs: 0 } },
    false,
    'corrected',
    nowMs - HOUR,
  ],
];

describe('whether a device’s clock is believed', () => {
  const table = cases.map(([what, saidMs, seen, fresh, clock, atMs]) => ({
    what,
    saidMs,
    seen,
    fresh,
    clock,
    atMs,
  }));
  it.each(table)('$what', ({ saidMs, seen, fresh, clock, atMs }) => {
    const trusted = trustTime(saidMs, seen, hub, fresh);
    expect(trusted.clock).toBe(clock);
    if (trusted.clock === 'arrival') expect(trusted.shiftMs).toBe(0);
    else {
      expect(trusted.atMs).toBe(atMs);
      // The original time can always be told from the reading.
      expect(trusted.atMs - trusted.shiftMs).toBe(saidMs);
    }
  });

  it('an hour ago is taken for an hour ago of a device that knows its zone', () => {
    const absolute = { nowMs, zone: () => 0, absolute: true };
    expect(trustTime(nowMs - HOUR, {}, absolute, false)).toMatchObject({
      clock: 'unverified',
      atMs: nowMs - HOUR,
    });
  });

  it('gives whole milliseconds, whatever the hub’s clock gives', () => {
    const odd = { nowMs: nowMs + 0.25, zone: berlin };
    const trusted = trustTime(nowWall - DAY, { errorMs: -960_000.5 }, odd, false);
    expect(trusted.clock !== 'arrival' && Number.isInteger(trusted.atMs)).toBe(true);
    expect(Number.isInteger(trusted.shiftMs)).toBe(true);
  });

  it('knows summer time by the day of the record, and not by today', () => {
    const inJuly = Date.UTC(2026, 6, 1, 12);
    expect(momentOfWall(inJuly + 2 * HOUR, berlin)).toBe(inJuly);
    const trusted = trustTime(inJuly + 2 * HOUR, { errorMs: 0 }, hub, false);
    expect(trusted.clock !== 'arrival' && trusted.atMs).toBe(inJuly);
  });

  it('a record from before summer time ended, of a clock that has not heard of it', () => {
    // Set in summer; on Sunday it is seen to be an hour fast. It showed 20:00 on Saturday, at 18:00 UTC.
    const sunday = { nowMs: Date.UTC(2026, 9, 25, 12), zone: berlin };
    const trusted = trustTime(Date.UTC(2026, 9, 24, 20), { errorMs: HOUR, zoneMinutes: 60 }, sunday, false);
    expect(trusted).toMatchObject({ clock: 'corrected', atMs: Date.UTC(2026, 9, 24, 18) });
  });

  it('what was known of a clock before it was set is known in the next session', () => {
    const set = { errorMs: -16 * MINUTE, set: { wallMs: nowWall - HOUR, errorMs: 0 } };
    expect(clockSeen(set, { errorMs: 800 })).toEqual(set);
    const trusted = trustTime(nowWall - DAY - 16 * MINUTE, clockSeen(set, { errorMs: 800 }), hub, false);
    expect(trusted).toMatchObject({ clock: 'corrected', atMs: nowMs - DAY });
    // Its battery was changed: it is another clock now.
    expect(clockSeen(set, { errorMs: -DAY })).toEqual({
      errorMs: -DAY,
      jumped: { errorMs: 0, sinceWallMs: nowWall - HOUR },
    });
  });

  it('what was known before it was set is known when it was set once more since', () => {
    const first = { errorMs: -16 * MINUTE, set: { wallMs: nowWall - 9 * DAY, errorMs: 0 } };
    const again = { errorMs: -3_000, set: { wallMs: nowWall, errorMs: 200 } };
    const known = clockSeen(first, again);
    expect(known).toEqual({ errorMs: -16 * MINUTE, set: { wallMs: nowWall - 9 * DAY, errorMs: 200 } });
    expect(trustTime(nowWall - 12 * DAY - 16 * MINUTE, known, hub, false)).toMatchObject({
      clock: 'corrected',
      atMs: nowMs - 12 * DAY,
    });
  });

  it('a clock that cannot be read for once says nothing of what is known', () => {
    expect(clockSeen({ errorMs: 0, seenWallMs: nowWall }, {})).toEqual({});
  });

  it('a clock that ticks slowly is the same clock a month later', () => {
    const before = { errorMs: 0, seenWallMs: nowWall - 30 * DAY };
    expect(clockSeen(before, { errorMs: -4 * MINUTE, seenWallMs: nowWall })).not.toHaveProperty('jumped');
    expect(clockSeen(before, { errorMs: -16 * MINUTE, seenWallMs: nowWall })).toHaveProperty('jumped');
  });
});

/** By how much the clocks of real devices were found to be off, and what a reading of theirs says. */
const errors: readonly (readonly [what: string, errorMs: number])[] = [
  ['16 minutes slow', -16 * MINUTE],
  ['of 1970', Date.UTC(1970, 0, 1, 4) - nowWall],
  ['of 2094', Date.UTC(2094, 0, 1) - nowWall],
  ['of an unknown zone, five hours and three quarters ahead', 345 * MINUTE],
  ['that has not heard that summer ended', HOUR],
  ['that has not heard that summer began', -HOUR],
  ['of a zone three hours ahead', 3 * HOUR],
  ['of a zone three hours behind', -3 * HOUR],
  ['a day behind', -DAY],
  ['a day ahead', DAY],
];
/** The error that a reading with this time has, for whoever takes it for right. */
const offBy = (trusted: ReturnType<typeof trustTime>, trueMs: number): number =>
  trusted.clock === 'arrival' ? 0 : Math.abs(trusted.atMs - trueMs);

describe.each(errors)('a clock %s', (_, errorMs) => {
  const agesMs = [0, 7 * MINUTE, 40 * MINUTE, 61 * MINUTE, 5 * HOUR, 2 * DAY, 90 * DAY];

  it('that can be read: each record gets its true time, or none', () => {
    for (const ageMs of agesMs) {
      const saidMs = wallAt(nowMs - ageMs, berlin) + errorMs;
      const trusted = trustTime(saidMs, { errorMs, zoneMinutes: 60 }, hub, false);
      // Of a record from before summer ended nobody knows whether this clock was told: it is off by that hour at most.
      const most = nowMs - ageMs < Date.UTC(2026, 9, 25, 1) ? HOUR : 1_000;
      expect(['corrected', 'arrival']).toContain(trusted.clock);
      expect(offBy(trusted, nowMs - ageMs)).toBeLessThanOrEqual(most);
    }
  });

  it('that was never read: no record passes for one of a right clock', () => {
    for (const ageMs of agesMs) {
      const saidMs = wallAt(nowMs - ageMs, berlin) + errorMs;
      // One that says the time of its arrival by chance cannot be told from one that was made then.
      if (Math.abs(saidMs - nowWall) <= MINUTE) continue;
      expect(['unverified', 'arrival']).toContain(trustTime(saidMs, {}, hub, false).clock);
    }
  });

  it('that was never read, and what it measured just now: now, or marked', () => {
    const trusted = trustTime(nowWall + errorMs, {}, hub, true);
    if (trusted.clock !== 'unverified') expect(offBy(trusted, nowMs)).toBeLessThanOrEqual(MINUTE);
  });

  it('that was right at the last look, and nobody saw when it jumped: a record that may be of either is marked', () => {
    const sinceWallMs = nowWall - 10 * DAY;
    const known = clockSeen(
      { errorMs: 0, zoneMinutes: 60, seenWallMs: sinceWallMs },
      { errorMs, zoneMinutes: 60, seenWallMs: nowWall, set: { wallMs: nowWall, errorMs: 0 } },
    );
    for (const ageMs of [7 * MINUTE, 61 * MINUTE, 5 * HOUR, 2 * DAY, 9 * DAY])
      for (const then of [0, errorMs]) {
        const trueMs = nowMs - ageMs;
        const trusted = trustTime(trueMs + HOUR + then, known, hub, false);
        if (trusted.clock !== 'unverified') expect(offBy(trusted, trueMs)).toBeLessThanOrEqual(MINUTE);
      }
    // Before the last look it was right.
    const early = trustTime(sinceWallMs - 2 * DAY, known, hub, false);
    expect(early).toMatchObject({ clock: 'device', atMs: sinceWallMs - 2 * DAY - HOUR });
  });
});
