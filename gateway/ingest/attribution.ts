// When a reading was measured, as far as its device's clock can be believed.

/** A device clock this far ahead of the hub's is wrong. */
const AHEAD_MAX_MS = 5 * 60_000;
/** No wearable keeps readings for longer; an older time is a clock that was never set. */
const BEHIND_MAX_MS = 400 * 86_400_000;

/**
 * The time by which a reading is given to a patient, and stands in a history: the device's where it can be believed, else
 * the hub's; never later than the hub's. The device's own word is kept in the reading either way.
 */
export function attributionTime(at: number | undefined, receivedMs: number): number {
  if (at === undefined || at > receivedMs + AHEAD_MAX_MS || at < receivedMs - BEHIND_MAX_MS)
    return receivedMs;
  return Math.min(at, receivedMs);
}
