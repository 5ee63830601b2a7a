import { describe, expect, it } from 'vitest';
import { DELAY_BOUNDS_MS, Delays } from '../stream/delays.ts';
import { readFeedQuery } from './feed-query.ts';
import { PageReports } from './page-report.ts';

describe('what a page asks its feed for', () => {
  it('is version 1 unless it says another', () => {
    expect(readFeedQuery({})).toEqual({ version: 1, resume: undefined });
    expect(readFeedQuery({ v: '2' })).toEqual({ version: 2, resume: undefined });
    expect(readFeedQuery({ v: '2', session: 'a-b_c', after: '41' })).toEqual({
      version: 2,
      resume: { session: 'a-b_c', after: 41 },
    });
  });

  it.each(['0', '3', 'two', ['1', '2'], '__proto__'])('is nothing for the version %s', (v) => {
    expect(readFeedQuery({ v })).toBeUndefined();
  });

  it.each([
    { session: 'abc' },
    { after: '1' },
    { session: 'abc', after: '-1' },
    { session: 'abc', after: '1.5' },
    { session: 'abc', after: '9007199254740993' },
    { session: '"; drop', after: '1' },
    { session: ['abc'], after: '1' },
  ])('begins anew for a place of another form: %j', (place) => {
    expect(readFeedQuery({ v: '2', ...place })).toEqual({ version: 2, resume: undefined });
  });
});

describe('what a page says of itself', () => {
  it('is how long its way and its drawing took', () => {
    const delays = new Delays();
    let nowMs = 10_040;
    const reports = new PageReports(delays, () => nowMs);
    const seen = (fields: object): void => reports.hear(JSON.stringify({ type: 'seen', ...fields }));
    seen({ now: 10_000, shown: [12, 300] });
    expect([delays.of('link').sumMs, delays.of('page').sumMs]).toEqual([20, 312]);
    // Too soon; then too many, of another form, from the future, from nowhere.
    seen({ now: 10_000, shown: [1] });
    nowMs += 5_000;
    seen({ now: 10_000, shown: new Array(33).fill(1) });
    for (const text of ['', 'null', '[]', '{"type":"seen"}', '{"type":"seen","now":"x","shown":[]}'])
      reports.hear(text);
    seen({ now: 10_000, shown: [-1] });
    seen({ now: 10_000, shown: [1e9] });
    seen({ now: 10_000, shown: ['1'] });
    expect([delays.of('link').count, delays.of('page').count]).toEqual([1, 2]);
    seen({ now: nowMs + 1_000, shown: [1] });
    expect([delays.of('link').count, delays.of('page').count]).toEqual([1, 3]);
    expect(delays.of('page').counts[DELAY_BOUNDS_MS.indexOf(500)]).toBe(1);
  });
});
