// Every trap of BlueZ, D-Bus and node-ble that was measured, and the hub that does not fall into it.

import { hasBusDaemon } from '@heartwood/device-sim/ble';
import { afterEach, describe, expect, it } from 'vitest';
import { Ward, type WardOptions } from './ward.ts';

const HEART_RATE = 0x2a37;
let ward: Ward;
const open = async (options: WardOptions): Promise<void> => {
  ward = await Ward.open(options);
};
afterEach(async () => {
  await ward?.close();
});
const strap = { id: 'strap', model: 'heart-rate-strap' } as const;

describe.skipIf(!hasBusDaemon())('traps of Bluetooth (dbus-daemon is not installed: Debian’s dbus)', () => {
  it('streams what the strap says, each sample once, with the octets it came in', async () => {
    await open({ devices: [strap], pace: 50 });
    await ward.until('100 samples', () => ward.stored('strap', HEART_RATE).length >= 100);
    await ward.stopRadio();
    expect(ward.stored('strap', HEART_RATE)).toEqual(ward.said('strap', HEART_RATE));
    const first = ward.kept.find(({ reading }) => reading.measurement.kind === 'heart-rate')?.reading;
    expect(first).toMatchObject({
      source: { characteristic: HEART_RATE, version: 1, clock: 'arrival', stored: false },
    });
  });
});
