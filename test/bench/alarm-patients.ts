// Who lies before the alarms of the benchmark, what happens to each, and what is wrong with their devices: all from one seed,
// all with a truth that is known.

import {
  type Body,
  createBody,
  type DeviceStream,
  ELECTRODE_TROUBLES,
  type Fault,
  type ScenarioName,
  seededRandom,
  type WearableModel,
  type Window,
  wearableStream,
  withFaults,
} from '@heartwood/device-sim';

/** A condition that a fault is expected to raise, while the fault lasts. */
export type Expected = { readonly condition: RegExp; readonly windows: readonly Window[] };

export type AlarmPatient = {
  readonly name: string;
  readonly body: Body;
  readonly devices: ReadonlyMap<string, DeviceStream>;
  readonly expected: readonly Expected[];
};

type Plan = {
  readonly name: string;
  readonly scenario: ScenarioName;
  readonly startHour: number;
  readonly worn: Readonly<Partial<Record<WearableModel, 'numbers' | 'waves'>>>;
  /** Every so often, for so long, in turn. */
  readonly trouble?: {
    readonly everyMs: number;
    readonly lengthMs: number;
    readonly of: readonly (readonly [WearableModel, FaultIn])[];
    readonly raises: RegExp;
  };
};
type FaultIn = (windows: readonly Window[]) => Fault;

const MINUTE = 60_000;
const WAVES = { 'chest-strap': 'waves', oximeter: 'waves', cuff: 'numbers', thermometer: 'numbers' } as const;
const NUMBERS = {
  'chest-strap': 'numbers',
  oximeter: 'numbers',
  cuff: 'numbers',
  thermometer: 'numbers',
} as const;
const off: FaultIn = (windows) => ({ kind: 'sensor-off', windows });
const moved: FaultIn = (windows) => ({ kind: 'artefact', windows });
const silent: FaultIn = (windows) => ({ kind: 'drop-out', windows });

const PLANS: readonly Plan[] = [
  { name: 'well', scenario: 'well', startHour: 8, worn: WAVES },
  { name: 'exercise', scenario: 'exercise', startHour: 8, worn: WAVES },
  { name: 'fever', scenario: 'fever', startHour: 8, worn: NUMBERS },
  { name: 'worse over a night', scenario: 'deterioration', startHour: 20, worn: NUMBERS },
  { name: 'apnoeas at night', scenario: 'desaturation-at-night', startHour: 20, worn: NUMBERS },
  { name: 'fibrillating atria', scenario: 'atrial-fibrillation', startHour: 8, worn: WAVES },
  { name: 'heart stands still', scenario: 'standstill', startHour: 8, worn: WAVES },
  { name: 'heart races', scenario: 'tachycardia', startHour: 8, worn: WAVES },
  { name: 'heart is slow', scenario: 'bradycardia', startHour: 8, worn: WAVES },
  {
    name: 'well, sensors off',
    scenario: 'well',
    startHour: 8,
    worn: WAVES,
    trouble: {
      everyMs: 60 * MINUTE,
      lengthMs: 10 * MINUTE,
      of: [
        ['chest-strap', off],
        ['oximeter', off],
      ],
      raises: /^(sensor-off|artefact|stale):/,
    },
  },
  {
    name: 'well, movement storms',
    scenario: 'well',
    startHour: 8,
    worn: WAVES,
    trouble: {
      everyMs: 20 * MINUTE,
      lengthMs: 3 * MINUTE,
      of: [
        ['chest-strap', moved],
        ['oximeter', moved],
      ],
      raises: /^(sensor-off|artefact|stale):/,
    },
  },
  {
    name: 'well, bad electrodes',
    scenario: 'well',
    startHour: 8,
    worn: WAVES,
    trouble: {
      everyMs: 10 * MINUTE,
      lengthMs: 2 * MINUTE,
      of: ELECTRODE_TROUBLES.map(
        (trouble) =>
          ['chest-strap', (windows) => ({ kind: 'electrode', trouble, windows })] satisfies [
            WearableModel,
            FaultIn,
          ],
      ),
      raises: /^(sensor-off|artefact|stale):/,
    },
  },
  {
    name: 'well, devices silent',
    scenario: 'well',
    startHour: 8,
    worn: NUMBERS,
    trouble: {
      everyMs: 120 * MINUTE,
      lengthMs: 25 * MINUTE,
      of: [
        ['oximeter', silent],
        ['chest-strap', silent],
      ],
      raises: /^(silent|stale):/,
    },
  },
];

/** Everybody, as one seed draws them, for so long from a time on. */
export function alarmPatients(seed: string, startMs: number, lengthMs: number): AlarmPatient[] {
  const random = seededRandom(seed);
  return PLANS.map((plan): AlarmPatient => {
    const own = random.fork(plan.name);
    const body = createBody({
      random: own.fork('body'),
      startAtMs: startMs,
      scenario: plan.scenario,
      localHourAtStart: plan.startHour,
    });
    const windows = plan.trouble === undefined ? [] : windowsOf(plan.trouble, startMs, lengthMs);
    const turns = plan.trouble?.of ?? [];
    const models = Object.keys(plan.worn) as WearableModel[];
    const devices = models.map((model): [string, DeviceStream] => {
      const faults = turns.flatMap(([of, fault], turn) =>
        of === model ? [fault(windows.filter((_, n) => n % turns.length === turn))] : [],
      );
      const sound = wearableStream(body, { model, id: model, waveforms: plan.worn[model] === 'waves' });
      return [model, withFaults(sound, faults, own.fork(`faults ${model}`))];
    });
    const expected = plan.trouble === undefined ? [] : [{ condition: plan.trouble.raises, windows }];
    return { name: plan.name, body, devices: new Map(devices), expected };
  });
}

function windowsOf(
  { everyMs, lengthMs }: { readonly everyMs: number; readonly lengthMs: number },
  startMs: number,
  untilMs: number,
): Window[] {
  const windows: Window[] = [];
  for (let fromMs = startMs + everyMs / 2; fromMs + lengthMs < startMs + untilMs; fromMs += everyMs)
    windows.push({ fromMs, toMs: fromMs + lengthMs });
  return windows;
}
