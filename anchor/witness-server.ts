// The witness on the network: two addresses of c2sp.org/tlog-witness and nothing else, under limits that an attacker meets
// before any work is done. Plain HTTP is for the loopback address alone (a proxy on the same machine may stand before it).
//   POST <prefix>/add-checkpoint
//   GET  <prefix>/<hex SHA-256 of the origin>/checkpoint

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Witness, WitnessAnswer } from './witness.ts';

/** Ample for 63 hashes and a checkpoint with a dozen ML-DSA-44 lines of 3.3 kB. */
export const BODY_BYTES_MAX = 65_536;

export type WitnessServerOptions = {
  readonly witness: Witness;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Path before the two addresses, such as `/w1`; empty unless given. */
  readonly prefix?: string;
  /** PEM. Needed beyond loopback. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Hears of every answer but that of a log nobody knows; ids, sizes and outcomes only. */
  readonly log?: (event: WitnessEvent) => void;
  readonly limits?: Partial<WitnessLimits>;
};

export type WitnessLimits = {
  /** From the first byte of a request to its last. */
  readonly requestMs: number;
  readonly headersMs: number;
  /** How long a quiet connection is kept for the next request. */
  readonly keepAliveMs: number;
  readonly connectionsMax: number;
};

const LIMITS: WitnessLimits = {
  requestMs: 10_000,
  headersMs: 5_000,
  keepAliveMs: 60_000,
  connectionsMax: 256,
};

export type WitnessEvent = {
  readonly event: 'cosigned' | 'refused' | 'contradiction' | 'failed';
  readonly status: number;
  readonly origin?: string;
  readonly size?: number;
  readonly message?: string;
};

