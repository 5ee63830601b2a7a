// A program is told: JSON by POST, signed as Standard Webhooks 1.0.0 says (HMAC-SHA-256 over id, time and body), so that
// whoever has the secret knows that it is this hub's, whole, and not sent again by somebody else.

import { createHmac } from 'node:crypto';
import type { Channel, Message } from './message.ts';
import { checkStatus, post } from './post.ts';

export type WebhookOptions = {
  /** Text of the secret's file: `whsec_` and base64, or any line. Undefined: nothing is signed. */
  readonly secret: string | undefined;
  readonly ca: readonly string[] | undefined;
  readonly clock: () => number;
};

const PREFIX = 'whsec_';

export function webhookChannel({ secret, ca, clock }: WebhookOptions): Channel {
  return {
    deliver: async (to, message, signal) => {
      const body = messageJson(message);
      const seconds = Math.floor(clock() / 1000);
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'heartwood',
        'idempotency-key': message.key,
        'webhook-id': message.key,
        'webhook-timestamp': `${seconds}`,
        ...(secret !== undefined && {
          'webhook-signature': `v1,${signatureOf(secret, message.key, seconds, body)}`,
        }),
      };
      checkStatus(await post({ url: to, headers, body, ca }, signal));
      return { how: 'accepted' };
    },
  };
}

/** Base64. */
export function signatureOf(secret: string, key: string, seconds: number, body: string): string {
  const bytes = secret.startsWith(PREFIX)
    ? Buffer.from(secret.slice(PREFIX.length), 'base64')
    : Buffer.from(secret);
  return createHmac('sha256', bytes).update(`${key}.${seconds}.${body}`).digest('base64');
}

/** What a program gets, also over MQTT (docs/spec/telling.md). */
export const messageJson = ({ key, kind, priority, at, text, alarms }: Message): string =>
  JSON.stringify({ version: 1, id: key, kind, priority, at: new Date(at).toISOString(), text, alarms });
