// Following a range proof line by line. Each line is turned back into the statement that it stands for, batch root,
// number and previous hash included, and the hub's signature must fit it. A line that was altered, left out, doubled or
// moved changes the statement of its batch, and with it all later ones: none of them fits any more. Memory: one line.

import { batchRootFrom, sizedRoot } from './batch.ts';
import { equalBytes, utf8 } from './bytes.ts';
import { KEY_TYPES, type VerifierKey } from './key.ts';
import { formatNote } from './note.ts';
import type { Digest, VerifyEd25519 } from './primitive.ts';
import { absenceValue, type RangeBatchLine, type RangeLine } from './range.ts';
import { FIRST_PREVIOUS, firstSequenceOf, formatStatement, statementHash } from './statement.ts';
import { countWords, timeWords } from './verdict.ts';
import { Failed } from './verify-step.ts';

/** A batch that was shown: how many entries its slot holds. Times in ms since 1970. */
export type RangeBatch = {
  readonly origin: string;
  readonly sequence: number;
  /** Undefined where the hub's first batch has no statement before it. */
  readonly startMs: number | undefined;
  readonly endMs: number;
  readonly count: number;
};

/** One hub key's part of the range, in order. */
export type RangeHub = {
  readonly origin: string;
  readonly first: number;
  readonly last: number;
  /** Numbers that were left out where this key took over from the one before; 0 for the first. */
  readonly skipped: number;
};

/** What was followed so far. */
export type RangeFacts = {
  readonly slot: number;
  readonly startMs: number | undefined;
  readonly endMs: number;
  readonly first: number;
  readonly last: number;
  readonly batches: number;
  /** Batches in which the slot holds something. */
  readonly filled: number;
  readonly empty: number;
  /** Entries in all of them. */
  readonly entries: number;
  readonly hubs: readonly RangeHub[];
  /** The longest interval, where it began and how long it was; undefined where none has a known beginning. */
  readonly longest: { readonly startMs: number; readonly ms: number } | undefined;
  /** The last statement's signed note. */
  readonly statement: string;
};

type Hub = { readonly key: VerifierKey; next: number; first: number | undefined; readonly skipped: number };
type Signed = { readonly key: VerifierKey; readonly text: string; readonly signature: Uint8Array };

export type RangeChainOptions = {
  readonly hubKeys: readonly VerifierKey[];
  readonly digest: Digest;
  readonly verify: VerifyEd25519;
  /** Check only the last signature of each hub key: each statement names the hash of the one before, which covers the rest. */
  readonly lastSignaturesOnly: boolean;
  readonly onBatch: ((batch: RangeBatch) => void) | undefined;
};

export class RangeChain {
  readonly #slot: number;
  readonly #options: RangeChainOptions;
  readonly #hubs: Hub[] = [];
  #previous: Uint8Array = FIRST_PREVIOUS;
  #endMs: number | undefined;
  #startMs: number | undefined;
  /** The key of empty intervals, and whether it has explained one yet. */
  #absent: { readonly key: Uint8Array; used: boolean } | undefined;
  #last: Signed | undefined;
  #statement = '';
  #firstSequence = 0;
  #batches = 0;
  #filled = 0;
  #entries = 0;
  #longest: RangeFacts['longest'];

  constructor(slot: number, options: RangeChainOptions) {
    this.#slot = slot;
    this.#options = options;
  }

  /** Takes the next line. @throws Failed, in words about this line */
  take(line: RangeLine): void {
    // Each line has one place only: no two orders of the same lines are both right.
    if (this.#absent?.used === false && !(line.kind === 'batch' && line.count === 0))
      throw new Failed('a key of empty intervals stands directly before the first that it explains.');
    switch (line.kind) {
      case 'hub':
        this.#takeHub(line);
        return;
      case 'before':
        if (this.#hubs.length !== 1 || this.#last || this.#absent)
          throw new Failed('"before" stands only after the first hub.');
        this.#sworn(line.endMs, line.batchRoot, line.previous, line.signature);
        this.#startMs = line.endMs;
        return;
      case 'absent':
        if (this.#absent && equalBytes(this.#absent.key, line.key))
          throw new Failed('it repeats the key of empty intervals.');
        this.#absent = { key: line.key, used: false };
        return;
      case 'batch':
        this.#takeBatch(line);
        return;
    }
  }

  /** All lines were taken. @throws Failed */
  end(): RangeFacts {
    const [first] = this.#hubs;
    if (first === undefined || this.#batches === 0 || this.#endMs === undefined)
      throw new Failed('It shows no batch.');
    this.#endHub();
    if (this.#absent?.used === false) throw new Failed('Its last key of empty intervals explains none.');
    this.#checkLast();
    const hubs = this.#hubs.map(({ key, first, next, skipped }) => ({
      origin: key.name,
      first: first ?? next - 1,
      last: next - 1,
      skipped,
    }));
    return {
      slot: this.#slot,
      startMs: this.#startMs,
      endMs: this.#endMs,
      first: this.#firstSequence,
      last: this.#hubs.at(-1)!.next - 1,
      batches: this.#batches,
      filled: this.#filled,
      empty: this.#batches - this.#filled,
      entries: this.#entries,
      hubs,
      longest: this.#longest,
      statement: this.#statement,
    };
  }

  #takeHub({ origin, keyId, sequence }: Extract<RangeLine, { kind: 'hub' }>): void {
    const before = this.#hubs.at(-1);
    // The signatures of the key that goes are checked before it is forgotten.
    if (before) {
      if (before.key.name === origin && before.key.keyId === keyId)
        throw new Failed('it names the same hub again.');
      if (sequence !== firstSequenceOf(origin))
        throw new Failed(`the hub's new key does not begin with number ${sequence}.`);
      this.#endHub();
      this.#checkLast();
    }
    const next = before?.next ?? sequence;
    if (sequence < next) throw new Failed(`number ${sequence} was there before.`);
    const key = this.#options.hubKeys.find(
      (one) => one.type === KEY_TYPES.ed25519 && one.name === origin && one.keyId === keyId,
    );
    if (!key) throw new Failed(`the policy does not name this key of the hub "${origin}".`);
    this.#hubs.push({ key, next: sequence, first: undefined, skipped: sequence - next });
  }

