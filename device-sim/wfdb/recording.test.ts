// The two real recordings, with the truths that were written down with them.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeMessageCbor, type Message, parseMessage } from '@heartwood/vitals';
import { describe, expect, it } from 'vitest';
import { messagesOf } from '../delivery.ts';
import { recordingHousehold } from '../fleet/recording-household.ts';
import { isBeat, letterOf } from './annotation.ts';
import { readRecord, readRecordFolder } from './record.ts';
import { checksumOf } from './signal.ts';

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '../../../shared/recordings');
const START = Date.UTC(2026, 10, 21, 8);
const readingsOf = (messages: readonly Message[], kind: string) =>
  messages.flatMap((m) => m.readings).filter((r) => r.measurement.kind === kind);
const valuesOf = (messages: readonly Message[], kind: string): number[] =>
  readingsOf(messages, kind).flatMap((r) => ('value' in r.measurement ? [r.measurement.value] : []));
const percentile = (list: readonly number[], p: number): number => {
  const sorted = [...list].sort((a, b) => a - b);
  const place = (sorted.length - 1) * p;
  const low = Math.floor(place);
  return sorted[low]! + (sorted[Math.min(low + 1, sorted.length - 1)]! - sorted[low]!) * (place - low);
};
const messagesByRole = (path: string): Map<string, Message[]> => {
  const home = recordingHousehold([path]);
  return new Map(
    home.people[0]!.devices.map((device) => [
      device.id.split('-')[0]!,
      messagesOf(home.stream(device.id, START)),
    ]),
  );
};

const lazy = <T>(make: () => T): (() => T) => {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

const ECG = join(FOLDER, '100.hea');
describe.skipIf(!existsSync(ECG))(
  'MIT-BIH record 100 (skipped where ../shared/recordings/100.hea is missing)',
  () => {
    // A skipped suite still runs this function, so nothing may be read before a test asks.
    const record = lazy(() => readRecordFolder(ECG));

    it('has the first samples and checksums that its header says', () => {
      expect(record().signals.map((s) => [s.description, s.samples[0], checksumOf(s.samples)])).toEqual([
        ['MLII', 995, -22131],
        ['V5', 1011, 20052],
      ]);
      expect(record().length).toBe(650_000);
      expect(record().durationMs / 60_000).toBeCloseTo(30.09, 2);
    });

    it('has 2,273 beats: 2,239 N, 33 A, 1 V', () => {
      const letters: Record<string, number> = {};
      for (const beat of record().annotations.filter(isBeat))
        letters[letterOf(beat)] = (letters[letterOf(beat)] ?? 0) + 1;
      expect(letters).toEqual({ N: 2239, A: 33, V: 1 });
    });

    it('is replayed whole: every sample of both leads bit for bit, 2,272 intervals, mean heart rate 75.5', () => {
      const messages = messagesByRole(ECG).get('holter')!;
      for (const signal of record().signals) {
        const frames = readingsOf(messages, 'ecg').flatMap(({ measurement }) =>
          'wave' in measurement && measurement.wave.lead === signal.description ? [measurement.wave] : [],
        );
        expect(frames.length).toBe(1806);
        expect(new Set(frames.map((f) => `${f.rateHz} ${f.gain} ${f.baseline}`))).toEqual(
          new Set(['360 200 1024']),
        );
        // 650,000 samples are 1,805 seconds and 200 samples.
        expect(frames.at(-1)!.samples.length).toBe(200);
        const joined = Buffer.concat(
          frames.map((f) => Buffer.from(f.samples.buffer, f.samples.byteOffset, f.samples.byteLength)),
        );
        expect(joined.equals(Buffer.from(signal.samples.buffer))).toBe(true);
      }
      const intervals = valuesOf(messages, 'rr-interval');
      expect(intervals.length).toBe(2272);
      const mean = intervals.reduce((a, b) => a + b) / intervals.length;
      expect(Math.abs(60_000 / mean - 75.5)).toBeLessThan(0.2);
      const rates = valuesOf(messages, 'heart-rate');
      expect(Math.abs(rates.reduce((a, b) => a + b) / rates.length - 75.5)).toBeLessThan(1);
      for (const message of messages) {
        for (const { at } of message.readings) if (!(at! < START)) expect(at).toBeLessThan(START);
      }
    });

    it('travels unchanged in CBOR', () => {
      for (const message of messagesByRole(ECG).get('holter')!.slice(0, 200)) {
        expect(parseMessage(encodeMessageCbor(message))).toEqual({ kind: 'message', message });
      }
    });

    it('is refused when its samples are cut short, by one byte', () => {
      const header = readFileSync(ECG, 'latin1');
      const whole = readFileSync(join(FOLDER, '100.dat'));
      const shorter = (name: string) =>
        name === '100.dat' ? whole.subarray(0, whole.length - 1) : undefined;
      expect(() => readRecord(header, shorter)).toThrow(/100\.dat ends after 1949999 bytes/);
    });
  },
);

const NUMERICS = join(FOLDER, 's00001-2896-10-10-00-31n.hea');
describe.skipIf(!existsSync(NUMERICS))(
  'MIMIC-II numerics s00001 (skipped where ../shared/recordings/s00001-2896-10-10-00-31n.hea is missing)',
  () => {
    const record = lazy(() => readRecordFolder(NUMERICS));
    const messages = lazy(() => messagesByRole(NUMERICS));

    it('is what its header says', () => {
      expect(record().length).toBe(1936);
      expect(Math.round(record().durationMs / 60_000)).toBe(1936);
      expect(record().baseDate).toBe('2896-10-10');
      expect(record().signals.map((s) => [s.description, s.samples[0], checksumOf(s.samples)])).toEqual(
        record().signals.map((s) => [s.description, s.initialValue, s.checksum]),
      );
    });

    it('has the published heart rates (p5/p50/p95 51.7/55.6/62.5) and SpO2', () => {
      const rates = valuesOf(messages().get('bedside')!, 'heart-rate');
      expect(rates.length).toBe(1936 - 46);
      expect(Math.abs(percentile(rates, 0.5) - 55.6)).toBeLessThan(0.1);
      // The published percentiles, like the published median of SpO2 (96.5), count minutes without a sensor as 0.
      const asPublished = [...rates, ...new Array<number>(46).fill(0)];
      expect([0.05, 0.5, 0.95].map((p) => Math.round(percentile(asPublished, p) * 10) / 10)).toEqual([
        51.7, 55.6, 62.5,
      ]);
      const spo2 = valuesOf(messages().get('bedside')!, 'spo2');
      expect(percentile(spo2, 0.5)).toBeCloseTo(96.9, 5);
      const withZeros = [...spo2, ...new Array<number>(363).fill(0)];
      expect(percentile(withZeros, 0.5)).toBeCloseTo(96.5, 5);
    });

    it('keeps 363 minutes without SpO2 and 46 without heart rate as absent, and no 0 anywhere', () => {
      const absent = (kind: string) =>
        readingsOf(messages().get('bedside')!, kind).filter(
          (r) => 'absent' in r.measurement && r.measurement.absent === 'sensor-off',
        );
      expect(absent('spo2').length).toBe(363);
      expect(absent('heart-rate').length).toBe(46);
      for (const kind of ['heart-rate', 'spo2', 'respiratory-rate']) {
        expect(valuesOf(messages().get('bedside')!, kind).includes(0)).toBe(false);
      }
    });

    it('has 152 cuff pressures', () => {
      expect(readingsOf(messages().get('bedcuff')!, 'blood-pressure').length).toBe(152);
      expect(messages().get('bedcuff')!.length).toBe(152);
    });
  },
);
