// Where a stranger waits: a fresh socket is held here until its whole CONNECT has arrived, and only then
// handed to aedes. Until then it can cost us `bytesMax` and `timeoutMs`, whatever it sends or does not send.
// (aedes would read up to the full packet limit from somebody who has not said who they are.)

import type { Socket } from 'node:net';
import type { ConnectionRefusal } from './event.ts';

const CONNECT_HEADER = 0x10;
/** The `G` of `GET`: no packet of MQTT begins so. */
const HTTP_GET = 0x47;

/** What the first bytes of a connection are: the header's length and flags per MQTT 2.2. */
export type FirstPacket =
  | { kind: 'incomplete' }
  | { kind: 'whole' }
  | { kind: 'refused'; reason: ConnectionRefusal };

/**
 * Looks at what arrived so far: a CONNECT (MQTT-3.1.0-1: the first packet must be one) whose length, header
 * included, is at most `bytesMax`. Cost: the first five bytes.
 */
export function readFirstPacket(bytes: Uint8Array, bytesMax: number): FirstPacket {
  const first = bytes[0];
  if (first === undefined) return { kind: 'incomplete' };
  if (first !== CONNECT_HEADER) return { kind: 'refused', reason: 'not-mqtt' };
  let remaining = 0;
  for (let at = 1; at <= 4; at++) {
    const byte = bytes[at];
    if (byte === undefined) return { kind: 'incomplete' };
    remaining += (byte & 0x7f) * 128 ** (at - 1);
    if (byte < 0x80) {
      const total = at + 1 + remaining;
      if (total > bytesMax) return { kind: 'refused', reason: 'connect-too-large' };
      return { kind: bytes.length >= total ? 'whole' : 'incomplete' };
    }
  }
  return { kind: 'refused', reason: 'not-mqtt' };
}

/** Levels of the protocol that are spoken: MQTT 3.1, 3.1.1 and 5. */
const LEVELS: ReadonlySet<number | undefined> = new Set([3, 4, 5]);

/**
 * Whether a whole CONNECT asks for a level of MQTT that is not spoken here: then the client is told (MQTT-3.1.2-2). Another
 * protocol's name is another matter, and is closed upon without an answer (MQTT-3.1.2-1).
 */
function unspokenLevel(connect: Uint8Array): boolean {
  let at = 1;
  while ((connect[at] ?? 0) >= 0x80) at += 1;
  const [high, low, ...name] = connect.subarray(at + 1, at + 7);
  return high === 0 && low === 4 && String.fromCharCode(...name) === 'MQTT' && !LEVELS.has(connect[at + 7]);
}

/** CONNACK "unacceptable protocol level" in the form of MQTT 3.1.1, which every later client reads. */
const UNSPOKEN = Buffer.from([0x20, 2, 0, 1]);

/** What happens next to a socket on the doorstep; exactly one of the two is called, or none when it closes first. */
export type Doorstep = {
  bytesMax: number;
  timeoutMs: number;
  /** The CONNECT is whole and back in the socket's read buffer: read on from here. */
  enter: () => void;
  refuse: (reason: ConnectionRefusal) => void;
  /** It speaks HTTP, and may want a WebSocket: all that came is back in its buffer. Without it, that is refused. */
  web?: () => void;
};

/** Waits for the CONNECT of one socket. The caller owns the socket and its `error` and `close` events. */
export function waitOnDoorstep(socket: Socket, doorstep: Doorstep): void {
  let held: Buffer = Buffer.alloc(0);
  const timer = setTimeout(() => leave(() => doorstep.refuse('connect-timeout')), doorstep.timeoutMs);
  const stop = (): void => leave(() => undefined);

  function leave(next: () => void): void {
    clearTimeout(timer);
    socket.removeListener('readable', look);
    socket.removeListener('close', stop);
    next();
  }

  function look(): void {
    for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const first = readFirstPacket(held, doorstep.bytesMax);
      if (first.kind === 'incomplete') continue;
      leave(() => {
        if (first.kind === 'refused') {
          if (held[0] !== HTTP_GET || doorstep.web === undefined) return doorstep.refuse(first.reason);
          socket.unshift(held);
          return doorstep.web();
        }
        if (unspokenLevel(held)) {
          socket.end(UNSPOKEN, () => doorstep.refuse('protocol-version'));
          return;
        }
        socket.unshift(held);
        doorstep.enter();
      });
      return;
    }
  }

  socket.on('readable', look);
  socket.once('close', stop);
}
