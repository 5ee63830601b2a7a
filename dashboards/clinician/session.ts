// Who is looking: a code is traded for a cookie that scripts cannot read, and the hub says whose it is.

import { text } from './text/text.ts';

export type Session = {
  readonly name: string;
  readonly role: string;
  readonly hub: string;
  /** The time zone of the hub, which is the patient's; undefined where it does not say. */
  readonly zone: string | undefined;
};
/** A one-time code, or a name with its password. */
export type Credentials = { readonly code: string } | { readonly name: string; readonly password: string };
export type Login = { readonly kind: 'in' } | { readonly kind: 'refused'; readonly why: string };

/** The session of this browser; undefined when nobody is logged in. Throws when the hub does not answer. */
export async function readSession(): Promise<Session | undefined> {
  const answer = await fetch('/api/session');
  if (answer.status === 401) return undefined;
  if (!answer.ok) throw new Error(`the hub answered ${answer.status}`);
  const json: unknown = await answer.json();
  return {
    name: textOf(json, 'name') ?? '',
    role: textOf(json, 'role') ?? '',
    hub: textOf(json, 'hub') ?? '',
    zone: textOf(json, 'zone'),
  };
}

/** Trades credentials for the session cookie. */
export async function logIn(credentials: Credentials): Promise<Login> {
  let answer: Response;
  try {
    answer = await fetch('/api/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(credentials),
    });
  } catch {
    return { kind: 'refused', why: text().login.noAnswer };
  }
  if (answer.ok) return { kind: 'in' };
  if (answer.status === 429) return { kind: 'refused', why: text().login.tooMany };
  // The hub's own sentence says how to get a new code.
  const said = textOf(await answer.json().catch(() => undefined), 'error');
  return { kind: 'refused', why: said ?? text().login.refused(answer.status) };
}

/** Sets the visitor's own password. @returns why it was not taken, in the hub's words */
export async function setPassword(password: string): Promise<string | undefined> {
  const answer = await fetch('/api/password', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ password }),
  }).catch(() => undefined);
  if (answer?.ok) return undefined;
  const said = textOf(await answer?.json().catch(() => undefined), 'error');
  return said ?? text().password.noAnswer;
}

/** Ends the session. The page forgets what it knows even when the hub cannot be told. */
export async function logOut(): Promise<void> {
  await fetch('/api/logout', { method: 'POST' }).catch(() => undefined);
}

/**
 * The login code of a link `…/#login=CODE`, taken out of the address bar and of the history, so that it is in no
 * bookmark and over no shoulder. Undefined when there is none.
 */
export function takeLoginCode(location: Location, history: History): string | undefined {
  const code = new URLSearchParams(location.hash.slice(1)).get('login');
  if (code === null) return undefined;
  history.replaceState(null, '', location.pathname);
  return code;
}

/** The string field `name` of a JSON object, or undefined. */
export function textOf(json: unknown, name: string): string | undefined {
  if (typeof json !== 'object' || json === null || !Object.hasOwn(json, name)) return undefined;
  const value = (json as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : undefined;
}
