// The devices people wear: what each senses of a body, and how often. Each is a lazy, repeatable stream of
// deliveries; a device draws its own noise from its own fork, and senses the same heart as its neighbours.

import type { Kind, TimedMeasurement, WaveKind } from '@heartwood/vitals';
import type { Body } from '../body/body.ts';
import { beatWindow } from '../body/heart.ts';
import { drawEcg, drawPpg, ECG_REACH_MS, PPG_REACH_MS } from '../body/wave.ts';
import { type DeviceStream, streamOf } from '../delivery.ts';
import type { Random } from '../random.ts';
import { numbering, pressure, roundTo, scalar, timed } from './sense.ts';

export const WEARABLES = [
  'chest-strap',
  'watch',
  'oximeter',
  'cuff',
  'thermometer',
  'scale',
  'glucose-sensor',
] as const;
export type WearableModel = (typeof WEARABLES)[number];

export type WearableOptions = {
  readonly model: WearableModel;
  /** Names the device's own randomness, within the body's: use the device id. */
  readonly id: string;
  /** How often it measures; the model's habit by default. Waveform frames are 1 s whatever this says. */
  readonly everyMs?: number;
  /** Whether it carries its waveform (chest strap: ECG at 250 Hz, oximeter and watch: pleth at 50 Hz). Default: no. */
  readonly waveforms?: boolean;
};

type Habit = {
  readonly everyMs: number;
  readonly label: string;
  readonly kinds: readonly Kind[];
  readonly wave?: WaveKind;
};

const SECOND = 1000;
const MINUTE = 60_000;
/** Without a beat for so long a device shows dashes. */
const UNCOUNTED_MS = 5000;
const BATTERY_EVERY_MS: number = 5 * MINUTE;

const HABITS: Readonly<Record<WearableModel, Habit>> = {
  'chest-strap': {
    everyMs: SECOND,
    label: 'Chest strap',
    kinds: ['heart-rate', 'rr-interval', 'battery'],
    wave: 'ecg',
  },
  watch: {
    everyMs: 5 * SECOND,
    label: 'Wrist watch',
    kinds: ['heart-rate', 'spo2', 'perfusion-index', 'respiratory-rate', 'rr-interval', 'steps', 'battery'],
    wave: 'ppg',
  },
  oximeter: {
    everyMs: SECOND,
    label: 'Finger oximeter',
    kinds: ['heart-rate', 'spo2', 'perfusion-index', 'respiratory-rate', 'battery'],
    wave: 'ppg',
  },
  cuff: { everyMs: 15 * MINUTE, label: 'Blood pressure cuff', kinds: ['blood-pressure', 'heart-rate'] },
  thermometer: { everyMs: MINUTE, label: 'Temperature patch', kinds: ['body-temperature', 'battery'] },
  scale: { everyMs: 24 * 60 * MINUTE, label: 'Scale', kinds: ['weight'] },
  'glucose-sensor': { everyMs: 5 * MINUTE, label: 'Glucose sensor', kinds: ['glucose', 'battery'] },
};

/** What a model is called on a label. */
export function labelOf(model: WearableModel): string {
  return HABITS[model].label;
}

/** The kinds of reading a device of this model sends. */
export function kindsOf(model: WearableModel, waveforms: boolean): readonly Kind[] {
  const { kinds, wave } = HABITS[model];
  return waveforms && wave ? [...kinds, wave] : kinds;
}

/**
 * The deliveries of one healthy device on one body, from the body's start on, without end. Device time is the
 * virtual time; the readings of one moment are one message, a waveform frame is a message of its own (it travels
 * on the `wave` topic), and both count in the same `seq`.
 */
export function wearableStream(body: Body, options: WearableOptions): DeviceStream {
  const habit = HABITS[options.model];
  const everyMs = Math.max(100, options.everyMs ?? habit.everyMs);
  const wave = options.waveforms ? habit.wave : undefined;
  const tickMs = wave ? Math.min(everyMs, SECOND) : everyMs;
  return streamOf(function* () {
    const random = body.random.fork(`device ${options.id}`);
    const deliver = numbering(random.between(15, 120));
    const sense = sensor(options.model, body, random.fork('numbers'), everyMs);
    const draw = wave && frameDrawer(wave, body, random.fork('wave'));
    const batteryLasts = random.between(60, 200) * 3_600_000;
    const chargedFor = random.between(0, 0.4);
    // What measures seldom measures first soon after it was put on, not a whole interval later.
    const putOnMs = body.startAtMs + (wave || everyMs < 30_000 ? tickMs : random.between(2_000, 20_000));
    let measuredMs = putOnMs - everyMs;
    let chargeSaidMs = Number.NEGATIVE_INFINITY;
    let frameMs = body.startAtMs;
    for (let nowMs = putOnMs; ; nowMs += tickMs) {
      if (draw && nowMs - frameMs >= SECOND) {
        yield deliver(nowMs, [draw(frameMs)]);
        frameMs += SECOND;
      }
      if (nowMs - measuredMs < everyMs) continue;
      const readings = sense(measuredMs, nowMs);
      if (habit.kinds.includes('battery') && nowMs - chargeSaidMs >= BATTERY_EVERY_MS) {
        const used = ((nowMs - body.startAtMs) / batteryLasts + chargedFor) % 0.95;
        readings.push(timed(nowMs, scalar('battery', 100 * (1 - used))));
        chargeSaidMs = nowMs;
      }
      if (readings.length > 0) yield deliver(nowMs, readings);
      measuredMs = nowMs;
    }
  });
}

