// What the hub's proofs rest on: a ledger elsewhere that does not answer, witnesses of whom too few do. Nothing is lost
// meanwhile, and internet at home is away now and then: so they are told late, and low.

import { MINUTE, type Observed, SECOND } from './condition.ts';

const PARTS = ['ledger', 'witness'] as const;
export type AnchorPart = (typeof PARTS)[number];

const SILENT_MS = 60 * MINUTE;

export class AnchorWatch {
  readonly #answers = new Map<AnchorPart, boolean>();

  /** What a part said when it was last asked. One that was never asked was chosen by nobody. */
  heard(part: AnchorPart, answers: boolean): void {
    this.#answers.set(part, answers);
  }

  *observe(): Generator<Observed> {
    for (const part of PARTS) {
      const answers = this.#answers.get(part);
      // Chosen at an earlier start and not asked in this one: nothing is known of it yet.
      yield {
        id: `${part}-silent`,
        priority: 'low',
        timing: { raiseAfterMs: SILENT_MS, clearAfterMs: 5 * SECOND, latching: false },
        evidence: answers === undefined ? 'unknown' : answers ? 'clear' : 'violated',
        facts: { minutes: SILENT_MS / MINUTE },
      };
    }
  }
}
