// The registry finds decoders, and measures as the characteristics' own functions do.

import { describe, expect, it } from 'vitest';
import { hexToBytes } from '../vector.ts';
import { GATT_DECODERS, GATT_REFUSALS, gattDecoderOf } from './index.ts';

describe('the registry', () => {
  it('is keyed by the 16-bit UUID of each decoder, which has a version', () => {
    expect(GATT_DECODERS.size).toBe(32);
    for (const [uuid, decoder] of GATT_DECODERS) {
      expect(decoder.uuid).toBe(uuid);
      expect(decoder.version).toBeGreaterThanOrEqual(1);
    }
  });

  it('finds by the UUID that a Bluetooth stack writes', () => {
    expect(gattDecoderOf('00002a37-0000-1000-8000-00805f9b34fb')?.name).toBe('Heart Rate Measurement');
    expect(gattDecoderOf('00002A37-0000-1000-8000-00805F9B34FB')?.name).toBe('Heart Rate Measurement');
    expect(gattDecoderOf('00002a37-0000-1000-8000-00805f9b34fc')).toBeUndefined();
    expect(gattDecoderOf('00002aff-0000-1000-8000-00805f9b34fb')).toBeUndefined();
    expect(gattDecoderOf('2a37')).toBeUndefined();
  });

  it.each([
    [0x2a37, '00 48', [{ kind: 'heart-rate', value: 72 }]],
    [0x2a35, '00 7900 4f00 5d00', [{ kind: 'blood-pressure', systolic: 121, diastolic: 79, mean: 93 }]],
    [0x2a1c, '00 6e0100ff', [{ kind: 'body-temperature', value: 36.6 }]],
    [0x2a1e, '00 6e0100ff', [{ kind: 'body-temperature', value: 36.6, quality: 'uncertain' }]],
    [
      0x2a5e,
      '00 6100 4800',
      [
        { kind: 'spo2', value: 97 },
        { kind: 'heart-rate', value: 72 },
      ],
    ],
    [
      0x2a5f,
      '10 6100 4800 c8f0',
      [
        { kind: 'spo2', value: 97 },
        { kind: 'heart-rate', value: 72 },
        { kind: 'perfusion-index', value: 20 },
      ],
    ],
    [0x2a9d, '00 1437', [{ kind: 'weight', value: 70.5 }]],
    [0x2a9c, '0004 c800 1437', [{ kind: 'weight', value: 70.5 }]],
    [0x2a18, '02 0700 ea07 0b 15 0c 00 00 63b0 11', [{ kind: 'glucose', value: 99 }]],
    [0x2aa7, '0600 7800 0500', [{ kind: 'glucose', value: 120 }]],
    [0x180f, '57', [{ kind: 'battery', value: 87 }]],
    [0x2a19, '57', [{ kind: 'battery', value: 87 }]],
    [0x2b8b, '01 1100 0100 82410200 a00a0400 48000000', [{ kind: 'heart-rate', value: 72 }]],
    [0x2bdd, '01000000 01 1100 0100 82410200 a00a0400 48000000', [{ kind: 'heart-rate', value: 72 }]],
    [0x2a53, '00 0003 50', []],
  ])('%i measures', (uuid, hex, expected) => {
    const outcome = GATT_DECODERS.get(uuid)!.measure(hexToBytes(hex), {});
    expect(outcome).toStrictEqual({
      kind: 'decoded',
      value: expected.map((measurement) => ({ measurement })),
    });
  });

  it('refuses for the reasons of a closed list', () => {
    expect(GATT_DECODERS.get(0x2a37)!.measure(hexToBytes('01 48'), {})).toStrictEqual({
      kind: 'refused',
      reason: 'too-short',
      detail: '2 octets are due after octet 1, 1 are there',
    });
    expect(new Set(GATT_REFUSALS).size).toBe(GATT_REFUSALS.length);
  });
});
