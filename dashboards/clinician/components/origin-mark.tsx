// "simulated", "recorded": a number that no body made must never pass for one.

import type { Origin } from '@heartwood/vitals';
import type { VNode } from 'preact';
import { ORIGIN_MARKS } from '../wording.ts';

export function OriginMark({ origin }: { origin: Origin }): VNode | null {
  const word = ORIGIN_MARKS[origin];
  return word === undefined ? null : <span class="origin">{word}</span>;
}
