// MQTT 3.1.1 as bytes, for the load generator: packets are built once, and a PUBLISH is made anew by writing digits
// into it. Every number has a fixed width, so that no byte moves: sequence numbers begin at 1,000,000,000 and times
// have 13 digits until the year 2286.

import { topicOf } from '@heartwood/vitals';

/** First sequence number that has ten digits. */
export const SEQUENCE_FIRST = 1_000_000_000;
export const READINGS_PER_MESSAGE = 3;

const field = (text: string): Buffer => {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/** Remaining Length (MQTT 3.1.1 section 2.2.3). */
function lengthBytes(length: number): Buffer {
  const bytes: number[] = [];
  for (let left = length; ; ) {
    const low = left % 128;
    left = Math.floor(left / 128);
    bytes.push(left > 0 ? low | 0x80 : low);
    if (left === 0) return Buffer.from(bytes);
  }
}

const packet = (type: number, ...parts: readonly Buffer[]): Buffer => {
  const rest = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([type]), lengthBytes(rest.length), rest]);
};

/** CONNECT with user name and password, clean session, no keep-alive (MQTT 3.1.1 section 3.1). */
export function connectBytes(deviceId: string, password: string): Buffer {
  const head = Buffer.from([0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 0xc2, 0, 0]);
  return packet(0x10, head, field(deviceId), field(deviceId), field(password));
}

/** A QoS 1 PUBLISH and where its numbers stand, as offsets from its first byte. */
export type PublishTemplate = {
  readonly bytes: Buffer;
  readonly idAt: number;
  readonly sequenceAt: number;
  readonly timeAt: number;
  readonly pulseAt: number;
};

/** A message of three readings, 186 bytes of JSON, on the device's own topic. */
export function publishTemplate(deviceId: string): PublishTemplate {
  const body =
    `{"seq":${SEQUENCE_FIRST},"at":1000000000000,"readings":[{"kind":"heart-rate","value":72,"quality":"ok"},` +
    '{"kind":"spo2","value":97,"quality":"ok"},{"kind":"respiratory-rate","value":16,"quality":"ok"}]}';
  const bytes = packet(0x32, field(topicOf(deviceId, 'readings')), Buffer.alloc(2), Buffer.from(body));
  const bodyAt = bytes.length - Buffer.byteLength(body);
  return {
    bytes,
    idAt: bodyAt - 2,
    sequenceAt: bodyAt + body.indexOf(String(SEQUENCE_FIRST)),
    timeAt: bodyAt + body.indexOf('1000000000000'),
    pulseAt: bodyAt + body.indexOf('72'),
  };
}

/** A QoS 1 PUBLISH (MQTT 3.1.1 section 3.3) of any body. @param id 1 to 65535 */
export function publishBytes(topic: string, id: number, body: string): Buffer {
  const name = Buffer.alloc(2);
  name.writeUInt16BE(id);
  return packet(0x32, field(topic), name, Buffer.from(body));
}

/** Writes a whole number as exactly `digits` digits. */
export function writeDigits(bytes: Uint8Array, at: number, digits: number, value: number): void {
  let left = value;
  for (let i = at + digits - 1; i >= at; i--) {
    const rest = Math.floor(left / 10);
    bytes[i] = 0x30 + (left - rest * 10);
    left = rest;
  }
}

/** SUBSCRIBE to one filter at QoS 1 (MQTT 3.1.1 section 3.8). */
export function subscribeBytes(filter: string): Buffer {
  return packet(0x82, Buffer.from([0, 1]), field(filter), Buffer.from([1]));
}

/** Writes the PUBACK of a QoS 1 PUBLISH. @param header where the variable header begins @returns bytes written */
export function writeAcknowledgement(publish: Buffer, header: number, out: Buffer, at: number): number {
  const idAt = header + 2 + publish.readUInt16BE(header);
  out[at] = 0x40;
  out[at + 1] = 2;
  out[at + 2] = publish[idAt] as number;
  out[at + 3] = publish[idAt + 1] as number;
  return 4;
}

/** Where a packet's variable header begins, and where the packet ends; past the bytes when it is not whole. */
export function packetAt(bytes: Buffer, at: number): [header: number, end: number] {
  let length = 0;
  for (let i = 0; i < 4; i++) {
    const byte = bytes[at + 1 + i];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 128 ** i;
    if (byte < 0x80) return [at + 2 + i, at + 2 + i + length];
  }
  return [0, Number.POSITIVE_INFINITY];
}
