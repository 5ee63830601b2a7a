import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRoute, parseRoute, type Route, SHOWN, toggleWatched, WATCH_MAX, WHOLE_LIST } from './route.ts';
import { SPANS } from './trend/span.ts';

describe('a route', () => {
  it('comes back from its address, whatever is searched', () => {
    const list = fc.record({
      kind: fc.constant('list' as const),
      text: fc.string({ unit: 'grapheme', maxLength: 30 }).filter((text) => text.isWellFormed()),
      show: fc.constantFrom(...SHOWN),
    });
    const ids = fc.uniqueArray(fc.stringMatching(/^[0-9a-f]{32}$/), { minLength: 1, maxLength: WATCH_MAX });
    const chosen = fc
      .tuple(list, ids)
      .map(([one, watch]): Route => ({ ...(one as Extract<Route, { kind: 'list' }>), watch }));
    const watch = ids.map((each): Route => ({ kind: 'watch', ids: each }));
    const patient = fc.stringMatching(/^[0-9a-f]{32}$/).map((id): Route => ({ kind: 'patient', id }));
    const charts = fc.record({
      kind: fc.constant('patient' as const),
      id: fc.stringMatching(/^[0-9a-f]{32}$/),
      view: fc.record({
        span: fc.constantFrom(...SPANS),
        end: fc.option(fc.nat({ max: 2 ** 43 }), { nil: undefined }),
      }),
    });
    fc.assert(
      fc.property(fc.oneof(list, chosen, watch, patient, charts), (route) => {
        expect(parseRoute(formatRoute(route as Route))).toEqual(route);
      }),
    );
  });

  it('of anything else is the whole list', () => {
    for (const hash of [
      '',
      '#',
      '#/',
      '#login=X',
      '#/patient/../x',
      '#/patient/',
      '#/?show=none',
      '#/elsewhere',
      '#/watch',
      '#/watch?p=',
      '#/watch?p=../x',
      '#/?watch=<b>',
    ])
      expect(parseRoute(hash)).toEqual(WHOLE_LIST);
  });

  it('has each patient who is watched once, and no more than fit on a screen', () => {
    expect(parseRoute('#/watch?p=a,b,a,c,d,e,x')).toEqual({ kind: 'watch', ids: ['a', 'b', 'c', 'd'] });
    expect(parseRoute('#/watch?p=a%2Cb')).toEqual({ kind: 'watch', ids: ['a', 'b'] });
    expect(toggleWatched(undefined, 'a')).toEqual(['a']);
    expect(toggleWatched(['a', 'b'], 'a')).toEqual(['b']);
    expect(toggleWatched(['a', 'b', 'c', 'd'], 'e')).toEqual(['a', 'b', 'c', 'd']);
  });
});
