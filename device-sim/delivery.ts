// What leaves a device, and when: a stream is a lazy sequence of deliveries in the order in which they are sent.
// `sendAtMs` is the world's (virtual) clock; the device's own idea of the time is inside the message, and may be wrong.

import type { Message } from '@heartwood/vitals';

/** A message and the virtual instant (ms since 1970) at which the device would hand it to the network. */
export type MessageDelivery = { readonly sendAtMs: number; readonly message: Message };

/**
 * What happens to the radio. `cut`: the connection breaks and the device comes back by its own back-off.
 * `down`: out of reach until the next `up`; what is produced meanwhile stays in the device's memory.
 */
export type LinkDelivery = { readonly sendAtMs: number; readonly link: 'cut' | 'down' | 'up' };

/**
 * Nothing is sent, only time passes: stands where a fault swallowed a message, so that whoever walks a stream that
 * has no end sees the clock move, and can stop, even where every message is lost.
 */
export type Silence = { readonly sendAtMs: number; readonly silent: true };

export type Delivery = MessageDelivery | LinkDelivery | Silence;

/** Deliveries in rising `sendAtMs`. May be endless, so take what is needed. Can be walked again: same content. */
export type DeviceStream = Iterable<Delivery>;

export function isMessage(delivery: Delivery): delivery is MessageDelivery {
  return 'message' in delivery;
}

/** Makes a stream out of a generator function, so that it can be walked more than once. */
export function streamOf(walk: () => Iterator<Delivery>): DeviceStream {
  return { [Symbol.iterator]: walk };
}

/** The part of a stream that is sent before `untilMs`, as an array, without silences. */
export function takeUntil(stream: DeviceStream, untilMs: number): Delivery[] {
  const taken: Delivery[] = [];
  for (const delivery of stream) {
    if (delivery.sendAtMs >= untilMs) break;
    if (!('silent' in delivery)) taken.push(delivery);
  }
  return taken;
}

/** Only the messages of a list of deliveries. */
export function messagesOf(deliveries: Iterable<Delivery>): Message[] {
  const messages: Message[] = [];
  for (const delivery of deliveries) if (isMessage(delivery)) messages.push(delivery.message);
  return messages;
}
