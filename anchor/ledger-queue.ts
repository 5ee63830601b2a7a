// Statements of many hubs on their way into one ledger. What waits at the moment goes in together, under one checkpoint
// and one fsync: a busy ledger batches more, an idle one answers at once, and no timer decides.

import { APPEND_MAX, type AppendOutcome } from './ledger.ts';

/** Of an embedded ledger, the part that takes statements. */
type Appends = { append(statementNotes: readonly string[]): AppendOutcome[] };

type Waiting = {
  readonly notes: readonly string[];
  readonly resolve: (outcomes: readonly AppendOutcome[]) => void;
  readonly reject: (error: unknown) => void;
};

export class LedgerQueue {
  readonly #ledger: Appends;
  readonly #later: (run: () => void) => void;
  readonly #waiting: Waiting[] = [];

  /** `later` runs a function once whatever else arrived by now has been read; setImmediate in Node. */
  constructor(ledger: Appends, later: (run: () => void) => void) {
    this.#ledger = ledger;
    this.#later = later;
  }

  /** The outcomes of these statements, at most `APPEND_MAX`. Rejects with what `append` threw; asking again is safe then. */
  submit(notes: readonly string[]): Promise<readonly AppendOutcome[]> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) this.#later(() => this.#run());
      this.#waiting.push({ notes, resolve, reject });
    });
  }

  /** One append, and the rest after whatever came meanwhile has been read: readers do not wait for all writers. */
  #run(): void {
    let count = 0;
    let taken = 0;
    for (const { notes } of this.#waiting) {
      if (taken > 0 && count + notes.length > APPEND_MAX) break;
      count += notes.length;
      taken += 1;
    }
    const together = this.#waiting.splice(0, taken);
    if (this.#waiting.length > 0) this.#later(() => this.#run());
    this.#append(together);
  }

  #append(together: readonly Waiting[]): void {
    try {
      const outcomes = this.#ledger.append(together.flatMap(({ notes }) => notes));
      let at = 0;
      for (const { notes, resolve } of together) {
        resolve(outcomes.slice(at, at + notes.length));
        at += notes.length;
      }
    } catch (error) {
      for (const { reject } of together) reject(error);
    }
  }
}
