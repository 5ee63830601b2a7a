// Each simulated wearable: found by its service, paired where it wants that, and heard; what it says decodes, and measures
// as what it means.

import {
  type BodyComposition,
  decodeBodyComposition,
  decodeCgmSessionStart,
  decodeRecordAnswer,
  encodeRecordRequest,
  gattDecoderOf,
  type HeldSegments,
  joinBodyComposition,
  joinSegments,
  type RecordAnswer,
  sessionStartMs,
} from '@heartwood/vitals/gatt';
import { describe, expect, it } from 'vitest';
import type { DeviceWanted } from './bluez.ts';
import { hasBusDaemon } from './daemon.ts';
import { BATTERY, CHARACTERISTIC, DEVICE } from './introspection.ts';
import { PERIPHERALS, type PeripheralModel } from './model.ts';
import { longUuid } from './peripheral.ts';
import { type Bench, benches } from './test-bench.ts';
import { hexOf, until } from './test-client.ts';

const start = benches();

/** Connects one device of the model, paired, and subscribes to everything it can say. */
async function listen(model: PeripheralModel, more: Partial<DeviceWanted> = {}, pace = 100): Promise<Bench> {
  const bench = await start({ devices: [{ id: 'it', model, bondable: true, ...more }], pace });
  const { bluez, client } = bench;
  await client.agent('KeyboardDisplay', (member) =>
    member === 'RequestPasskey' ? bluez.device('it').person.shows : undefined,
  );
  await client.connect('it');
  if (PERIPHERALS[model].pairing !== 'none') await client.call(bluez.device('it').path, DEVICE, 'Pair');
  for (const [path, own] of Object.entries(await client.objects())) {
    const flags = (own[CHARACTERISTIC]?.['Flags'] ?? []) as readonly string[];
    if (flags.includes('notify') || flags.includes('indicate')) {
      await client.call(path, CHARACTERISTIC, 'StartNotify');
    }
  }
  return bench;
}

/** Waits for so many values of one characteristic. */
async function atLeast({ client }: Bench, uuid: string, count: number): Promise<readonly Uint8Array[]> {
  const path = await client.characteristic('it', uuid);
  await until(() => client.values(path).length >= count);
  return client.values(path);
}

async function read({ client }: Bench, uuid: string): Promise<Uint8Array> {
  const path = await client.characteristic('it', uuid);
  return (await client.call(path, CHARACTERISTIC, 'ReadValue', 'a{sv}', [{}])) as Uint8Array;
}

async function ask(bench: Bench, request: Uint8Array): Promise<RecordAnswer> {
  const path = await bench.client.characteristic('it', '2A52');
  const before = bench.client.values(path).length;
  await bench.client.call(path, CHARACTERISTIC, 'WriteValue', 'aya{sv}', [[...request], {}]);
  const answer = decodeRecordAnswer((await atLeast(bench, '2A52', before + 1)).at(-1)!);
  if (answer.kind === 'refused') throw new Error(answer.detail);
  return answer.value;
}

/** The kinds that a value measures, each with its number, or why there is none. */
function measured(uuid: string, value: Uint8Array, clock: object = { offsetMinutes: 0 }): readonly string[] {
  const said = gattDecoderOf(longUuid(uuid))!.measure(value, clock);
  if (said.kind === 'refused') throw new Error(`${uuid} ${hexOf(value)}: ${said.detail}`);
  return said.value.map(({ measurement }) => measurement.kind);
}

const ALL = encodeRecordRequest({ procedure: 'report', filter: { which: 'all' } });
const done = { kind: 'response', to: 'report', response: 'success' } as const;

