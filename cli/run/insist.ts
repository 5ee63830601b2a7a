// A question that must be answered, whose answer others act on: asked again until it is, or until nobody needs it.

import { setTimeout as pause } from 'node:timers/promises';

const AGAIN_MS = 1_000;

/** @returns the answer; undefined once `over` is aborted without one */
export async function insist<T>(ask: () => Promise<T>, over: AbortSignal): Promise<T | undefined> {
  while (!over.aborted) {
    try {
      return await ask();
    } catch {
      await pause(AGAIN_MS, undefined, { signal: over, ref: false }).catch(() => undefined);
    }
  }
  return undefined;
}