  /** A hub that signed nothing here would be a line that nothing vouches for. */
  #endHub(): void {
    const hub = this.#hubs.at(-1)!;
    const signedBefore = this.#last?.key === hub.key;
    if (hub.first === undefined && !signedBefore)
      throw new Failed('A hub is named that signed nothing here.');
  }

  #takeBatch({ endMs, count, entriesRoot, signature, path }: RangeBatchLine): void {
    const { digest, onBatch } = this.#options;
    const hub = this.#hubs.at(-1);
    if (!hub) throw new Failed('no hub is named before it.');
    const sequence = hub.next;
    if (!this.#last && sequence !== firstSequenceOf(hub.key.name))
      throw new Failed(`batch ${sequence} is not the hub's first, and the statement before it is not shown.`);
    let value: Uint8Array;
    if (entriesRoot) value = sizedRoot(count, entriesRoot, digest);
    else {
      if (!this.#absent) throw new Failed(`batch ${sequence} is called empty, and no key explains that.`);
      this.#absent.used = true;
      value = absenceValue(this.#absent.key, sequence, this.#slot);
    }
    const batchRoot = batchRootFrom(value, { slot: this.#slot, slots: 2 ** path.length, path }, digest);
    if (!batchRoot) throw new Failed(`batch ${sequence} has no slot ${this.#slot}.`);
    const startMs = this.#endMs;
    this.#sworn(endMs, batchRoot, this.#previous, signature);
    hub.first ??= sequence;
    if (this.#batches === 0) this.#firstSequence = sequence;
    this.#batches += 1;
    this.#entries += count;
    if (count > 0) this.#filled += 1;
    if (startMs !== undefined && endMs - startMs > (this.#longest?.ms ?? 0))
      this.#longest = { startMs, ms: endMs - startMs };
    onBatch?.({ origin: hub.key.name, sequence, startMs, endMs, count });
  }

  /** The next statement, made again from what the line says. */
  #sworn(endMs: number, batchRoot: Uint8Array, previous: Uint8Array, signature: Uint8Array): void {
    const hub = this.#hubs.at(-1)!;
    const { key, next: sequence } = hub;
    if (this.#endMs !== undefined && endMs <= this.#endMs) {
      throw new Failed(
        `batch ${sequence} ends at ${timeWords(endMs)}, not after the one before it (${timeWords(this.#endMs)}): lines were moved, or the hub's clock was turned back.`,
      );
    }
    const text = formatStatement({ origin: key.name, sequence, endMs, batchRoot, previous });
    const note = formatNote({ text, signatures: [{ name: key.name, keyId: key.keyId, signature }] });
    this.#last = { key, text, signature };
    if (!this.#options.lastSignaturesOnly) this.#checkLast();
    this.#previous = statementHash(note, this.#options.digest);
    this.#statement = note;
    this.#endMs = endMs;
    hub.next += 1;
  }

  #checkLast(): void {
    if (!this.#last) return;
    const { key, text, signature } = this.#last;
    if (this.#options.verify(key.publicKey, utf8(text), signature)) return;
    const sequence = Number(text.split('\n')[1]);
    throw new Failed(
      this.#options.lastSignaturesOnly
        ? `the signature of batch ${sequence} does not fit: up to there a line was altered, left out, doubled or moved.`
        : `the hub's signature does not fit batch ${sequence} as this line and those before it tell it: the line was altered, or batches are missing, doubled or in another order.`,
    );
  }
}

/** How the hub's identity went, for a person: undefined where one key signed all of it. */
export function hubChangeWords(hubs: readonly RangeHub[]): string | undefined {
  if (hubs.length < 2) return undefined;
  const changes = hubs.slice(1).map(({ origin, first, skipped }) => {
    const gap =
      skipped === 0
        ? ''
        : `; ${countWords(skipped, 'number')} before it (${first - skipped} to ${first - 1}) were left out, and what the old key may have signed under them is not shown`;
    return `from batch ${first} on ${origin}${gap}`;
  });
  return `THE HUB CHANGED ITS KEY: ${hubs[0]!.origin}, then ${changes.join(', then ')}.`;
}
