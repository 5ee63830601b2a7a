// Six Bluetooth devices of one person, from the box to the proof: enrolled, paired by a button and by digits on the page,
// streamed; a day in a drawer, in which they go on measuring; the hub killed in the middle of what the meter brings back;
// all of it on the page, stored once with its right time, and proved to a stranger. The program as its people run it, on a
// real bus, in a real browser. The hub of the first day lives a day before this one.

import { type Bluez, hasBusDaemon, type Sample, startBluez } from '@heartwood/device-sim/ble';
import type { FeedReading } from '@heartwood/gateway';
import { gattDecoderOf } from '@heartwood/vitals/gatt';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, launchChromium, needsChromium } from '../browser/chromium.ts';
import { Home } from './home.ts';
import { HubProcess, heartwood, until } from './program.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A clock's seconds, and what a busy machine takes to read one. */
const SLACK_MS = 60_000;
/** For `--import`: the program lives a day ago. */
const YESTERDAY = `const Now = Date;
globalThis.Date = class extends Now {
  constructor(...given) {
    super(...(given.length === 0 ? [Now.now() - ${DAY_MS}] : given));
  }
  static now() {
    return Now.now() - ${DAY_MS};
  }
};
`;
const DEVICES = [
  { id: 'strap', model: 'heart-rate-strap' },
  { id: 'cuff', model: 'blood-pressure-cuff', everyMs: 4 * HOUR_MS },
  { id: 'oximeter', model: 'pulse-oximeter' },
  { id: 'thermometer', model: 'thermometer', everyMs: 3_000 },
  { id: 'scale', model: 'scale' },
  { id: 'meter', model: 'glucose-meter', trouble: { repeatsLastRecord: true } },
] as const;
/** What each is for, and who measures it. */
const KINDS = [
  ['heart-rate', 'strap'],
  ['blood-pressure', 'cuff'],
  ['spo2', 'oximeter'],
  ['body-temperature', 'thermometer'],
  ['weight', 'scale'],
  ['glucose', 'meter'],
] as const;

/** By which characteristics: a scale tells its weight once more in a composition. */
const TOLD_BY = [
  ['heart-rate', 'strap', '2a37'],
  ['blood-pressure', 'cuff', '2a35'],
  ['spo2', 'oximeter', '2a5f'],
  ['body-temperature', 'thermometer', '2a1c', '2a1e'],
  ['weight', 'scale', '2a9d'],
  ['glucose', 'meter', '2a18'],
] as const;

/** A meter numbers its records. */
const numberOf = ({ value }: Sample): number => (value[1] ?? 0) + (value[2] ?? 0) * 256;

/** The numbers that a value on the bus says of a kind. */
const measuredBy = ({ uuid, value }: Sample, kind: string): unknown[] => {
  const decoded = gattDecoderOf(uuid)?.measure(value, {});
  if (decoded?.kind !== 'decoded') throw new Error(`octets of ${uuid} that nobody reads`);
  return decoded.value.flatMap(({ measurement }) => {
    if (measurement.kind !== kind) return [];
    if ('systolic' in measurement) return [[measurement.systolic, measurement.diastolic, measurement.mean]];
    return 'value' in measurement ? [[measurement.value]] : [];
  });
};

