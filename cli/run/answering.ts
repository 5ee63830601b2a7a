// A hub's own refusals, told as the program tells them. Loads nothing of the hub but its error.

import { HeartwoodError } from '@heartwood/gateway/error';
import { EXIT, type ExitStatus, Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';

/** What a HeartwoodError means to whoever ran the command: the answer is no, or it cannot run here. */
const ANSWER_IS_NO: ReadonlySet<string> = new Set(['not-found', 'not-ready', 'erased', 'let-go', 'refused']);

/**
 * Runs a command's body; a refusal of the hub becomes a line and an exit status.
 * @throws Refusal, or a fault of the program
 */
export async function answering(frame: Frame, body: () => Promise<ExitStatus>): Promise<ExitStatus> {
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof HeartwoodError)) throw error;
    if (error.code === 'bad-setting') throw new Refusal('usage', error.message, { cause: error });
    if (!ANSWER_IS_NO.has(error.code)) throw new Refusal('cannot-run', error.message, { cause: error });
    frame.warn(`heartwood: ${error.message}`);
    return EXIT.no;
  }
}
