// What happened, above the charts and on their own time. For the eye; the list below has it in words, and its proofs.

import type { ReadonlySignal } from '@preact/signals';
import type { VNode } from 'preact';
import { laneOf } from '../trend/lane.ts';
import { type Mark, markWords } from '../trend/mark.ts';
import type { Window } from '../trend/span.ts';

type Props = { readonly marks: ReadonlySignal<readonly Mark[]>; readonly window: ReadonlySignal<Window> };

export function MarkLane({ marks, window }: Props): VNode {
  return (
    <div class="lane" aria-hidden="true">
      {laneOf(marks.value, window.value).map(({ place, mark, count }) => (
        <span
          key={mark.event.id}
          data-kind={mark.kind}
          data-priority={mark.priority}
          title={markWords(mark.event)}
          style={{ insetInlineStart: `${place * 100}%` }}
        >
          {mark.sign}
          {count > 1 && count}
        </span>
      ))}
    </div>
  );
}
