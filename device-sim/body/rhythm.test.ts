import { describe, expect, it } from 'vitest';
import { messagesOf, takeUntil } from '../delivery.ts';
import { ELECTRODE_TROUBLES, type ElectrodeTrouble } from '../fault/electrode.ts';
import { withFaults } from '../fault/fault.ts';
import { seededRandom } from '../random.ts';
import { wearableStream } from '../wearable/wearable.ts';
import { createBody } from './body.ts';
import { beatsOf } from './heart.ts';
import { atrialBeatsIn, type Rhythm } from './rhythm.ts';

const START = Date.UTC(2026, 10, 21, 8);
const at = (seconds: number): number => START + seconds * 1000;
const bodyWith = (rhythm: Rhythm) =>
  createBody({
    random: seededRandom(1),
    startAtMs: START,
    rhythms: [{ rhythm, fromMs: at(60), untilMs: at(90) }],
  });
const beats = (rhythm: Rhythm): number[] => {
  const found: number[] = [];
  for (const { atMs } of beatsOf(bodyWith(rhythm))) {
    if (atMs >= at(120)) return found;
    found.push((atMs - START) / 1000);
  }
  return found;
};

describe('a turn of the rhythm', () => {
  it.each(['standstill', 'ventricular-fibrillation'] as const)(
    '%s: no beat within it, as before behind it',
    (rhythm) => {
      const all = beats(rhythm);
      // One that had begun may still come.
      expect(all.filter((s) => s > 61.5 && s < 90)).toEqual([]);
      expect(all.filter((s) => s < 60).length).toBeGreaterThan(50);
      expect(all.filter((s) => s > 90).length).toBeGreaterThan(25);
    },
  );
  it.each([
    ['tachycardia', 175],
    ['bradycardia', 29],
  ] as const)('%s: %i a minute, from one beat to the next', (rhythm, rate) => {
    const within = beats(rhythm).filter((s) => s > 62.5 && s < 90);
    const intervals = within.slice(1).map((s, i) => s - within[i]!);
    for (const interval of intervals) expect(Math.abs(interval - 60 / rate)).toBeLessThan(0.1 * (60 / rate));
    expect(bodyWith(rhythm).vitalsAt(at(61)).heartRate).toBe(rate);
    expect(bodyWith(rhythm).vitalsAt(at(59)).heartRate).toBeLessThan(90);
    expect(bodyWith(rhythm).vitalsAt(at(91)).heartRate).toBeGreaterThan(55);
  });
  it('leaves the atria alone, which go on at their own pace while the ventricles stand still', () => {
    const all = [...atrialBeatsIn(bodyWith('standstill'), at(0), at(200))];
    expect(all.length).toBe(36);
    const pieces = [
      ...atrialBeatsIn(bodyWith('standstill'), at(0), at(71.3)),
      ...atrialBeatsIn(bodyWith('standstill'), at(71.3), at(200)),
    ];
    expect(pieces).toEqual(all);
    expect([...atrialBeatsIn(bodyWith('tachycardia'), at(0), at(200))]).toEqual([]);
  });
  it('comes by the scenario’s timetable, more often at a higher tempo, and no shorter', () => {
    const turnsOf = (tempo: number): number[] => {
      const body = createBody({ random: seededRandom(1), startAtMs: START, scenario: 'standstill', tempo });
      return Array.from({ length: 3600 }, (_, s) => s).filter(
        (s) => body.rhythmAt(at(s)).rhythm === 'standstill',
      );
    };
    expect(turnsOf(1)).toHaveLength(60);
    expect(turnsOf(1)[0]).toBe(120);
    expect(turnsOf(4)).toHaveLength(12 * 20);
  });
  it('a device that counts beats says that it has none, and counts anew', () => {
    const strap = wearableStream(bodyWith('standstill'), { model: 'chest-strap', id: 'strap' });
    const rates = messagesOf(takeUntil(strap, at(110))).flatMap(({ readings }) =>
      readings.filter(({ measurement }) => measurement.kind === 'heart-rate'),
    );
    const absent = rates
      .filter(({ measurement }) => 'absent' in measurement)
      .map((one) => (one.at! - START) / 1000);
    expect(Math.min(...absent)).toBeGreaterThan(63);
    expect(Math.min(...absent)).toBeLessThan(68);
    expect(Math.max(...absent)).toBeLessThan(93);
    for (const { measurement } of rates)
      if ('value' in measurement && typeof measurement.value === 'number')
        expect(measurement.value).toBeGreaterThan(50);
  });
});

describe('an electrode', () => {
  const seen = (trouble?: ElectrodeTrouble) => {
    const sound = wearableStream(bodyWith('sinus'), { model: 'chest-strap', id: 'strap', waveforms: true });
    const faults = trouble
      ? [{ kind: 'electrode', trouble, windows: [{ fromMs: at(5), toMs: at(15) }] } as const]
      : [];
    const messages = messagesOf(takeUntil(withFaults(sound, faults, seededRandom(2)), at(20)));
    const readings = messages.flatMap((one) => one.readings);
    const mV = readings.flatMap(({ at: atMs, measurement }) =>
      'wave' in measurement && atMs! >= at(6) && atMs! < at(13)
        ? [...measurement.wave.samples].map((sample) => sample / measurement.wave.gain)
        : [],
    );
    const rates = readings.flatMap(({ at: atMs, measurement }) =>
      measurement.kind === 'heart-rate' && 'value' in measurement && atMs! >= at(6) && atMs! < at(13)
        ? [measurement.value as number]
        : [],
    );
    return { messages, mV, rates, range: Math.max(...mV) - Math.min(...mV) };
  };
  it('changes nothing outside of its time, and is the same from the same seed', () => {
    for (const trouble of ELECTRODE_TROUBLES) {
      expect(seen(trouble).messages).toEqual(seen(trouble).messages);
      const later = (of: ReturnType<typeof seen>) =>
        of.messages.flatMap((m) => m.readings).filter((r) => r.at! >= at(16));
      expect(later(seen(trouble))).toEqual(later(seen()));
      expect(seen(trouble).mV).not.toEqual(seen().mV);
    }
  });
  it('does what its name says', () => {
    const whole = seen().range;
    expect(seen('off').range).toBe(0);
    expect(seen('hum').range).toBeGreaterThan(1.5);
    expect(Math.max(...seen('clipped').mV)).toBe(3);
    expect(seen('faint').range).toBeLessThan(0.15);
    expect(seen('small').range / whole).toBeCloseTo(1 / 3, 1);
    expect(seen('paced').range).toBeGreaterThan(whole + 2.5);
    expect(Math.min(...seen('rubbed').rates)).toBeGreaterThan(180);
    expect(Math.min(...seen('shaken').rates)).toBeGreaterThan(150);
    expect(seen('off').rates).toEqual([]);
    expect(seen('paced').rates).toEqual(seen().rates);
  });
});
