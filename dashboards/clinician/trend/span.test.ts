import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FIRST_VIEW,
  formatView,
  pan,
  parseView,
  SPAN_MS,
  SPANS,
  type View,
  viewAround,
  windowOf,
  zoom,
} from './span.ts';

const NOW = 1_795_262_400_000;
const views: fc.Arbitrary<View> = fc.record({
  span: fc.constantFrom(...SPANS),
  end: fc.option(fc.integer({ min: NOW - 90 * 86_400_000, max: NOW - 1 }), { nil: undefined }),
});

describe('the view of the charts', () => {
  it('follows the hub’s clock until it is moved', () => {
    expect(windowOf(FIRST_VIEW, NOW)).toEqual({ from: NOW - 6 * 3_600_000, to: NOW });
    const moved = pan(FIRST_VIEW, 'earlier', NOW);
    expect(moved).toEqual({ span: '6h', end: NOW - 3 * 3_600_000 });
    expect(pan(moved, 'later', NOW)).toEqual(FIRST_VIEW);
    expect(pan(moved, 'later', NOW + 60_000).end).toBe(NOW);
  });

  it('is zoomed about its middle, and no further than there are spans', () => {
    const still: View = { span: '24h', end: NOW - 30 * 3_600_000 };
    const middle = (view: View): number => (view.end ?? NOW) - SPAN_MS[view.span] / 2;
    expect(zoom(still, 'in', NOW).span).toBe('6h');
    expect(middle(zoom(still, 'in', NOW))).toBe(middle(still));
    expect(zoom({ span: '1h', end: undefined }, 'in', NOW)).toEqual({ span: '1h', end: undefined });
    expect(zoom({ span: '30d', end: undefined }, 'out', NOW)).toEqual({ span: '30d', end: undefined });
    expect(zoom({ span: '24h', end: undefined }, 'out', NOW)).toEqual({ span: '7d', end: undefined });
  });

  it('is the same again out of the address, and nothing else is a view', () => {
    fc.assert(
      fc.property(views, (view) => {
        expect(parseView(formatView(view))).toEqual(view);
      }),
    );
    expect(parseView(new URLSearchParams('span=2h'))).toBeUndefined();
    expect(parseView(new URLSearchParams('span=1h&end=soon'))).toEqual({ span: '1h', end: undefined });
  });

  it('never passes the hub’s clock, wherever it is moved', () => {
    const moves = fc.array(fc.constantFrom('earlier', 'later', 'in', 'out'), { maxLength: 12 });
    fc.assert(
      fc.property(views, moves, (begin, all) => {
        let view = begin;
        for (const move of all)
          view = move === 'in' || move === 'out' ? zoom(view, move, NOW) : pan(view, move as 'later', NOW);
        expect(windowOf(view, NOW).to).toBeLessThanOrEqual(NOW);
        expect(view.end).not.toBe(NOW);
      }),
    );
  });

  it('goes round what somebody marked', () => {
    const view = viewAround(NOW - 40 * 3_600_000, NOW - 20 * 3_600_000, NOW);
    expect(view.span).toBe('24h');
    const { from, to } = windowOf(view, NOW);
    expect(from).toBeLessThanOrEqual(NOW - 40 * 3_600_000);
    expect(to).toBeGreaterThanOrEqual(NOW - 20 * 3_600_000);
    expect(viewAround(NOW - 90 * 86_400_000, NOW, NOW).span).toBe('30d');
  });
});
