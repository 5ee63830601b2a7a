// A disk after a power cut, made from the calls that a process made before it. What was synced is there. Of what was not,
// any part may be: each write or truncation whole, not at all, or torn at sectors of 512 bytes, in any order; and of each
// folder's new, renamed and removed names only the first few, since a file system keeps their order. A name is safe once
// its own folder is synced, and not before: POSIX promises no more, though many file systems do.
// Where a sync failed, what it was to write may never come, also when a later sync succeeds (Linux takes the pages for
// clean: the lesson of PostgreSQL's "fsyncgate").

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Call } from './trace.ts';

const SECTOR = 512;

/** What becomes of what was not synced. */
export type Unsynced = 'lost' | 'kept' | 'some' | 'torn';

type Change = { readonly at: number; readonly data: Uint8Array | 'truncate'; doomed: boolean };
type File = { durable: Bytes; pending: Change[] };
type Naming = {
  readonly folder: string;
  readonly apply: (names: Map<string, File>, folders: Set<string>) => void;
  durable: boolean;
};

export class Disk {
  readonly #home: string;
  readonly #random: () => number;
  /** As the process sees them: names, and files open by descriptor. */
  readonly #live = new Map<string, File>();
  readonly #open = new Map<number, { file: File; at: number }>();
  /** As they were at the beginning, and what happened to names since. */
  readonly #names = new Map<string, File>();
  readonly #folders = new Set<string>();
  readonly #namings: Naming[] = [];
  /** What a sync that has begun, and not ended, will vouch for: by descriptor. */
  readonly #begun = new Map<number, ReadonlySet<Change | Naming>>();
  #told = '';

  /**
   * @param base the files at the beginning, all durable; `home` is what they were called in the calls
   * @param random in [0, 1)
   */
  constructor(base: string, home: string, random: () => number) {
    this.#home = home;
    this.#random = random;
    for (const name of ['', ...(readdirSync(base, { recursive: true }) as string[])]) {
      const path = join(home, name);
      const at = join(base, name);
      if (statSync(at).isDirectory()) {
        this.#folders.add(path);
        continue;
      }
      const file = { durable: new Bytes(readFileSync(at)), pending: [] };
      this.#names.set(path, file);
      this.#live.set(path, file);
    }
  }

  /** What the process had told when the power went. */
  get told(): string {
    return this.#told;
  }

