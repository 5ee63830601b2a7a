// Somebody's browser or telephone wakes up (Web Push: RFC 8030, encrypted by RFC 8291, signed by RFC 8292, both from the
// web-push library). The push service, a browser maker's, sees that this hub sent somebody something of a fixed size, and
// when; what it says it cannot read.

import webPush from 'web-push';
import { type Channel, type Message, NotDelivered } from './message.ts';
import { checkStatus, post } from './post.ts';
import type { Subscription } from './subscription.ts';
import { subjectOf } from './words.ts';

/** Uncompressed P-256 points and scalars, base64url. */
export type PushKey = { readonly publicKey: string; readonly privateKey: string };

export type PushOptions = {
  readonly key: () => PushKey;
  readonly of: (person: number) => readonly (Subscription & { readonly number: number })[];
  /** The push service says that this browser is gone for good. */
  readonly onGone: (number: number) => void;
  /** Whom a push service writes to when this hub misbehaves (RFC 8292 section 2.1). */
  readonly subject: string;
  readonly ca: readonly string[] | undefined;
  /** For a push service of this house: by default none is called. */
  readonly insideToo?: boolean;
};

/** The service keeps it so long for a telephone that is off: beyond that the page tells. */
const KEEP_SECONDS = 4 * 3600;
/** The text is filled up to whole multiples of it: how long it is tells nothing. */
const SIZE = 512;
const PAYLOAD_MAX = 3072;
const TEXT_MAX = 2000;

export const makePushKey = (): PushKey => webPush.generateVAPIDKeys();

export function pushChannel(options: PushOptions): Channel {
  return {
    deliver: async (to, message, signal) => {
      const theirs = options.of(Number(to));
      if (theirs.length === 0)
        throw new NotDelivered('no-address', 'None of their browsers has asked to be told.');
      const faults: NotDelivered[] = [];
      const results = await Promise.allSettled(theirs.map((one) => send(one, message, options, signal)));
      for (const [i, result] of results.entries()) {
        if (result.status === 'fulfilled') continue;
        if (!(result.reason instanceof NotDelivered)) throw result.reason;
        faults.push(result.reason);
        if (result.reason.code === 'gone') options.onGone(theirs[i]!.number);
      }
      if (faults.length < theirs.length) return { how: 'accepted' };
      throw faults.find(({ isFinal }) => !isFinal) ?? faults[0]!;
    },
  };
}

async function send(
  { endpoint, p256dh, auth }: Subscription,
  message: Message,
  { key, subject, ca, insideToo }: PushOptions,
  signal: AbortSignal,
): Promise<void> {
  const { headers, body } = webPush.generateRequestDetails(
    { endpoint, keys: { p256dh, auth } },
    payloadOf(message),
    {
      vapidDetails: { subject, ...key() },
      TTL: KEEP_SECONDS,
      urgency: message.priority === 'high' ? 'high' : 'normal',
      // A repeated attempt takes the place of the one before where that still waits (RFC 8030 section 5.4).
      topic: message.key,
    },
  );
  const outsideOnly = insideToo !== true;
  checkStatus(await post({ url: endpoint, headers: textOf(headers), body, ca, outsideOnly }, signal));
}

/** What the service worker gets: JSON, filled with spaces. */
export function payloadOf(message: Message): string {
  const { key, kind, priority, at, text } = message;
  const title = subjectOf(message);
  const plain = JSON.stringify({ id: key, kind, priority, at, title, text: text.slice(0, TEXT_MAX) });
  const bytes = Math.min(PAYLOAD_MAX, Math.ceil(Buffer.byteLength(plain) / SIZE) * SIZE);
  return plain + ' '.repeat(Math.max(0, bytes - Buffer.byteLength(plain)));
}

const textOf = (headers: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.toLowerCase() !== 'content-length')
      .map(([name, value]) => [name, String(value)]),
  );