describe.skipIf(!hasBusDaemon())('simulated wearables (need dbus-daemon)', () => {
  it('strap: heart rate and intervals', async () => {
    const bench = await listen('heart-rate-strap');
    const kinds = (await atLeast(bench, '2A37', 4)).flatMap((value) => measured('2A37', value));
    expect(new Set(kinds)).toEqual(new Set(['heart-rate', 'rr-interval']));
  });

  it('cuff: stored pressures by indication, and its own pressure while it inflates', async () => {
    const bench = await listen('blood-pressure-cuff', { everyMs: 10_000, stored: 4 });
    for (const value of await atLeast(bench, '2A35', 5)) {
      expect(measured('2A35', value)).toEqual(['blood-pressure', 'heart-rate']);
    }
    for (const value of await atLeast(bench, '2A36', 8)) expect(measured('2A36', value)).toEqual([]);
  });

  it('thermometer: settled values with the time, intermediate ones without', async () => {
    const bench = await listen('thermometer');
    for (const uuid of ['2A1C', '2A1E']) {
      for (const value of await atLeast(bench, uuid, 2))
        expect(measured(uuid, value)).toEqual(['body-temperature']);
    }
  });

  it('oximeter: continuous values, and spot checks from its memory', async () => {
    const bench = await listen('pulse-oximeter', { stored: 3 });
    const kinds = ['spo2', 'heart-rate', 'perfusion-index'];
    for (const value of await atLeast(bench, '2A5F', 3)) expect(measured('2A5F', value)).toEqual(kinds);
    expect(await ask(bench, ALL)).toEqual(done);
    const spots = await atLeast(bench, '2A5E', 3);
    expect(spots).toHaveLength(3);
    for (const value of spots) expect(measured('2A5E', value)).toEqual(kinds);
  });

  it('scale: the weight, and a composition in two values that join', async () => {
    const bench = await listen('scale', { stored: 2 });
    for (const value of await atLeast(bench, '2A9D', 2)) expect(measured('2A9D', value)).toEqual(['weight']);
    let held: BodyComposition | undefined;
    const complete = (await atLeast(bench, '2A9C', 4)).flatMap((value) => {
      const said = decodeBodyComposition(value);
      if (said.kind === 'refused') throw new Error(said.detail);
      const joined = joinBodyComposition(held, said.value);
      held = joined.held;
      return joined.complete;
    });
    expect(complete).toHaveLength(2);
    for (const { impedanceOhm, time } of complete)
      expect([impedanceOhm, time]).toEqual([512.3, expect.anything()]);
  });

  it('glucose meter: nothing until asked, then records with contexts', async () => {
    const bench = await listen('glucose-meter', { stored: 7 });
    const count = encodeRecordRequest({ procedure: 'count', filter: { which: 'all' } });
    expect(await ask(bench, count)).toEqual({ kind: 'count', records: 7 });
    expect(bench.bluez.truth.samples.filter(({ uuid }) => uuid === longUuid('2A18'))).toEqual([]);
    expect(await ask(bench, ALL)).toEqual(done);
    const values = await atLeast(bench, '2A18', 7);
    expect(values).toHaveLength(7);
    for (const value of values) expect(measured('2A18', value)).toEqual(['glucose']);
    expect(await atLeast(bench, '2A34', 2)).toHaveLength(2);
  });

  it('glucose sensor: live records with a CRC, stored ones two at a time, and the start of its session', async () => {
    const bench = await listen('glucose-sensor', { stored: 6, everyMs: 60_000 });
    const began = decodeCgmSessionStart(await read(bench, '2AAA'));
    if (began.kind === 'refused') throw new Error(began.detail);
    expect(began.value.checked).toBe(true);
    const clock = { sessionStartMs: sessionStartMs(began.value) };
    expect(measured('2AA7', (await atLeast(bench, '2AA7', 1))[0]!, clock)).toEqual(['glucose']);
    expect(await ask(bench, ALL)).toEqual(done);
    const sizes = (await atLeast(bench, '2AA7', 4)).map((value) => measured('2AA7', value, clock).length);
    expect(sizes.filter((size) => size === 2).length).toBeGreaterThanOrEqual(3);
  });

  it('running pod: speed and cadence, which are no vital sign', async () => {
    const bench = await listen('running-pod', { scenario: 'exercise' });
    for (const value of await atLeast(bench, '2A53', 2)) expect(measured('2A53', value)).toEqual([]);
  });

  it('health sensor: observations in segments, live and stored', async () => {
    const bench = await listen('health-sensor', { stored: 2 });
    const whole = (values: readonly Uint8Array[]): Uint8Array[] => {
      let held: HeldSegments | undefined;
      return values.flatMap((value) => {
        const joined = joinSegments(held, value);
        held = joined.kind === 'waiting' ? joined.held : undefined;
        return joined.kind === 'complete' ? [joined.bytes] : [];
      });
    };
    const kinds = ['heart-rate', 'spo2', 'body-temperature'];
    const live = await atLeast(bench, '2B8B', 8);
    expect(live.every(({ length }) => length <= 20)).toBe(true);
    for (const value of whole(live)) expect(measured('2B8B', value)).toEqual(kinds);
    const combined = encodeRecordRequest({ procedure: 'combined-report', filter: { which: 'all' } });
    expect(await ask(bench, combined)).toEqual({ kind: 'combined-report', records: 2 });
    const stored = whole(await atLeast(bench, '2BDD', 2));
    expect(stored).toHaveLength(2);
    for (const value of stored) expect(measured('2BDD', value)).toEqual(kinds);
  });

  it.each(Object.keys(PERIPHERALS) as PeripheralModel[])(
    '%s: says who it is, and how full its battery is',
    async (model) => {
      const bench = await listen(model, {}, 1);
      expect(gattDecoderOf(longUuid('2A25'))!.decode(await read(bench, '2A25'))).toEqual({
        kind: 'decoded',
        value: expect.stringMatching(/^SIM-\d{6}$/),
      });
      for (const uuid of ['2A23', '2A50']) {
        expect(gattDecoderOf(longUuid(uuid))!.decode(await read(bench, uuid)).kind).toBe('decoded');
      }
      expect(await bench.client.get(bench.bluez.device('it').path, BATTERY, 'Percentage')).toBeGreaterThan(
        50,
      );
      await expect(bench.client.characteristic('it', '2A19')).rejects.toThrow('no characteristic');
    },
  );

  it('the same seed gives the same octets, another seed others', async () => {
    const say = async (seed: string): Promise<readonly string[]> => {
      const { bluez, client } = await start({
        seed,
        devices: [{ id: 'it', model: 'glucose-meter', bonded: true, stored: 5 }],
      });
      await client.connect('it');
      for (const uuid of ['2A18', '2A52']) {
        await client.call(await client.characteristic('it', uuid), CHARACTERISTIC, 'StartNotify');
      }
      const path = await client.characteristic('it', '2A52');
      await client.call(path, CHARACTERISTIC, 'WriteValue', 'aya{sv}', [[...ALL], {}]);
      await until(() => bluez.truth.samples.some(({ uuid }) => uuid === longUuid('2A52')));
      return [bluez.device('it').address, ...bluez.truth.samples.map(({ value }) => hexOf(value))];
    };
    const first = await say('a');
    expect(first).toHaveLength(7);
    expect(await say('a')).toEqual(first);
    expect(await say('b')).not.toEqual(first);
  });
});
