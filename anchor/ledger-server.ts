// A ledger on the network. Everybody may read (`ledger-site.ts`); statements come in as
//   POST /add-statements      body: up to 1,024 signed notes as an entry bundle (16-bit length || note, docs/spec/tiles.md)
//                             answer: {"outcomes": [...]}, one `AppendOutcome` for each note, in order
// The hub's signature in each note is what admits it: there is no password to steal, and a note that somebody else sends
// on is the hub's all the same. A stranger can make us read a body and look up a key name; every step of that is bounded.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { textOf } from './bytes.ts';
import { AnchorError } from './error.ts';
import { APPEND_MAX, type AppendOutcome } from './ledger.ts';
import { answerSite, type SiteOptions } from './ledger-site.ts';
import { decodeEntries } from './tile.ts';

/** Largest body of a submission: 1,024 statements of 510 bytes. */
export const SUBMISSION_BYTES_MAX: number = 512 * 1024;
/**
 * Bytes of submissions that were read and are not answered yet, all together. Whoever brings one more is asked to come
 * again. What counts is what came, not what was announced: who trickles a large body keeps nobody else out.
 */
const READING_BYTES_MAX = 16 * 1024 * 1024;
const CONNECTIONS_MAX = 512;
/** A request must be whole in this time, its headers in half of it; the answer is 408 otherwise. */
const REQUEST_MS = 20_000;
/** A quiet connection is kept so long for the next request. */
const KEEP_ALIVE_MS = 15_000;

export type LedgerServerOptions = SiteOptions & {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** PEM. Without it only an address of this machine should be given: what is submitted and read is public, but not who. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Where statements go; a server without it only shows. */
  readonly submit?: (notes: readonly string[]) => Promise<readonly AppendOutcome[]>;
  /** Instead of 20,000. */
  readonly requestMs?: number;
  /** Instead of 15,000. */
  readonly keepAliveMs?: number;
  /** A request that failed by a fault of ours. */
  readonly onFault?: (error: unknown) => void;
};

export type LedgerServer = {
  /** Without a slash at its end. */
  readonly url: string;
  /** Answers what it has read, and takes no more. */
  close(): Promise<void>;
};

