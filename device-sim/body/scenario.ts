// What happens to a person in the course of a simulation: a scenario is a course in time, and says at each moment
// how far the body is pushed away from its usual self. The body does the rest (a fever drives the heart by itself).

export const SCENARIOS = [
  'well',
  'exercise',
  'fever',
  'desaturation-at-night',
  'atrial-fibrillation',
  'deterioration',
  'standstill',
  'tachycardia',
  'bradycardia',
] as const;
export type ScenarioName = (typeof SCENARIOS)[number];

/** How far a body is pushed, all 0 in health. */
export type Push = {
  /** Added to the temperature set point, Cel. */
  readonly feverC: number;
  /** Lungs that fail to oxygenate: points of SpO2 lost. */
  readonly hypoxia: number;
  /** 0 to 1: a circulation that fails (low pressure, fast heart, cold fingers). */
  readonly shock: number;
  /** Breaths a minute added beyond what fever asks for. */
  readonly breathless: number;
};

const NO_PUSH: Push = { feverC: 0, hypoxia: 0, shock: 0, breathless: 0 };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The timetable of each scenario at tempo 1; tempo 60 lets an hour's course pass in a minute. */
type Course = { readonly beginsAfterMs: number; readonly risesMs: number; readonly staysMs: number };
const COURSES: Readonly<Record<'exercise' | 'fever' | 'deterioration', Course>> = {
  exercise: { beginsAfterMs: 10 * MINUTE, risesMs: 0, staysMs: 45 * MINUTE },
  fever: { beginsAfterMs: 30 * MINUTE, risesMs: 2 * HOUR, staysMs: 12 * HOUR },
  deterioration: { beginsAfterMs: 20 * MINUTE, risesMs: 4 * HOUR, staysMs: Number.POSITIVE_INFINITY },
};

/**
 * The push at a time since the start of the simulation (ms), for a scenario run at `tempo`.
 * Deterioration is the course of an untreated infection of the lungs; at its end NEWS2 is far above 7 (in
 * the order of the table of the Royal College of Physicians 2017: breathing, oxygen, pressure, pulse, temperature).
 */
export function pushAt(scenario: ScenarioName, sinceStartMs: number, tempo: number): Push {
  if (scenario === 'fever') {
    return { ...NO_PUSH, feverC: 2.1 * rise(COURSES.fever, sinceStartMs * tempo) };
  }
  if (scenario === 'deterioration') {
    const far = rise(COURSES.deterioration, sinceStartMs * tempo);
    return { feverC: 2.6 * far, hypoxia: 8 * far, shock: far, breathless: 9 * far };
  }
  return NO_PUSH;
}

/** When the scenario's exercise takes place, ms since the start, or undefined for scenarios without. */
export function boutOf(scenario: ScenarioName, tempo: number): { fromMs: number; toMs: number } | undefined {
  if (scenario !== 'exercise') return undefined;
  const { beginsAfterMs, staysMs } = COURSES.exercise;
  return { fromMs: beginsAfterMs / tempo, toMs: (beginsAfterMs + staysMs) / tempo };
}

// Smooth up over `risesMs`, flat for `staysMs`, then down three times as slowly as it rose.
function rise(course: Course, sinceStartMs: number): number {
  const into = sinceStartMs - course.beginsAfterMs;
  if (into <= 0) return 0;
  if (into < course.risesMs) return smooth(into / course.risesMs);
  const after = into - course.risesMs - course.staysMs;
  return after <= 0 ? 1 : 1 - smooth(Math.min(1, after / (3 * course.risesMs)));
}

function smooth(x: number): number {
  return x * x * (3 - 2 * x);
}
