// Who is told of alarms, as the hub says it and takes it (docs/spec/telling.md).

import type { Priority } from './alarm.ts';
import { textOf } from './session.ts';
import { tellingText } from './text/telling.ts';

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
  return said ?? tellingText().noAnswer;
}

/** A way as a person calls it. */
export function wayWords(ways: readonly string[]): string {
  const known: Readonly<Record<string, string>> = tellingText().ways;
  return ways.map((way) => known[way] ?? way).join(', ');
}

/** What became of a message, in a few words. */
export function outcomeWords({ state, how, why, attempts }: Delivery): string {
  const words = tellingText();
  const known: Readonly<Record<string, string>> = words.why;
  const reason = why === null ? '' : (known[why] ?? why);
  switch (state) {
    case 'delivered':
      return how === 'seen' ? words.seen : words.delivered;
    case 'failed':
      return words.failed(reason);
    case 'withdrawn':
      return words.withdrawn;
    case 'open':
      return reason === '' ? words.onItsWay : words.tried(attempts, reason);
  }
}
