// Acknowledges every QoS 1 PUBLISH that a socket brings, and does nothing else with it: what the sink does, and a
// subscriber that only counts.

import type { Socket } from 'node:net';
import { packetAt, writeAcknowledgement } from './mqtt-bytes.ts';

/** @param other hears the first byte of every packet that is no PUBLISH */
export function answerPublishes(socket: Socket, other: (type: number) => void): void {
  let held: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    // No PUBLISH of QoS 1 has less than seven bytes, and its PUBACK has four.
    const answers = Buffer.allocUnsafe(bytes.length);
    let answered = 0;
    let at = 0;
    for (;;) {
      const [header, end] = packetAt(bytes, at);
      if (end > bytes.length) break;
      const type = bytes[at] as number;
      if (type >>> 4 === 3) answered += writeAcknowledgement(bytes, header, answers, answered);
      else other(type);
      at = end;
    }
    held = bytes.subarray(at);
    if (answered > 0) socket.write(answers.subarray(0, answered));
  });
}
