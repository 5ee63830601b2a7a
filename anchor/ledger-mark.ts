// The high-water mark: the newest checkpoint that this ledger ever signed, kept apart from the ledger's file, on another
// medium where there is one. A copy of the ledger that is older than its mark must not sign: it would make a second
// history. (Sunlight's lesson: what was signed last is remembered where a restored backup does not reach.)
//
// How a ledger and its mark go together (`settleMark`: at every start, before every signature and after every commit):
//   same size, same root     in order
//   same size, other root    two ledgers with one key: refuse
//   the mark is newer        the ledger was restored from an old copy: refuse
//   the mark is older        a crash came between commit and mark, or the mark's file is new: the mark catches up, once its
//                            root is seen to be that of the ledger's first entries
// The mark moves after the ledger's commit and before anything of it leaves the process. So a crash between the two
// leaves an older mark, which is right, and never a newer one, which would lock an honest ledger out.
//
// What it cannot see: a mark that was put back together with the ledger, or deleted; witnesses see both.

import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { equalBytes, utf8 } from './bytes.ts';
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';
import { AnchorError } from './error.ts';
import type { VerifierKey } from './key.ts';
import { makeFolder, syncFolder } from './node-folder.ts';
import { nodeVerifyEd25519 } from './node-primitive.ts';
import { verifyNote } from './note.ts';

/** Where a mark is kept. */
export interface MarkStore {
  /** For sentences: the path of its file. */
  readonly place: string;
  /** The checkpoint's signed note, or undefined where there is none yet. Throws `mark-unreadable`. */
  read(): string | undefined;
  /** Puts `next` in the place of `expected`, on disk before it returns; throws `mark-moved` where another is there. */
  replace(expected: string | undefined, next: string): void;
}

/** A mark in a file of its own; its folder is made where there is none. */
export function openMarkFile(path: string): MarkStore {
  /** What could not be written to its end: it may be in its place and not on the disk. */
  let unfinished: string | undefined;
  const write = (expected: string | undefined, text: string): void => {
    unfinished = text;
    try {
      writeMark(path, text, () => insist(expected));
    } catch (cause) {
      if (cause instanceof AnchorError) throw cause;
      throw unreadable(path, 'cannot be written', cause);
    }
    unfinished = undefined;
  };
  const insist = (expected: string | undefined): void => {
    if (readFile() === expected) return;
    throw new AnchorError(
      'mark-moved',
      `${path} was changed by another program while this one was signing: two ledgers share the mark. Stop one of them, and start the other again`,
    );
  };
  const readFile = (): string | undefined => {
    try {
      return readFileSync(path, 'utf8');
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
      throw unreadable(path, 'cannot be read', cause);
    }
  };
  return {
    place: path,
    read: () => {
      const text = readFile();
      if (unfinished !== undefined && text === unfinished) write(text, text);
      return text;
    },
    // Compare and swap:
    //   1. what is there is what was compared;
    //   2. the new mark is written beside it and synced, which takes milliseconds;
    //   3. what is there still is: another program that moved it meanwhile has signed something else;
    //   4. the new one is renamed into its place, and its folder synced.
    // A crash leaves the old mark or the new one, and perhaps a draft that the next write begins anew. Between 3 and the
    // rename lies one system call; two programs that both pass there are found at the next signature of either.
    replace: (expected, next) => {
      insist(expected);
      write(expected, next);
    },
  };
}

/** What a mark is compared with. */
export type Marked = {
  readonly size: number;
  /** The newest checkpoint's signed note, without cosignatures. */
  readonly note: string;
  /** Root of the first so many entries, at most `size`. */
  readonly rootAt: (size: number) => Uint8Array;
};

/**
 * Compares ledger and mark, and moves the mark up to the ledger. Nothing of the ledger's newest checkpoint may leave
 * before this has returned. Throws `ledger-behind`, `ledger-mismatch`, `mark-unreadable`, `mark-moved`.
 */
export function settleMark(store: MarkStore, key: VerifierKey, ledger: Marked): void {
  const text = store.read();
  if (text === ledger.note) return;
  const mark = text === undefined ? undefined : parseMark(text, key, store.place);
  switch (compare(mark, ledger)) {
    case 'no-mark':
    case 'mark-older':
      store.replace(text, ledger.note);
      return;
    case 'in-order':
      return;
    case 'mark-newer':
      throw new AnchorError(
        'ledger-behind',
        `this ledger has ${ledger.size} entries, and ${store.place} says that it has signed ${mark?.size} already: it was ` +
          'restored from an old copy, or another copy of it runs elsewhere. Signing now would make a second history, so it ' +
          'signs nothing. Put the newest copy of the ledger back. If there is none, keep this one and the mark as they are ' +
          'and begin a ledger with a new key; the proofs that were handed out stay valid',
      );
    case 'other-history':
      throw new AnchorError(
        'ledger-mismatch',
        `the first ${mark?.size} entries of this ledger are not those of the checkpoint in ${store.place}: two ledgers ` +
          'have signed with one key, or this one was altered. It signs nothing. Keep both as they are, find the other copy, ' +
          'and let a witness or a monitor say which of them the world has seen before either signs again',
      );
  }
}

function compare(
  mark: Checkpoint | undefined,
  { size, rootAt }: Marked,
): 'no-mark' | 'in-order' | 'mark-older' | 'mark-newer' | 'other-history' {
  if (!mark) return 'no-mark';
  if (mark.size > size) return 'mark-newer';
  if (!equalBytes(rootAt(mark.size), mark.root)) return 'other-history';
  return mark.size === size ? 'in-order' : 'mark-older';
}

function parseMark(text: string, key: VerifierKey, place: string): Checkpoint {
  try {
    const mark = parseCheckpoint(verifyNote(text, [key], nodeVerifyEd25519).text);
    if (mark.origin === key.name) return mark;
  } catch (cause) {
    throw unreadable(place, `is no checkpoint signed by ${key.name}`, cause);
  }
  throw unreadable(place, `is no checkpoint of ${key.name}`);
}

function unreadable(place: string, why: string, cause?: unknown): AnchorError {
  return new AnchorError(
    'mark-unreadable',
    `the ledger's mark ${place} ${why}. Without it a restored copy cannot be told from the newest one, so nothing is signed. ` +
      'If the medium is missing, bring it back; if the file is damaged and you know that this ledger is the newest copy, ' +
      'move the file away: a new one is made at the next start',
    { cause },
  );
}

/** Steps 2 to 4: after a power cut there is the old mark or the new one. `insist` throws where the old one has moved. */
function writeMark(path: string, text: string, insist: () => void): void {
  if (!existsSync(dirname(path))) makeFolder(dirname(path));
  const draft = `${path}.new`;
  const file = openSync(draft, 'w', 0o600);
  try {
    const bytes = utf8(text);
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  insist();
  renameSync(draft, path);
  syncFolder(dirname(path));
}
