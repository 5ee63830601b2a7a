// What `heartwood fsck` does once its arguments are parsed.

import { type ExitStatus, Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';

import type { SettingsOf } from '../settings.ts';

export type FsckArguments = SettingsOf<'fsck'> & { readonly json: boolean };

/** @throws Refusal `cannot-run`: this build holds the command's frame and not its body. */
export async function runFsck(_arguments: FsckArguments, _frame: Frame): Promise<ExitStatus> {
  throw new Refusal('cannot-run', '`heartwood fsck` is not part of this build.');
}