  run(call: Call): void {
    const { name, fd, path, result } = call;
    if (name === 'write' && fd === 1 && result !== undefined && result > 0) {
      this.#told += Buffer.from(call.data.subarray(0, result)).toString();
      return;
    }
    if (name !== 'close' && !path.startsWith(this.#home)) return;
    if (result === undefined && name !== 'sync-begun') return;
    if (result !== undefined && result < 0) {
      if (name === 'fsync' || name === 'fdatasync') this.#failedSync(fd);
      return;
    }
    switch (name) {
      case 'close':
        this.#open.delete(fd);
        return;
      case 'openat':
        this.#openAt(call);
        return;
      // Into a socket or pipe: no file is written so.
      case 'writev':
        return;
      case 'write':
      case 'pwrite64': {
        const open = this.#open.get(fd);
        if (!open) return;
        const at = name === 'write' ? open.at : call.offset;
        open.file.pending.push({ at, data: call.data.subarray(0, result), doomed: false });
        if (name === 'write') open.at += result!;
        return;
      }
      case 'ftruncate':
        this.#open.get(fd)?.file.pending.push({ at: call.offset, data: 'truncate', doomed: false });
        return;
      case 'sync-begun':
        this.#begun.set(fd, new Set(this.#unsynced(fd, path)));
        return;
      case 'fsync':
      case 'fdatasync':
        this.#sync(fd, path);
        return;
      case 'link': {
        const file = this.#live.get(call.from);
        if (!file) return;
        this.#live.set(path, file);
        this.#naming(path, (names, folders) => {
          if (folders.has(dirname(path))) names.set(path, file);
        });
        return;
      }
      case 'rename': {
        const { from } = call;
        const file = this.#live.get(from);
        if (file) this.#live.set(path, file);
        this.#live.delete(from);
        this.#naming(path, (names) => {
          const moved = names.get(from);
          if (moved) names.set(path, moved);
          names.delete(from);
        });
        return;
      }
      case 'mkdir':
        this.#naming(path, (_, folders) => {
          if (folders.has(dirname(path))) folders.add(path);
        });
        return;
      case 'unlink':
      case 'unlinkat':
      case 'rmdir':
        this.#live.delete(path);
        this.#naming(path, (names, folders) => {
          folders.delete(path);
          for (const one of [...names.keys()]) {
            if (one === path || one.startsWith(`${path}/`)) names.delete(one);
          }
        });
        return;
    }
  }

  /** The power goes: everything that was not synced meets its fate. */
  cut(unsynced: Unsynced): void {
    const share = { lost: 0, kept: 1, some: 0.5, torn: 0.7 }[unsynced];
    const kept = new Map<string, number>();
    for (const naming of this.#namings) {
      if (naming.durable) naming.apply(this.#names, this.#folders);
      else {
        const ends = kept.get(naming.folder) ?? 0;
        // The first that is lost takes all later ones of its folder with it.
        if (ends === 0 && this.#chance(share)) naming.apply(this.#names, this.#folders);
        else kept.set(naming.folder, 1);
      }
    }
    for (const file of new Set([...this.#names.values(), ...this.#live.values()])) {
      for (const change of file.pending) {
        if (!this.#chance(share)) continue;
        if (unsynced === 'torn' && change.data !== 'truncate' && this.#chance(0.5)) {
          file.durable.tear(change.at, change.data, this.#random);
        } else file.durable.change(change);
      }
      file.pending = [];
    }
  }

  /** Writes what is left to another folder. SQLite's shared memory is memory: it is gone. */
  writeTo(folder: string): void {
    for (const path of [...this.#folders].toSorted()) {
      if (this.#isReachable(path))
        mkdirSync(join(folder, path.slice(this.#home.length)), { recursive: true });
    }
    for (const [path, file] of this.#names) {
      if (path.endsWith('-shm') || !this.#isReachable(dirname(path))) continue;
      // Keys among them must not be for everybody to read.
      writeFileSync(join(folder, path.slice(this.#home.length)), file.durable.all(), { mode: 0o600 });
    }
  }

  #isReachable(folder: string): boolean {
    if (folder === this.#home) return true;
    return this.#folders.has(folder) && this.#isReachable(dirname(folder));
  }

  #openAt({ path, flags, result }: Call): void {
    let file = this.#live.get(path);
    if (!file && flags.includes('O_CREAT')) {
      const made: File = { durable: new Bytes(new Uint8Array(0)), pending: [] };
      file = made;
      this.#live.set(path, made);
      this.#naming(path, (names, folders) => {
        if (folders.has(dirname(path))) names.set(path, made);
      });
    }
    if (!file) return;
    if (flags.includes('O_TRUNC')) file.pending.push({ at: 0, data: 'truncate', doomed: false });
    this.#open.set(result!, { file, at: 0 });
  }

  #naming(path: string, apply: Naming['apply']): void {
    this.#namings.push({ folder: dirname(path), apply, durable: false });
  }

  #sync(fd: number, path: string): void {
    const vouched = this.#begun.get(fd) ?? new Set(this.#unsynced(fd, path));
    this.#begun.delete(fd);
    const open = this.#open.get(fd);
    if (!open) {
      for (const naming of this.#namings) if (vouched.has(naming)) naming.durable = true;
      return;
    }
    const { file } = open;
    for (const change of file.pending) if (vouched.has(change) && !change.doomed) file.durable.change(change);
    file.pending = file.pending.filter((change) => !vouched.has(change));
  }

  /** What a sync that begins now is to make durable: of a file its changes, of a folder its names. */
  #unsynced(fd: number, path: string): readonly (Change | Naming)[] {
    const open = this.#open.get(fd);
    return open ? open.file.pending : this.#namings.filter(({ folder }) => folder === path);
  }

  #failedSync(fd: number): void {
    for (const change of this.#open.get(fd)?.file.pending ?? []) change.doomed ||= this.#chance(0.5);
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }
}

class Bytes {
  #bytes: Uint8Array;
  #length: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = Uint8Array.from(bytes);
    this.#length = bytes.length;
  }

  change({ at, data }: Pick<Change, 'at' | 'data'>): void {
    if (data !== 'truncate') {
      this.#grow(at + data.length);
      this.#bytes.set(data, at);
    } else if (at < this.#length) {
      this.#bytes.fill(0, at, this.#length);
      this.#length = at;
    } else this.#grow(at);
  }

  /** Some sectors of a write reach the disk, some do not; those beyond the old end are zeros then, or past it. */
  tear(at: number, data: Uint8Array, random: () => number): void {
    for (let from = 0; from < data.length; ) {
      const end = Math.min(data.length, from + SECTOR - ((at + from) % SECTOR));
      if (random() < 0.5) this.change({ at: at + from, data: data.subarray(from, end) });
      from = end;
    }
  }

  all(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(length: number): void {
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#length = Math.max(this.#length, length);
  }
}
