// The hub's own ledger as plain files, where the owner chose a folder: any web server can show them, any monitor follow
// them. What is shown is what a proof may stand on: under `fail-closed` nothing that lacks its witnesses.

import { AnchorError } from '@heartwood/anchor';
import { type EmbeddedLedger, exportLog, headToShow, type WithoutQuorum } from '@heartwood/anchor/node';

export class LogPublisher {
  readonly #folder: string;
  readonly #withoutQuorum: WithoutQuorum;
  /** What kept it from publishing, told when it begins and when it ends. */
  #trouble: string | undefined;

  constructor(folder: string, withoutQuorum: WithoutQuorum) {
    this.#folder = folder;
    this.#withoutQuorum = withoutQuorum;
  }

  /**
   * Brings the folder up to what may be shown. A folder that holds another log, or cannot be written, is left as it is, and
   * stops nothing else.
   * @returns a sentence where something is wrong that was not before, or '' where it is over; undefined: as before
   */
  step(ledger: EmbeddedLedger): string | undefined {
    const before = this.#trouble;
    this.#trouble = undefined;
    try {
      const head = headToShow(ledger, this.#withoutQuorum);
      if (head !== undefined)
        exportLog({ reader: ledger.reader, folder: this.#folder, checkpoint: head.checkpoint });
    } catch (error) {
      if (!(error instanceof AnchorError || (error instanceof Error && 'code' in error))) throw error;
      this.#trouble = error.message;
    }
    if (this.#trouble === before) return undefined;
    return this.#trouble ?? '';
  }
}
