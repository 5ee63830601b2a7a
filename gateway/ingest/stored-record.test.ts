// Records of a Bluetooth meter through the whole hub: each once, whoever sends it again and whatever was in between;
// and the octets that a reading came in, from the message to the canonical bytes of its proof.

import { decodeReading, encodeMessageCbor, type Source, type TimedMeasurement } from '@heartwood/vitals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HeartwoodError } from '../error.ts';
import { hubCalls } from '../hub/calls.ts';
import { enroll } from '../registry/enroll.ts';
import { AT, Home } from '../testing.ts';

let home: Home;
beforeEach(async () => {
  home = new Home();
  await home.start();
  await enroll(home.hub.vault, given('meter', 'C0:FF:EE:00:12:34'));
});
afterEach(() => home.remove());

const given = (device: string, radio: string) => ({
  device,
  radio,
  label: device,
  patient: 'Ada',
  origin: 'wearable' as const,
});
const sourceOf = (number: number, stored = true): Source => ({
  characteristic: 0x2a18,
  version: 1,
  octets: Uint8Array.of(2, number & 0xff, number >>> 8, 0xea, 7, 11, 21, 13, 15, 59, 99, 0xb0, 0x11),
  clock: 'corrected',
  stored,
  shiftMs: -960_000,
});
const record = (number: number, stored = true): TimedMeasurement => ({
  at: AT - 60_000 + number,
  measurement: { kind: 'glucose', value: 99 },
  source: sourceOf(number, stored),
});
let seq = 0;
const send = (boot: number, ...numbers: number[]) =>
  home.sendBytes(
    'meter',
    ...numbers.map((number) => encodeMessageCbor({ boot, seq: seq++, readings: [record(number)] })),
  ).outcomes;
const restart = async (): Promise<void> => {
  home.crash();
  await home.start();
};
const radioDevices = () => hubCalls(home.hub).radioDevices();

describe('a record out of a device’s memory', () => {
  it('is stored once: in one commit, in the next, after a kill, and after its batch has closed', async () => {
    expect(send(1, 1, 2, 2)).toEqual(['stored', 'stored', 'duplicate']);
    expect(send(1, 1)).toEqual(['duplicate']);
    await restart();
    expect(send(2, 1, 2, 3)).toEqual(['duplicate', 'duplicate', 'stored']);
    await home.interval();
    await restart();
    expect(send(3, 3, 4)).toEqual(['duplicate', 'stored']);
    for (let n = 0; n < 40; n++) await home.interval();
    await restart();
    expect(send(4, 1, 4)).toEqual(['duplicate', 'duplicate']);
  });

  it('says where an upload goes on: after the last one on disk, also after a kill', async () => {
    expect(radioDevices()).toEqual([
      { id: 'meter', radio: 'C0:FF:EE:00:12:34', records: { names: [], last: [] } },
    ]);
    send(1, 7, 8);
    await restart();
    expect(radioDevices()[0]?.records).toMatchObject({ last: [[0x2a18, 8]] });
    expect(radioDevices()[0]?.records.names).toHaveLength(2);
  });

  it('a live value that says the same twice is two readings', () => {
    const live = (n: number) => encodeMessageCbor({ boot: 1, seq: n, readings: [record(1, false)] });
    expect(home.sendBytes('meter', live(100), live(101)).outcomes).toEqual(['stored', 'stored']);
  });

  it('keeps its octets down to the canonical bytes of its proof', async () => {
    const body = encodeMessageCbor({ boot: 1, seq: 0, readings: [record(300)] });
    const [taken] = home.sendBytes('meter', body).readings;
    await home.interval();
    const bundle = JSON.parse(await hubCalls(home.hub).prove(taken?.id ?? '')) as { entry: string };
    // Behind the salt of 32 bytes.
    const reading = decodeReading(Uint8Array.from(Buffer.from(bundle.entry, 'base64').subarray(32)));
    expect(reading).toMatchObject({ device: 'meter', source: sourceOf(300) });
  });
});

describe('a device known by its Bluetooth address', () => {
  it('has its address alone, until it is revoked', async () => {
    const { vault } = home.hub;
    await expect(enroll(vault, given('other', 'C0:FF:EE:00:12:34'))).rejects.toThrow(HeartwoodError);
    const meter = vault.registry.device('meter');
    if (meter !== undefined)
      vault.store.transaction(() => vault.registry.changeDevice(meter, { revoked: true }));
    await enroll(vault, given('other', 'C0:FF:EE:00:12:34'));
    expect(radioDevices().map(({ id }) => id)).toEqual(['other']);
  });
});
