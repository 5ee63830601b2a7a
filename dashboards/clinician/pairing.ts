// A device wants to pair: what the person is asked, and their answer on its way to the hub.

import type { RadioQuestion } from './feed.ts';
import { textOf } from './session.ts';
import { text } from './text/text.ts';

/** The question, as it is asked beside the device's name. */
export function questionWords({ kind, device, passkey }: RadioQuestion): string {
  return text().radio.questions[kind](device, passkey ?? '');
}

/** @returns why it was not taken, in the hub's words */
export async function answerPairing(id: number, answer: boolean | string): Promise<string | undefined> {
  const answered = await fetch(`/api/pairing/${id}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ answer }),
  }).catch(() => undefined);
  if (answered?.ok) return undefined;
  const said = textOf(await answered?.json().catch(() => undefined), 'error');
  return said ?? text().radio.noAnswer;
}
