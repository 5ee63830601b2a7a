// Who is logged in. A cookie carries an expiry and a MAC of it under a key that only the hub has: nothing to
// store, nothing to leak from the database, and a restart of the hub logs nobody out.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** A working day and a bit: nobody is logged out in the middle of a shift. */
export const SESSION_MS: number = 12 * 3_600_000;

const macOf = (key: Uint8Array, text: string): Buffer =>
  createHmac('sha256', key).update(`cookie\0${text}`).digest();

/** A new session's cookie value: `<expiry ms>.<random>.<mac>`. */
export function issueSession(key: Uint8Array, nowMs: number): string {
  const text = `${nowMs + SESSION_MS}.${randomBytes(16).toString('base64url')}`;
  return `${text}.${macOf(key, text).toString('base64url')}`;
}

/** Whether a cookie value is a session of this hub that has not ended. Constant time in the MAC. */
export function checkSession(key: Uint8Array, cookie: string | undefined, nowMs: number): boolean {
  const match = /^((\d{13,15})\.[\w-]{22})\.([\w-]{43})$/.exec(cookie ?? '');
  if (match === null) return false;
  const [, text, expires, mac] = match as unknown as [string, string, string, string];
  const given = Buffer.from(mac, 'base64url');
  return given.length === 32 && timingSafeEqual(given, macOf(key, text)) && Number(expires) > nowMs;
}
