// The page and its interface over HTTP, on fastify. Every request passes the same steps in the same order:
// security headers, rate limit, session (unless the route is public), then the route.

import { Server as TlsServer } from 'node:tls';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import websocket from '@fastify/websocket';
import type { HUB_SLOT } from '@heartwood/anchor';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { HeartwoodError } from '../error.ts';
import type { HubThread } from '../hub/hub-thread.ts';
import type { LoggedIn } from '../people/access.ts';
import { may } from '../people/permission.ts';
import { SESSION_MS } from '../people/sessions.ts';
import { readClaimAsked } from '../registry/claim.ts';
import type { DelayPort, Delays } from '../stream/delays.ts';
import type { Feed } from '../stream/feed.ts';
import { parseReadingId } from '../stream/feed-reading.ts';
import { tellingRoutes } from '../telling/routes.ts';
import { ASK_LIKE_THIS, readAcknowledgement } from './acknowledgement.ts';
import { type Asset, assetRoute } from './assets.ts';
import { boardRoutes } from './board.ts';
import { careRoutes } from './care.ts';
import { clientsOf, type Enrolment, enrolmentRoutes } from './enrolment.ts';
import { feedRoute } from './feed-route.ts';
import { readEventsQuery, readHistoryQuery } from './history-query.ts';
import { HostNames } from './host-names.ts';
import { hubAlarmRoutes } from './hub-alarms.ts';
import type { Metrics } from './metrics.ts';
import { noteRoutes } from './notes.ts';
import { Pages } from './pages.ts';
import { type Pairing, pairingRoutes } from './pairing.ts';
import { HANDSHAKE_MS, Places } from './places.ts';
import { SessionsCache } from './sessions-cache.ts';

export type ApiOptions = {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** PEM. Without it, only loopback is served. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Names beside the machine's own and the certificate's, as of a proxy in front. */
  readonly names?: readonly string[];
  /** Where the hub vouches for itself and for devices; without it no device is enrolled over the network. */
  readonly enrolment?: Enrolment | undefined;
  /** Where Bluetooth asks; absent where the hub has none. */
  readonly pairing?: Pairing | undefined;
  readonly hub: Pick<HubThread, 'call' | 'started'>;
  readonly feed: Feed;
  /** Where pages' own delays are noted, and all of them stand. */
  readonly delays?: (DelayPort & Pick<Delays, 'of'>) | undefined;
  /** What a Prometheus server is told, and by which token it asks; undefined: nothing. */
  readonly metrics?: Metrics | undefined;
  /** The page's files, by path (`/`, `/assets/…`). */
  readonly assets: () => Promise<ReadonlyMap<string, Asset>>;
  readonly clock: () => number;
};

export type Api = {
  readonly url: string;
  /** The certificate (PEM) that it shows from now on. */
  renew(tls: { readonly cert: string; readonly key: string }): void;
  /** People or their sessions may have changed: who lost what they had is shown nothing more. */
  recheck(): void;
  close(): Promise<void>;
};

const COOKIE = 'heartwood';
/** anchor's, whose type holds the two together: all of anchor is not loaded beside the page for a number. */
const HUBS_OWN: typeof HUB_SLOT = 0;

const BODY_BYTES_MAX = 16 * 1024;
const REQUESTS_PER_MINUTE = 1200;
/** Each costs a hash in 64 MB. */
const PASSWORD_RATE = { max: 10, timeWindow: 60_000 } as const;
/** A page says little on its feed: how long its way is. */
const FEED_MESSAGE_BYTES_MAX = 1024;
/** A stop waits no longer for strangers: some broken requests for an upgrade leave fastify waiting for ever. */
const CLOSE_MS = 2_000;
/** How soon who says nothing, or too slowly, is cut off. */
const SOCKETS = { handshakeTimeout: HANDSHAKE_MS, connectionsCheckingInterval: 2_000 } as const;
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** @throws HeartwoodError bad-setting for a plain listener beyond loopback; in-use for a port that is taken */
export async function startApi(options: ApiOptions): Promise<Api> {
  const { host, port, tls } = options;
  if (tls === undefined && !LOOPBACK.has(host)) {
    throw new HeartwoodError(
      'bad-setting',
      `http-host ${host} is open to the network: give --http-tls-cert and --http-tls-key, or 127.0.0.1.`,
    );
  }
  const names = new HostNames(tls?.cert, options.names);
  const { app, recheck } = await buildApi(options, names);
  new Places(() => performance.now()).guard(app.server);
  try {
    const url = await app.listen({ host, port });
    const renew: Api['renew'] = ({ cert, key }) => {
      names.renew(cert);
      if (!(app.server instanceof TlsServer)) return;
      app.server.setSecureContext({ cert, key, minVersion: 'TLSv1.3', ...clientsOf(options.enrolment) });
    };
    return {
      url: url.replace('[::1]', 'localhost'),
      renew,
      recheck,
      close: () => within(CLOSE_MS, app.close()),
    };
  } catch (cause) {
    const taken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    if (!taken) throw cause;
    throw new HeartwoodError(
      'in-use',
      `http-port ${port} is taken by another program: give another with --http-port.`,
      { cause },
    );
  }
}

