// For tests: requests as nobody's HTTP library would send them, byte for byte, and what comes back.

import { connect, type Socket } from 'node:net';

export type Heard = {
  /** Statuses of all answers, in order. */
  readonly statuses: readonly number[];
  /** Everything that came, as Latin-1. */
  readonly text: string;
  /** Bytes that could be sent before the end. */
  readonly sent: number;
  readonly ms: number;
};

/** Sends the pieces, `pauseMs` apart, and hears until the other side ends the connection, or `patienceMs` have passed. */
export function talk(
  url: string,
  pieces: readonly (string | Uint8Array)[],
  { pauseMs = 0, patienceMs = 3000 }: { readonly pauseMs?: number; readonly patienceMs?: number } = {},
): Promise<Heard> {
  const { hostname, port } = new URL(url);
  const began = performance.now();
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let text = '';
    const end = (): void => {
      socket.destroy();
      const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
      resolve({ statuses, text, sent: socket.bytesWritten, ms: performance.now() - began });
    };
    const late = setTimeout(end, patienceMs);
    socket.on('data', (data) => {
      text += data.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(late);
      end();
    });
    socket.on('connect', () => sendAll(socket, pieces, pauseMs));
  });
}

function sendAll(socket: Socket, pieces: readonly (string | Uint8Array)[], pauseMs: number): void {
  const [first, ...rest] = pieces;
  if (first === undefined || socket.destroyed) return;
  socket.write(typeof first === 'string' ? Buffer.from(first, 'latin1') : first);
  if (pauseMs === 0) sendAll(socket, rest, 0);
  else setTimeout(() => sendAll(socket, rest, pauseMs), pauseMs);
}

/** A request whose connection ends with its answer. */
export const once = (head: string, ...headers: readonly string[]): string =>
  [head, 'Host: x', 'Connection: close', ...headers, '', ''].join('\r\n');
