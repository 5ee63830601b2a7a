// Second anchors of a ledger: at a fixed cadence of its own, each place outside gets the digest of the newest checkpoint,
// and is looked at again until it is final. One call, `step`, does whatever is due and may come at any time; nothing waits
// for it, and it never rejects for what the outside does.
//   1. a new turn of a place's cadence has come: the newest checkpoint is put in line, on disk, also where the ledger did
//      not grow (what goes out must not tell busy times from quiet ones);
//   2. what is in line is sent, what is pending looked at, each after a pause that doubles while nothing comes of it;
//   3. what the outside forgot is put in line again.
// A place that was away for days has one checkpoint in line when it comes back, the newest. A crash anywhere loses
// nothing: what was sent and not noted is sent again, which does no harm.

import type Database from 'better-sqlite3';
import { checkpointDigest, parseCheckpoint } from './checkpoint.ts';
import { AnchorError } from './error.ts';
import type { Awaitable } from './ledger.ts';
import { AnchoredReader } from './ledger-anchored.ts';
import { type AnchoringRow, AnchoringStore, openAnchoringFile } from './ledger-anchoring-store.ts';
import { nodeSha256 } from './node-primitive.ts';
import { parseNote } from './note.ts';
import type { Anchoring, SecondAnchor, SecondAnchorKind } from './second-anchor.ts';

/** Where to anchor, and how often. Turns end at whole multiples of `everyMs` since 1970, moved by `phaseMs`. */
export type AnchoringPlace = { readonly anchor: SecondAnchor; readonly everyMs: number };

export type HeadToAnchor = {
  /** The signed note of a checkpoint, with the cosignatures gathered so far. */
  readonly checkpoint: string;
  /** Whether it has the quorum of witnesses that the ledger's policy asks for. */
  readonly witnessed: boolean;
};

export type SecondAnchoringOptions = {
  /** Its file. */
  readonly path: string;
  readonly places: readonly AnchoringPlace[];
  /** The newest checkpoint that may be anchored; undefined while there is none. */
  readonly head: () => Awaitable<HeadToAnchor | undefined>;
  readonly log: (
    level: 'info' | 'warn' | 'error',
    event: string,
    detail: Readonly<Record<string, string | number>>,
  ) => void;
  /** 0 unless set. Ledgers that share no clock should not all come at midnight. */
  readonly phaseMs?: number;
};

/** First and longest pause between two looks. */
const PAUSES_MS: Readonly<Record<SecondAnchorKind, readonly [number, number]>> = {
  // Calendars take hours; a block has been in the chain for an hour when they say so.
  opentimestamps: [10 * 60_000, 60 * 60_000],
  evm: [15_000, 10 * 60_000],
};
/** What was confirmed is looked at once more, after a day: a reorganisation that deep is no accident any more. */
const SECOND_LOOK_MS = 86_400_000;
/** What has not come by then never will. */
const GIVEN_UP_MS = 30 * 86_400_000;
/** Rows looked at in one step, for each place. */
const LOOKS_MAX = 8;

type Place = AnchoringPlace & { busy: boolean; downSinceMs: number | undefined };

export class SecondAnchoring {
  readonly #options: SecondAnchoringOptions;
  readonly #db: Database.Database;
  readonly #store: AnchoringStore;
  readonly #places: readonly Place[];
  /** For proofs: what is anchored by now. */
  readonly anchored: AnchoredReader;
  #closed = false;

