// Doors to the outside: TLS 1.3 anywhere, plain TCP on loopback only.

import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { isLoopback } from './address.ts';

/** One address to listen on. `port` 0 takes a free one. `cert` and `key` are PEM; TLS is 1.3 unless told older. */
export type Listener = {
  host: string;
  port: number;
  tls?: Certificate & {
    minVersion?: 'TLSv1.2' | 'TLSv1.3';
    /** PEM of the authority of the devices' own certificates: a device may show one, and then needs no password. */
    clientAuthority?: string;
  };
};

/** Why the broker could not start or do what was asked. */
export class BrokerError extends Error {
  readonly code:
    | 'PLAIN_NOT_LOCAL'
    | 'LISTEN_FAILED'
    | 'NOBODY_LISTENS'
    | 'TOO_LARGE'
    | 'BUSY'
    | 'CLOSED'
    | 'UNREACHABLE';

  constructor(code: BrokerError['code'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'BrokerError';
    this.code = code;
  }
}

/** `renew` is there where the listener speaks TLS: the next handshake shows the new certificate (PEM). */
export type OpenListener = {
  readonly server: Server;
  readonly port: number;
  readonly renew?: (tls: Certificate) => void;
};

export type Certificate = { readonly cert: string | Buffer; readonly key: string | Buffer };

/** How a listener gives its sockets away. */
export type Reception = {
  /** A TCP connection, before any TLS: false turns it away at once. The callee watches its `close`. */
  admit: (socket: Socket) => boolean;
  /** A stream that speaks MQTT: the TCP socket itself or the TLS socket on it. */
  welcome: (socket: Socket) => void;
  tlsFailed: (address: string) => void;
  failed: (error: Error) => void;
};

/**
 * Opens one listener. Rejects with PLAIN_NOT_LOCAL when it would take passwords in the clear from another
 * machine, and with LISTEN_FAILED when the address cannot be had or the certificate does not load.
 */
export async function openListener(
  listener: Listener,
  timeoutMs: number,
  reception: Reception,
): Promise<OpenListener> {
  if (listener.tls === undefined && !isLoopback(listener.host)) {
    throw new BrokerError(
      'PLAIN_NOT_LOCAL',
      `refusing to listen on ${listener.host} without TLS: passwords would cross the network readable. Give the listener a certificate and a key, or listen on 127.0.0.1.`,
    );
  }
  try {
    const { tls } = listener;
    const { server, ...renewal } =
      tls === undefined ? { server: plain(reception) } : secure(tls, timeoutMs, reception);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: listener.host, port: listener.port }, () => {
        server.removeListener('error', reject);
        server.on('error', reception.failed);
        resolve();
      });
    });
    const bound = server.address();
    return {
      server,
      port: typeof bound === 'object' && bound !== null ? bound.port : listener.port,
      ...renewal,
    };
  } catch (cause) {
    throw new BrokerError('LISTEN_FAILED', `cannot listen on ${listener.host} port ${listener.port}`, cause);
  }
}

function plain(reception: Reception): Server {
  return createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 }, (socket) => {
    if (reception.admit(socket)) reception.welcome(socket);
  });
}

function secure(
  tls: NonNullable<Listener['tls']>,
  timeoutMs: number,
  reception: Reception,
): Required<Pick<OpenListener, 'server' | 'renew'>> {
  const { minVersion = 'TLSv1.3', clientAuthority } = tls;
  // Whoever shows none logs in by password; what a shown one is worth is a step of the login, with its reason in the log.
  const clients =
    clientAuthority === undefined
      ? {}
      : { ca: clientAuthority, requestCert: true, rejectUnauthorized: false };
  const options: TlsOptions = {
    cert: tls.cert,
    key: tls.key,
    minVersion,
    ...clients,
    handshakeTimeout: timeoutMs,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
  };
  const server = createTlsServer(options, reception.welcome);
  // Counted before the handshake, which is the expensive part that a stranger can ask for.
  server.prependListener('connection', (socket: Socket) => void reception.admit(socket));
  server.on('tlsClientError', (_error, socket) => {
    reception.tlsFailed(socket.remoteAddress ?? 'unknown');
    socket.destroy();
  });
  return { server, renew: ({ cert, key }) => server.setSecureContext({ cert, key, minVersion, ...clients }) };
}
