// When something goes wrong, and how messages that are held back are put in order again. Both are lazy, so that they
// work on streams without end.

import type { Delivery } from '../delivery.ts';
import type { Random } from '../random.ts';

/** Virtual time, ms since 1970, end exclusive. */
export type Window = { readonly fromMs: number; readonly toMs: number };

/** Either the windows themselves, in order and apart, or how often (mean, ms) and how long (mean, ms) by chance. */
export type When =
  | { readonly windows: readonly Window[] }
  | { readonly meanBetweenMs: number; readonly meanLengthMs: number };

/**
 * Returns the window that holds a moment, or undefined. Ask with moments that never go back. By chance the first
 * gap begins at the first moment asked for; gaps and lengths are exponential.
 */
export function windowFinder(when: When, random: Random): (tMs: number) => Window | undefined {
  const walk = windowWalker(when, random);
  return (tMs) => {
    const { window } = walk(tMs);
    return window && tMs >= window.fromMs ? window : undefined;
  };
}

/** Returns how many windows have begun by a moment, those that lie between two questions included. */
export function beginningsBy(when: When, random: Random): (tMs: number) => number {
  const walk = windowWalker(when, random);
  return (tMs) => {
    const { window, passed } = walk(tMs);
    return passed + (window && tMs >= window.fromMs ? 1 : 0);
  };
}

/** The first window that has not ended by `tMs`, and how many have. */
function windowWalker(
  when: When,
  random: Random,
): (tMs: number) => { readonly window: Window | undefined; readonly passed: number } {
  let passed = 0;
  if ('windows' in when) {
    return (tMs) => {
      while (passed < when.windows.length && when.windows[passed]!.toMs <= tMs) passed++;
      return { window: when.windows[passed], passed };
    };
  }
  let window: Window | undefined;
  const after = (tMs: number): Window => {
    const fromMs = Math.round(tMs + random.exponential(when.meanBetweenMs));
    // At least 1 ms long, or a mean length of 0 would never let time pass.
    return { fromMs, toMs: fromMs + Math.max(1, Math.round(random.exponential(when.meanLengthMs))) };
  };
  return (tMs) => {
    window ??= after(tMs);
    while (window.toMs <= tMs) {
      window = after(window.toMs);
      passed++;
    }
    return { window, passed };
  };
}

/**
 * Replaces each delivery by what `expand` returns for it, all of it sent no earlier than the delivery itself, and
 * sends everything in order of `sendAtMs` (ties in the order in which they came).
 */
export function* reschedule(
  stream: Iterable<Delivery>,
  expand: (delivery: Delivery) => readonly Delivery[],
): Generator<Delivery> {
  // Sorted by sendAtMs; what comes in is mostly the latest, so insertion looks from the back.
  let held: Delivery[] = [];
  let sent = 0;
  for (const delivery of stream) {
    while (sent < held.length && held[sent]!.sendAtMs <= delivery.sendAtMs) yield held[sent++]!;
    if (sent > 1024 || sent === held.length) {
      held = held.slice(sent);
      sent = 0;
    }
    const items = expand(delivery);
    const { sendAtMs } = delivery;
    // Where everything is held back, time still passes for whoever is walking.
    const prompt = items.some((item) => item.sendAtMs <= sendAtMs);
    for (const item of prompt ? items : [{ sendAtMs, silent: true } as const, ...items]) {
      let place = held.length;
      while (place > sent && held[place - 1]!.sendAtMs > item.sendAtMs) place--;
      held.splice(place, 0, item);
    }
  }
  while (sent < held.length) yield held[sent++]!;
}
