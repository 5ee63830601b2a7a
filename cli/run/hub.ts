// What `heartwood hub` does once its arguments are parsed.

import { type ExitStatus, Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';

import type { SettingsOf } from '../settings.ts';

export type HubArguments = SettingsOf<'hub'>;

/** @throws Refusal `cannot-run`: this build holds the command's frame and not its body. */
export async function runHub(_arguments: HubArguments, _frame: Frame): Promise<ExitStatus> {
  throw new Refusal('cannot-run', '`heartwood hub` is not part of this build.');
}
