// What `heartwood sim` does once its arguments are parsed.

import { type ExitStatus, Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';

import type { SettingsOf } from '../settings.ts';

export type SimArguments = SettingsOf<'sim'> & {
  /** A file of JSON lines, as `heartwood enroll --json` prints them. */
  readonly devicesFile: string;
};

/** @throws Refusal `cannot-run`: this build holds the command's frame and not its body. */
export async function runSim(_arguments: SimArguments, _frame: Frame): Promise<ExitStatus> {
  throw new Refusal('cannot-run', '`heartwood sim` is not part of this build.');
}