/** Serves a ledger until closed. Rejects where the address is taken. */
export async function startLedgerServer(options: LedgerServerOptions): Promise<LedgerServer> {
  const { host, port, tls, requestMs = REQUEST_MS, keepAliveMs = KEEP_ALIVE_MS } = options;
  const reading: Reading = { bytes: 0 };
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    // Only a submission is read to its end; whatever else brings a body ends its connection.
    if (request.method !== 'POST' && hasBody(request)) response.setHeader('Connection', 'close');
    handle(options, reading, request, response).catch((error: unknown) => {
      options.onFault?.(error);
      refuse(response, 503, 'the ledger cannot answer at the moment; asking again is safe', {
        'Retry-After': '5',
      });
    });
  };
  const limits = {
    maxHeaderSize: 8192,
    headersTimeout: requestMs / 2,
    requestTimeout: requestMs,
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: Math.min(1000, requestMs),
  };
  const server = tls
    ? createTlsServer({ ...limits, ...tls, minVersion: 'TLSv1.3' }, listener)
    : createServer(limits, listener);
  server.maxConnections = CONNECTIONS_MAX;
  // Who asks and does not take the answer is given up: `requestTimeout` ends with the request.
  server.setTimeout(requestMs + keepAliveMs, (socket) => socket.destroy());
  await listening(server, host, port);
  const shown = host.includes(':') ? `[${host}]` : host;
  return {
    url: `${tls ? 'https' : 'http'}://${shown}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), 2000).unref();
      }),
  };
}

/** What the submissions under way hold: one for each server. */
type Reading = { bytes: number };

async function handle(
  options: LedgerServerOptions,
  reading: Reading,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method } = request;
  // RFC 9112 3.2.2: the whole address, as a proxy asks, is answered too; whose it says it is does not matter here.
  const target = request.url ?? '';
  const url = URL.parse(target, 'http://ledger.invalid');
  if (!url || !/^(\/|https?:\/\/)/i.test(target)) return refuse(response, 400, 'that is no path');
  if (url.pathname === '/add-statements') {
    if (!options.submit) return refuse(response, 404, 'this ledger takes no statements here');
    if (method !== 'POST') return refuse(response, 405, 'statements are sent by POST', { Allow: 'POST' });
    if (isEncoded(request)) return refuse(response, 415, 'a submission must not be encoded');
    return takeStatements(options.submit, reading, request, response);
  }
  if (method !== 'GET' && method !== 'HEAD') {
    return refuse(response, 405, 'a ledger is read by GET', { Allow: 'GET, HEAD' });
  }
  const answer = answerSite(options, url.pathname, url.searchParams);
  if (!answer) return refuse(response, 404, 'this ledger has nothing there');
  const { type, cache, body } = answer;
  response.writeHead(200, {
    'Content-Type': type,
    'Content-Length': body.length,
    'Cache-Control': cache,
    'X-Content-Type-Options': 'nosniff',
    // Whoever verifies in a browser, from any page, may read what everybody may.
    'Access-Control-Allow-Origin': '*',
  });
  response.end(method === 'HEAD' ? undefined : body);
}

async function takeStatements(
  submit: NonNullable<LedgerServerOptions['submit']>,
  reading: Reading,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = new Body(reading);
  try {
    switch (await body.read(request)) {
      case 'too-long':
        return refuse(response, 413, `a submission has at most ${SUBMISSION_BYTES_MAX} bytes`);
      case 'busy':
        return refuse(response, 503, 'busy: come again in a second', { 'Retry-After': '1' });
      // The other side went away: there is nobody to answer.
      case 'cut-off':
        return;
      case 'whole':
    }
    const notes = parseSubmission(body.bytes());
    if (typeof notes === 'string') return refuse(response, 400, notes);
    const json = JSON.stringify({ outcomes: await submit(notes) });
    response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
    response.end(json);
  } finally {
    body.release();
  }
}

/** The notes of a submission, or a sentence that says why it is none. */
function parseSubmission(body: Uint8Array): readonly string[] | string {
  try {
    const entries = decodeEntries(body);
    if (entries.length > APPEND_MAX) return `a submission has at most ${APPEND_MAX} statements`;
    const notes = entries.map(textOf);
    return notes.every((note) => note !== undefined) ? notes : 'a statement is not UTF-8';
  } catch (error) {
    if (error instanceof AnchorError) return error.message;
    throw error;
  }
}

/** Whether a body follows the head (RFC 9112 section 6.3). */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Nothing is unpacked here: a few bytes could become gigabytes. */
function isEncoded({ headers }: IncomingMessage): boolean {
  const coding = headers['transfer-encoding'];
  return headers['content-encoding'] !== undefined || (coding !== undefined && coding !== 'chunked');
}

/** A submission's body while it is read and judged, counted with those of the others. */
class Body {
  readonly #reading: Reading;
  readonly #chunks: Uint8Array[] = [];
  #length = 0;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  async read(request: IncomingMessage): Promise<'whole' | 'too-long' | 'busy' | 'cut-off'> {
    if (Number(request.headers['content-length']) > SUBMISSION_BYTES_MAX) return 'too-long';
    try {
      for await (const chunk of request as AsyncIterable<Uint8Array>) {
        this.#length += chunk.length;
        this.#reading.bytes += chunk.length;
        if (this.#length > SUBMISSION_BYTES_MAX) return 'too-long';
        if (this.#reading.bytes > READING_BYTES_MAX) return 'busy';
        this.#chunks.push(chunk);
      }
    } catch {
      return 'cut-off';
    }
    return 'whole';
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }

  release(): void {
    this.#reading.bytes -= this.#length;
  }
}

function refuse(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  // What was not read to its end would be read for nothing.
  const { req } = response;
  const closing = !req.complete && hasBody(req) ? { Connection: 'close' } : {};
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
    ...closing,
    ...headers,
  });
  response.end(`${text}\n`);
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}
