// Which stretch of time the charts show: one of five spans, that follows the hub's clock or stands still where somebody
// has moved it. It stands in the address, so that a colleague who is sent it sees the same.

export const SPANS = ['1h', '6h', '24h', '7d', '30d'] as const;
export type Span = (typeof SPANS)[number];

const HOUR_MS = 3_600_000;
export const SPAN_MS: Readonly<Record<Span, number>> = {
  '1h': HOUR_MS,
  '6h': 6 * HOUR_MS,
  '24h': 24 * HOUR_MS,
  '7d': 168 * HOUR_MS,
  '30d': 720 * HOUR_MS,
};

/** `end` in ms since 1970; undefined where the charts follow the hub's clock. */
export type View = { readonly span: Span; readonly end: number | undefined };
export const FIRST_VIEW: View = { span: '6h', end: undefined };

/** From `from` to before `to`, ms since 1970. */
export type Window = { readonly from: number; readonly to: number };

export function windowOf({ span, end }: View, now: number): Window {
  const to = Math.round(end ?? now);
  return { from: to - SPAN_MS[span], to };
}

/** Half a span earlier or later. What would pass the hub's clock follows it from then on. */
export function pan(view: View, way: 'earlier' | 'later', now: number): View {
  const step = SPAN_MS[view.span] / 2;
  const end = (view.end ?? now) + (way === 'earlier' ? -step : step);
  return settle(view.span, end, now);
}

/** The next span, about the same middle; charts that follow the clock go on doing so. The same view where there is none. */
export function zoom(view: View, way: 'in' | 'out', now: number): View {
  const span = SPANS[SPANS.indexOf(view.span) + (way === 'in' ? -1 : 1)];
  if (span === undefined) return view;
  if (view.end === undefined) return { span, end: undefined };
  return settle(span, view.end + (SPAN_MS[span] - SPAN_MS[view.span]) / 2, now);
}

/** The span that shows best what lies between two times, and so that it does. */
export function viewAround(from: number, to: number, now: number): View {
  const span = SPANS.find((each) => SPAN_MS[each] >= to - from) ?? '30d';
  return settle(span, (from + to) / 2 + SPAN_MS[span] / 2, now);
}

function settle(span: Span, end: number, now: number): View {
  return { span, end: end >= now ? undefined : Math.max(0, Math.round(end)) };
}

/** From the address; undefined where it says nothing that is a view. */
export function parseView(query: URLSearchParams): View | undefined {
  const span = SPANS.find((each) => each === query.get('span'));
  if (span === undefined) return undefined;
  const end = query.get('end');
  return { span, end: end !== null && /^\d{1,14}$/.test(end) ? Number(end) : undefined };
}

/** `parseView(formatView(view))` is the view again. */
export function formatView({ span, end }: View): URLSearchParams {
  const query = new URLSearchParams({ span });
  if (end !== undefined) query.set('end', String(end));
  return query;
}
