// How a person spends the day: sleep, rest, walks, now and then exercise, and three meals. A day's plan follows from
// the seed and the day's number alone, so that any moment of any year can be asked for without living up to it.

import type { Random } from '../random.ts';

export type Activity = 'sleep' | 'rest' | 'walking' | 'exercise';

/** One stretch of one activity, ms since 1970, end exclusive. */
export type Stretch = { readonly fromMs: number; readonly toMs: number; readonly activity: Activity };

export type DayPlan = {
  /** From getting up until getting up the next day, without gaps, in order. */
  readonly stretches: readonly Stretch[];
  /** When each meal begins, and how large it is (1 = usual). */
  readonly meals: readonly { readonly atMs: number; readonly size: number }[];
};

/** How hard the body works, 0 (lying still) to 1 (the most it can). */
export const INTENSITY: Readonly<Record<Activity, number>> = {
  sleep: 0,
  rest: 0.02,
  walking: 0.3,
  exercise: 0.75,
};

/** Steps a minute while at it: a usual walking cadence is about 100 to 115, an easy run about 160. */
export const CADENCE: Readonly<Record<Activity, number>> = { sleep: 0, rest: 0, walking: 106, exercise: 160 };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
export const DAY_MS: number = 24 * HOUR;

export type DayHabits = {
  /** Added to UTC to get the person's own clock, ms. */
  readonly localOffsetMs: number;
  /** False for somebody who is too ill to go for walks. */
  readonly walks: boolean;
  /** Exercise that happens whatever the plan says (a scenario's), or undefined. */
  readonly bout?: { readonly fromMs: number; readonly toMs: number };
};

/** Returns `planOf(day)`: the plan of local day number `day` (days since 1970 on the person's own clock). */
export function dayPlanner(random: Random, habits: DayHabits): (day: number) => DayPlan {
  const kept = new Map<number, DayPlan>();
  return (day) => {
    const known = kept.get(day);
    if (known) return known;
    const plan = planDay(random, habits, day);
    // Lags look back one day at most: four days are enough, and a year of simulation stays small.
    if (kept.size >= 4) kept.clear();
    kept.set(day, plan);
    return plan;
  };
}

function planDay(random: Random, habits: DayHabits, day: number): DayPlan {
  const own = random.fork(`day ${day}`);
  const midnightMs = day * DAY_MS - habits.localOffsetMs;
  const wakeMs = midnightMs + wakeOffset(random, day);
  const bedMs = midnightMs + 22.75 * HOUR + own.between(-40, 40) * MINUTE;
  const nextWakeMs = midnightMs + DAY_MS + wakeOffset(random, day + 1);
  const exerciseHour = own.chance(0.3) ? 17 : -1;

  const stretches: Stretch[] = [];
  let awakeUntilMs = wakeMs;
  const go = (activity: Activity, fromMs: number, lengthMs: number): void => {
    if (fromMs < awakeUntilMs || fromMs + lengthMs > bedMs) return;
    if (fromMs > awakeUntilMs) stretches.push({ fromMs: awakeUntilMs, toMs: fromMs, activity: 'rest' });
    stretches.push({ fromMs, toMs: fromMs + lengthMs, activity });
    awakeUntilMs = fromMs + lengthMs;
  };
  for (let hour = 8; hour < 22; hour++) {
    const walk = own.chance(0.55);
    const fromMs = midnightMs + hour * HOUR + own.between(0, 30) * MINUTE;
    const lengthMs = own.between(5, 25) * MINUTE;
    if (!habits.walks) continue;
    if (hour === exerciseHour) go('exercise', fromMs, 40 * MINUTE);
    else if (walk) go('walking', fromMs, lengthMs);
  }
  stretches.push({ fromMs: awakeUntilMs, toMs: bedMs, activity: 'rest' });
  stretches.push({ fromMs: bedMs, toMs: nextWakeMs, activity: 'sleep' });

  const meals = [7.6, 12.5, 18.6].map((hour) => ({
    atMs: midnightMs + hour * HOUR + own.between(-20, 20) * MINUTE,
    size: own.between(0.7, 1.3),
  }));
  return { stretches: habits.bout ? overlay(stretches, habits.bout) : stretches, meals };
}

function wakeOffset(random: Random, day: number): number {
  return 6.9 * HOUR + random.fork(`wake ${day}`).between(-40, 40) * MINUTE;
}

function overlay(stretches: readonly Stretch[], bout: { fromMs: number; toMs: number }): Stretch[] {
  const out: Stretch[] = [];
  for (const stretch of stretches) {
    const fromMs = Math.max(stretch.fromMs, bout.fromMs);
    const toMs = Math.min(stretch.toMs, bout.toMs);
    if (fromMs >= toMs) {
      out.push(stretch);
      continue;
    }
    if (stretch.fromMs < fromMs) out.push({ ...stretch, toMs: fromMs });
    out.push({ fromMs, toMs, activity: 'exercise' });
    if (toMs < stretch.toMs) out.push({ ...stretch, fromMs: toMs });
  }
  return out;
}
