// What `heartwood enroll` does once its arguments are parsed.

import type { Origin } from '@heartwood/vitals';
import { type ExitStatus, Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import type { SettingsOf } from '../settings.ts';

export type EnrollArguments = SettingsOf<'enroll'> & {
  readonly device: string;
  readonly patient: string;
  readonly origin: Origin;
  readonly json: boolean;
};

/** @throws Refusal `cannot-run`: this build holds the command's frame and not its body. */
export async function runEnroll(_arguments: EnrollArguments, _frame: Frame): Promise<ExitStatus> {
  throw new Refusal('cannot-run', '`heartwood enroll` is not part of this build.');
}
