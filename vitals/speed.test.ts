// The hot path keeps its speed. The bounds are about five times what docs/spec tells for an idle machine, so that a
// busy one passes and a change of order does not. `HEARTWOOD_SPEED=1 npx vitest run vitals/speed` prints the numbers.

import { describe, expect, it } from 'vitest';
import { decodeReading, encodeReading } from './canonical.ts';
import { parseMessage } from './message.ts';
import { encodeMessageCbor } from './message-encode.ts';
import type { Message, Reading } from './reading.ts';

const json = new TextEncoder().encode(
  '{"seq": 1207, "at": 1795262400123, "readings": [{"kind": "heart-rate", "value": 72},' +
    '{"kind": "spo2", "value": 97, "quality": "ok"},' +
    '{"kind": "body-temperature", "value": 36.6, "at": 1795262399000}]}',
);
const refused = new TextEncoder().encode('{"seq":1,"readings":[{"kind":"heart-rate","value":0}]}');
const message = (parseMessage(json) as { readonly message: Message }).message;
const cbor = encodeMessageCbor(message);
const reading: Reading = {
  subject: new Uint8Array(16),
  device: 'chest-strap-1',
  seq: 1207,
  index: 0,
  at: 1795262400123,
  received: 1795262400456,
  origin: 'wearable',
  measurement: { kind: 'heart-rate', value: 72 },
};
const bytes = encodeReading(reading);

/** Microseconds a call, the best of 10 rounds, so that other work on the machine counts little. */
function bestUs(call: () => unknown): number {
  const calls = 5000;
  const rounds = Array.from({ length: 10 }, () => {
    const started = performance.now();
    for (let count = 0; count < calls; count += 1) call();
    return ((performance.now() - started) * 1000) / calls;
  });
  return Math.min(...rounds);
}

describe('speed', () => {
  it.each<[string, number, () => unknown]>([
    ['parse 3 readings of JSON', 8, () => parseMessage(json)],
    ['parse 3 readings of CBOR', 14, () => parseMessage(cbor)],
    ['refuse a message', 14, () => parseMessage(refused)],
    ['encode a reading', 4, () => encodeReading(reading)],
    ['decode a reading', 5, () => decodeReading(bytes)],
  ])('%s takes at most %d us', (name, mostUs, call) => {
    const us = bestUs(call);
    if (process.env['HEARTWOOD_SPEED'] !== undefined) console.info(`${name}: ${us.toFixed(2)} us`);
    expect(us).toBeLessThan(mostUs);
  });
});