/** What the device would say now, having last measured at `sinceMs`. */
type Sensor = (sinceMs: number, nowMs: number) => TimedMeasurement[];

function sensor(model: WearableModel, body: Body, random: Random, everyMs: number): Sensor {
  switch (model) {
    case 'chest-strap':
      return heartSensor(body, everyMs, { intervals: true, wholeBeats: false });
    case 'watch': {
      const heart = heartSensor(body, everyMs, { intervals: true, wholeBeats: true });
      const light = lightSensor(body, random);
      return (sinceMs, nowMs) => [
        ...heart(sinceMs, nowMs),
        ...light(sinceMs, nowMs),
        timed(nowMs, scalar('steps', body.stepsAt(nowMs))),
      ];
    }
    case 'oximeter': {
      const heart = heartSensor(body, everyMs, { intervals: false, wholeBeats: true });
      const light = lightSensor(body, random);
      return (sinceMs, nowMs) => [...heart(sinceMs, nowMs), ...light(sinceMs, nowMs)];
    }
    case 'cuff':
      return (_, nowMs) => {
        const { systolic, diastolic, mean, heartRate } = body.vitalsAt(nowMs);
        // A cuff errs by a few mm[Hg] from one measurement to the next, and by the same amount in all three.
        const error = 2 * random.normal();
        return [
          timed(nowMs, pressure(systolic + error, diastolic + 0.6 * error, mean + 0.75 * error)),
          timed(nowMs, scalar('heart-rate', heartRate, 0)),
        ];
      };
    case 'thermometer':
      return (_, nowMs) => [
        timed(nowMs, scalar('body-temperature', body.vitalsAt(nowMs).temperature + 0.02 * random.normal())),
      ];
    case 'scale':
      return (_, nowMs) => [
        // In steps of 50 g, as bathroom scales do.
        timed(nowMs, scalar('weight', roundTo(body.vitalsAt(nowMs).weight * 2, 1) / 2)),
      ];
    case 'glucose-sensor':
      return (_, nowMs) => [
        timed(nowMs, scalar('glucose', body.vitalsAt(nowMs).glucose + 2 * random.normal(), 0)),
      ];
  }
}

/** Heart rate as devices show it: over the last eight beats; with each interval at the time its beat ended it. */
function heartSensor(body: Body, everyMs: number, say: { intervals: boolean; wholeBeats: boolean }): Sensor {
  const window = beatWindow(body, everyMs + 20_000);
  let recent: number[] = [];
  let beatMs = Number.NEGATIVE_INFINITY;
  return (sinceMs, nowMs) => {
    const readings: TimedMeasurement[] = [];
    for (const beat of window.between(sinceMs, nowMs)) {
      // A heart that stood still is counted anew.
      recent = beat.rrMs > UNCOUNTED_MS ? [] : [...recent.slice(-7), beat.rrMs];
      beatMs = beat.atMs;
      if (say.intervals) readings.push(timed(beat.atMs, scalar('rr-interval', beat.rrMs)));
    }
    if (recent.length > 0 && nowMs - beatMs > UNCOUNTED_MS) {
      readings.unshift(timed(nowMs, { kind: 'heart-rate', absent: 'unknown' }));
    } else if (recent.length > 0) {
      const meanMs = recent.reduce((sum, rrMs) => sum + rrMs, 0) / recent.length;
      readings.unshift(timed(nowMs, scalar('heart-rate', 60_000 / meanMs, say.wholeBeats ? 0 : 1)));
    }
    return readings;
  };
}

function lightSensor(body: Body, random: Random): Sensor {
  return (_, nowMs) => {
    const { spo2, perfusion, respiratoryRate } = body.vitalsAt(nowMs);
    return [
      timed(nowMs, scalar('spo2', Math.min(100, spo2 + 0.3 * random.normal()), 0)),
      timed(nowMs, scalar('perfusion-index', perfusion)),
      timed(nowMs, scalar('respiratory-rate', respiratoryRate + 0.3 * random.normal(), 0)),
    ];
  };
}

/** Draws the frame of one second that begins at `fromMs`, in converter units. */
function frameDrawer(kind: WaveKind, body: Body, random: Random): (fromMs: number) => TimedMeasurement {
  const ecg = kind === 'ecg';
  const rateHz = ecg ? 250 : 50;
  // 400 units per mV for the ECG; the pleth is a share of the light (1 % of perfusion = 0.01), so 10 per 0.001.
  const gain = ecg ? 400 : 10_000;
  const reach = ecg ? ECG_REACH_MS : { before: 0, after: PPG_REACH_MS };
  const window = beatWindow(body, 20_000);
  const physical = new Float64Array(rateHz);
  return (fromMs) => {
    physical.fill(0);
    const beats = window.between(fromMs - reach.after, fromMs + SECOND + reach.before);
    if (ecg) drawEcg(body, random, beats, fromMs, rateHz, physical);
    else drawPpg(body, random, beats, fromMs, rateHz, physical);
    const samples = Int32Array.from(physical, (value) => Math.round(value * gain));
    return timed(fromMs, {
      kind,
      wave: { lead: ecg ? 'I' : 'finger', rateHz, gain, baseline: 0, samples },
    });
  };
}
