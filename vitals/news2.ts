// NEWS2, the early-warning score of the Royal College of Physicians (London, 2017): seven inputs, 0 to 3 points each, 0
// to 20 in all. An input that is missing has no points and is never a zero: the sum is then the least that the score
// can be, and whoever shows it says so ("at least 5, 4 of 7 inputs").
//
// The chart knows only whole numbers (temperature: tenths of a degree), so a value is rounded first, half up: 36.05 is
// 36.1 and not in between two bands. NEWS2 is validated on spot checks of adults in hospital, not on continuous
// wearables; not for people under 16, in pregnancy, or with a spinal cord injury. It supports a decision and makes none.

/** ACVPU: alert, new confusion, or responsive to voice, to pain, or to nothing. */
export type Consciousness = 'alert' | 'confusion' | 'voice' | 'pain' | 'unresponsive';

/** What is known of a patient; whatever is not known is left out. */
export type News2Observations = {
  /** A minute. */
  readonly respiratoryRate?: number;
  /** Percent. */
  readonly spo2?: number;
  /** Breathing supplemental oxygen, or air. */
  readonly oxygen?: boolean;
  /** mmHg. */
  readonly systolic?: number;
  /** A minute. */
  readonly pulse?: number;
  readonly consciousness?: Consciousness;
  /** Degrees Celsius. */
  readonly temperature?: number;
};
export type News2Input = keyof News2Observations;
export type News2Points = 0 | 1 | 2 | 3;

/** The scale for saturation: 2 is for hypercapnic respiratory failure (target 88 to 92 %), by a named clinician's order alone. */
export type SpO2Scale = 1 | 2;

/** The clinical risk that the chart gives a score, lowest first: who is asked to come, and how soon. */
export const NEWS2_RISKS = ['low', 'low-medium', 'medium', 'high'] as const;
export type News2Risk = (typeof NEWS2_RISKS)[number];

export type News2 = {
  /** 0 to 20. Where `missing` is not empty, the least that it can be. */
  readonly score: number;
  /** The most that it can be: 3 for each missing input (2 for air or oxygen), and the harder reading of saturation. */
  readonly most: number;
  readonly points: Readonly<Partial<Record<News2Input, News2Points>>>;
  /** In the order of the chart. */
  readonly missing: readonly News2Input[];
  /** Inputs with 3 points: any of them asks for an urgent review, whatever the sum. */
  readonly extreme: readonly News2Input[];
  /** The least that the risk can be. */
  readonly risk: News2Risk;
};

/** In the order of the chart. */
export const NEWS2_INPUTS: readonly News2Input[] = [
  'respiratoryRate',
  'spo2',
  'oxygen',
  'systolic',
  'pulse',
  'consciousness',
  'temperature',
];

/** A band: up to and with `to`, in whole units, so many points. */
type Band = readonly [to: number, points: News2Points];

const RESPIRATORY_RATE: readonly Band[] = [
  [8, 3],
  [11, 1],
  [20, 0],
  [24, 2],
  [Infinity, 3],
];
const SPO2_SCALE_1: readonly Band[] = [
  [91, 3],
  [93, 2],
  [95, 1],
  [Infinity, 0],
];
const SPO2_SCALE_2_AIR: readonly Band[] = [
  [83, 3],
  [85, 2],
  [87, 1],
  [Infinity, 0],
];
const SPO2_SCALE_2_OXYGEN: readonly Band[] = [
  [83, 3],
  [85, 2],
  [87, 1],
  [92, 0],
  [94, 1],
  [96, 2],
  [Infinity, 3],
];
const SYSTOLIC: readonly Band[] = [
  [90, 3],
  [100, 2],
  [110, 1],
  [219, 0],
  [Infinity, 3],
];
const PULSE: readonly Band[] = [
  [40, 3],
  [50, 1],
  [90, 0],
  [110, 1],
  [130, 2],
  [Infinity, 3],
];
/** In tenths of a degree. */
const TEMPERATURE: readonly Band[] = [
  [350, 3],
  [360, 1],
  [380, 0],
  [390, 1],
  [Infinity, 2],
];

