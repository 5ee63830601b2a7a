// The feed's door: one WebSocket of a page, whose it is, and what it asks for (docs/spec/feed.md).

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { HubThread } from '../hub/hub-thread.ts';
import type { LoggedIn } from '../people/access.ts';
import type { DelayPort } from '../stream/delays.ts';
import type { Feed } from '../stream/feed.ts';
import { readFeedQuery } from './feed-query.ts';
import { PageReports } from './page-report.ts';
import type { Pages } from './pages.ts';

export type FeedRoute = {
  readonly feed: Feed;
  readonly pages: Pages;
  readonly hub: Pick<HubThread, 'call'>;
  /** Where pages' own delays are noted. */
  readonly delays: DelayPort | undefined;
  readonly clock: () => number;
};

/** A feed of a version that this hub does not speak: the page has to be loaded again. RFC 6455 section 7.4.2. */
const OTHER_VERSION = 4406;
/** The same section: try again later. The page does, ever more slowly. */
const NO_ROOM = 1013;

/** For those who are logged in. @param visitor whose a request is, and @param cookie their session */
export function feedRoute(
  members: FastifyInstance,
  { feed, pages, hub, delays, clock }: FeedRoute,
  visitor: (request: FastifyRequest) => LoggedIn,
  cookie: (request: FastifyRequest) => string,
): void {
  members.get('/api/feed', { websocket: true }, (socket, request) => {
    socket.on('error', () => socket.terminate());
    const asked = readFeedQuery(request.query);
    if (asked === undefined) return socket.close(OTHER_VERSION, 'version');
    const who = visitor(request);
    if (!pages.hasRoomFor(who)) return socket.close(NO_ROOM, 'too many pages are open');
    const end = feed.open(socket, who, asked);
    const left = pages.enter(socket, cookie(request), who);
    void hub.call('recordSeen', who).catch(() => undefined);
    const reports = delays && new PageReports(delays, clock);
    socket.on('message', (data, isBinary) => {
      if (!isBinary) reports?.hear(String(data));
    });
    socket.on('close', () => {
      end();
      left();
    });
  });
}
