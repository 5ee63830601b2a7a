// A body whose vital signs hang together: one cause (sleep, effort, a meal, a fever) moves all of them, with the
// delays a body has. Pure: everything follows from the seed, the scenario and the virtual time that is asked for, in
// any order. What moves slowly is computed on a lattice of 10 s and joined by straight lines; heart beats are in
// heart.ts, what electrodes and light see of them in wave.ts. A teaching model, not a physiological one: the numbers
// below are textbook magnitudes, chosen so that each effect can be seen and tested.

import { type Random, smoothNoise } from '../random.ts';
import { type Activity, CADENCE, DAY_MS, type DayPlan, dayPlanner, INTENSITY, type Stretch } from './day.ts';
import { RATES, type RhythmTurn, rhythmFinder } from './rhythm.ts';
import { boutOf, pushAt, type ScenarioName } from './scenario.ts';

/** What a body would show a perfect instrument at one moment; units as in `KINDS` of the vitals room. */
export type Vitals = {
  readonly heartRate: number;
  readonly respiratoryRate: number;
  readonly spo2: number;
  readonly temperature: number;
  readonly systolic: number;
  readonly diastolic: number;
  readonly mean: number;
  readonly glucose: number;
  readonly weight: number;
  readonly perfusion: number;
  /** 0 to 1, how hard it works, with the heart's delay. */
  readonly effort: number;
  /** 0 to 1, how deep asleep. */
  readonly asleep: number;
};

export type Body = {
  readonly startAtMs: number;
  readonly scenario: ScenarioName;
  /** Streams of randomness for what lives in this body; fork it by name. */
  readonly random: Random;
  vitalsAt(tMs: number): Vitals;
  activityAt(tMs: number): Activity;
  /** How the ventricles beat, and until when at least. */
  rhythmAt(tMs: number): RhythmTurn;
  /** Steps since the person's own midnight, a whole number that only rises until the next midnight. */
  stepsAt(tMs: number): number;
};

export type BodyOptions = {
  readonly random: Random;
  /** Virtual time at which the scenario begins, ms since 1970. */
  readonly startAtMs: number;
  readonly scenario?: ScenarioName;
  /** How many times faster than in life the scenario's course passes (not the heart); 1 by default. */
  readonly tempo?: number;
  /** Turns of the heart's rhythm, in order and apart, ms since 1970; those of the scenario by default. */
  readonly rhythms?: readonly RhythmTurn[];
  /** What the person's own clock shows at `startAtMs`, in hours; UTC by default. Lets a night be simulated at noon. */
  readonly localHourAtStart?: number;
};

const LATTICE_MS = 10_000;
const HOUR = 3_600_000;
const CHANNELS = [
  'heartRate',
  'respiratoryRate',
  'spo2',
  'temperature',
  'systolic',
  'diastolic',
  'mean',
  'glucose',
  'weight',
  'perfusion',
  'effort',
  'asleep',
] as const satisfies readonly (keyof Vitals)[];

