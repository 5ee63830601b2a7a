// The heart rate of the last four hours as a line: time runs truly, a gap stays a gap.

import type { VNode } from 'preact';
import { formatAge } from '../age.ts';
import { text } from '../text/text.ts';
import { type Stretch, TRAIL_MS, trailPath } from '../trails.ts';

type Props = { readonly stretches: readonly Stretch[]; readonly nowMs: number };

export function TrailLine({ stretches, nowMs }: Props): VNode {
  const path = trailPath(stretches, nowMs);
  const [low, high] = [
    Math.min(...stretches.map((one) => one.low)),
    Math.max(...stretches.map((one) => one.high)),
  ];
  return (
    <span class="trail">
      <span class="unseen">
        {path === undefined ? text().row.noTrail : text().row.trail(low, high, formatAge(TRAIL_MS))}
      </span>
      <svg class="spark" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true" focusable="false">
        {path !== undefined && <path d={path} vector-effect="non-scaling-stroke" />}
      </svg>
      <span class="trail-word" aria-hidden="true">
        {path === undefined ? text().row.noTrailShort : text().row.trailShort}
      </span>
    </span>
  );
}
