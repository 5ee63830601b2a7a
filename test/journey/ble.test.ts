// A Bluetooth strap and a cuff beside the program as its people run it: enrolled by their addresses, streamed, stored,
// proved to a stranger, and after a kill each record once.

import { type Bluez, hasBusDaemon, startBluez } from '@heartwood/device-sim/ble';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Home } from './home.ts';

describe.skipIf(!hasBusDaemon())(
  'a home with Bluetooth (needs dbus-daemon, Debian’s dbus)',
  { timeout: 90_000 },
  () => {
    let bluez: Bluez;
    let home: Home;
    const address = process.env['DBUS_SYSTEM_BUS_ADDRESS'];
    beforeAll(async () => {
      bluez = await startBluez({
        seed: 7,
        devices: [
          { id: 'strap', model: 'heart-rate-strap' },
          {
            id: 'meter',
            model: 'glucose-meter',
            bonded: true,
            bondable: true,
            trouble: { repeatsLastRecord: true },
          },
        ],
        delayScale: 0.05,
      });
      process.env['DBUS_SYSTEM_BUS_ADDRESS'] = bluez.address;
      home = new Home();
    });
    afterAll(async () => {
      if (address === undefined) delete process.env['DBUS_SYSTEM_BUS_ADDRESS'];
      else process.env['DBUS_SYSTEM_BUS_ADDRESS'] = address;
      await home.close();
      await bluez.stop();
    });

    const said = (): number =>
      bluez.truth.samples.filter(({ device, by }) => device === 'strap' && by === 'device').length;
    const until = async (what: string, holds: () => boolean): Promise<void> => {
      const endMs = performance.now() + 30_000;
      while (!holds()) {
        if (performance.now() > endMs) throw new Error(`not within 30 s: ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    const enroll = (id: string): Promise<string> =>
      home.insist(
        'enroll',
        id,
        ...['--patient', 'Ada', '--origin', 'simulator', '--ble', bluez.device(id).address.toLowerCase()],
      );

    it('enrolls, streams, stores what the meter kept, and proves it', async () => {
      const first = await home.start();
      await first.stop();
      expect(await enroll('strap')).toContain(`connects to ${bluez.device('strap').address}`);
      await enroll('meter');

      const hub = await home.start('--ble');
      await until('the strap streams', () => said() >= 6);
      await until(
        'the meter is uploaded',
        () => bluez.truth.samples.filter(({ uuid }) => uuid.startsWith('00002a18')).length >= 12,
      );
      await new Promise((resolve) => setTimeout(resolve, 500));
      await hub.kill();
      bluez.device('strap').loseLink();
      const before = said();
      const again = await home.start('--ble');
      await until('the strap streams again', () => said() >= before + 6);
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      await again.stop();

      const readings = await home.exported();
      const rates = readings.filter(({ kind, device }) => kind === 'heart-rate' && device === 'strap');
      expect(rates.length).toBeGreaterThanOrEqual(6);
      const glucose = readings.filter(({ kind }) => kind === 'glucose');
      expect(glucose).toHaveLength(12);
      expect(new Set(glucose.map(({ at }) => at)).size).toBe(12);
      const verdict = await home.verify(await home.prove(rates[0]?.id ?? ''));
      expect(verdict.status).toBe(0);
    });
  },
);
