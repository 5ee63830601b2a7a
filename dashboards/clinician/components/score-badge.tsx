// NEWS2 in the least space: at least how much, from how many inputs, and where it goes. In ink (see score.ts).

import type { VNode } from 'preact';
import { formatAge } from '../age.ts';
import { type Direction, knownInputs, type Score, scoreFigure, scoreWeight, scoreWords } from '../score.ts';
import { text } from '../text/text.ts';

type Props = { readonly score: Score | undefined; readonly direction: Direction | undefined };

const ARROWS: Readonly<Record<Direction['way'], string>> = {
  rising: 'M3 13 13 3M6 3h7v7',
  falling: 'M3 3l10 10M13 6v7H6',
  steady: 'M2 8h11M9 4l4 4-4 4',
};

export function ScoreBadge({ score, direction }: Props): VNode {
  return (
    <span class="score">
      <span class="unseen">{scoreWords(score)}</span>
      <span class="badge" data-weight={scoreWeight(score)} aria-hidden="true">
        {scoreFigure(score)}
      </span>
      <span class="inputs" aria-hidden="true">
        {knownInputs(score)}/7
      </span>
      {score?.scale === 2 && (
        <span class="mark-word">
          {text().score.scale2}
          <span class="unseen">{text().score.forSaturation}</span>
        </span>
      )}
      {direction !== undefined && (
        <span class="direction" data-way={direction.way}>
          <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
            <path d={ARROWS[direction.way]} />
          </svg>
          <span>
            {text().score.ways[direction.way]}
            <span class="unseen">{text().score.over(formatAge(direction.overMs))}</span>
          </span>
        </span>
      )}
    </span>
  );
}