describe.skipIf(!hasBusDaemon() || !hasChromium)(
  `six Bluetooth devices and a day away (needs dbus-daemon, Debian’s dbus)${needsChromium}`,
  { timeout: 300_000 },
  () => {
    const bus = process.env['DBUS_SYSTEM_BUS_ADDRESS'];
    let bluez: Bluez;
    let home: Home;
    let browser: Browser;
    let heard: (sample: Sample) => void = () => undefined;
    const startAtMs = Date.now() - DAY_MS;
    beforeAll(async () => {
      bluez = await startBluez({
        seed: 7,
        devices: DEVICES.map((one) => ({ ...one, person: 'Ada' })),
        startAtMs,
        delayScale: 0.05,
        onSample: (sample) => heard(sample),
      });
      process.env['DBUS_SYSTEM_BUS_ADDRESS'] = bluez.address;
      home = new Home();
      browser = await launchChromium();
    });
    afterAll(async () => {
      if (bus === undefined) delete process.env['DBUS_SYSTEM_BUS_ADDRESS'];
      else process.env['DBUS_SYSTEM_BUS_ADDRESS'] = bus;
      await browser?.close();
      await home?.close();
      await bluez?.stop();
    });

    const said = (device: string, uuid: string): number =>
      bluez.truth.samples.filter((one) => one.device === device && one.uuid.startsWith(`0000${uuid}`)).length;
    const of = (all: readonly FeedReading[], device: string, kind: string): FeedReading[] =>
      all.filter((one) => one.device === device && one.kind === kind);
    const tile = (page: Page, kind: string) => page.locator(`.tiles li[data-kind="${kind}"] .tile`);

    it('are paired, streamed, synced after it, shown on the page, and proved', async () => {
      const env = { NODE_OPTIONS: `--import=${home.write('yesterday.mjs', YESTERDAY)}` };
      const yesterday = async (...args: readonly string[]): Promise<void> => {
        const { status, err } = await heartwood([...args, '--data', home.data], { env });
        if (status !== 0) throw new Error(`heartwood ${args[0]}: ${err}`);
      };
      const hubOf = (day: Readonly<Record<string, string>>): HubProcess =>
        new HubProcess(
          ['hub', '--ble', '--ble-slots', '6', '--data', home.data, '--mqtt-port', '0', '--http-port', '0'],
          day,
        );

      // Yesterday.
      const first = hubOf(env);
      const { loginLink } = await first.ready;
      for (const { id } of DEVICES)
        await yesterday(
          ...['enroll', id, '--patient', 'Ada', '--origin', 'simulator'],
          ...['--ble', bluez.device(id).address],
        );
      const page = await browser.newPage({ reducedMotion: 'reduce', locale: 'en-GB' });
      await page.goto(loginLink);
      const digits = page.getByLabel('meter wants to pair: which six digits does it show?');
      await digits.waitFor({ timeout: 60_000 });
      bluez.device('cuff').pressButton();
      await digits.fill(String(bluez.device('meter').person.shows).padStart(6, '0'));
      await digits.press('Enter');
      await until(() => bluez.device('meter').bonded && bluez.device('cuff').bonded, 'both have a bond');
      await until(
        () =>
          said('meter', '2a18') >= 12 &&
          said('cuff', '2a35') >= 4 &&
          said('scale', '2a9d') >= 2 &&
          said('strap', '2a37') >= 5 &&
          said('oximeter', '2a5f') >= 5 &&
          said('thermometer', '2a1c') >= 1,
        'all have said what they had',
      );
      expect(await first.stop()).toBe(0);

      // A day in a drawer.
      for (const { id } of DEVICES) bluez.device(id).leave();
      const firstDay = said('meter', '2a18');
      bluez.pass(DAY_MS);

      // Today: the hub is killed at the first of the records that the meter brings back.
      const second = hubOf({});
      let killed: Promise<void> | undefined;
      heard = ({ device, uuid }) => {
        if (device === 'meter' && uuid.startsWith('00002a18') && said('meter', '2a18') > firstDay)
          killed ??= second.kill();
      };
      await second.ready;
      bluez.device('meter').comeBack();
      await until(() => killed !== undefined, 'the meter brings new records');
      heard = () => undefined;
      await killed;

      const third = hubOf({});
      const { loginLink: todays } = await third.ready;
      for (const { id } of DEVICES) bluez.device(id).comeBack();
      await page.goto('about:blank');
      await page.goto(todays);
      for (const [kind] of KINDS)
        await expect.poll(() => tile(page, kind).innerText(), { timeout: 60_000 }).toMatch(/\d/);
      await until(
        () => said('cuff', '2a35') >= 10 && said('scale', '2a9d') >= 3,
        'cuff and scale say the rest',
      );
      await until(async () => {
        const all = await home.exported();
        return (
          of(all, 'meter', 'glucose').length >= 18 &&
          of(all, 'cuff', 'blood-pressure').length >= 10 &&
          of(all, 'scale', 'weight').length >= 3
        );
      }, 'everything of the day is stored');
      const newest = of(await home.exported(), 'meter', 'glucose')
        .toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0))
        .at(-1);
      await expect
        .poll(() => tile(page, 'glucose').innerText(), { timeout: 60_000 })
        .toContain(String(newest?.value));
      expect(await third.stop()).toBe(0);

      const all = await home.exported();
      // Each record once, at the time at which it was made.
      const due = (count: number, before: number, everyMs: number): number[] =>
        Array.from({ length: count }, (_, n) => startAtMs + (n + 1 - before) * everyMs);
      for (const [device, kind, times] of [
        ['meter', 'glucose', due(18, 12, 4 * HOUR_MS)],
        ['cuff', 'blood-pressure', due(10, 4, 4 * HOUR_MS)],
        ['scale', 'weight', due(3, 2, DAY_MS)],
      ] as const) {
        const at = of(all, device, kind)
          .map((one) => one.at ?? 0)
          .toSorted((a, b) => a - b);
        expect(at, kind).toHaveLength(times.length);
        for (const [n, time] of times.entries())
          expect(Math.abs((at[n] ?? 0) - time), kind).toBeLessThan(SLACK_MS);
      }

      // Of all six what is stored is what they said, value by value and once. Only the meter was there when a hub was
      // killed, and says its records again.
      for (const [kind, device, ...uuids] of TOLD_BY) {
        const told = bluez.truth.samples.filter(
          ({ device: by, uuid, by: cause }) =>
            by === device && cause === 'device' && uuids.some((one) => uuid.startsWith(`0000${one}`)),
        );
        const records = new Map(told.map((one) => [Buffer.from(one.value).toString('hex'), one]));
        // It was asked for its last one first, to see what is new.
        const inOrder = [...records.values()].toSorted((one, other) => numberOf(one) - numberOf(other));
        const due = (device === 'meter' ? inOrder : told).flatMap((one) => measuredBy(one, kind));
        expect(due.length, kind).toBeGreaterThan(0);
        const stored = of(all, device, kind).map(({ value, systolic, diastolic, mean }) =>
          kind === 'blood-pressure' ? [systolic, diastolic, mean] : [value],
        );
        expect(stored, `${kind} of the ${device}`).toEqual(due);
      }

      // And one of each device, to a stranger.
      for (const [kind, device] of KINDS) {
        const one = of(all, device, kind).at(-1);
        const { status, out } = await home.verify(await home.prove(one?.id ?? ''));
        expect([kind, status], out).toEqual([kind, 0]);
      }
    });
  },
);
