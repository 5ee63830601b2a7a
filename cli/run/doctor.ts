// What `heartwood doctor` does once its arguments are parsed.

import { type ExitStatus, Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';

import type { SettingsOf } from '../settings.ts';

export type DoctorArguments = SettingsOf<'doctor'> & { readonly json: boolean };

/** @throws Refusal `cannot-run`: this build holds the command's frame and not its body. */
export async function runDoctor(_arguments: DoctorArguments, _frame: Frame): Promise<ExitStatus> {
  throw new Refusal('cannot-run', '`heartwood doctor` is not part of this build.');
}
