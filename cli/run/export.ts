// What `heartwood export` does once its arguments are parsed.

import { type ExitStatus, Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';

import type { SettingsOf } from '../settings.ts';

export type ExportArguments = SettingsOf<'export'> & {
  /** Name or pseudonym. */
  readonly patient: string;
  /** Ms since 1970, inclusive; undefined: from the first reading on. */
  readonly from: number | undefined;
  /** Ms since 1970, exclusive; undefined: to the last reading. */
  readonly to: number | undefined;
  readonly format: 'csv' | 'jsonl';
  /** Undefined: standard output. */
  readonly output: string | undefined;
};

/** @throws Refusal `cannot-run`: this build holds the command's frame and not its body. */
export async function runExport(_arguments: ExportArguments, _frame: Frame): Promise<ExitStatus> {
  throw new Refusal('cannot-run', '`heartwood export` is not part of this build.');
}
