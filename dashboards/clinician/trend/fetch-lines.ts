// Asks the hub for what a chart shows (docs/spec/feed.md, History).

import type { Kind } from '@heartwood/vitals';
import { chartsText } from '../text/charts.ts';
import { type Lines, parseHistory } from './line.ts';
import type { Span, Window } from './span.ts';

/** As many as there may be seconds of an hour and some more; later about one for each pixel. */
const POINTS: Readonly<Record<Span, number>> = {
  '1h': 5_000,
  '6h': 5_000,
  '24h': 1_440,
  '7d': 1_008,
  '30d': 1_080,
};

/** @throws where the hub does not answer, with a sentence to show */
export async function fetchLines(
  patient: string,
  kind: Kind,
  span: Span,
  { from, to }: Window,
  signal: AbortSignal,
): Promise<Lines> {
  const asked = new URLSearchParams({
    kind,
    from: String(Math.max(0, Math.floor(from))),
    to: String(Math.ceil(to)),
    points: String(POINTS[span]),
  });
  const answer = await fetch(`/api/patients/${patient}/history?${asked}`, { signal });
  if (!answer.ok) throw new Error(chartsText().notGiven(answer.status));
  return parseHistory(await answer.json(), kind);
}