/** Makes a body. The same seed, scenario, tempo and start give the same body, bit for bit. */
export function createBody(options: BodyOptions): Body {
  const { random, startAtMs } = options;
  const scenario = options.scenario ?? 'well';
  const tempo = options.tempo ?? 1;
  const localOffsetMs = localOffset(startAtMs, options.localHourAtStart);
  const bout = boutOf(scenario, tempo);
  const rhythmAt = rhythmFinder(options.rhythms ?? scenario, startAtMs, tempo);
  const planOf = dayPlanner(random.fork('days'), {
    localOffsetMs,
    walks: scenario !== 'fever' && scenario !== 'deterioration',
    ...(bout && { bout: { fromMs: startAtMs + bout.fromMs, toMs: startAtMs + bout.toMs } }),
  });
  const usual = usualSelf(random.fork('usual self'));
  const noise = (name: string, periodMs: number) => smoothNoise(random.fork(`noise ${name}`), periodMs);
  const heartNoise = noise('heart', 240_000);
  const breathNoise = noise('breath', 180_000);
  const oxygenNoise = noise('oxygen', 300_000);
  const warmthNoise = noise('warmth', 3_600_000);
  const pressureNoise = noise('pressure', 900_000);
  const sugarNoise = noise('sugar', 1_800_000);
  const weightNoise = noise('weight', 2 * DAY_MS);
  const fingerNoise = noise('finger', 120_000);
  const apnoea = random.fork('apnoea');
  const clusterNoise = noise('apnoea cluster', 2_400_000);

  const dayOf = (tMs: number): number => Math.floor((tMs + localOffsetMs) / DAY_MS);
  // A day's plan reaches from getting up to getting up, so a moment lies in its own day's plan or the one before.
  const plansAt = (tMs: number): readonly DayPlan[] => [planOf(dayOf(tMs) - 1), planOf(dayOf(tMs))];

  const activityAt = (tMs: number): Activity => {
    for (const plan of plansAt(tMs)) {
      for (const stretch of plan.stretches) {
        if (tMs >= stretch.fromMs && tMs < stretch.toMs) return stretch.activity;
      }
    }
    return 'rest';
  };

  const stateAt = (tMs: number): Float64Array => {
    const push = pushAt(scenario, tMs - startAtMs, tempo);
    const plans = plansAt(tMs);
    const effort = lagged(plans, tMs, 60_000, (s) => INTENSITY[s.activity]);
    const warmedUp = lagged(plans, tMs, 1_200_000, (s) => INTENSITY[s.activity]);
    const asleep = lagged(plans, tMs, 900_000, (s) => (s.activity === 'sleep' ? 1 : 0));
    // The circadian rhythm: lowest before dawn, highest in the late afternoon.
    const hour = (((tMs + localOffsetMs) % DAY_MS) + DAY_MS) % DAY_MS;
    const circadian = Math.cos((2 * Math.PI * (hour / HOUR - 17)) / 24);
    const dip = scenario === 'desaturation-at-night' ? apnoeaDip(apnoea, clusterNoise, tMs) * asleep : 0;

    // The heart answers the fever itself, 9 beats a minute per degree (Liebermeister's rule: 8 to 10).
    const heartRate =
      usual.heartRate +
      3 * circadian -
      7 * asleep +
      95 * effort +
      9 * push.feverC +
      20 * push.shock +
      (scenario === 'atrial-fibrillation' ? 22 : 0) +
      0.8 * dip +
      (1.8 + 2 * effort) * heartNoise(tMs);
    const respiratoryRate =
      usual.respiratoryRate -
      1.5 * asleep +
      22 * effort +
      1.5 * push.feverC +
      push.breathless +
      0.8 * breathNoise(tMs);
    const temperature =
      usual.temperature + 0.3 * circadian + 0.9 * warmedUp + push.feverC + 0.06 * warmthNoise(tMs);
    const spo2 = Math.min(
      100,
      usual.spo2 - 0.5 * asleep - 1.2 * effort - push.hypoxia - dip + 0.45 * oxygenNoise(tMs),
    );
    const systolic =
      usual.systolic +
      3 * circadian -
      9 * asleep * (1 - push.shock) +
      55 * effort -
      32 * push.shock +
      0.6 * dip +
      3 * pressureNoise(tMs);
    const diastolic =
      usual.diastolic +
      2 * circadian -
      6 * asleep * (1 - push.shock) -
      4 * effort -
      20 * push.shock +
      2 * pressureNoise(tMs);
    const glucose = usual.glucose + mealRise(plans, tMs) - 8 * warmedUp + 4 * sugarNoise(tMs);
    const weight = usual.weight + 0.35 * weightNoise(tMs) + 0.3 * circadian;
    const perfusion = Math.max(
      0.1,
      usual.perfusion * (1 - 0.75 * push.shock + 0.3 * warmedUp + 0.15 * push.feverC) +
        0.25 * fingerNoise(tMs),
    );
    return Float64Array.of(
      heartRate,
      respiratoryRate,
      spo2,
      temperature,
      systolic,
      diastolic,
      // One third of the way up: the usual estimate of the mean arterial pressure.
      diastolic + (systolic - diastolic) / 3,
      glucose,
      weight,
      perfusion,
      effort,
      asleep,
    );
  };

  // The two lattice points around the moment last asked for. Only a memory of pure results: owned here.
  const kept = new Map<number, Float64Array>();
  const latticeAt = (i: number): Float64Array => {
    const known = kept.get(i);
    if (known) return known;
    const state = stateAt(i * LATTICE_MS);
    if (kept.size >= 64) kept.clear();
    kept.set(i, state);
    return state;
  };

  return {
    startAtMs,
    scenario,
    random,
    activityAt,
    rhythmAt,
    vitalsAt: (tMs) => {
      const i = Math.floor(tMs / LATTICE_MS);
      const before = latticeAt(i);
      const after = latticeAt(i + 1);
      const share = tMs / LATTICE_MS - i;
      const vitals: Partial<Record<keyof Vitals, number>> = {};
      for (let c = 0; c < CHANNELS.length; c++) {
        const from = before[c]!;
        vitals[CHANNELS[c]!] = from + (after[c]! - from) * share;
      }
      // A rhythm turns from one beat to the next.
      const turned = RATES[rhythmAt(tMs).rhythm];
      if (turned !== undefined) vitals.heartRate = turned;
      return vitals as Vitals;
    },
    stepsAt: (tMs) => {
      const midnightMs = dayOf(tMs) * DAY_MS - localOffsetMs;
      let steps = 0;
      for (const plan of plansAt(tMs)) {
        for (const { fromMs, toMs, activity } of plan.stretches) {
          const ms = Math.min(toMs, tMs) - Math.max(fromMs, midnightMs);
          if (ms > 0) steps += (ms / 60_000) * CADENCE[activity];
        }
      }
      return Math.floor(steps);
    },
  };
}

