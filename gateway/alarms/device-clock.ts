// A device's clock that is not to be trusted: far from the hub's, or set again and again. What can be seen is how much
// later than its own time a message arrives. On the way it can only lose time, so the quickest of each minute is looked at;
// and only where two minutes agree within seconds is it the clock that speaks, and not a memory that is being handed over
// (there, messages come faster than they were measured, and the lag falls from minute to minute).
//
// It is told against the hub's clock. Where that one is wrong, every device is.

import { MINUTE, type Observed, SECOND } from './condition.ts';

/** Two minutes whose quickest differ by no more are of one clock that stands. */
const STEADY_MS = 5 * SECOND;
/** A clock that was set. Less is drift. */
const STEP_MS = MINUTE;
const STEPS_MAX = 1;
const STEPS_WITHIN_MS = 60 * MINUTE;
const AHEAD_MS = 2 * MINUTE;
/** Behind may also be late: it must be late by the same for so long. */
const BEHIND_MS = 10 * MINUTE;
const BEHIND_FOR_MS = 10 * MINUTE;
/** Minutes further apart are not compared; a device that says nothing for so long says nothing of its clock either. */
const APART_MS = 15 * MINUTE;

type Clock = {
  /** The minute that is being watched, by the hub's clock, and its quickest message so far. */
  minute: number;
  least: number;
  /** That of the last minute that is over. */
  before?: { readonly minute: number; readonly least: number };
  /** How late its messages are, and since when by about the same. */
  stands?: { readonly ms: number; readonly sinceMs: number };
  stepsMs: readonly number[];
  heardMs: number;
};

export class DeviceClocks {
  readonly #clocks = new Map<number, Clock>();

  /** A committed reading. One without a time of its own says nothing. */
  take({
    device,
    at,
    received,
  }: {
    readonly device: number;
    readonly at?: number | undefined;
    readonly received: number;
  }): void {
    if (at === undefined) return;
    const minute = Math.floor(received / MINUTE);
    const lag = received - at;
    const clock = this.#clocks.get(device);
    if (clock === undefined) {
      this.#clocks.set(device, { minute, least: lag, stepsMs: [], heardMs: received });
      return;
    }
    clock.heardMs = received;
    if (minute === clock.minute) {
      clock.least = Math.min(clock.least, lag);
      return;
    }
    minuteOver(clock);
    clock.minute = minute;
    clock.least = lag;
  }

  observe(device: number, id: string, nowMs: number): Observed {
    const clock = this.#clocks.get(device);
    const stands = clock?.stands;
    const steps = clock?.stepsMs.filter((atMs) => nowMs - atMs <= STEPS_WITHIN_MS).length ?? 0;
    const heard = clock !== undefined && nowMs - clock.heardMs <= APART_MS;
    const far =
      stands !== undefined &&
      (stands.ms < -AHEAD_MS || (stands.ms > BEHIND_MS && nowMs - stands.sinceMs >= BEHIND_FOR_MS));
    return {
      id: `clock-untrusted:${id}`,
      priority: 'low',
      timing: { raiseAfterMs: MINUTE, clearAfterMs: 5 * MINUTE, latching: false },
      evidence: !heard || stands === undefined ? 'unknown' : far || steps > STEPS_MAX ? 'violated' : 'clear',
      facts: {
        device: id,
        // Ahead of the hub's; negative: behind.
        'ahead-seconds': Math.round(-(stands?.ms ?? 0) / SECOND) || 0,
        steps,
      },
    };
  }
}

function minuteOver(clock: Clock): void {
  const { minute, least, before, stands } = clock;
  const overMs = (minute + 1) * MINUTE;
  clock.before = { minute, least };
  if (before === undefined || (minute - before.minute) * MINUTE > APART_MS) return;
  if (Math.abs(least - before.least) > STEADY_MS) return;
  if (stands === undefined) clock.stands = { ms: least, sinceMs: overMs };
  else if (Math.abs(least - stands.ms) <= STEP_MS) clock.stands = { ...stands, ms: least };
  else {
    clock.stands = { ms: least, sinceMs: overMs };
    clock.stepsMs = [...clock.stepsMs.filter((atMs) => overMs - atMs <= STEPS_WITHIN_MS), overMs];
  }
}
