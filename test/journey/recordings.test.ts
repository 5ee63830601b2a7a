// Two real recordings through the whole: replayed by the demo over MQTT, stored, exported, and compared with what their
// authors wrote down about them. Nothing on the way may round, drop, double or make up a number.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FeedReading } from '@heartwood/gateway';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Home } from './home.ts';
import { heartwood, JOURNEY } from './program.ts';

const FOLDER = fileURLToPath(new URL('../../../shared/recordings/', import.meta.url));
const ECG = `${FOLDER}100.hea`;
const NUMERICS = `${FOLDER}s00001-2896-10-10-00-31n.hea`;
const missing = ![ECG, NUMERICS].every(existsSync);

describe.skipIf(missing)(
  'recordings through the demo (skipped where ../shared/recordings is missing)',
  () => {
    let home: Home;
    let readings: FeedReading[];
    let said: string;

    beforeAll(async () => {
      home = new Home();
      const time = ['--speed', '3600', '--for', '2s', '--interval-ms', '1000'];
      const ports = ['--mqtt-port', '0', '--http-port', '0', '--data', home.data];
      const records = ['--recording', ECG, '--recording', NUMERICS];
      const { status, out, err } = await heartwood(['demo', ...records, ...time, ...ports]);
      expect(status, err).toBe(0);
      said = out;
      readings = await home.exported();
    }, JOURNEY.timeout);
    afterAll(() => home?.close());

    const of = (device: string, kind: string): FeedReading[] =>
      readings.filter((reading) => reading.device.startsWith(`${device}-`) && reading.kind === kind);
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

    it('are each reading once, as recordings, and every message acknowledged', async () => {
      const named = readings.map(
        ({ device, seq, kind, at, wave }) => `${device} ${seq} ${kind} ${at} ${wave?.lead}`,
      );
      expect(new Set(named).size).toBe(readings.length);
      expect(new Set(readings.map(({ id }) => id)).size).toBe(readings.length);
      expect(new Set(readings.map(({ origin }) => origin))).toEqual(new Set(['recording']));
      expect(said).toContain('All of them are on disk and signed');
      expect(said).not.toContain('were not acknowledged');
      const messages = new Set(readings.map(({ device, seq }) => `${device} ${seq}`)).size;
      expect(said).toContain(`The devices sent ${messages} messages`);
      expect((await home.run('fsck')).status).toBe(0);
    });

    it.each([
      ['MLII', -22131],
      ['V5', 20052],
    ])('of lead %s have 650,000 samples whose checksum is the header’s, %i', (lead, checksum) => {
      const frames = of('holter', 'ecg').flatMap(({ wave }) => (wave?.lead === lead ? [wave] : []));
      expect(new Set(frames.map((f) => `${f.rateHz} ${f.gain} ${f.baseline}`))).toEqual(
        new Set(['360 200 1024']),
      );
      const samples = frames.flatMap((frame) => frame.samples);
      expect(samples).toHaveLength(650_000);
      // header(5): the sum of all samples, as a signed number of 16 bits.
      expect((samples.reduce((sum, sample) => (sum + sample) | 0, 0) << 16) >> 16).toBe(checksum);
    });

    it('beat 75.5 times a minute, from 2,272 intervals', () => {
      const intervals = of('holter', 'rr-interval').flatMap(({ value }) => value ?? []);
      expect(intervals).toHaveLength(2_272);
      expect(Math.abs(60_000 / mean(intervals) - 75.5)).toBeLessThan(0.2);
    });

    it('have 363 minutes without saturation and 46 without heart rate, said why, and no zero anywhere', () => {
      const absent = (kind: string): (string | undefined)[] =>
        of('bedside', kind).flatMap((reading) => (reading.value === undefined ? [reading.absent] : []));
      expect(absent('spo2')).toEqual(Array(363).fill('sensor-off'));
      expect(absent('heart-rate')).toEqual(Array(46).fill('sensor-off'));
      expect(of('bedside', 'heart-rate')).toHaveLength(1_936);
      const numbers = readings.flatMap(({ value, systolic, diastolic, mean: middle }) =>
        [value, systolic, diastolic, middle].filter((number) => number !== undefined),
      );
      expect(numbers.length).toBeGreaterThan(5_000);
      expect(numbers.filter((number) => !(number > 0))).toEqual([]);
    });

    it('have 152 pressures of the cuff, each with a number', () => {
      const cuffs = of('bedcuff', 'blood-pressure');
      expect(cuffs).toHaveLength(152);
      expect(cuffs.filter((cuff) => cuff.systolic === undefined && cuff.mean === undefined)).toEqual([]);
    });

    it('are proved as what they are: a recording, not a body', async () => {
      const [frame] = of('holter', 'ecg');
      const { status, out } = await home.verify(await home.prove(frame?.id ?? ''));
      expect(status).toBe(0);
      expect(out).toContain('a RECORDING that was played back');
    });
  },
);
