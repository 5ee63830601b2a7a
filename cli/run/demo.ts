// What `heartwood demo` does once its arguments are parsed.

import { type ExitStatus, Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';

import type { SettingsOf } from '../settings.ts';

export type DemoArguments = SettingsOf<'demo'>;

/** @throws Refusal `cannot-run`: this build holds the command's frame and not its body. */
export async function runDemo(_arguments: DemoArguments, _frame: Frame): Promise<ExitStatus> {
  throw new Refusal('cannot-run', '`heartwood demo` is not part of this build.');
}
