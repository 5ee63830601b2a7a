// Whose statements a ledger takes: the `hub` lines of a file, read again when the file changes, so that a hub whose owner
// began a new epoch of its identity is admitted without a restart. A file that is none, or is half written, changes nothing.

import { statSync } from 'node:fs';
import { AnchorError, parsePolicy, type VerifierKey } from '@heartwood/anchor';
import { Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import type { Log } from '../log.ts';

const LINES = 'one line `hub <vkey>` for each hub (it stands in the hub’s own policy.txt), and `quorum none`';

/** @throws Refusal usage */
export function readHubs(path: string | undefined, frame: Frame): readonly VerifierKey[] {
  if (path === undefined) {
    throw new Refusal('usage', `Whose statements shall it take? Give --hubs FILE with ${LINES}.`);
  }
  const text = frame.readText(path);
  if (text === undefined) throw new Refusal('usage', `The file ${path} is not there. It holds ${LINES}.`);
  try {
    const { hubs } = parsePolicy(text);
    if (hubs.length > 0) return hubs;
  } catch (cause) {
    if (!(cause instanceof AnchorError)) throw cause;
    throw new Refusal('usage', `${path}: ${cause.message}.`, { cause });
  }
  throw new Refusal('usage', `${path} names no hub: this ledger would take nothing. It needs ${LINES}.`);
}

/** Each call of the answer looks whether the file changed, and hands the new keys to `admit`. */
export function hubsWatcher(
  path: string,
  frame: Frame,
  log: Log,
  admit: (hubs: readonly VerifierKey[]) => void,
): () => void {
  let seen = stamp(path);
  return () => {
    const now = stamp(path);
    if (now === seen) return;
    seen = now;
    try {
      const hubs = readHubs(path, frame);
      admit(hubs);
      log('info', 'hubs-changed', { hubs: hubs.length });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      log('warn', 'hubs-not-changed', { why: error.message });
    }
  };
}

/** Changes whenever the file is written or replaced. */
function stamp(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat ? `${stat.ino} ${stat.size} ${stat.mtimeNs}` : 'gone';
}
