// What a page asks for when it opens its feed: `?v=2&session=…&after=…` (docs/spec/feed.md).

import type { FeedAsked } from '../stream/feed.ts';
import { FEED_VERSIONS } from '../stream/frame.ts';

const SESSION = /^[\w-]{1,64}$/;
const NUMBER = /^(0|[1-9]\d{0,15})$/;

/** Undefined for a version that this hub does not speak. A place that has another form is none: a snapshot follows. */
export function readFeedQuery(query: unknown): FeedAsked | undefined {
  const { v = '1', session, after } = (query ?? {}) as Readonly<Record<string, unknown>>;
  const version = FEED_VERSIONS.find((known) => String(known) === v);
  if (version === undefined) return undefined;
  const named = typeof session === 'string' && SESSION.test(session);
  const placed = typeof after === 'string' && NUMBER.test(after) && Number.isSafeInteger(Number(after));
  return {
    version,
    resume: version > 1 && named && placed ? { session, after: Number(after) } : undefined,
  };
}
