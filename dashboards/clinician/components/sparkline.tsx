// The last readings of one kind as a line without numbers: the way it goes, no more. Time runs truly, and a gap
// stays a gap. Blood pressure is drawn as bars from diastolic to systolic.

import type { Kind } from '@heartwood/vitals';
import type { VNode } from 'preact';
import type { FeedReading } from '../feed.ts';
import { sparkPath } from '../spark-path.ts';

export function Sparkline({ kind, readings }: { kind: Kind; readings: readonly FeedReading[] }): VNode {
  const path = sparkPath(kind, readings);
  return (
    <svg class="spark" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      {path !== undefined && <path d={path} vector-effect="non-scaling-stroke" />}
    </svg>
  );
}
