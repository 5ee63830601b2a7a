// Alarms of an ECG, true ones and false ones, each a minute and a half of one person with an ECG and a finger's pleth, after the
// classes and causes of the PhysioNet/Computing in Cardiology Challenge 2015. All from one seed. What is true of each is
// said with it.

import { createBody } from './body/body.ts';
import type { Rhythm } from './body/rhythm.ts';
import type { DeviceStream } from './delivery.ts';
import type { ElectrodeTrouble } from './fault/electrode.ts';
import { type Fault, withFaults } from './fault/fault.ts';
import type { Window } from './fault/schedule.ts';
import { type Random, seededRandom } from './random.ts';
import { wearableStream } from './wearable/wearable.ts';

export type AlarmCase = {
  readonly name: string;
  /** What an alarm would be about. */
  readonly of: 'asystole' | 'tachycardia' | 'bradycardia' | 'ventricular-fibrillation';
  /** The heart does it. False: it only looks so. */
  readonly truly: boolean;
  /** When it begins and ends, ms since 1970. */
  readonly event: Window;
  readonly untilMs: number;
  readonly ecg: DeviceStream;
  readonly pleth: DeviceStream;
};

type Plan = {
  readonly name: string;
  readonly of: AlarmCase['of'];
  readonly rhythm?: Rhythm;
  readonly electrodes?: readonly ElectrodeTrouble[];
  /** `number`: it gives numbers and no waveform. */
  readonly finger?: 'off' | 'shaken' | 'number';
};

const PLANS: readonly Plan[] = [
  { name: 'the heart stands still', of: 'asystole', rhythm: 'standstill' },
  {
    name: 'it stands still while a pacemaker goes on',
    of: 'asystole',
    rhythm: 'standstill',
    electrodes: ['paced'],
  },
  {
    name: 'it stands still under a dry electrode',
    of: 'asystole',
    rhythm: 'standstill',
    electrodes: ['small'],
  },
  { name: 'it stands still, and no finger tells', of: 'asystole', rhythm: 'standstill', finger: 'off' },
  { name: 'the heart races', of: 'tachycardia', rhythm: 'tachycardia' },
  { name: 'it races under a dry electrode', of: 'tachycardia', rhythm: 'tachycardia', electrodes: ['small'] },
  { name: 'it races, and no finger tells', of: 'tachycardia', rhythm: 'tachycardia', finger: 'off' },
  {
    name: 'it races, and the finger gives a number',
    of: 'tachycardia',
    rhythm: 'tachycardia',
    finger: 'number',
  },
  { name: 'the heart is slow', of: 'bradycardia', rhythm: 'bradycardia' },
  { name: 'the ventricles fibrillate', of: 'ventricular-fibrillation', rhythm: 'ventricular-fibrillation' },
  { name: 'the electrode fell off', of: 'asystole', electrodes: ['off'] },
  { name: 'the electrode fell off, no finger tells', of: 'asystole', electrodes: ['off'], finger: 'off' },
  { name: 'it fell off, and hums', of: 'asystole', electrodes: ['hum'] },
  { name: 'the converter is at its end', of: 'asystole', electrodes: ['clipped'] },
  { name: 'the electrode is dry', of: 'asystole', electrodes: ['faint'] },
  { name: 'the electrode is half dry', of: 'asystole', electrodes: ['small'] },
  { name: 'a pacemaker that is answered', of: 'tachycardia', electrodes: ['paced'] },
  { name: 'teeth are brushed', of: 'tachycardia', electrodes: ['rubbed'] },
  {
    name: 'teeth are brushed, the finger gives a number',
    of: 'tachycardia',
    electrodes: ['rubbed'],
    finger: 'number',
  },
  { name: 'the electrode is shaken', of: 'tachycardia', electrodes: ['shaken'] },
  {
    name: 'the electrode is shaken, no finger tells',
    of: 'tachycardia',
    electrodes: ['shaken'],
    finger: 'off',
  },
  { name: 'everything is shaken', of: 'tachycardia', electrodes: ['shaken'], finger: 'shaken' },
];

const BEGINS_MS = 40_000;
const LASTS_MS = 30_000;
const UNTIL_MS = 90_000;

/** Every case, as one seed draws it, from `startAtMs` on. */
export function alarmCases(seed: string | number, startAtMs: number): AlarmCase[] {
  const random = seededRandom(seed);
  return PLANS.map((plan) => caseOf(plan, random.fork(plan.name), startAtMs));
}

function caseOf(plan: Plan, random: Random, startAtMs: number): AlarmCase {
  const fromMs = startAtMs + BEGINS_MS + Math.round(random.between(0, 3000));
  const event = { fromMs, toMs: fromMs + LASTS_MS };
  const { rhythm } = plan;
  const body = createBody({
    random: random.fork('body'),
    startAtMs,
    localHourAtStart: 14,
    rhythms: rhythm === undefined ? [] : [{ rhythm, fromMs, untilMs: event.toMs }],
  });
  // A dry electrode is so before and after; what is rubbed or falls off is so for as long as the alarm would be.
  const windowOf = (trouble: ElectrodeTrouble): Window =>
    rhythm !== undefined ? { fromMs: startAtMs, toMs: Number.POSITIVE_INFINITY } : windowFor(trouble, event);
  const electrodes = (plan.electrodes ?? []).map(
    (trouble): Fault => ({ kind: 'electrode', trouble, windows: [windowOf(trouble)] }),
  );
  const finger: Fault[] =
    plan.finger === undefined || plan.finger === 'number'
      ? []
      : [
          plan.finger === 'off'
            ? { kind: 'sensor-off', windows: [{ fromMs: startAtMs, toMs: Number.POSITIVE_INFINITY }] }
            : { kind: 'artefact', windows: [event] },
        ];
  const worn = (model: 'chest-strap' | 'oximeter', faults: readonly Fault[]): DeviceStream =>
    withFaults(
      wearableStream(body, {
        model,
        id: model,
        waveforms: model === 'chest-strap' || plan.finger !== 'number',
      }),
      faults,
      random.fork(`faults ${model}`),
    );
  return {
    name: plan.name,
    of: plan.of,
    truly: rhythm !== undefined,
    event,
    untilMs: startAtMs + UNTIL_MS,
    ecg: worn('chest-strap', electrodes),
    pleth: worn('oximeter', finger),
  };
}

const windowFor = (trouble: ElectrodeTrouble, event: Window): Window =>
  trouble === 'paced' ? { fromMs: 0, toMs: Number.POSITIVE_INFINITY } : event;