/**
 * Scores what is known. Source: Royal College of Physicians, National Early Warning Score (NEWS) 2, 2017, the chart of
 * the scoring system and the table of thresholds and triggers.
 * @throws RangeError for a number that is not finite: absent is left out, never NaN
 */
export function news2(seen: News2Observations, scale: SpO2Scale = 1): News2 {
  const points: Partial<Record<News2Input, News2Points>> = {};
  let score = 0;
  let most = 0;
  for (const input of NEWS2_INPUTS) {
    const [least, greatest] = pointsOf(input, seen, scale) ?? [undefined, input === 'oxygen' ? 2 : 3];
    if (least !== undefined) points[input] = least;
    score += least ?? 0;
    most += greatest;
  }
  const known = Object.keys(points) as News2Input[];
  const extreme = known.filter((input) => points[input] === 3);
  const missing = NEWS2_INPUTS.filter((input) => points[input] === undefined);
  return { score, most, points, missing, extreme, risk: riskOf(score, extreme.length > 0) };
}

/** The risk of a whole score. `extreme`: one input alone has 3 points. */
export function riskOf(score: number, extreme: boolean): News2Risk {
  if (score >= 7) return 'high';
  if (score >= 5) return 'medium';
  return extreme ? 'low-medium' : 'low';
}

/** The least and the most that one input scores; undefined where it is not known. */
function pointsOf(
  input: News2Input,
  seen: News2Observations,
  scale: SpO2Scale,
): readonly [least: News2Points, most: News2Points] | undefined {
  switch (input) {
    case 'respiratoryRate':
      return exactly(band(seen.respiratoryRate, 1, RESPIRATORY_RATE));
    case 'spo2':
      return spo2Points(seen, scale);
    case 'oxygen':
      return seen.oxygen === undefined ? undefined : exactly(seen.oxygen ? 2 : 0);
    case 'systolic':
      return exactly(band(seen.systolic, 1, SYSTOLIC));
    case 'pulse':
      return exactly(band(seen.pulse, 1, PULSE));
    case 'consciousness':
      return seen.consciousness === undefined ? undefined : exactly(seen.consciousness === 'alert' ? 0 : 3);
    case 'temperature':
      return exactly(band(seen.temperature, 10, TEMPERATURE));
  }
}

/** On scale 2 a high saturation is good on air and bad on oxygen: unknown which, it counts from the one to the other. */
function spo2Points(
  { spo2, oxygen }: News2Observations,
  scale: SpO2Scale,
): readonly [News2Points, News2Points] | undefined {
  if (scale === 1) return exactly(band(spo2, 1, SPO2_SCALE_1));
  const least = band(spo2, 1, oxygen === true ? SPO2_SCALE_2_OXYGEN : SPO2_SCALE_2_AIR);
  const most = band(spo2, 1, oxygen === false ? SPO2_SCALE_2_AIR : SPO2_SCALE_2_OXYGEN);
  return least === undefined || most === undefined ? undefined : [least, most];
}

const exactly = (points: News2Points | undefined): readonly [News2Points, News2Points] | undefined =>
  points === undefined ? undefined : [points, points];

function band(
  value: number | undefined,
  stepsPerUnit: number,
  bands: readonly Band[],
): News2Points | undefined {
  if (value === undefined) return undefined;
  const rounded = roundHalfUp(value, stepsPerUnit);
  return bands.find(([to]) => rounded <= to)?.[1];
}

/** Steps of 1/stepsPerUnit, half up. By hundredths first, the finest grid of any kind: 38.05 * 10 is below 380.5 as a float. */
function roundHalfUp(value: number, stepsPerUnit: number): number {
  if (!Number.isFinite(value))
    throw new RangeError('an early-warning score takes finite numbers; what is missing is left out');
  const perStep = 100 / stepsPerUnit;
  return Math.floor((Math.round(value * 100) + perStep / 2) / perStep);
}
