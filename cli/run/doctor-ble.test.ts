import { hasBusDaemon, startBluez } from '@heartwood/device-sim/ble';
import { describe, expect, it } from 'vitest';
import { runHeartwood } from '../test-frame.ts';

describe('heartwood doctor --ble', () => {
  it('says what to install where there is no bus', async () => {
    const env = { DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/nonexistent/bus' };
    const { status, out } = await runHeartwood(['doctor', '--ble', '--seconds', '1'], { env });
    expect(status).toBe(1);
    expect(out).toMatch(/^TROUBLE bus: /);
  });

  it.each([
    [['--ble', '--try', 'strap'], /address such as/],
    [['--ble', '--seconds', '0'], /whole number/],
    [['--try', 'C0:FF:EE:00:12:34'], /needs --ble/],
  ])('refuses %s', async (args, why) => {
    const { status, err } = await runHeartwood(['doctor', ...args]);
    expect(status).toBe(2);
    expect(err).toMatch(why);
  });

  it.skipIf(!hasBusDaemon())(
    'tries a device, and prints its table for a report (needs dbus-daemon)',
    async () => {
      const bluez = await startBluez({
        seed: 1,
        delayScale: 0.02,
        devices: [{ id: 'strap', model: 'heart-rate-strap' }],
      });
      try {
        const args = ['doctor', '--ble', '--try', bluez.device('strap').address, '--seconds', '2'];
        const env = { DBUS_SYSTEM_BUS_ADDRESS: bluez.address };
        const { status, out } = await runHeartwood(args, { env });
        expect(status).toBe(0);
        expect(out).toMatch(/^ok {6}again: 3 of 3 came about/m);
        const [, report = ''] = out.split('For a report');
        expect(report).toMatch(/^ {2}180D +2A37 +Heart Rate Measurement +yes +\d+ +- +notify$/m);
        expect(report).not.toContain(bluez.device('strap').address);
      } finally {
        await bluez.stop();
      }
    },
    40_000,
  );
});