function localOffset(startAtMs: number, localHourAtStart: number | undefined): number {
  if (localHourAtStart === undefined) return 0;
  const utcHour = (startAtMs % DAY_MS) / HOUR;
  return (localHourAtStart - utcHour) * HOUR;
}

function usualSelf(random: Random) {
  return {
    heartRate: random.between(62, 72),
    respiratoryRate: random.between(14.5, 16.5),
    spo2: random.between(97.2, 98.4),
    temperature: random.between(36.6, 36.8),
    systolic: random.between(118, 130),
    diastolic: random.between(72, 82),
    glucose: random.between(86, 98),
    weight: random.between(55, 92),
    perfusion: random.between(2.2, 5),
  };
}

/**
 * The answer of a first-order lag with time constant `tauMs` to a quantity that is constant over each stretch:
 * the sum over stretches of value * (exp(-(t - end) / tau) - exp(-(t - begin) / tau)).
 */
function lagged(
  plans: readonly DayPlan[],
  tMs: number,
  tauMs: number,
  amountOf: (stretch: Stretch) => number,
): number {
  let sum = 0;
  for (const plan of plans) {
    for (const stretch of plan.stretches) {
      // After eight time constants less than 0.04 % is left.
      if (stretch.fromMs >= tMs || stretch.toMs < tMs - 8 * tauMs) continue;
      const value = amountOf(stretch);
      if (value === 0) continue;
      const ended = stretch.toMs >= tMs ? 1 : Math.exp((stretch.toMs - tMs) / tauMs);
      sum += value * (ended - Math.exp((stretch.fromMs - tMs) / tauMs));
    }
  }
  return sum;
}

// A meal raises glucose by up to 45 mg/dL after 45 min and is gone after some four hours (a gamma curve).
function mealRise(plans: readonly DayPlan[], tMs: number): number {
  let sum = 0;
  for (const plan of plans) {
    for (const meal of plan.meals) {
      const x = (tMs - meal.atMs) / 2_700_000;
      if (x > 0 && x < 10) sum += 45 * meal.size * x * Math.exp(1 - x);
    }
  }
  return sum;
}

// Obstructive apnoeas come in clusters: within one, each cycle of 90 s takes 4 to 14 points of SpO2 and gives them back.
function apnoeaDip(random: Random, cluster: (tMs: number) => number, tMs: number): number {
  const cycle = Math.floor(tMs / 90_000);
  const inCluster = Math.min(1, Math.max(0, cluster(cycle * 90_000) * 2 + 0.6));
  const into = tMs / 90_000 - cycle;
  return inCluster * (4 + 10 * random.at(cycle)) * Math.sin(Math.PI * into) ** 2;
}