  /** Throws `ledger-unreadable`. */
  constructor(options: SecondAnchoringOptions) {
    this.#options = options;
    this.#places = options.places.map((place) => ({ ...place, busy: false, downSinceMs: undefined }));
    this.#db = openAnchoringFile(options.path, 'write');
    this.#store = new AnchoringStore(this.#db);
    this.anchored = new AnchoredReader(this.#db);
  }

  /** Does what is due at `nowMs` (since 1970), and resolves when it is done. Rejects only for faults of its own file. */
  async step(nowMs: number): Promise<void> {
    const steps = await Promise.allSettled(this.#places.map((place) => this.#stepAt(place, nowMs)));
    const failed = steps.find((one) => one.status === 'rejected');
    if (failed && !this.#closed) throw failed.reason;
  }

  /** What is under way is not waited for, and comes to nothing here; it is done again at the next start. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#db.close();
  }

  async #stepAt(place: Place, nowMs: number): Promise<void> {
    if (place.busy || this.#closed) return;
    place.busy = true;
    try {
      await this.#takeTurn(place, nowMs);
      const rows = this.#closed ? [] : this.#store.toLook(place.anchor.id, nowMs, LOOKS_MAX);
      for (const row of rows) await this.#look(place, row, nowMs);
    } finally {
      place.busy = false;
    }
  }

  async #takeTurn({ anchor: { id, kind }, everyMs }: Place, nowMs: number): Promise<void> {
    const turn = Math.floor((nowMs - (this.#options.phaseMs ?? 0)) / everyMs);
    // Any other turn, not only a later one: a clock that once was years ahead must not end it all.
    if (this.#store.newest(id)?.turn === turn) return;
    const head = await this.#options.head();
    if (!head || this.#closed) return;
    const { checkpoint: note, witnessed } = head;
    const { text } = parseNote(note);
    const { size } = parseCheckpoint(text);
    this.#store.add(
      { place: id, kind, turn, size, note, witnessed, digest: checkpointDigest(text, nodeSha256) },
      nowMs,
    );
  }

  async #look(place: Place, row: AnchoringRow, nowMs: number): Promise<void> {
    if (this.#closed) return;
    const { anchor } = place;
    let said: Anchoring;
    try {
      // SQLite gives a Buffer, which the port does not promise to take.
      const digest = new Uint8Array(row.digest);
      said = await (row.evidence === null ? anchor.submit(digest) : anchor.advance(digest, row.evidence));
    } catch (error) {
      if (!this.#closed) this.#failed(place, row, nowMs, error);
      return;
    }
    if (this.#closed) return;
    this.#answered(place, row, nowMs);
    this.#note(place, row, nowMs, said);
  }

  #note(place: Place, row: AnchoringRow, nowMs: number, said: Anchoring): void {
    const { log } = this.#options;
    const about = { anchor: place.anchor.id, size: row.size };
    if (said.state === 'lost') {
      log('warn', 'second-anchor-lost', { ...about, why: said.why });
      this.#store.set(row.id, { state: 'due', evidence: null, looks: 0 }, nowMs + pauseMs(place, 0));
      return;
    }
    const { state, evidence } = said;
    const looks = state === row.state ? row.looks + 1 : 0;
    if (state === 'confirmed') {
      this.#store.set(row.id, { state, evidence, looks }, looks === 0 ? nowMs + SECOND_LOOK_MS : undefined);
      if (looks === 0) log('info', 'second-anchor-confirmed', about);
      return;
    }
    if (nowMs - row.sinceMs > GIVEN_UP_MS) {
      log('warn', 'second-anchor-given-up', about);
      this.#store.set(row.id, { state: 'given-up', evidence, looks }, undefined);
      return;
    }
    this.#store.set(row.id, { state, evidence, looks }, nowMs + pauseMs(place, looks));
  }

  #failed(place: Place, row: AnchoringRow, nowMs: number, error: unknown): void {
    const { log } = this.#options;
    const why = error instanceof Error ? error.message : String(error);
    const code = error instanceof AnchorError ? error.code : 'fault';
    // The line in the log belongs to the newest: an old one may have been forgotten while the place is well.
    if (this.#isNewest(place, row) && place.downSinceMs === undefined) {
      place.downSinceMs = nowMs;
      log(code === 'fault' ? 'error' : 'warn', 'second-anchor-away', { anchor: place.anchor.id, code, why });
    }
    const looks = row.looks + 1;
    if (code === 'bad-anchor' && row.evidence !== null) {
      // What was kept leads nowhere any more: another kind of place has this name now, or the file was damaged.
      this.#store.set(row.id, { state: 'due', evidence: null, looks }, nowMs + pauseMs(place, looks));
    } else if (row.evidence !== null && nowMs - row.sinceMs > GIVEN_UP_MS) {
      this.#store.set(
        row.id,
        { ...row, state: row.state === 'confirmed' ? 'confirmed' : 'given-up' },
        undefined,
      );
    } else {
      this.#store.set(row.id, { ...row, looks }, nowMs + pauseMs(place, looks));
    }
  }

  #answered(place: Place, row: AnchoringRow, nowMs: number): void {
    if (place.downSinceMs === undefined || !this.#isNewest(place, row)) return;
    const seconds = Math.round((nowMs - place.downSinceMs) / 1000);
    place.downSinceMs = undefined;
    this.#options.log('info', 'second-anchor-back', { anchor: place.anchor.id, seconds });
  }

  #isNewest({ anchor: { id } }: Place, row: AnchoringRow): boolean {
    return this.#store.newest(id)?.id === row.id;
  }
}

/** Doubled with every look that changed nothing, and never longer than the cadence. */
function pauseMs({ anchor: { kind }, everyMs }: AnchoringPlace, looks: number): number {
  const [first, longest] = PAUSES_MS[kind];
  return Math.min(everyMs, longest, first * 2 ** Math.min(looks, 20));
}