export type WitnessServer = {
  /** The submission and monitoring prefix, without a slash at the end. */
  readonly url: string;
  /** Ends connections and the listener; the witness stays open. */
  close(): Promise<void>;
};

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** Rejects with a RangeError for a plain listener beyond loopback, and with the system's error for a port that is taken. */
export async function startWitnessServer(options: WitnessServerOptions): Promise<WitnessServer> {
  const { host, port, tls, prefix = '', log = () => {} } = options;
  if (!tls && !LOOPBACK.has(host)) {
    throw new RangeError(`a witness at ${host} needs a certificate: plain HTTP is for this machine only`);
  }
  const limits = { ...LIMITS, ...options.limits };
  const answerTo = (request: IncomingMessage, response: ServerResponse): void => {
    answer(request, response, { witness: options.witness, prefix, log });
  };
  const settings = {
    maxHeaderSize: 8192,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.min(1000, limits.headersMs),
  };
  const server: Server = tls
    ? createTlsServer({ ...settings, ...tls, minVersion: 'TLSv1.3' }, answerTo)
    : createServer(settings, answerTo);
  server.maxConnections = limits.connectionsMax;
  // A response that is not taken is given up with its connection.
  server.setTimeout(limits.requestMs + limits.keepAliveMs, (socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  const named = host.includes(':') ? `[${host}]` : host;
  return {
    url: `${tls ? 'https' : 'http'}://${named}:${bound}${prefix}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Served = {
  readonly witness: Witness;
  readonly prefix: string;
  readonly log: (event: WitnessEvent) => void;
};

function answer(request: IncomingMessage, response: ServerResponse, served: Served): void {
  const { prefix, witness } = served;
  // RFC 9112 3.2.2: the whole address, as a proxy asks, is answered too.
  const path = (request.url ?? '').replace(/^https?:\/\/[^/?#]*/i, '');
  const [, hash] = path.startsWith(prefix)
    ? (/^\/([0-9a-f]{64})\/checkpoint$/.exec(path.slice(prefix.length)) ?? [])
    : [];
  if (path === `${prefix}/add-checkpoint`) {
    if (request.method === 'POST') takeCheckpoint(request, response, served);
    else refuse(request, response, 405, 'only POST', { allow: 'POST' });
  } else if (hash !== undefined) {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      refuse(request, response, 405, 'only GET', { allow: 'GET, HEAD' });
      return;
    }
    guarded(request, response, served, () => {
      const checkpoint = witness.latest(hash);
      if (checkpoint === undefined)
        refuse(request, response, 404, 'no checkpoint of such a log was cosigned here');
      else {
        // A body that came with it is not read.
        const closing: Record<string, string> = hasBody(request) ? { connection: 'close' } : {};
        send(response, 200, checkpoint, {
          'cache-control': 'no-cache',
          'access-control-allow-origin': '*',
          ...closing,
        });
      }
    });
  } else {
    refuse(request, response, 404, 'there is nothing here');
  }
}

/** Whether a body follows the head (RFC 9112 section 6.3). */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Reads the body under its limit, and lets the witness judge it. */
function takeCheckpoint(request: IncomingMessage, response: ServerResponse, served: Served): void {
  if (request.headers['content-encoding'] !== undefined) {
    refuse(request, response, 415, 'the body must not be encoded');
    return;
  }
  if (Number(request.headers['content-length'] ?? 0) > BODY_BYTES_MAX) {
    refuse(request, response, 413, `at most ${BODY_BYTES_MAX} bytes`);
    return;
  }
  const chunks: Buffer[] = [];
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= BODY_BYTES_MAX) chunks.push(chunk);
    else if (!response.headersSent) refuse(request, response, 413, `at most ${BODY_BYTES_MAX} bytes`);
  });
  request.on('error', () => response.destroy());
  request.on('end', () => {
    if (response.headersSent) return;
    guarded(request, response, served, () => {
      const judged = served.witness.addCheckpoint(Buffer.concat(chunks));
      const { status, body, type } = responseOf(judged);
      served.log(eventOf(judged, status));
      send(response, status, body, type === undefined ? {} : { 'content-type': type });
    });
  });
}

/** Statuses of tlog-witness. 409 is the one with a content type of its own. */
function responseOf(judged: WitnessAnswer): { status: number; body: string; type?: string } {
  switch (judged.kind) {
    case 'cosigned':
      return { status: 200, body: judged.lines };
    case 'malformed':
      return { status: 400, body: `${judged.message}\n` };
    case 'refused-signature':
      return { status: 403, body: `${judged.message}\n` };
    case 'unknown-log':
      return { status: 404, body: `${judged.message}\n` };
    case 'conflict':
      return { status: 409, body: `${judged.size}\n`, type: 'text/x.tlog.size' };
    case 'inconsistent':
      return { status: 422, body: `${judged.message}\n` };
    case 'clock':
      return { status: 503, body: `${judged.message}\n` };
  }
}

function eventOf(judged: WitnessAnswer, status: number): WitnessEvent {
  switch (judged.kind) {
    case 'cosigned':
      return { event: 'cosigned', status, origin: judged.origin, size: judged.size };
    case 'conflict':
      return { event: 'refused', status, size: judged.size };
    case 'inconsistent':
      return { event: judged.contradiction ? 'contradiction' : 'refused', status, message: judged.message };
    case 'clock':
      return { event: 'failed', status, message: judged.message };
    case 'malformed':
    case 'refused-signature':
    case 'unknown-log':
      return { event: 'refused', status, message: judged.message };
  }
}

/** A disk that is full, a clock that says nothing: nothing was signed, and the client may ask again. */
function guarded(request: IncomingMessage, response: ServerResponse, served: Served, work: () => void): void {
  try {
    work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    served.log({ event: 'failed', status: 503, message });
    refuse(request, response, 503, 'the witness cannot answer now');
  }
}

/** An answer that may leave part of a request unread: the connection ends with it. */
function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const unread = request.complete ? {} : { connection: 'close' };
  send(response, status, `${message}\n`, { ...headers, ...unread });
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  response.end(body);
}
