import { GATT_REFUSALS } from '@heartwood/vitals/gatt';
import { describe, expect, it } from 'vitest';
import { refusedValue, refusedValueType } from './refused-value.ts';

describe('a refused value of a Bluetooth device', () => {
  it.each(GATT_REFUSALS)('says why under a content type of its own, and is read back: %s', (reason) => {
    expect(refusedValue(refusedValueType(0x2a37, reason))).toEqual({
      reason: `gatt-${reason}`,
      detail:
        reason === 'no-kind'
          ? 'A value of characteristic 2A37 says what there is no kind of reading for.'
          : 'A value of characteristic 2A37 cannot be read.',
    });
  });

  it('is nothing else: a type that is another, or gives a reason that is none', () => {
    for (const type of [
      undefined,
      '',
      'application/json',
      'application/vnd.heartwood.gatt',
      'application/vnd.heartwood.gatt;uuid=2a37;reason=because',
      `${refusedValueType(0x2a37, 'too-short')};more`,
      `x${refusedValueType(0x2a37, 'too-short')}`,
    ])
      expect(refusedValue(type)).toBeUndefined();
  });
});
