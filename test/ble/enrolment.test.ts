// A device that is enrolled anew while the hub runs: by another address, after it was revoked, for somebody else. Real
// hub, real bus. And what a device says that cannot be read, and a hub that stops while its disk refuses.

import { join } from 'node:path';
import {
  type Bluez,
  type BluezOptions,
  hasBusDaemon,
  type Peripheral,
  startBluez,
} from '@heartwood/device-sim/ble';
import { enroll, type HubThread, Vault } from '@heartwood/gateway';
import { Radio } from '@heartwood/gateway/ble';
import { encodeHeartRate } from '@heartwood/vitals/gatt';
import { afterEach, describe, expect, it } from 'vitest';
import { HubHome } from './hub-home.ts';
import { FAST, Ward } from './ward.ts';

type Outcome = Awaited<ReturnType<HubThread['accept']>>;

/** A hub whose only device, `strap`, is the first of these. */
class Scene {
  readonly outcomes: Outcome[] = [];
  readonly links: string[] = [];
  readonly bluez: Bluez;
  readonly home: HubHome;
  readonly radio: Radio;

  private constructor(bluez: Bluez, home: HubHome) {
    this.bluez = bluez;
    this.home = home;
    this.radio = Radio.start({
      address: bluez.address,
      slots: 5,
      timing: FAST,
      clock: () => Date.now(),
      ticks: () => performance.now(),
      zone: () => 0,
      devices: () => home.thread.call('radioDevices'),
      keepClock: (device, clock) => home.thread.call('radioClock', device, clock),
      accept: async (arrival) => {
        const outcome = await home.thread.accept(arrival);
        this.outcomes.push(outcome);
        return outcome;
      },
      events: {
        link: (device, state) => this.links.push(`${device} ${state}`),
        alarm: () => undefined,
        log: () => undefined,
      },
    });
  }

  static async open(devices: BluezOptions['devices']): Promise<Scene> {
    const bluez = await startBluez({ seed: 3, devices, delayScale: 0.02, pace: 20 });
    const { address } = bluez.device(devices[0]?.id ?? '');
    return new Scene(bluez, await HubHome.open([{ id: 'strap', address }]));
  }

  async enroll(id: string): Promise<void> {
    const radio = this.bluez.device(id).address;
    await this.#changing((vault) =>
      enroll(vault, { device: 'strap', label: 'strap', patient: 'Ada', origin: 'simulator', radio }),
    );
  }

  async revoke(): Promise<void> {
    await this.#changing(async ({ registry, store }) => {
      registry.refresh();
      const device = registry.device('strap');
      if (device !== undefined) store.transaction(() => registry.changeDevice(device, { revoked: true }));
    });
  }

  stored(): number {
    return this.outcomes.filter((one) => one === 'stored').length;
  }

  async until(what: string, holds: () => boolean): Promise<void> {
    await expect.poll(holds, { timeout: 40_000, message: what }).toBe(true);
  }

  async close(): Promise<void> {
    await this.radio.stop();
    await this.home.stop();
    await this.bluez.stop();
  }

  async #changing(change: (vault: Vault) => Promise<unknown>): Promise<void> {
    const { folder } = this.home;
    const vault = Vault.open(
      {
        directory: join(folder, 'data'),
        keySource: { keyFile: join(folder, 'data.key') },
        clock: Date.now,
      },
      'write',
    );
    try {
      await change(vault);
    } finally {
      vault.close();
    }
  }
}

let scene: Scene | undefined;
afterEach(async () => {
  await scene?.close();
  scene?.home.remove();
  scene = undefined;
});
const strap = (id: string) => ({ id, model: 'heart-rate-strap' }) as const;

