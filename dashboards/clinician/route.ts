// Where the visitor is: all of it in the fragment of the address, which a browser sends to nobody. A search that is
// in the address survives a reload, can be kept as a bookmark, and comes back with the browser's own back button.

import { formatView, parseView, type View } from './trend/span.ts';

export const SHOWN = ['all', 'alarms', 'stale', 'mine'] as const;
export type Shown = (typeof SHOWN)[number];

export type Route =
  /** `watch` are those who were chosen to be seen side by side. */
  | {
      readonly kind: 'list';
      readonly text: string;
      readonly show: Shown;
      readonly watch?: readonly string[] | undefined;
    }
  /** Some patients side by side. */
  | { readonly kind: 'watch'; readonly ids: readonly string[] }
  /** `view` is what the charts show, where somebody has chosen it. */
  | { readonly kind: 'patient'; readonly id: string; readonly view?: View | undefined };

export const WHOLE_LIST: Extract<Route, { kind: 'list' }> = { kind: 'list', text: '', show: 'all' };
const TEXT_MAX = 100;
/** So many ECGs at 25 mm/s are still seconds long on one screen. */
export const WATCH_MAX = 4;

/** `#/?q=ada&show=alarms&watch=9f…,3a…`, `#/watch?p=9f…,3a…`, `#/patient/9f…`, `#/patient/9f…?span=24h&end=1795262400000`. What is none of these is the whole list. */
export function parseRoute(hash: string): Route {
  const [, id, chosen] = /^#\/patient\/([0-9a-f]{1,64})(?:\?(.*))?$/.exec(hash) ?? [];
  if (id !== undefined) {
    const view = parseView(new URLSearchParams(chosen));
    return view === undefined ? { kind: 'patient', id } : { kind: 'patient', id, view };
  }
  const watched = /^#\/watch\?(.*)$/.exec(hash)?.[1];
  if (watched !== undefined) {
    const ids = parseIds(new URLSearchParams(watched).get('p'));
    if (ids !== undefined) return { kind: 'watch', ids };
  }
  const query = /^#\/\?(.*)$/.exec(hash)?.[1];
  if (query === undefined) return WHOLE_LIST;
  const asked = new URLSearchParams(query);
  const show = SHOWN.find((each) => each === asked.get('show')) ?? 'all';
  const watch = parseIds(asked.get('watch'));
  return {
    kind: 'list',
    text: (asked.get('q') ?? '').slice(0, TEXT_MAX),
    show,
    ...(watch !== undefined && { watch }),
  };
}

/** Pseudonyms, each once, as many as fit; undefined for none. */
function parseIds(said: string | null): readonly string[] | undefined {
  const ids = new Set((said ?? '').split(',').filter((id) => /^[0-9a-f]{1,64}$/.test(id)));
  return ids.size === 0 ? undefined : [...ids].slice(0, WATCH_MAX);
}

/** One more of those who are watched, or one less; the same where there is no room. */
export function toggleWatched(watch: readonly string[] | undefined, id: string): readonly string[] {
  const before = watch ?? [];
  if (before.includes(id)) return before.filter((each) => each !== id);
  return before.length < WATCH_MAX ? [...before, id] : before;
}

/** `parseRoute(formatRoute(route))` is the route again. */
export function formatRoute(route: Route): string {
  if (route.kind === 'patient')
    return `#/patient/${route.id}${route.view === undefined ? '' : `?${formatView(route.view)}`}`;
  if (route.kind === 'watch') return `#/watch?p=${route.ids.join(',')}`;
  const query = new URLSearchParams();
  if (route.text !== '') query.set('q', route.text);
  if (route.show !== 'all') query.set('show', route.show);
  const watch = route.watch === undefined || route.watch.length === 0 ? '' : `watch=${route.watch.join(',')}`;
  const all = [query.toString(), watch].filter((part) => part !== '').join('&');
  return all === '' ? '#/' : `#/?${all}`;
}
