// Taking a verifier's steps: each gives a sentence and what later steps stand on, or fails with a reason. None throws
// further, and one whose ground has failed says so instead of guessing.

import type { StepOf } from './verdict.ts';

/** A step's finding: a sentence, and what later steps stand on. */
export type Finding<T> = { readonly text: string; readonly value: T };

/** Why a step failed, in words. */
export class Failed extends Error {}
/** A step that cannot be taken since one before it failed. */
class NotReached extends Error {}

/** The steps taken so far, in order. */
export class Steps<Name extends string> {
  readonly list: StepOf<Name>[] = [];
  readonly #titles: Readonly<Record<Name, string>>;

  constructor(titles: Readonly<Record<Name, string>>) {
    this.#titles = titles;
  }

  take<T>(name: Name, step: () => Finding<T>): T | undefined {
    const title = this.#titles[name];
    try {
      const { text, value } = step();
      this.list.push({ name, title, ok: true, text });
      return value;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const text =
        error instanceof NotReached
          ? 'Not checked: it stands on a step above that failed.'
          : sentence(reason);
      this.list.push({ name, title, ok: false, text });
      return undefined;
    }
  }
}

/** What an earlier step found; throws `NotReached` where it failed. */
export function need<T>(value: T | undefined): T {
  if (value === undefined) throw new NotReached();
  return value;
}

/** The value, or undefined where reading it throws. */
export function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function sentence(text: string): string {
  const capital = text.slice(0, 1).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
