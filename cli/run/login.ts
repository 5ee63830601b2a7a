// What `heartwood login` does once its arguments are parsed.

import { type ExitStatus, Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';

import type { SettingsOf } from '../settings.ts';

export type LoginArguments = SettingsOf<'login'> & { readonly json: boolean };

/** @throws Refusal `cannot-run`: this build holds the command's frame and not its body. */
export async function runLogin(_arguments: LoginArguments, _frame: Frame): Promise<ExitStatus> {
  throw new Refusal('cannot-run', '`heartwood login` is not part of this build.');
}
