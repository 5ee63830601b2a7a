// What is true of a simulated body, by rules of the benchmark's own: for each condition the stretches in which it must be an
// alarm, and those in which it may be, since a sensor rounds, errs and averages. Outside of both an alarm is false.

import type { Body, Vitals } from '@heartwood/device-sim';
import { type News2Observations, news2 } from '@heartwood/vitals';
import type { AlarmPatient } from './alarm-patients.ts';

export type Stretch = { readonly fromMs: number; toMs: number };
export type Truth = {
  /** Named as in the tables. */
  readonly name: string;
  /** Any of these is the alarm. */
  readonly conditions: RegExp;
  /** How long it must last, by the hub's own rule, and how much longer a device may take to say it. */
  readonly raiseAfterMs: number;
  readonly slackMs: number;
  readonly must: readonly Stretch[];
  /** Beyond the limit itself, however little: delays count from there. */
  readonly beyond: readonly Stretch[];
  readonly may: readonly Stretch[];
};

type Rule = {
  readonly name: string;
  readonly conditions: readonly string[];
  readonly raiseAfterMs: number;
  /** Seldom measured: a value comes only so often. */
  readonly slackMs: number;
  /** Above 0 it is so; from 1 on it must be told, down to -1 it must not. NaN: nobody can say. */
  readonly stands: (vitals: Vitals, body: Body, atMs: number) => number;
};

const SECOND = 1000;
const beyond = (value: number, limit: number, margin: number): number => (value - limit) / margin;
const below = (value: number, limit: number, margin: number): number => beyond(-value, -limit, margin);
/** Devices count beats over eight intervals: where each is drawn anew their mean errs by more. */
const heartMargin = ({ scenario }: Body): number => (scenario === 'atrial-fibrillation' ? 25 : 3);

/** NaN while there is none: then no rate is true, and none is false. */
const rateAt = (vitals: Vitals, body: Body, atMs: number): number =>
  body.rhythmAt(atMs).rhythm === 'standstill' ? Number.NaN : vitals.heartRate;

const limit = (
  name: string,
  raiseAfterS: number,
  stands: Rule['stands'],
  { also = [], slackS = 15 }: { readonly also?: readonly string[]; readonly slackS?: number } = {},
): Rule => ({
  name,
  conditions: [name, ...also],
  raiseAfterMs: raiseAfterS * SECOND,
  slackMs: slackS * SECOND,
  stands,
});

// Oximeters show whole numbers: a limit is passed where they round to the next.
const CUFF_S = 15 * 60 + 30;
const RULES: readonly Rule[] = [
  {
    name: 'asystole',
    conditions: ['asystole'],
    raiseAfterMs: 4000,
    slackMs: 6000,
    stands: (_, body, atMs) => (body.rhythmAt(atMs).rhythm === 'standstill' ? 1 : -1),
  },
  limit('heart-rate-very-high', 6, (v, body, at) => beyond(rateAt(v, body, at), 150, heartMargin(body)), {
    also: ['ecg-tachycardia'],
  }),
  limit('heart-rate-very-low', 10, (v, body, at) => below(rateAt(v, body, at), 35, heartMargin(body)), {
    also: ['ecg-bradycardia'],
    slackS: 20,
  }),
  limit('heart-rate-high', 30, (v, body, at) => beyond(rateAt(v, body, at), 130, heartMargin(body))),
  limit('heart-rate-low', 30, (v, body, at) => below(rateAt(v, body, at), 45, heartMargin(body)), {
    slackS: 30,
  }),
  limit('spo2-low', 30, (v) => below(v.spo2, 90.5, 0.7), { slackS: 8 }),
  limit('spo2-very-low', 10, (v) => below(v.spo2, 84.5, 0.7), { slackS: 8 }),
  limit('respiratory-rate-high', 30, (v) => beyond(v.respiratoryRate, 25.5, 1.2)),
  limit('respiratory-rate-very-high', 14, (v) => beyond(v.respiratoryRate, 35.5, 1.2)),
  limit('body-temperature-high', 0, (v) => beyond(v.temperature, 39, 0.1), { slackS: 75 }),
  limit('systolic-high', 0, (v) => beyond(v.systolic, 179, 8), { slackS: CUFF_S }),
  limit('systolic-low', 0, (v) => below(v.systolic, 91, 8), { slackS: CUFF_S }),
  limit('news2-emergency', 60, (v, body) => scoreStands(v, body, 7), { slackS: CUFF_S }),
  limit('news2-urgent', 60, (v, body) => scoreStands(v, body, 5), { slackS: CUFF_S }),
  limit('news2-extreme', 60, (v, body) => extremeStands(v, body), { slackS: CUFF_S }),
];

