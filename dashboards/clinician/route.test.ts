import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRoute, parseRoute, type Route, SHOWN, WHOLE_LIST } from './route.ts';
import { SPANS } from './trend/span.ts';

describe('a route', () => {
  it('comes back from its address, whatever is searched', () => {
    const list = fc.record({
      kind: fc.constant('list' as const),
      text: fc.string({ unit: 'grapheme', maxLength: 30 }).filter((text) => text.isWellFormed()),
      show: fc.constantFrom(...SHOWN),
    });
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
      fc.property(fc.oneof(list, patient, charts), (route) => {
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
    ])
      expect(parseRoute(hash)).toEqual(WHOLE_LIST);
  });
});
