// `heartwood quarantine`: the refused messages of a data folder, listed, or one of them as it came.

import type { Vault } from '@heartwood/gateway';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import { printable, printableLines } from '../printable.ts';
import type { SettingsOf } from '../settings.ts';
import { answering } from './answering.ts';
import { withVault } from './open-vault.ts';

export type QuarantineArguments = SettingsOf<'quarantine'> & {
  /** Print this one; undefined: list them. */
  readonly show: number | undefined;
  readonly json: boolean;
};

export function runQuarantine(given: QuarantineArguments, frame: Frame): Promise<ExitStatus> {
  return answering(frame, () =>
    withVault(given, frame, 'read', (vault) => {
      try {
        return given.show === undefined ? list(vault, given.json, frame) : show(vault, given.show, frame);
      } catch (error) {
        if (!(error instanceof Error && error.name === 'SealBroken')) throw error;
        frame.warn(
          'heartwood: A message in the quarantine was altered. `heartwood fsck` tells what else was.',
        );
        return EXIT.no;
      }
    }),
  );
}

function list(vault: Vault, json: boolean, frame: Frame): ExitStatus {
  let count = 0;
  for (const { id, received, device, reason, detail, body } of vault.store.quarantined()) {
    count += 1;
    if (json)
      frame.write(`${JSON.stringify({ id, received, device, reason, detail, bytes: body.length })}\n`);
    else
      frame.write(
        `${id}  ${new Date(received).toISOString()}  ${printable(device)}  ${reason}  ${printable(detail)}\n`,
      );
  }
  if (json) return EXIT.ok;
  // Not on standard output: a list without messages is an empty one.
  if (count === 0) frame.warn('Nothing was refused.');
  else frame.warn('heartwood quarantine --show NUMBER prints the body of one.');
  return EXIT.ok;
}

function show(vault: Vault, wanted: number, frame: Frame): ExitStatus {
  for (const { id, body } of vault.store.quarantined()) {
    if (id !== wanted) continue;
    // Only a terminal has columns.
    if (frame.columns === undefined) frame.write(body);
    else {
      frame.warn(
        'This is what a device sent: it may hold vital signs. Control characters are shown as \\x1b.',
      );
      frame.write(`${printableLines(Buffer.from(body).toString())}\n`);
    }
    return EXIT.ok;
  }
  frame.warn(`heartwood: There is no message ${wanted} in the quarantine; the oldest leave when it is full.`);
  return EXIT.no;
}
