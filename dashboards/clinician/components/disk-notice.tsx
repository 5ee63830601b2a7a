// Says that the hub's disk fails or will soon be full: a technical alarm of the hub itself, so it may use an alarm colour.
// Its words tell what is lost (nothing: devices keep it) and what is not done meanwhile.

import type { VNode } from 'preact';
import { formatTime } from '../age.ts';
import type { Disk } from '../feed.ts';
import { text } from '../text/text.ts';

/** @param told conditions that the bar of alarms shows */
export function DiskNotice({
  disk,
  told,
}: {
  readonly disk: Disk | null;
  readonly told: ReadonlySet<string>;
}): VNode {
  const words = text().disk;
  return (
    <div role="alert">
      {disk !== null && disk.state === 'low' && !told.has('disk-low') && (
        <p class="disk-low">
          <span>
            <strong>{words.low}</strong> {words.lowFree(Math.floor(disk.freeBytes / 1e6))}
          </span>
        </p>
      )}
      {disk !== null && disk.state !== 'low' && disk.state !== 'well' && (
        <p class="disk-fault">
          <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
            <path d="M10 2 19 18H1Z M10 8v4.5 M10 15v.6" />
          </svg>
          <span>
            <strong>{words.what[disk.state]}</strong> {words.since(formatTime(disk.since))}{' '}
            {words.todo[disk.state]}
          </span>
        </p>
      )}
    </div>
  );
}
