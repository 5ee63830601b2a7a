// Decoding stays far below the pace of any radio. The bounds are more than ten times what docs/spec/gatt.md tells for an
// idle machine. `HEARTWOOD_SPEED=1 npx vitest run vitals/gatt/speed` prints the numbers.

import { describe, expect, it } from 'vitest';
import { hexToBytes } from '../vector.ts';
import { GATT_DECODERS } from './index.ts';

/** Microseconds a call, the best of 10 rounds, so that other work on the machine counts little. */
function bestUs(call: () => unknown): number {
  const calls = 2000;
  const rounds = Array.from({ length: 10 }, () => {
    const started = performance.now();
    for (let count = 0; count < calls; count += 1) call();
    return ((performance.now() - started) * 1000) / calls;
  });
  return Math.min(...rounds);
}

describe('octets to measurements', () => {
  it.each([
    [0x2a37, '16 48 5203 5c03'],
    [0x2a35, '06 7900 4f00 5d00 ea07 0b 15 0c 00 00 3c00'],
    [0x2a5f, '1c 6100 4800 0001 000000 1ff0'],
    [0x2aa7, '0800 0c10 0600 596f'],
    [0x2b8b, '01 1100 0100 82410200 a00a0400 48000000'],
  ])('%i takes at most 20 us', (uuid, hex) => {
    const { measure, name } = GATT_DECODERS.get(uuid)!;
    const bytes = hexToBytes(hex);
    expect(measure(bytes, { offsetMinutes: 60 }).kind).toBe('decoded');
    const us = bestUs(() => measure(bytes, { offsetMinutes: 60 }));
    if (process.env['HEARTWOOD_SPEED'] !== undefined) console.info(`${name}: ${us.toFixed(2)} us`);
    expect(us).toBeLessThan(20);
  });
});
