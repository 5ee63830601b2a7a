// What `heartwood prove` does once its arguments are parsed.

import { type ExitStatus, Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import type { ReadingId } from '../reading-id.ts';
import type { SettingsOf } from '../settings.ts';

export type ProveArguments = SettingsOf<'prove'> & {
  readonly reading: ReadingId;
  /** Undefined: standard output. */
  readonly output: string | undefined;
  readonly policyOutput: string | undefined;
};

/** @throws Refusal `cannot-run`: this build holds the command's frame and not its body. */
export async function runProve(_arguments: ProveArguments, _frame: Frame): Promise<ExitStatus> {
  throw new Refusal('cannot-run', '`heartwood prove` is not part of this build.');
}
