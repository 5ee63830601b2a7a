// Adapters: several of them, each with slots of its own, and those that hang without a stream that would show it.

import { hasBusDaemon } from '@heartwood/device-sim/ble';
import { afterEach, describe, expect, it } from 'vitest';
import { Ward, type WardOptions } from './ward.ts';

let ward: Ward;
const open = async (options: WardOptions): Promise<void> => {
  ward = await Ward.open(options);
};
afterEach(async () => {
  await ward?.close();
});
const many = (count: number, name: string, model: 'heart-rate-strap' | 'thermometer', adapter: string) =>
  Array.from({ length: count }, (_, n) => ({ id: `${name}-${n}`, model, adapter }));
const TWO = [{ name: 'hci0' }, { name: 'hci1' }];
const adapterLines = (): string[] => ward.logged.filter((line) => line.startsWith('bluetooth-adapter'));
/** A machine under load may have the scan started anew; more would end links. */
const beyondRescan = (): string[] => adapterLines().filter((line) => !/rescan|well/.test(line));
const isAlarmed = (): boolean => ward.alarms.some(({ kind }) => kind === 'adapter-hangs');

describe.skipIf(!hasBusDaemon())(
  'two adapters (needs dbus-daemon, Debian’s dbus)',
  { timeout: 120_000 },
  () => {
    it('thermometers that only a full adapter hears have their turns, though another stands idle', async () => {
      const straps = many(5, 'strap', 'heart-rate-strap', 'hci0');
      const spots = many(3, 'thermo', 'thermometer', 'hci0');
      await open({
        devices: [...straps, ...spots],
        adapters: TWO,
        pace: 50,
        delayScale: 0.01,
        timing: { silentMs: 60_000 },
      });
      await ward.until(
        'each has had two turns',
        () =>
          spots.every(({ id }) => ward.count(`${id} up`) >= 2) &&
          straps.every(({ id }) => ward.count(`${id} up`) >= 1),
        40_000,
      );
      // Four of the five stream on without a pause.
      const paused = straps.filter(({ id }) => ward.count(`${id} released`) > 0);
      expect(paused.length).toBeLessThanOrEqual(1);
    });

    it('a thermometer that an empty adapter hears is served, however many wait for a full one', async () => {
      const straps = many(5, 'strap', 'heart-rate-strap', 'hci0');
      const before = many(6, 'a-thermo', 'thermometer', 'hci0');
      const last = { id: 'z-thermo', model: 'thermometer', adapter: 'hci1' } as const;
      await open({
        devices: [...straps, ...before, last],
        adapters: TWO,
        enrolled: straps.map(({ id }) => id),
        pace: 50,
        delayScale: 0.01,
        timing: { silentMs: 60_000 },
      });
      await ward.until('the straps stream', () => straps.every(({ id }) => ward.count(`${id} up`) > 0));
      ward.enrolled.push(...before.map(({ id }) => id), last.id);
      await ward.until('it is up', () => ward.count('z-thermo up') > 0, 20_000);
    });
  },
);

