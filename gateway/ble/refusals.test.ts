import { beforeEach, describe, expect, it } from 'vitest';
import { Refusals } from './refusals.ts';
import { TIMING } from './timing.ts';

const MINUTE_MS = 60_000;

describe('whose fault it is that no link comes about', () => {
  let refusals: Refusals;
  let nowMs: number;
  beforeEach(() => {
    refusals = new Refusals(TIMING.aloneMs);
    nowMs = 0;
  });
  /** Is refused so often, a minute apart: the longest pause between two tries. */
  const refused = (times: number, ...ids: readonly string[]): void => {
    for (let n = 0; n < times; n++) {
      nowMs += MINUTE_MS;
      for (const id of ids) refusals.refused('hci0', id, nowMs);
    }
  };
  const suspects = (enrolled: readonly string[], away: readonly string[] = []): boolean =>
    refusals.suspects('hci0', enrolled, (id) => !away.includes(id), nowMs);

  it('the adapter’s, where two are refused twice and nobody is connected in between', () => {
    refused(1, 'strap', 'cuff');
    expect(suspects(['strap', 'cuff', 'scale'])).toBe(false);
    refused(1, 'strap', 'cuff');
    expect(suspects(['strap', 'cuff', 'scale'])).toBe(true);
    expect(suspects(['strap', 'cuff', 'scale'], ['cuff'])).toBe(false);
    expect(refusals.suspects('hci1', ['strap', 'cuff', 'scale'], () => true, nowMs)).toBe(false);
  });

  it('the device’s, in a home of spot devices that have their turns, for a day', () => {
    const home = ['bad', 'worse', 'cuff', 'scale'];
    refused(1, 'bad', 'worse');
    for (let minute = 0; minute < 24 * 60; minute++) {
      refused(1, 'bad', 'worse');
      if (minute % 10 === 0) refusals.connected('hci0', 'cuff');
      expect(suspects(home)).toBe(false);
    }
    // And where the adapter hangs after that, the others show it.
    refused(2, 'cuff', 'scale');
    expect(suspects(home)).toBe(true);
  });

  it('the device’s again when it was connected, and is refused by itself', () => {
    refused(2, 'bad');
    refusals.connected('hci0', 'cuff');
    refused(2, 'cuff');
    expect(suspects(['bad', 'cuff'])).toBe(false);
    // Both are mended, and then refused again.
    refusals.connected('hci0', 'bad');
    refusals.connected('hci0', 'cuff');
    refused(2, 'bad', 'cuff');
    expect(suspects(['bad', 'cuff'])).toBe(true);
  });

  it('the adapter’s, where one device is all that there is, after five minutes of it', () => {
    refused(5, 'strap');
    expect(suspects(['strap'])).toBe(false);
    refused(1, 'strap');
    expect(suspects(['strap'])).toBe(true);
    expect(suspects(['strap', 'cuff'])).toBe(false);
    // It was away, and begins anew.
    nowMs += 10 * MINUTE_MS;
    expect(suspects(['strap'])).toBe(false);
    refused(5, 'strap');
    expect(suspects(['strap'])).toBe(false);
    refused(1, 'strap');
    expect(suspects(['strap'])).toBe(true);
    refusals.connected('hci0', 'strap');
    expect(suspects(['strap'])).toBe(false);
  });
});