/** How far the inputs of a score may be from what is true. */
const ERRORS: Readonly<Record<string, number>> = {
  respiratoryRate: 1.2,
  spo2: 1.2,
  systolic: 8,
  pulse: 3,
  temperature: 0.1,
};
const inputsOf = (v: Vitals): Record<string, number> => ({
  respiratoryRate: v.respiratoryRate,
  spo2: v.spo2,
  systolic: v.systolic,
  pulse: v.heartRate,
  temperature: v.temperature,
});

/** For each input the least points within its error, those of the body itself, and the most. */
function pointsOf(vitals: Vitals, body: Body): (readonly [least: number, itself: number, most: number])[] {
  return Object.entries(inputsOf(vitals)).map(([name, value]) => {
    const error = name === 'pulse' ? heartMargin(body) : (ERRORS[name] ?? 0);
    const points = [0, -1, -0.5, 0.5, 1].map((share) => {
      const observed = { [name]: value + share * error } as News2Observations;
      return news2(observed).score;
    });
    return [Math.min(...points), points[0] ?? 0, Math.max(...points)];
  });
}
function scoreStands(vitals: Vitals, body: Body, asked: number): number {
  const points = pointsOf(vitals, body);
  const sum = (of: 0 | 1 | 2): number => points.reduce((all, one) => all + one[of], 0);
  return certainty(sum(0) >= asked, sum(1) >= asked, sum(2) >= asked);
}
function extremeStands(vitals: Vitals, body: Body): number {
  const points = pointsOf(vitals, body);
  const any = (of: 0 | 1 | 2): boolean => points.some((one) => one[of] === 3);
  return certainty(any(0), any(1), any(2));
}
const certainty = (surely: boolean, itself: boolean, maybe: boolean): number =>
  surely ? 1 : itself ? 0.5 : maybe ? -0.5 : -1;

/** Everything that is true of a patient, a look every second. */
export function truthsOf({ body, expected }: AlarmPatient, startMs: number, untilMs: number): Truth[] {
  const truths = RULES.map((rule) => ({
    ...rule,
    must: [] as Stretch[],
    beyond: [] as Stretch[],
    may: [] as Stretch[],
  }));
  for (let atMs = startMs; atMs < untilMs; atMs += SECOND) {
    const vitals = body.vitalsAt(atMs);
    // A body moves slowly: a score is the same for ten seconds.
    for (const truth of truths) {
      if (truth.name.startsWith('news2') && (atMs - startMs) % (10 * SECOND) !== 0) continue;
      const stepMs = truth.name.startsWith('news2') ? 10 * SECOND : SECOND;
      const stands = truth.stands(vitals, body, atMs);
      if (stands >= 1) grow(truth.must, atMs, stepMs);
      if (stands > 0) grow(truth.beyond, atMs, stepMs);
      if (!(stands <= -1)) grow(truth.may, atMs, stepMs);
    }
  }
  const named = truths.map(({ stands: _, conditions, ...truth }) => ({
    ...truth,
    conditions: new RegExp(`^(${conditions.join('|')})$`),
  }));
  const only = (name: string, conditions: RegExp, may: readonly Stretch[]): Truth => {
    return { name, conditions, raiseAfterMs: 0, slackMs: 0, must: [], beyond: [], may };
  };
  const worse = body.scenario === 'deterioration' ? [{ fromMs: startMs, toMs: untilMs }] : [];
  return [
    ...named,
    only('worsening', /^worsening:/, worse),
    ...expected.map(({ condition, windows }) => only('of the measuring', condition, windows)),
  ];
}

function grow(stretches: Stretch[], atMs: number, stepMs: number): void {
  const last = stretches.at(-1);
  if (last !== undefined && last.toMs >= atMs) last.toMs = atMs + stepMs;
  else stretches.push({ fromMs: atMs, toMs: atMs + stepMs });
}
