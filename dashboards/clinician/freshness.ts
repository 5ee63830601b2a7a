// When a reading was measured, as far as the hub can vouch for it: the page's ages stand on this.

import { FRESHNESS } from '@heartwood/vitals';
import type { FeedReading } from './feed.ts';

/**
 * True for a reading that reached the hub long after it was measured: caught up, not current. Where the hub takes one to be of
 * the present (a clock that is slow only adds a constant), so does the page: the score counts by the same rule.
 */
export function isHistory(reading: FeedReading): boolean {
  return (
    reading.present !== true &&
    reading.at !== undefined &&
    reading.received - reading.at > FRESHNESS[reading.measurement.kind].liveMs
  );
}

/**
 * When the reading was measured, ms since 1970. The hub's receive clock rules; the device's word is taken only
 * where it makes the number older. A device clock that runs ahead can thus never freshen a number, and one that
 * lags by less than the live limit changes nothing.
 */
export function measuredAt(reading: FeedReading): number {
  return isHistory(reading) && reading.at !== undefined ? reading.at : reading.received;
}