async function buildApi(
  { hub, feed, delays, assets, clock, tls, enrolment, pairing, metrics }: ApiOptions,
  names: HostNames,
): Promise<{ app: FastifyInstance; recheck(): void }> {
  const app = Fastify({
    ...(tls
      ? { https: { ...SOCKETS, ...tls, minVersion: 'TLSv1.3', ...clientsOf(enrolment) } }
      : { http: SOCKETS }),
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: 10_000,
    keepAliveTimeout: 10_000,
    forceCloseConnections: true,
  }) as unknown as FastifyInstance;
  const sessions = new SessionsCache((token) => hub.call('whoIs', token), clock);
  const pages = new Pages(sessions);
  const recheck = (): void => {
    sessions.forget();
    void pages.recheck();
  };

  // First: it closes the socket of an upgrade that any later step refuses.
  await app.register(websocket, { options: { maxPayload: FEED_MESSAGE_BYTES_MAX } });
  await app.register(cookie);
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
      },
    },
    strictTransportSecurity: tls !== undefined,
    referrerPolicy: { policy: 'no-referrer' },
  });
  // A page of somebody else is turned away before it is counted: it must not use up what the operator may ask.
  app.addHook('onRequest', async (request, reply) => {
    if (!names.answersTo(request.headers.host)) {
      return reply.code(421).send({
        error: 'This hub has another name. Ask for it by its address, or give it this one with --http-name.',
      });
    }
    if (isForeign(request)) return reply.code(403).send({ error: 'This hub answers its own page only.' });
    return undefined;
  });
  await app.register(rateLimit, { max: REQUESTS_PER_MINUTE, timeWindow: 60_000 });
  app.setErrorHandler((error, _request, reply) => sendError(reply, error));
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'There is nothing here.' }));

  if (enrolment !== undefined) enrolmentRoutes(app, hub, enrolment);
  if (metrics !== undefined) (await import('./metrics.ts')).metricsRoute(app, metrics);

  // Public: the page itself, and logging in.
  assetRoute(app, assets);
  app.post('/api/login', { config: { rateLimit: PASSWORD_RATE } }, async (request, reply) => {
    const token = await logIn(hub, request.body);
    if (token === undefined) {
      return reply.code(401).send({
        error:
          'This name and password do not match, or the code is wrong, used, or older than ten minutes. A new code: heartwood login',
      });
    }
    return reply
      .setCookie(COOKIE, token, {
        path: '/',
        httpOnly: true,
        sameSite: 'strict',
        secure: tls !== undefined,
        maxAge: SESSION_MS / 1000,
      })
      .code(204)
      .send();
  });
  app.post('/api/logout', async (request, reply) => {
    const token = request.cookies[COOKIE];
    if (token !== undefined && (await sessions.whoIs(token)) !== undefined) await hub.call('logOut', token);
    recheck();
    return reply.clearCookie(COOKIE, { path: '/' }).code(204).send();
  });

  // For those who are logged in.
  await app.register(async (members) => {
    members.addHook('onRequest', async (request, reply) => {
      const who = await sessions.whoIs(request.cookies[COOKIE]);
      if (who === undefined) return reply.code(401).send({ error: 'Log in first.' });
      visitors.set(request, who);
      return undefined;
    });
    members.addHook('onSend', async (_request, reply) => {
      reply.header('cache-control', 'no-store');
    });
    members.get('/api/session', (request) => {
      const { name, role } = visitor(request);
      return { name, role, hub: hub.started.origin, zone: Intl.DateTimeFormat().resolvedOptions().timeZone };
    });
    members.post('/api/password', { config: { rateLimit: PASSWORD_RATE } }, async (request, reply) => {
      const { password } = (request.body ?? {}) as { password?: unknown };
      const given = typeof password === 'string' ? password : '';
      await hub.call('setPassword', visitor(request).number, given, request.cookies[COOKIE] ?? '');
      recheck();
      return reply.code(204).send();
    });
    if (enrolment !== undefined) {
      members.post('/api/claims', async (request, reply) => {
        const asked = readClaimAsked(request.body);
        if (asked === undefined)
          return reply.code(400).send({ error: 'Ask like this: {"device": "watch-ada", "patient": "Ada"}' });
        const claim = await hub.call('createClaim', visitor(request), asked);
        return reply.code(201).send({ ...claim, link: enrolment.link(claim.code) });
      });
    }
    boardRoutes(members, { hub, delays, clock }, visitor);
    careRoutes(members, hub, visitor, (care) => feed.care(care));
    noteRoutes(members, hub, visitor, (care) => feed.care(care));
    if (pairing !== undefined) pairingRoutes(members, pairing, visitor);
    hubAlarmRoutes(members, hub, clock, visitor);
    tellingRoutes(members, hub, visitor);
    members.get('/api/policy', async (_request, reply) =>
      reply.type('text/plain; charset=utf-8').send(await hub.call('policy')),
    );
    members.get<{ Params: { id: string } }>('/api/readings/:id/proof', async (request, reply) => {
      const { id } = request.params;
      const slot = parseReadingId(id)?.slot;
      const who = visitor(request);
      // What is not for these eyes is answered as what does not exist. What an event is about only the hub knows.
      if (slot !== undefined && slot !== HUBS_OWN && !may(who, { do: 'prove', slot }))
        throw new HeartwoodError('not-found', `There is no reading ${id}.`);
      const bundle = slot === HUBS_OWN ? hub.call('proveEvent', who, id) : hub.call('prove', id);
      return reply.type('application/json; charset=utf-8').send(await bundle);
    });
    members.get<{ Params: { patient: string } }>('/api/patients/:patient/events', async (request, reply) => {
      const asked = readEventsQuery(request.query);
      if (typeof asked === 'string') return reply.code(400).send({ error: asked });
      return hub.call('events', visitor(request), request.params.patient, asked);
    });
    members.get<{ Params: { patient: string } }>('/api/patients/:patient/sight', async (request, reply) => {
      const asked = readEventsQuery(request.query);
      if (typeof asked === 'string') return reply.code(400).send({ error: asked });
      return hub.call('sight', visitor(request), request.params.patient, asked);
    });
    members.get<{ Params: { patient: string } }>('/api/patients/:patient/history', async (request, reply) => {
      const asked = readHistoryQuery(request.query);
      if (typeof asked === 'string') return reply.code(400).send({ error: asked });
      const text = await hub.call('history', visitor(request), request.params.patient, asked);
      return reply.type('application/json; charset=utf-8').send(text);
    });
    members.post<{ Params: { patient: string } }>(
      '/api/patients/:patient/alarms/acknowledge',
      async (request, reply) => {
        const asked = readAcknowledgement(request.body, clock());
        if (asked === undefined) return reply.code(400).send({ error: ASK_LIKE_THIS });
        const { patient } = request.params;
        const who = visitor(request);
        const by = { ...asked.by, by: who.name };
        feed.alarms({ patient, alarms: await hub.call('acknowledge', who, patient, asked.conditions, by) });
        return reply.code(204).send();
      },
    );
    feedRoute(
      members,
      { feed, pages, hub, delays, clock },
      visitor,
      (request) => request.cookies[COOKIE] ?? '',
    );
  });
  app.addHook('onClose', async () => pages.close());
  return { app, recheck };
}

