import { describe, expect, it } from 'vitest';
import { NOMINAL_PX_PER_MM, parseSize } from './screen-size.ts';

describe('the size of a screen', () => {
  it('is what somebody measured, or what CSS calls a millimetre', () => {
    expect(parseSize('4.25')).toEqual({ pxPerMm: 4.25, measured: true });
    for (const nothing of [null, '', 'x', '0', '-3', '400', 'NaN'])
      expect(parseSize(nothing)).toEqual({ pxPerMm: NOMINAL_PX_PER_MM, measured: false });
  });
});
