// Whose turn it is: what is known of each enrolled device, put before `planSlots`, and the adapter that a device is
// connected by, where several hear it. Changes nothing.

import type { Connections } from './connections.ts';
import { adapterOf } from './presence.ts';
import { planSlots, type SlotPlan, type Wearable } from './slots.ts';
import type { Timing } from './timing.ts';
import type { Wearing } from './wearing.ts';
import type { Whereabouts } from './whereabouts.ts';

export type Turns = {
  readonly wearings: readonly Wearing[];
  readonly connections: Connections;
  readonly whereabouts: Whereabouts;
  /** Paths of the adapters that do what they are asked to. */
  readonly usable: readonly string[];
  /** Connections at once on one adapter. */
  readonly slots: number;
  readonly timing: Timing;
  readonly nowMs: number;
};

/** Who is to be let go, and who connected. */
export function planTurns(turns: Turns): SlotPlan {
  const { wearings, connections, timing, nowMs } = turns;
  const wearables = wearings.map((one): Wearable => {
    const held = connections.held.get(one.id);
    const here = heardAt(one, turns);
    const kind = (held?.link ?? connections.linkAt(here[0] ?? ''))?.kind ?? 'spot';
    const quietMs = held?.link.quietMs(nowMs) ?? 0;
    return {
      id: one.id,
      kind,
      wants: one.mayTry(nowMs) && here.length > 0,
      done: quietMs >= timing.quietMs,
      idle: quietMs >= timing.idleMs,
      ...(held !== undefined && { heldSinceMs: held.sinceMs }),
      ...(one.servedMs !== undefined && { servedMs: one.servedMs }),
    };
  });
  const slots = turns.slots * Math.max(1, turns.usable.length);
  return planSlots(wearables, { slots, turnMs: timing.turnMs }, nowMs);
}

/** The object to connect a device by: of the adapters that hear it now, the one with most room, if any has some. */
export function roomiest(one: Wearing, turns: Turns): string | undefined {
  const { connections, slots } = turns;
  const used = (path: string): number => connections.used(adapterOf(path));
  return heardAt(one, turns)
    .filter((path) => !connections.isHeld(path))
    .toSorted((a, b) => used(a) - used(b))
    .find((path) => used(path) < slots);
}

const heardAt = (one: Wearing, { whereabouts, wearings, usable, nowMs }: Turns): readonly string[] =>
  whereabouts.of(one, wearings, nowMs).filter((path) => usable.includes(adapterOf(path)));
