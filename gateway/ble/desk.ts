// The desk: questions about pairing that wait for a person. A page or a terminal shows them and brings the answer;
// where nobody comes within a minute, the answer is no.

import type { PairingAnswer, PairingDesk, PairingQuestion } from './agent.ts';

export type OpenQuestion = { readonly id: number; readonly question: PairingQuestion };

/** Who brought an answer: at the hub's terminal, or a person on the page. Nobody: the time was up, or the device had gone. */
export type AnsweredBy =
  | { readonly by: 'terminal' | 'nobody' }
  | { readonly by: 'page'; readonly person: number };

const NOBODY_CAME: AnsweredBy = { by: 'nobody' };

/** A person reads, looks at the device, and types. bluetoothd itself waits a minute. */
const ANSWER_MS = 60_000;

export class Desk implements PairingDesk {
  readonly #open = new Map<
    number,
    { question: PairingQuestion; settle(answer: PairingAnswer, who: AnsweredBy): void }
  >();
  readonly #changed: (open: readonly OpenQuestion[]) => void;
  readonly #settled: (question: PairingQuestion, answer: PairingAnswer, who: AnsweredBy) => void;
  readonly #answerMs: number;
  #count = 0;

  /**
   * @param changed hears of every question that comes or goes
   * @param settled hears how each ended, and who answered it
   */
  constructor(
    changed: (open: readonly OpenQuestion[]) => void,
    settled: (question: PairingQuestion, answer: PairingAnswer, who: AnsweredBy) => void,
    answerMs: number = ANSWER_MS,
  ) {
    this.#changed = changed;
    this.#settled = settled;
    this.#answerMs = answerMs;
  }

  get open(): readonly OpenQuestion[] {
    return [...this.#open].map(([id, { question }]) => ({ id, question }));
  }

  ask(question: PairingQuestion, gone: AbortSignal): Promise<PairingAnswer> {
    const id = ++this.#count;
    return new Promise((resolve) => {
      const settle = (answer: PairingAnswer, who: AnsweredBy): void => {
        if (!this.#open.delete(id)) return;
        clearTimeout(timer);
        resolve(answer);
        this.#changed(this.open);
        this.#settled(question, answer, who);
      };
      const timer = setTimeout(() => settle(false, NOBODY_CAME), this.#answerMs);
      timer.unref();
      gone.addEventListener('abort', () => settle(false, NOBODY_CAME), { once: true });
      this.#open.set(id, { question, settle });
      this.#changed(this.open);
    });
  }

  /** A person's answer. @returns whether the question was still open */
  answer(id: number, answer: PairingAnswer, who: AnsweredBy): boolean {
    const asked = this.#open.get(id);
    asked?.settle(answer, who);
    return asked !== undefined;
  }
}
