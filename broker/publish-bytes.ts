// A PUBLISH from the hub as bytes (MQTT 3.1.1 and MQTT 5, section 3.3). Never retained. A packet identifier is there
// above QoS 0 only; properties make it MQTT 5.

/** `id` is 1 to 65535; `subscriptionIdentifier` 1 to 268,435,455 (MQTT-3.3.2.3.8). */
export type PublishParts = {
  readonly topic: string;
  readonly body: Uint8Array;
  readonly qos: 0 | 1;
  readonly dup: boolean;
  readonly id: number;
  readonly properties?: {
    readonly messageExpirySeconds?: number;
    readonly subscriptionIdentifier?: number;
  };
};

export function publishBytes({ topic, body, qos, dup, id, properties }: PublishParts): Buffer {
  const name = Buffer.from(topic);
  const parts = [Buffer.from([name.length >> 8, name.length & 255]), name];
  if (qos > 0) parts.push(Buffer.from([id >> 8, id & 255]));
  if (properties !== undefined) {
    const { messageExpirySeconds: expiry, subscriptionIdentifier } = properties;
    const bytes: number[] = [];
    if (expiry !== undefined) {
      bytes.push(2, (expiry >>> 24) & 255, (expiry >>> 16) & 255, (expiry >>> 8) & 255, expiry & 255);
    }
    if (subscriptionIdentifier !== undefined) bytes.push(11, ...variableByteInteger(subscriptionIdentifier));
    parts.push(Buffer.from([...variableByteInteger(bytes.length), ...bytes]));
  }
  parts.push(Buffer.from(body));
  const rest = Buffer.concat(parts);
  const first = 0x30 | (dup && qos > 0 ? 8 : 0) | (qos << 1);
  return Buffer.concat([Buffer.from([first, ...variableByteInteger(rest.length)]), rest]);
}

/** 1 to 4 bytes, low seven bits first (section 1.5.5). */
function variableByteInteger(value: number): number[] {
  const bytes: number[] = [];
  for (let left = value; ; left >>>= 7) {
    if (left < 128) return [...bytes, left];
    bytes.push((left & 127) | 128);
  }
}
