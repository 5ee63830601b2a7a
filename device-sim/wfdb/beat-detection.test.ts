// The beat detectors of vitals on a real recording, against the beats that cardiologists annotated (ANSI/AAMI EC57: a beat
// within 150 ms is the same). MIT-BIH record 100, both leads, half an hour.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compareBeats, type EcgQuality, EcgSignal } from '@heartwood/vitals';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../random.ts';
import { isBeat } from './annotation.ts';
import { readRecordFolder } from './record.ts';

const RECORD = join(dirname(fileURLToPath(import.meta.url)), '../../../shared/recordings/100.hea');

describe.skipIf(!existsSync(RECORD))('record 100 (../shared/recordings is there)', () => {
  const record = existsSync(RECORD) ? readRecordFolder(RECORD) : undefined;
  const truth = record?.annotations.filter(isBeat).map(({ sample }) => sample) ?? [];

  /** The lead's beats by each detector, and how many of its seconds were judged how. */
  function watch(lead: number, noiseMv = 0) {
    const { rateHz, signals } = record!;
    const { samples, gain, baseline } = signals[lead]!;
    const random = seededRandom('noise');
    const signal = new EcgSignal(rateHz);
    const beats: { hamilton: number[]; elgendi: number[] } = { hamilton: [], elgendi: [] };
    const seconds: Record<EcgQuality, number> = { learning: 0, off: 0, poor: 0, good: 0 };
    for (let from = 0; from < samples.length; from += rateHz) {
      const clean = samples.slice(from, from + rateHz);
      const frame =
        noiseMv > 0 ? clean.map((sample) => sample + Math.round(noiseMv * gain * random.normal())) : clean;
      signal.push({ samples: frame, gain, baseline });
      for (const [list, found] of [
        [beats.hamilton, signal.beats],
        [beats.elgendi, signal.others],
      ] as const)
        for (const at of found) if (at > (list.at(-1) ?? -1)) list.push(at);
      seconds[signal.look().quality] += 1;
    }
    return { ...beats, seconds };
  }

  it.each([
    { name: 'MLII', lead: 0 },
    { name: 'V5', lead: 1 },
  ])('lead $name: both detectors find at least 99.7 % of the beats, and no other', ({ name, lead }) => {
    const { seconds, ...detected } = watch(lead);
    for (const [detector, found] of Object.entries(detected)) {
      const { matched, extra } = compareBeats(found, truth, Math.round(0.15 * record!.rateHz));
      const [sensitivity, predictivity] = [matched / truth.length, matched / found.length];
      process.stdout.write(
        `record 100 ${name}, ${detector}: sensitivity ${(100 * sensitivity).toFixed(2)} %, ` +
          `positive predictivity ${(100 * predictivity).toFixed(2)} % of ${truth.length} beats\n`,
      );
      expect(sensitivity).toBeGreaterThan(0.997);
      expect(extra).toBe(0);
    }
    expect(seconds.good / (seconds.good + seconds.poor + seconds.off)).toBeGreaterThan(0.99);
  });

  it('in noise of half the height of a beat hardly a second is called good', () => {
    const { seconds } = watch(0, 0.6);
    expect(seconds.good).toBeLessThan(30);
    expect(seconds.poor).toBeGreaterThan(1700);
  });
});
