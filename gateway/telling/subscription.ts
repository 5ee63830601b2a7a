// A browser that asked to be told: where its push service is, and the keys that its messages are sealed to (RFC 8291).

import { HeartwoodError } from '../error.ts';

/** A browser that asked to be told, as `PushSubscription.toJSON` has it. */
export type Subscription = {
  /** Whose: a person of the hub. */
  readonly person: number;
  readonly endpoint: string;
  readonly p256dh: string;
  readonly auth: string;
};

/** A subscription as a page sends it. @throws HeartwoodError unacceptable */
export function readSubscription(person: number, body: unknown): Subscription {
  const { endpoint, keys } = (body ?? {}) as { endpoint?: unknown; keys?: unknown };
  const { p256dh, auth } = (keys ?? {}) as { p256dh?: unknown; auth?: unknown };
  const isKey = (text: unknown, bytes: number): text is string =>
    typeof text === 'string' &&
    /^[\w-]{1,100}$/.test(text) &&
    Buffer.from(text, 'base64url').length === bytes;
  const url = typeof endpoint === 'string' && endpoint.length <= 1000 ? URL.parse(endpoint) : null;
  if (url?.protocol !== 'https:' || url.username !== '' || !isKey(p256dh, 65) || !isKey(auth, 16))
    throw new HeartwoodError('unacceptable', 'That is no push subscription of a browser.');
  return { person, endpoint: url.href, p256dh, auth };
}
