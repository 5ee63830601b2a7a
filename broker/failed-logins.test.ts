// Who waits for whose wrong passwords, on a clock of the test's own.

import { describe, expect, it } from 'vitest';
import { failureKey, ownPrefixes } from './address.ts';
import { FailedLogins } from './failed-logins.ts';
import { defaultLimits } from './limits.ts';

const HOUR = 3_600_000;
const home = '203.0.113.7';
const none = (): ReadonlySet<string> => new Set();

/** Tries every `everyMs` for a day, each device at its own moment; says how often it was let try, and how often nobody was. */
function aDayOf(devices: readonly string[], everyMs: number, addressOf: (device: string) => string) {
  const failures = new FailedLogins(defaultLimits, none);
  const seen = { tried: 0, waited: 0, locked: 0 };
  const tries = devices.flatMap((device, at) =>
    Array.from({ length: Math.floor((24 * HOUR) / everyMs) }, (_, n) => ({
      device,
      now: n * everyMs + Math.floor((at * everyMs) / devices.length),
    })),
  );
  for (const { device, now } of tries.sort((a, b) => a.now - b.now)) {
    const address = addressOf(device);
    if (failures.addressMustWait(address, now)) seen.locked += 1;
    else if (failures.mustWait(device, address, now)) seen.waited += 1;
    else {
      seen.tried += 1;
      failures.failed(device, address, now);
    }
  }
  return seen;
}

describe('a device with an old password, behind the address of a whole house', () => {
  it('waits by itself, for ever, and locks nobody out', () => {
    const { tried, waited, locked } = aDayOf(['watch-1'], 5_000, () => home);
    expect(locked).toBe(0);
    expect(tried).toBeLessThan(24 * 60 + 20);
    expect(waited).toBeGreaterThan(15_000);
  });

  it.each([20_000, 60_000, 90_000, 180_000, 600_000])(
    'so do forty of them that try every %i ms',
    (everyMs) => {
      const forty = Array.from({ length: 40 }, (_, n) => `watch-${n}`);
      expect(aDayOf(forty, everyMs, () => home).locked).toBe(0);
    },
  );

  it('is let in at once with the right one after its wait, and is then forgotten', () => {
    const failures = new FailedLogins(defaultLimits, none);
    for (let n = 0; n < 5; n++) failures.failed('watch-1', home, 0);
    expect(failures.mustWait('watch-1', home, 999)).toBe(true);
    expect(failures.mustWait('watch-2', home, 0)).toBe(false);
    expect(failures.mustWait('watch-1', home, 1_000)).toBe(false);
    failures.succeeded('watch-1', home);
    for (let n = 0; n < 4; n++) failures.failed('watch-1', home, 2_000);
    expect(failures.mustWait('watch-1', home, 2_000)).toBe(false);
  });
});

describe('whoever guesses', () => {
  it('under many names makes the address wait', () => {
    const failures = new FailedLogins(defaultLimits, none);
    for (let n = 0; n < 49; n++) failures.failed(`guess-${n}`, home, n);
    expect(failures.addressMustWait(home, 49)).toBe(false);
    failures.failed('guess-49', home, 49);
    expect(failures.addressMustWait(home, 49)).toBe(true);
    expect(failures.addressMustWait('203.0.113.8', 49)).toBe(false);
  });

  it('has at most some sixty guesses a minute, also with thousands of names that wait', () => {
    const names = Array.from({ length: 3_000 }, (_, n) => `guess-${n}`);
    expect(aDayOf(names, 600_000, () => home).tried / (24 * 60)).toBeLessThan(65);
  });
});

describe('wrong logins over IPv6', () => {
  const prefixes = (): ReadonlySet<string> => new Set(['2001:db8:1:2::/64']);

  it('are counted by the address itself on the hub’s own network, and by the /64 elsewhere', () => {
    expect(failureKey('fe80::1%eth0', none)).toBe('fe80::1');
    expect(failureKey('fd12:3456::7', none)).toBe('fd12:3456::7');
    expect(failureKey('2001:db8:1:2::7', prefixes)).toBe('2001:db8:1:2::7');
    expect(failureKey('2001:db8:1:3::7', prefixes)).toBe('2001:db8:1:3::/64');
    expect(failureKey('203.0.113.7', prefixes)).toBe('203.0.113.7');
    expect(failureKey('::ffff:203.0.113.7', prefixes)).toBe('203.0.113.7');
  });

  it('of one device leave its neighbours on the same link alone', () => {
    const failures = new FailedLogins(defaultLimits, prefixes);
    for (let n = 0; n < 200; n++) failures.failed(`guess-${n}`, '2001:db8:1:2::7', 0);
    for (let n = 0; n < 200; n++) failures.failed(`guess-${n}`, `2001:db8:9:9::${n}`, 0);
    expect(failures.addressMustWait('2001:db8:1:2::7', 0)).toBe(true);
    expect(failures.addressMustWait('2001:db8:1:2::8', 0)).toBe(false);
    expect(failures.addressMustWait('2001:db8:9:9::abcd', 0)).toBe(true);
  });

  it('know the networks of this machine', () => {
    let now = 0;
    const own = ownPrefixes(() => now);
    const first = own();
    expect([...first].every((prefix) => prefix.endsWith('::/64'))).toBe(true);
    now = 59_999;
    expect(own()).toBe(first);
    now = 60_000;
    expect(own()).not.toBe(first);
    const later = own();
    now = 0;
    expect(own(), 'a clock that was set back').not.toBe(later);
  });
});
