// Acknowledges every QoS 1 PUBLISH that a socket brings: what the sink does, and subscribers of other brokers.

import type { Socket } from 'node:net';
import { packetAt, writeAcknowledgement } from './mqtt-bytes.ts';

export type Hearing = {
  /** Hears the first byte of every packet that is no PUBLISH. */
  readonly other: (type: number) => void;
  /** Hears the bodies of one socket read, before they are acknowledged. */
  readonly bodies?: (bodies: readonly Buffer[]) => void;
};

export function answerPublishes(socket: Socket, { other, bodies }: Hearing): void {
  let held: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    // No PUBLISH of QoS 1 has less than seven bytes, and its PUBACK has four.
    const answers = Buffer.allocUnsafe(bytes.length);
    const heard: Buffer[] = [];
    let answered = 0;
    let at = 0;
    for (;;) {
      const [header, end] = packetAt(bytes, at);
      if (end > bytes.length) break;
      const type = bytes[at] as number;
      if (type >>> 4 === 3) {
        answered += writeAcknowledgement(bytes, header, answers, answered);
        if (bodies) heard.push(bytes.subarray(header + 4 + bytes.readUInt16BE(header), end));
      } else other(type);
      at = end;
    }
    held = bytes.subarray(at);
    if (heard.length > 0) bodies?.(heard);
    if (answered > 0) socket.write(answers.subarray(0, answered));
  });
}