describe.skipIf(!hasBusDaemon())(
  'a device enrolled anew (needs dbus-daemon, Debian’s dbus)',
  { timeout: 120_000 },
  () => {
    it('by another address: the old one is let go, and every value of the new one is stored', async () => {
      scene = await Scene.open([strap('old'), strap('new')]);
      const { bluez, outcomes, links } = scene;
      await scene.until('the old one streams', () => outcomes.length >= 30);
      await scene.enroll('new');
      await scene.until('the old one is let go', () => links.includes('strap released'));
      await scene.until('the new one is up', () => bluez.device('new').state === 'connected');
      const before = scene.stored();
      await scene.until('it is stored', () => (scene?.stored() ?? 0) >= before + 30);
      expect(outcomes.filter((one) => one !== 'stored')).toEqual([]);
      await scene.until('nothing holds the old one', () => bluez.device('old').state === 'idle');
    });

    it('by another address, after the old one has gone: every value of the new one is stored', async () => {
      scene = await Scene.open([strap('old'), strap('new')]);
      const { bluez, outcomes, links } = scene;
      await scene.until('the old one streams', () => outcomes.length >= 30);
      bluez.device('old').leave();
      await scene.until('it is lost', () => links.includes('strap lost'));
      await scene.enroll('new');
      const before = scene.stored();
      await scene.until('the new one is stored', () => (scene?.stored() ?? 0) >= before + 30);
      expect(outcomes.filter((one) => one !== 'stored')).toEqual([]);
    });

    it('by its own address, after it was revoked: every value is stored again', async () => {
      scene = await Scene.open([strap('strap')]);
      const { outcomes, links } = scene;
      await scene.until('it streams', () => outcomes.length >= 30);
      await scene.revoke();
      await scene.until('it is let go', () => links.includes('strap released'));
      // A value that was on its way when it was revoked is nobody's: the hub answers in order.
      await scene.home.thread.call('radioDevices');
      const before = outcomes.length;
      await scene.enroll('strap');
      await scene.until('it streams again', () => outcomes.length >= before + 40);
      expect(outcomes.slice(before).filter((one) => one !== 'stored')).toEqual([]);
    });
  },
);

describe.skipIf(!hasBusDaemon())(
  'values that cannot be read (needs dbus-daemon, Debian’s dbus)',
  { timeout: 120_000 },
  () => {
    /** Every second value says that intervals follow, and none do. */
    const liar: Peripheral = {
      name: 'Liar',
      advertised: ['180D'],
      appearance: 0,
      pairing: 'none',
      addressType: 'public',
      firmware: (host) => {
        const rate = { uuid: '2A37', flags: ['notify' as const] };
        let count = 0;
        return {
          services: [{ uuid: '180D', characteristics: [rate] }],
          pulse: {
            everyMs: 1000,
            at: () => {
              const right = encodeHeartRate({ beatsPerMinute: 60, contact: 'unsupported' });
              host.say(rate, count++ % 2 === 0 ? right : Uint8Array.of(0x10, 60));
            },
          },
        };
      },
    };

    it('are kept in the hub’s quarantine with their octets, by reason, and cost those that can nothing', async () => {
      scene = await Scene.open([{ id: 'liar', model: liar }]);
      const { home, outcomes } = scene;
      const count = (wanted: Outcome): number => outcomes.filter((one) => one === wanted).length;
      await scene.until('some of both', () => count('stored') >= 5 && count('quarantined') >= 5);
      await scene.close();
      const vault = Vault.open(
        {
          directory: join(home.folder, 'data'),
          keySource: { keyFile: join(home.folder, 'data.key') },
          clock: Date.now,
        },
        'read',
      );
      const kept = [...vault.store.quarantined()];
      vault.close();
      home.remove();
      scene = undefined;
      expect(kept).toHaveLength(count('quarantined'));
      for (const one of kept) {
        expect(one).toMatchObject({ device: 'strap', reason: 'gatt-flag-without-data' });
        expect([...one.body]).toEqual([0x10, 60]);
      }
    });
  },
);

describe.skipIf(!hasBusDaemon())(
  'a hub that stops (needs dbus-daemon, Debian’s dbus)',
  { timeout: 120_000 },
  () => {
    it('ends though its disk refuses, and says whose values were not stored', async () => {
      const ward = await Ward.open({ devices: [strap('strap')], pace: 50, timing: { drainMs: 200 } });
      try {
        await ward.until('it streams', () => ward.stored('strap', 0x2a37).length >= 5);
        ward.full = true;
        const said = ward.said('strap', 0x2a37).length;
        await ward.until('more is said', () => ward.said('strap', 0x2a37).length >= said + 5);
        await ward.stopRadio();
        expect(ward.logged.filter((line) => line.startsWith('bluetooth-values-not-stored'))).toEqual([
          'bluetooth-values-not-stored {"device":"strap"}',
        ]);
      } finally {
        ward.full = false;
        await ward.close();
      }
    });
  },
);
