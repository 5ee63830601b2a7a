// What the hub knows of its disk: that it fails, is full, cannot be written, or soon will be full. While it fails nothing
// is acknowledged, so that devices keep what they measured; everybody is told, from memory, since nothing can be
// written; and as soon as something could be written again, that is told too, and recorded as an alarm of the hub.

import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import type { Observed } from '../alarms/condition.ts';
import { HeartwoodError } from '../error.ts';

export type DiskState = 'well' | 'low' | 'full' | 'read-only' | 'failed';
/** For the page: docs/spec/feed.md. */
export type DiskNotice = {
  readonly state: DiskState;
  /** Since when, hub's clock, ms since 1970. */
  readonly since: number;
  readonly freeBytes: number;
};
type Fault = Exclude<DiskState, 'well' | 'low'>;
type Room = { readonly free: number; readonly size: number };

/** What is looked at; a test gives its own. */
export type DiskProbe = {
  /** Undefined where it cannot be told. */
  room(): Room | undefined;
  isReadOnly(): boolean;
};

/** Nearly full: less than a twentieth, where that is not much, or less than anybody's log fills in a day. */
const LOW_SHARE = 0.05;
const LOW_BYTES = 200 * 1024 * 1024;
const MUCH_BYTES = 2 * 1024 * 1024 * 1024;
/** It is well again only this far above. */
const HYSTERESIS = 1.1;
/** With less than this free, whatever error it was, it was for want of room. */
export const FULL_BYTES: number = 64 * 1024;

/** Whether a disk with so much room is nearly full. */
export function isLow({ free, size }: Room): boolean {
  return free < LOW_BYTES || (free < LOW_SHARE * size && free < MUCH_BYTES);
}

/** The real disk under a folder. */
export const probeOf = (directory: string): DiskProbe => ({
  room: () => {
    try {
      const { bavail, bsize, blocks } = statfsSync(directory);
      return { free: bavail * bsize, size: blocks * bsize };
    } catch {
      return undefined;
    }
  },
  isReadOnly: () => isReadOnly(directory),
});

/**
 * Why nothing can be done on the disk under a folder; undefined where it is not full and takes writes. Even to be read, a
 * database needs a little room beside it.
 */
export function diskRefusal(directory: string): HeartwoodError | undefined {
  if (!existsSync(directory)) return undefined;
  const { bavail, bsize } = statfsSync(directory);
  const why = isReadOnly(directory)
    ? 'takes no writes (read-only). A card that wears out ends so: copy the folder to another disk, and start there'
    : bavail * bsize < FULL_BYTES
      ? 'is full. Make room, and try again; nothing that was acknowledged is lost'
      : undefined;
  return why === undefined ? undefined : new HeartwoodError('no-disk', `The disk with ${directory} ${why}.`);
}

/** Whether the file system under a folder takes no writes at all. */
export function isReadOnly(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EROFS';
  }
}

export class DiskWatch {
  readonly #probe: DiskProbe;
  readonly #clock: () => number;
  readonly #onChange: (notice: DiskNotice, why: string) => void;
  #fault: Fault | undefined;
  #why = '';
  #low = false;
  #told: DiskNotice;
  /** A fault that no alarm in the record tells of yet: it is raised once the disk can be written. */
  #owed: Fault | undefined;

  /** @param onChange hears of each change, once */
  constructor(
    probe: DiskProbe,
    clock: () => number,
    onChange: (notice: DiskNotice, why: string) => void = () => undefined,
  ) {
    this.#probe = probe;
    this.#clock = clock;
    this.#onChange = onChange;
    this.#told = { state: 'well', since: clock(), freeBytes: 0 };
  }

  get isFailing(): boolean {
    return this.#fault !== undefined;
  }

  /** A write failed by the disk's fault; or because another program was writing, which is none. */
  failed(error: unknown): void {
    if (codeOf(error).startsWith('SQLITE_BUSY')) return;
    this.#fault = this.#faultOf(error);
    this.#why = error instanceof Error ? error.message : String(error);
    this.#owed = this.#fault;
    this.#tell();
  }

  /** Something was written and is on disk. */
  worked(): void {
    if (this.#fault === undefined) return;
    this.#fault = undefined;
    this.look();
  }

  /** Looks how much room there is. */
  look(): void {
    const room = this.#probe.room();
    if (room !== undefined) {
      const { free, size } = room;
      this.#low = isLow(this.#low ? { free: free / HYSTERESIS, size } : room);
    }
    this.#tell();
  }

  /** What the hub's own alarms are raised for. */
  *observed(): Generator<Observed> {
    const violated = this.#fault ?? this.#owed;
    const facts = { megabytes: Math.floor((this.#probe.room()?.free ?? 0) / 1e6) };
    for (const state of ['full', 'read-only', 'failed'] as const)
      yield condition(state, violated === state, facts);
    yield condition('low', this.#low && violated === undefined, facts);
  }

  /** What `observed` gave is in the record. */
  recorded(): void {
    this.#owed = undefined;
  }

  #faultOf(error: unknown): Fault {
    const code = codeOf(error);
    const free = this.#probe.room()?.free;
    if (code === 'SQLITE_FULL' || (free !== undefined && free < FULL_BYTES)) return 'full';
    return this.#probe.isReadOnly() || code.startsWith('SQLITE_READONLY') ? 'read-only' : 'failed';
  }

  #tell(): void {
    const state = this.#fault ?? (this.#low ? 'low' : 'well');
    if (state === this.#told.state) return;
    this.#told = { state, since: this.#clock(), freeBytes: this.#probe.room()?.free ?? 0 };
    this.#onChange(this.#told, state === this.#fault ? this.#why : '');
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

const condition = (
  state: Exclude<DiskState, 'well'>,
  isSo: boolean,
  facts: Record<string, number>,
): Observed => ({
  id: `disk-${state}`,
  priority: state === 'low' ? 'low' : 'high',
  timing: { raiseAfterMs: 0, clearAfterMs: 5_000, latching: false },
  evidence: isSo ? 'violated' : 'clear',
  facts,
});
