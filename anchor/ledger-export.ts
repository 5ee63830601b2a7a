// The log as plain files, for any web server or CDN: the same paths and bytes as `ledger-site.ts` serves. In this order,
// each file written beside its place, synced and renamed into it, so that a reader never sees half of one:
//   1. the tiles that the checkpoint to publish has and the published one had not, then every folder they are in synced,
//      up to the log's own: a new folder's name is on disk only once the folder above it is (fsync(2));
//   2. the checkpoint, and the retention before anything is let go, synced likewise;
//   3. partial tiles whose full tile is now there, and full ones that the retention lets go, are removed.
// Folders are synced also where nothing was written: an earlier run may have failed between the two.
// A crash before 2 leaves tiles that no checkpoint needs yet, the same ones that the next run makes. A tile that is there
// with another content is never replaced: somebody altered it, or two ledgers share the folder.

import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { equalBytes, utf8 } from './bytes.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { AnchorError } from './error.ts';
import type { LedgerReader } from './ledger-reader.ts';
import { isShown, readTile } from './ledger-site.ts';
import { makeFolder, syncFolder } from './node-folder.ts';
import { nodeSha256, nodeVerifyEd25519 } from './node-primitive.ts';
import { verifyNote } from './note.ts';
import { readFrontier } from './proof.ts';
import { TILE_WIDTH, type Tile, tilePath, tilesOf } from './tile.ts';
import { frontierRoot } from './tree.ts';

export type ExportOptions = {
  readonly reader: LedgerReader;
  /** Made where it is not there. Nobody else may write in it. */
  readonly folder: string;
  /** The checkpoint to publish; the newest one where it is not given. */
  readonly checkpoint?: string;
};

export type Exported = { readonly size: number; readonly written: number; readonly removed: number };

/** Brings the folder up to the checkpoint. Throws `ledger-mismatch` where the folder holds another log, or a newer one. */
export function exportLog({ reader, folder: given, checkpoint }: ExportOptions): Exported {
  // As `dirname` and `join` write it.
  const folder = resolve(given);
  const note = checkpoint ?? reader.latest().checkpoint;
  const retention = reader.retention();
  const minimumIndex = retention?.minimumIndex ?? 0;
  const { size } = parseHead(note, reader);
  const path = join(folder, 'checkpoint');
  const before = existsSync(path) ? sizePublished(readFileSync(path, 'utf8'), reader, size) : 0;
  const folders = new Set<string>();
  let written = 0;
  for (const tile of tilesOf(size, before)) {
    if (!isShown(tile, minimumIndex)) continue;
    const at = join(folder, tilePath(tile));
    const bytes = readTile(reader, tile);
    for (let above = dirname(at); above !== folder && !folders.has(above); above = dirname(above)) {
      folders.add(above);
    }
    if (!existsSync(at)) {
      writeWhole(at, bytes);
      written += 1;
    } else if (!equalBytes(readFileSync(at), bytes)) {
      throw new AnchorError(
        'ledger-mismatch',
        `${at} has another content than this ledger: it was altered, or another ledger is published there. It was left as it is`,
      );
    }
  }
  for (const each of folders) syncFolder(each);
  if (folders.size > 0) syncFolder(folder);
  writeIfChanged(path, note);
  if (retention) writeIfChanged(join(folder, 'retention'), retention.note);
  syncFolder(folder);
  return { size, written, removed: tidy(folder, before, size, minimumIndex) };
}

function parseHead(note: string, reader: LedgerReader): ReturnType<typeof parseCheckpoint> {
  return parseCheckpoint(verifyNote(note, [reader.key], nodeVerifyEd25519).text);
}

function sizePublished(note: string, reader: LedgerReader, size: number): number {
  const published = parseHead(note, reader);
  if (published.size > size) {
    throw new AnchorError(
      'ledger-behind',
      `${published.size} entries are published already, and this ledger has ${size}: it was restored from an old copy. Nothing was published`,
    );
  }
  const frontier = readFrontier((level, index) => reader.node(level, index), published.size);
  if (!equalBytes(frontierRoot(frontier, nodeSha256), published.root)) {
    throw new AnchorError(
      'ledger-mismatch',
      `what is published is another history than this ledger's first ${published.size} entries. Nothing was published; keep both`,
    );
  }
  return published.size;
}

/** Removes what newer files replace. What a crash left from an earlier run stays: it is right, and small. */
function tidy(folder: string, before: number, size: number, minimumIndex: number): number {
  let removed = 0;
  const remove = (tile: Tile, partials: boolean): void => {
    const at = join(folder, `${tilePath({ ...tile, width: TILE_WIDTH })}${partials ? '.p' : ''}`);
    if (!existsSync(at)) return;
    rmSync(at, { recursive: true });
    removed += 1;
  };
  // One tile back: a crash after the checkpoint may have left its partials.
  for (const tile of tilesOf(size, Math.max(0, before - 1)))
    if (tile.width === TILE_WIDTH) remove(tile, true);
  // From the oldest on, the bundle last: while that of the newest block which goes is there, some are left.
  const blocks = Math.floor(Math.min(minimumIndex, size) / TILE_WIDTH);
  const newest: Tile = { level: 'entries', index: blocks - 1, width: TILE_WIDTH };
  if (blocks === 0 || !existsSync(join(folder, tilePath(newest)))) return removed;
  for (let index = 0; index < blocks; index++) {
    for (const level of [0, 'entries'] as const) {
      remove({ level, index, width: TILE_WIDTH }, true);
      remove({ level, index, width: TILE_WIDTH }, false);
    }
  }
  return removed;
}

function writeIfChanged(path: string, text: string): void {
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeWhole(path, utf8(text));
}

/** Written, synced, renamed: after a power cut the file is whole or not there, and it is there once its folder is synced. */
function writeWhole(path: string, bytes: Uint8Array): void {
  if (!existsSync(dirname(path))) makeFolder(dirname(path), 0o755);
  const draft = `${path}.new`;
  const file = openSync(draft, 'w');
  try {
    // Whatever the process keeps to itself: these are for everybody, and another user's web server reads them.
    fchmodSync(file, 0o644);
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
}
