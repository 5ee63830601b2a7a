// The alarm board and a limit that is tried, as the hub says them (docs/spec/alarms.md).

import { textOf } from './session.ts';
import { boardText } from './text/board.ts';

export type Tally = { readonly raised: number; readonly actedOn: number; readonly medianMs?: number };
export type Board = Tally & {
  readonly from: number;
  readonly to: number;
  readonly heldBack: number;
  readonly byPriority: { readonly high: number; readonly medium: number; readonly low: number };
  readonly patients: readonly (Tally & { readonly patient: string | null; readonly perDay: number })[];
  readonly rules: readonly (Tally & { readonly rule: string })[];
  readonly delays: readonly {
    readonly leg: string;
    readonly count: number;
    readonly p50Ms: number | null;
    readonly p99Ms: number | null;
  }[];
};
export type LimitTrial = {
  readonly now: number | null;
  readonly tried: number;
  readonly acknowledged: number;
  readonly missed: number;
  readonly numbers: number;
};

/** @returns what the hub says, or why it says nothing */
export const readBoard = (days: number): Promise<Board | string> => asked(`/api/alarm-board?days=${days}`);

/** What a limit would have raised. Changes nothing. */
export const tryLimit = (
  patient: string,
  condition: string,
  what: { readonly limit: number; readonly delaySeconds?: number },
): Promise<LimitTrial | string> =>
  asked(`/api/patients/${patient}/limits/${condition}/try`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(what),
  });

async function asked<T>(path: string, init?: RequestInit): Promise<T | string> {
  const answer = await fetch(path, init).catch(() => undefined);
  if (answer?.ok) return (await answer.json()) as T;
  const json: unknown = await answer?.json().catch(() => undefined);
  return textOf(json, 'error') ?? boardText().cannotTry;
}

/** The trial in a sentence. */
export function trialWords({ now, tried, acknowledged, missed, numbers }: LimitTrial): string {
  const words = boardText();
  if (numbers === 0) return words.nothingStored;
  const raised = now === null ? words.triedAlone(tried) : words.tried(tried, now);
  const lost = missed === 0 ? words.missedNone(acknowledged) : words.missed(missed, acknowledged);
  return `${raised}${lost}.`;
}

/** How many of so many, in whole percent. */
export const shareOf = ({ raised, actedOn }: Tally): number =>
  raised === 0 ? 0 : Math.round((100 * actedOn) / raised);
