// A hub of paper for the browser tests: serves the real page under the real headers and speaks the feed's format
// (docs/spec/feed.md), but says only what a test tells it to. Proofs are handed in; this makes none.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Assets, loadAssets } from '@heartwood/dashboards';
import { type WebSocket, WebSocketServer } from 'ws';

export type Answer = { readonly status: number; readonly body: string };

export type PageHub = {
  readonly url: string;
  /** A code that logs in once. */
  readonly code: string;
  /** What `GET /api/readings/<id>/proof` answers; 404 for any other id. */
  readonly proofs: Map<string, Answer>;
  /** What pages have acknowledged. */
  readonly acknowledged: { readonly path: string; readonly body: unknown }[];
  policy: string;
  /** Its time zone, where it says one. */
  zone: string | undefined;
  /** What `GET /api/patients/<id>/history` answers, or makes of what is asked; 404 while undefined. */
  history: string | ((asked: URLSearchParams) => string) | undefined;
  /** The same of `…/events`. */
  events: string | undefined;
  /** Of whoever logs in. */
  role: 'clinician' | 'patient' | 'admin';
  /** What `GET /api/alarms` answers; 403 for others than whoever runs the hub, 404 while undefined. */
  alarms: readonly object[] | undefined;
  /** What `GET /api/patients/<id>/sight` answers; 404 while undefined. */
  sight: object | undefined;
  /** What a page is told first. */
  snapshot: Record<string, unknown>;
  /** Stands at the end of the service worker: another text is another version of the page. */
  extraShell: string;
  /** Sends to every page: the count goes up by one unless the message brings its own. */
  say: (message: Record<string, unknown>) => void;
  /** The same as a binary frame, with the packed samples that its waveforms count on. */
  sayPacked: (message: Record<string, unknown>, samples: Uint8Array) => void;
  /** Sends a text as it is. */
  sayText: (text: string) => void;
  /** Connections of the feed so far. */
  feeds: () => number;
  /** Cuts every feed; new ones are refused while `down`. */
  down: boolean;
  cut: () => void;
  /** What broke the page's security policy, as the browser reports it, is in its console; here are the requests. */
  readonly requests: string[];
  close: () => Promise<void>;
};

const COOKIE = 'session=paper';
const POLICY = "default-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/** Starts a hub on the loopback, on any free port or on this one; who was logged in at one is at the next. */
export async function startPageHub(snapshot: Record<string, unknown>, port = 0): Promise<PageHub> {
  const assets = await loadAssets();
  let unused = true;
  let feeds = 0;
  let count = 0;
  const sockets = new Set<WebSocket>();

  const server = createServer((request, response) => void answer(request, response));
  const loggedIn = (request: IncomingMessage): boolean => (request.headers.cookie ?? '').includes(COOKIE);

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url ?? '/', 'http://hub').pathname;
    hub.requests.push(`${request.method} ${path}`);
    response.setHeader('content-security-policy', POLICY);
    response.setHeader('x-content-type-options', 'nosniff');
    if (serveAsset(assets, path, response, hub.extraShell)) return;
    const send = (status: number, body = '', type = 'application/json'): void => {
      response.writeHead(status, { 'content-type': type }).end(body);
    };
    if (path === '/api/login') {
      const body: unknown = JSON.parse(await readBody(request));
      const good = unused && JSON.stringify(body) === JSON.stringify({ code: hub.code });
      if (!good) return send(401, '{"error":"This code is wrong. Make a new one with: heartwood login"}');
      unused = false;
      response.setHeader('set-cookie', `${COOKIE}; HttpOnly; SameSite=Strict; Path=/`);
      return send(204);
    }
    if (!loggedIn(request)) return send(401, '{"error":"log in"}');
    if (path === '/api/session') {
      return send(
        200,
        JSON.stringify({
          name: 'Nurse Okafor',
          role: hub.role,
          hub: 'heartwood/hub/3f2a9c0d11aa22bb',
          zone: hub.zone,
        }),
      );
    }
    if (path === '/api/logout') {
      response.setHeader('set-cookie', `${COOKIE}; Path=/; Max-Age=0`);
      return send(204);
    }
    if (path.endsWith('/alarms/acknowledge')) {
      hub.acknowledged.push({ path, body: JSON.parse(await readBody(request)) as unknown });
      return send(204);
    }
    if (path === '/api/alarms' && hub.alarms !== undefined) {
      if (hub.role !== 'admin') return send(403, '{"error":"Whoever runs the hub sees its own alarms."}');
      return send(200, JSON.stringify({ alarms: hub.alarms }));
    }
    if (path.endsWith('/sight') && hub.sight !== undefined) return send(200, JSON.stringify(hub.sight));
    if (path.endsWith('/history') && hub.history !== undefined) {
      const asked = new URL(request.url ?? '/', 'http://hub').searchParams;
      return send(200, typeof hub.history === 'string' ? hub.history : hub.history(asked));
    }
    if (path.endsWith('/events') && hub.events !== undefined) return send(200, hub.events);
    if (path === '/api/policy') return send(200, hub.policy, 'text/plain');
    const id = /^\/api\/readings\/([\d.]+)\/proof$/.exec(path)?.[1];
    const proof = id === undefined ? undefined : hub.proofs.get(id);
    if (proof !== undefined) return send(proof.status, proof.body);
    send(404, '{"error":"There is no such reading."}');
  };

  const feed = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    if (
      hub.down ||
      request.url?.split('?', 1)[0] !== '/api/feed' ||
      !loggedIn(request) ||
      request.headers.origin !== hub.url
    ) {
      socket.destroy();
      return;
    }
    feed.handleUpgrade(request, socket, head, (page) => {
      feeds++;
      sockets.add(page);
      page.on('close', () => sockets.delete(page));
      count = 1_000;
      page.send(JSON.stringify({ ...hub.snapshot, type: 'snapshot', feed: count }));
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));

  const hub: PageHub = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    code: '7KQ2-M0XR-94TB',
    proofs: new Map(),
    acknowledged: [],
    policy: '',
    zone: undefined,
    history: undefined,
    events: undefined,
    role: 'clinician',
    alarms: undefined,
    sight: undefined,
    extraShell: '',
    snapshot,
    say: (message) => {
      count++;
      hub.sayText(JSON.stringify({ feed: count, ...message }));
    },
    sayPacked: (message, samples) => {
      count++;
      const text = Buffer.from(JSON.stringify({ feed: count, ...message }));
      const head = Buffer.alloc(8);
      head.writeUInt8(1);
      head.writeUInt32LE(text.length, 4);
      for (const page of sockets) page.send(Buffer.concat([head, text, samples]));
    },
    sayText: (text) => {
      for (const page of sockets) page.send(text);
    },
    feeds: () => feeds,
    down: false,
    cut: () => {
      for (const page of sockets) page.terminate();
    },
    requests: [],
    close: async () => {
      hub.cut();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return hub;
}

function serveAsset(assets: Assets, path: string, response: ServerResponse, extra: string): boolean {
  const asset = assets.get(path);
  if (asset === undefined) return false;
  response.writeHead(200, {
    'content-type': asset.contentType,
    'cache-control': asset.immutable ? 'public, max-age=31536000, immutable' : 'no-store',
  });
  response.end(path === '/worker.js' ? Buffer.concat([asset.body, Buffer.from(extra)]) : asset.body);
  return true;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString('utf8');
}