describe.skipIf(!hasBusDaemon())(
  'an adapter in trouble (needs dbus-daemon, Debian’s dbus)',
  { timeout: 120_000 },
  () => {
    const bonded = { bonded: true, bondable: true } as const;
    it.each(['nothing', 'in-progress'] as const)(
      'that hangs and answers %s is alarmed in a home of a cuff, a scale and a meter, and over when it is mended',
      async (answers) => {
        await open({
          devices: [
            { id: 'cuff', model: 'blood-pressure-cuff', ...bonded },
            { id: 'scale', model: 'scale', ...bonded },
            { id: 'meter', model: 'glucose-meter', ...bonded },
          ],
          pace: 50,
        });
        await ward.until('all have been up', () =>
          ['cuff', 'scale', 'meter'].every((id) => ward.count(`${id} up`) > 0),
        );
        ward.bluez.adapter().hang({ answers, cure: 'none' });
        await ward.until('a person is told', isAlarmed);
        ward.bluez.adapter().recover();
        await ward.until('it is over', () => ward.alarms.at(-1)?.kind === 'over');
      },
    );

    it('that says InProgress to every Connect is alarmed, though two straps advertise', async () => {
      const busy = { connectBusy: true };
      await open({
        devices: [
          { id: 'one', model: 'heart-rate-strap', trouble: busy },
          { id: 'two', model: 'heart-rate-strap', trouble: busy },
        ],
        pace: 20,
      });
      await ward.until('a person is told', isAlarmed);
      for (const rung of ['rescan', 'power-cycle', 'other-adapter', 'alarm'])
        expect(adapterLines().some((line) => line.includes(rung))).toBe(true);
      // It is tried on, for only so it shows when it is well.
      for (const id of ['one', 'two']) ward.bluez.device(id).trouble.connectBusy = false;
      await ward.until('both stream', () => ward.count('one up') + ward.count('two up') >= 2);
      await ward.until('it is over', () => ward.alarms.at(-1)?.kind === 'over');
    });

    it('is not suspected for one device alone that says InProgress, while another streams', async () => {
      await open({
        devices: [
          { id: 'strap', model: 'heart-rate-strap' },
          { id: 'busy', model: 'heart-rate-strap', trouble: { connectBusy: true } },
        ],
        enrolled: ['strap'],
        pace: 50,
      });
      await ward.until('the strap streams', () => ward.stored('strap', 0x2a37).length >= 10);
      ward.enrolled.push('busy');
      await ward.until(
        'the other was tried often',
        () => ward.logged.filter((line) => line.includes('connection-failed')).length >= 10,
      );
      await ward.until('the strap streams on', () => ward.stored('strap', 0x2a37).length >= 100);
      expect(ward.count('strap lost') + ward.count('strap released')).toBe(0);
      expect(beyondRescan()).toEqual([]);
    });

    it('is not suspected for two devices that say InProgress, while others stream: no stream is cut', async () => {
      const bad = ['busy', 'busier'];
      const well = ['a', 'b'];
      await open({
        devices: [
          ...well.map((id) => ({ id, model: 'heart-rate-strap' }) as const),
          ...bad.map((id) => ({ id, model: 'heart-rate-strap', trouble: { connectBusy: true } }) as const),
        ],
        enrolled: well,
        pace: 50,
      });
      const stored = (id: string): number => ward.stored(id, 0x2a37).length;
      await ward.until('two stream', () => well.every((id) => stored(id) >= 10));
      ward.enrolled.push(...bad);
      const failed = (id: string): number =>
        ward.logged.filter((line) => line.includes('connection-failed') && line.includes(`"${id}"`)).length;
      await ward.until('the others were tried often', () => bad.every((id) => failed(id) >= 8));
      const before = stored('a');
      await ward.until('they stream on', () => stored('a') >= before + 50);
      for (const id of well) expect(ward.count(`${id} lost`) + ward.count(`${id} released`)).toBe(0);
      expect(beyondRescan()).toEqual([]);
      expect(ward.alarms).toEqual([]);
    });

    it('is not suspected for a strap that falls silent while another streams: that one is connected anew', async () => {
      await open({
        devices: [
          { id: 'mute', model: 'heart-rate-strap' },
          { id: 'strap', model: 'heart-rate-strap' },
        ],
        pace: 50,
        timing: { muteMs: 1_500 },
      });
      const stored = (id: string): number => ward.stored(id, 0x2a37).length;
      await ward.until('both stream', () => stored('mute') >= 10 && stored('strap') >= 10);
      ward.bluez.device('mute').trouble.silent = true;
      await ward.until('it is let go', () => ward.count('mute released') === 1);
      ward.bluez.device('mute').trouble.silent = false;
      const before = stored('mute');
      await ward.until('it streams again', () => stored('mute') >= before + 3);
      expect(ward.count('strap lost') + ward.count('strap released')).toBe(0);
      expect(beyondRescan()).toEqual([]);
    });
  },
);
