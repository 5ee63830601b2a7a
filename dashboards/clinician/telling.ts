// Who is told of alarms, as the hub says it and takes it (docs/spec/telling.md).

import type { Priority } from './alarm.ts';
import { textOf } from './session.ts';

export type Step = {
  readonly after: number;
  readonly contact: number;
  readonly channels: readonly string[];
  readonly from: Priority;
};
export type Disclosure = 'nothing' | 'name' | 'values';
export type Arranged = { readonly steps: readonly Step[]; readonly disclose: Disclosure };
export type Contact = {
  readonly number: number;
  readonly name: string;
  readonly ways: readonly string[];
  readonly at?: readonly string[];
};
export type Delivery = {
  readonly number: number;
  readonly contact: string;
  readonly channel: string;
  readonly kind: 'alarm' | 'test';
  readonly priority: Priority;
  readonly at: number;
  readonly state: 'open' | 'delivered' | 'failed' | 'withdrawn';
  readonly how: string | null;
  readonly why: string | null;
  readonly attempts: number;
};
export type Telling = {
  readonly contacts: readonly Contact[];
  readonly ready: readonly string[];
  readonly everybody: Arranged | null;
  readonly patients: readonly {
    readonly patient: string;
    readonly name: string;
    readonly arranged: Arranged | null;
  }[];
  readonly deliveries: readonly Delivery[];
};

/** @returns what the hub says, or why it says nothing */
export async function readTelling(): Promise<Telling | string> {
  const answer = await fetch('/api/telling').catch(() => undefined);
  if (answer?.ok) return (await answer.json()) as Telling;
  return whyOf(answer);
}

/** @returns why the hub did not take it */
export async function tell(method: string, path: string, body?: unknown): Promise<string | undefined> {
  const answer = await fetch(path, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  }).catch(() => undefined);
  return answer?.ok ? undefined : whyOf(answer);
}

async function whyOf(answer: Response | undefined): Promise<string> {
  const said = textOf(await answer?.json().catch(() => undefined), 'error');
  return said ?? 'The hub does not answer: nothing was changed.';
}

export const WAYS: Readonly<Record<string, string>> = {
  page: 'page',
  push: 'push',
  mail: 'mail',
  webhook: 'webhook',
  mqtt: 'MQTT',
};

const WHY: Readonly<Record<string, string>> = {
  'not-set-up': 'the hub is not set up for it',
  'no-address': 'there is no address, or no browser that asked to be told',
  'not-permitted': 'they may not see this patient',
  'address-refused': 'that address is not called',
  unreachable: 'not reached',
  timeout: 'no answer in time',
  certificate: 'its certificate does not hold',
  'login-refused': 'the hub is not let in',
  refused: 'refused',
  busy: 'busy',
  gone: 'nobody is there any more',
  'not-seen': 'no page of theirs showed it',
};

/** What became of a message, in a few words. */
export function outcomeWords({ state, how, why, attempts }: Delivery): string {
  const reason = why === null ? '' : (WHY[why] ?? why);
  switch (state) {
    case 'delivered':
      return how === 'seen' ? 'shown on their page' : 'delivered';
    case 'failed':
      return `not delivered: ${reason}`;
    case 'withdrawn':
      return 'not needed any more';
    case 'open':
      return reason === '' ? 'on its way' : `tried ${attempts}×, goes on: ${reason}`;
  }
}
