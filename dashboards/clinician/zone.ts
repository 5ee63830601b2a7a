// Two clocks: times are said by the viewer's, and by the patient's beside it where that shows another time. A nurse abroad
// who reads "at 3" must know whose night it was. The patient's zone is that of the hub, which stands in their home.

import { formatTime } from './age.ts';

/** A time by the viewer's clock, and by the patient's in brackets where that shows another. */
export function timeWords(timeMs: number, hubZone: string | undefined): string {
  const other = otherClock(timeMs, hubZone);
  return other === undefined ? formatTime(timeMs) : `${formatTime(timeMs)} (${other})`;
}

/** `15:03 in Europe/Berlin`; undefined where both clocks show the same, or the zone is none that this browser knows. */
export function otherClock(
  timeMs: number,
  hubZone: string | undefined,
  viewerZone: string = Intl.DateTimeFormat().resolvedOptions().timeZone,
): string | undefined {
  if (hubZone === undefined) return undefined;
  try {
    const [there, here] = [fields(timeMs, hubZone), fields(timeMs, viewerZone)];
    if (there.every((field, i) => field === here[i])) return undefined;
    const [year, month, day, hour, minute] = there;
    const sameDay = there.slice(0, 3).every((field, i) => field === here[i]);
    return `${sameDay ? '' : `${year}-${month}-${day} `}${hour}:${minute} in ${hubZone.replaceAll('_', ' ')}`;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Year, month, day, hour and minute, each as digits. */
function fields(timeMs: number, timeZone: string): readonly string[] {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(timeMs);
  return ['year', 'month', 'day', 'hour', 'minute'].map(
    (type) => parts.find((part) => part.type === type)?.value ?? '',
  );
}
