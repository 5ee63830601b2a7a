// The keys of a hub, all derived from or wrapped by the master key:
//
//   master ─┬─ registry   seals the rows about patients, devices, cursors, quarantine
//           ├─ lookup     keyed hashes by which a device, a login code or a session is found
//           ├─ filler     what the slots of nobody hold
//           └─ wrap       wraps each patient's random key of an epoch ─┬─ box      staged readings
//                                                                      ├─ segment  closed readings
//                                                                      ├─ salt     salts of the leaves
//                                                                      └─ absence  explains an empty slot
//
// An epoch is a UTC day. Which epoch an interval belongs to follows from the interval's start alone, so that
// recovery after a crash arrives at the same keys.

import { createHmac, type KeyObject, randomBytes } from 'node:crypto';
import type { Statement } from 'better-sqlite3';
import { HeartwoodError } from '../error.ts';
import type { Db } from '../store/database.ts';
import { deriveKey, open, place, seal } from './seal.ts';

const DAY_MS = 86_400_000;

/** The keys of one patient in one epoch. */
export type EpochKeys = {
  readonly number: number;
  readonly box: KeyObject;
  readonly segment: KeyObject;
  readonly salt: KeyObject;
  readonly absence: KeyObject;
};

type EpochRow = { slot: number; number: number; from_ms: number; wrapped: Buffer };

const CURRENT =
  'SELECT slot, number, from_ms, wrapped FROM epoch WHERE slot = ? AND from_ms <= ? ORDER BY number DESC LIMIT 1';
const BY_NUMBER = 'SELECT slot, number, from_ms, wrapped FROM epoch WHERE slot = ? AND number = ?';
const LATEST = 'SELECT slot, number, from_ms, wrapped FROM epoch WHERE slot = ? ORDER BY number DESC LIMIT 1';
const KNOWN = 'SELECT DISTINCT slot FROM epoch WHERE from_ms <= ? ORDER BY slot';
const FIRST = 'SELECT from_ms FROM epoch WHERE slot = ? ORDER BY number LIMIT 1';
const ADD = 'INSERT INTO epoch (slot, number, from_ms, wrapped) VALUES (?, ?, ?, ?)';

/** How many opened epochs are kept in memory. */
const CACHE_MAX = 4096;

/** A number, since one is asked for with every row that is opened. */
const cacheId = (slot: number, number: number): number => number * 65_536 + slot;

export class Keyring {
  readonly #registry: KeyObject;
  readonly #lookup: KeyObject;
  readonly #filler: KeyObject;
  readonly #wrap: KeyObject;
  readonly #current: Statement<[number, number], EpochRow>;
  readonly #byNumber: Statement<[number, number], EpochRow>;
  readonly #latest: Statement<[number], EpochRow>;
  readonly #known: Statement<[number], { slot: number }>;
  readonly #first: Statement<[number], { from_ms: number }>;
  readonly #add: Statement<[number, number, number, Buffer]>;
  readonly #cache = new Map<number, EpochKeys>();

  constructor(master: Uint8Array, db: Db) {
    this.#current = db.prepare(CURRENT);
    this.#byNumber = db.prepare(BY_NUMBER);
    this.#latest = db.prepare(LATEST);
    this.#known = db.prepare(KNOWN);
    this.#first = db.prepare(FIRST);
    this.#add = db.prepare(ADD);
    this.#registry = deriveKey(master, 'registry');
    this.#lookup = deriveKey(master, 'lookup');
    this.#filler = deriveKey(master, 'filler');
    this.#wrap = deriveKey(master, 'wrap');
  }

  /** Seals what belongs to the hub as a whole: people, devices, cursors, quarantine. */
  seal(at: Uint8Array, plain: Uint8Array): Buffer {
    return seal(this.#registry, at, plain);
  }

  /** @throws SealBroken */
  open(at: Uint8Array, sealed: Uint8Array): Buffer {
    return open(this.#registry, at, sealed);
  }

  /** A keyed hash (HMAC-SHA-256, 16 bytes): finds a row by a name without the name being on disk. */
  lookup(table: string, name: string): Buffer {
    return createHmac('sha256', this.#lookup).update(`${table}\0${name}`).digest().subarray(0, 16);
  }

  /** What the slot of nobody holds in a batch: 32 bytes that look random. */
  filler(batch: number, slot: number): Buffer {
    return createHmac('sha256', this.#filler)
      .update(place('filler', batch, slot))
      .digest();
  }

  /** What a patient's slot holds when the interval was empty: only the patient's key explains it. */
  absence(keys: EpochKeys, batch: number, slot: number): Buffer {
    return createHmac('sha256', keys.absence)
      .update(place('absence', batch, slot))
      .digest();
  }

  /**
   * Makes sure that a slot's owner has a key for the day in which an interval starts. Their first key begins
   * with that interval: in the batches before it the slot was nobody's. Call inside a transaction.
   */
  ensureEpoch(slot: number, startMs: number): void {
    const latest = this.#latest.get(slot);
    const dayMs = Math.floor(startMs / DAY_MS) * DAY_MS;
    if (latest === undefined) this.#addEpoch(slot, 0, startMs);
    else if (latest.from_ms < dayMs) this.#addEpoch(slot, latest.number + 1, dayMs);
  }

  /** The slots that had an owner when an interval began, ascending. */
  slotsKnownAt(startMs: number): number[] {
    return this.#known.all(startMs).map((row) => row.slot);
  }

  /** When a slot's first owner's key begins, ms; undefined where it never had one. */
  knownSince(slot: number): number | undefined {
    return this.#first.get(slot)?.from_ms;
  }

  #addEpoch(slot: number, number: number, fromMs: number): void {
    const wrapped = seal(this.#wrap, place('epoch', slot, number, fromMs), randomBytes(32));
    this.#add.run(slot, number, fromMs, wrapped);
  }

  /** The keys for an interval that starts at `startMs`. @throws HeartwoodError erased, SealBroken */
  epochAt(slot: number, startMs: number): EpochKeys {
    return this.#unwrap(this.#current.get(slot, startMs));
  }

  /** @throws HeartwoodError erased, SealBroken */
  epoch(slot: number, number: number): EpochKeys {
    const cached = this.#cache.get(cacheId(slot, number));
    return cached ?? this.#unwrap(this.#byNumber.get(slot, number));
  }

  #unwrap(row: EpochRow | undefined): EpochKeys {
    if (row === undefined) {
      throw new HeartwoodError(
        'erased',
        "The patient's key of that time is gone: it was erased, or never there.",
      );
    }
    const id = cacheId(row.slot, row.number);
    const cached = this.#cache.get(id);
    if (cached !== undefined) return cached;
    const key = open(this.#wrap, place('epoch', row.slot, row.number, row.from_ms), row.wrapped);
    const keys = {
      number: row.number,
      box: deriveKey(key, 'box'),
      segment: deriveKey(key, 'segment'),
      salt: deriveKey(key, 'salt'),
      absence: deriveKey(key, 'absence'),
    };
    if (this.#cache.size >= CACHE_MAX) this.#cache.clear();
    this.#cache.set(id, keys);
    return keys;
  }
}
