// Where the visitor is: all of it in the fragment of the address, which a browser sends to nobody. A search that is
// in the address survives a reload, can be kept as a bookmark, and comes back with the browser's own back button.

import { formatView, parseView, type View } from './trend/span.ts';

export const SHOWN = ['all', 'alarms', 'stale', 'mine'] as const;
export type Shown = (typeof SHOWN)[number];

export type Route =
  | { readonly kind: 'list'; readonly text: string; readonly show: Shown }
  /** `view` is what the charts show, where somebody has chosen it. */
  | { readonly kind: 'patient'; readonly id: string; readonly view?: View | undefined };

export const WHOLE_LIST: Extract<Route, { kind: 'list' }> = { kind: 'list', text: '', show: 'all' };
const TEXT_MAX = 100;

/** `#/?q=ada&show=alarms`, `#/patient/9f…`, `#/patient/9f…?span=24h&end=1795262400000`. What is none of these is the whole list. */
export function parseRoute(hash: string): Route {
  const [, id, chosen] = /^#\/patient\/([0-9a-f]{1,64})(?:\?(.*))?$/.exec(hash) ?? [];
  if (id !== undefined) {
    const view = parseView(new URLSearchParams(chosen));
    return view === undefined ? { kind: 'patient', id } : { kind: 'patient', id, view };
  }
  const query = /^#\/\?(.*)$/.exec(hash)?.[1];
  if (query === undefined) return WHOLE_LIST;
  const asked = new URLSearchParams(query);
  const show = SHOWN.find((each) => each === asked.get('show')) ?? 'all';
  return { kind: 'list', text: (asked.get('q') ?? '').slice(0, TEXT_MAX), show };
}

/** `parseRoute(formatRoute(route))` is the route again. */
export function formatRoute(route: Route): string {
  if (route.kind === 'patient')
    return `#/patient/${route.id}${route.view === undefined ? '' : `?${formatView(route.view)}`}`;
  const query = new URLSearchParams();
  if (route.text !== '') query.set('q', route.text);
  if (route.show !== 'all') query.set('show', route.show);
  return query.size === 0 ? '#/' : `#/?${query}`;
}
