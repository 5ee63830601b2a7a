// The same thing, enrolled under another name.

import { hasBusDaemon } from '@heartwood/device-sim/ble';
import { afterEach, expect, it } from 'vitest';
import { Ward } from './ward.ts';

let ward: Ward | undefined;
afterEach(async () => {
  await ward?.close();
});

it.skipIf(!hasBusDaemon())(
  'a strap that is enrolled under another name streams under that (needs dbus-daemon, Debian’s dbus)',
  { timeout: 60_000 },
  async () => {
    const own = await Ward.open({ devices: [{ id: 'strap', model: 'heart-rate-strap' }], pace: 50 });
    ward = own;
    const stored = (device: string): number => own.stored(device, 0x2a37).length;
    await own.until('it streams', () => stored('strap') >= 3);
    own.enrolled = [];
    await own.until('it is let go', () => own.count('strap released') === 1);
    own.renamed.set('renamed', 'strap');
    own.enrolled = ['renamed'];
    const before = stored('strap');
    await own.until('it streams under its new name', () => stored('renamed') >= 3);
    expect(stored('strap')).toBe(before);
  },
);
