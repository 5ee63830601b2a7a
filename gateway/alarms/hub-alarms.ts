// The hub's own alarms, and whoever runs it, who knows of them.

import { HUB_SLOT } from '@heartwood/anchor';
import { HeartwoodError } from '../error.ts';
import { may, type Viewer } from '../people/permission.ts';
import type { Acknowledgement } from './episode.ts';
import { type FeedAlarm, toFeedAlarms } from './feed-alarm.ts';
import type { Watch } from './watch.ts';

/** Those that are not off, the highest first. @throws HeartwoodError forbidden */
export function hubAlarms(watch: Watch, viewer: Viewer): readonly FeedAlarm[] {
  if (!may(viewer, { do: 'acknowledge-hub' }))
    throw new HeartwoodError('forbidden', 'Whoever runs the hub sees its own alarms.');
  return toFeedAlarms(watch.of(HUB_SLOT));
}

/**
 * Somebody who runs the hub knows of some of them. On disk when this returns, with all of its alarms.
 * @throws HeartwoodError forbidden, not-found, unacceptable
 */
export function acknowledgeHub(
  watch: Watch,
  viewer: Viewer,
  conditions: readonly string[],
  by: Acknowledgement,
): readonly FeedAlarm[] {
  hubAlarms(watch, viewer);
  try {
    if (watch.acknowledge(HUB_SLOT, conditions, by).length === 0)
      throw new HeartwoodError('not-found', 'This alarm is over.');
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new HeartwoodError('unacceptable', error.message);
  }
  return hubAlarms(watch, viewer);
}