/** Whoever is behind a request: known from the hook that let it in. */
const visitors = new WeakMap<FastifyRequest, LoggedIn>();
function visitor(request: FastifyRequest): LoggedIn {
  const who = visitors.get(request);
  if (who === undefined) throw new Error('a route of members was reached without a session');
  return who;
}

/** @returns a session's token; undefined where code, or name and password, are no good */
function logIn(hub: ApiOptions['hub'], body: unknown): Promise<string | undefined> {
  const { code, name, password } = (body ?? {}) as Record<string, unknown>;
  if (typeof code === 'string' && code.length <= 64) return hub.call('logInByCode', code);
  if (
    typeof name === 'string' &&
    typeof password === 'string' &&
    name.length <= 100 &&
    password.length <= 1000
  )
    return hub.call('logInByPassword', name, password);
  return Promise.resolve(undefined);
}

const STATUS: Partial<Record<string, number>> = {
  'not-found': 404,
  'not-ready': 409,
  erased: 410,
  unacceptable: 422,
  forbidden: 403,
  refused: 409,
};

function sendError(reply: FastifyReply, error: unknown): FastifyReply {
  if (error instanceof HeartwoodError)
    return reply.code(STATUS[error.code] ?? 503).send({ error: error.message });
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status < 500 && error instanceof Error) return reply.code(status).send({ error: error.message });
  return reply.code(500).send({ error: 'The hub could not answer. Its log says why.' });
}

/** Whether a browser sends this for another site's page. Following a link to the hub is no such thing. */
function isForeign(request: FastifyRequest): boolean {
  if (!sameOrigin(request)) return true;
  const { 'sec-fetch-site': site, 'sec-fetch-mode': mode } = request.headers;
  const ours = site === undefined || site === 'same-origin' || site === 'none';
  return !ours && !(request.method === 'GET' && mode === 'navigate');
}

/** A browser says where a request came from; anything that says nothing is no browser, and has no cookie to abuse. */
function sameOrigin(request: FastifyRequest): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}

/** Waits for `work`, at most `ms`. The timer also keeps the process until then. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
