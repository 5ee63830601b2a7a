// What a ledger shows, brought up to what it signed, once each publishing interval:
//   1. the witnesses of its policy are asked for their cosignatures on the newest checkpoint;
//   2. the checkpoint to show is chosen: with a quorum the cosigned one; without, under `fail-closed` the newest that had
//      its quorum, under `publish-with-alarm` the newest there is; and the ledger's ML-DSA-44 line is put on it;
//   3. the files are brought up to it;
//   4. what the retention policy lets go is let go, some of it.
// A crash between any two leaves what was shown before: nothing of this is remembered but in the ledger's own file.
//
// Proofs follow the same rule: under `fail-closed` nobody gets a checkpoint that has no quorum, also not whoever sent the
// statement; "taken, proof later" is the answer then.

import type { Signer } from './key.ts';
import type { AppendOutcome, LedgerPlace } from './ledger.ts';
import type { EmbeddedLedger } from './ledger-embedded.ts';
import { type Exported, exportLog } from './ledger-export.ts';
import { withPostQuantum } from './ledger-post-quantum.ts';
import { type RetentionRule, stepRetention } from './ledger-retention.ts';
import type { WitnessCircle } from './witness-circle.ts';
import { type Gathered, gatherCosignatures } from './witness-gather.ts';

/** A checkpoint with its quorum is cosigned anew after this long: a witness's newest word on an idle log is never old. */
const REFRESH_MS = 60_000;
const LOOK_AGAIN_MS = 3_600_000;
/** Most blocks let go in one interval, so that a long past goes without holding up what is sent meanwhile. */
const PRUNE_ROUNDS = 16;

export type PublisherOptions = {
  readonly ledger: EmbeddedLedger;
  /** Undefined: no witness is asked, and the newest checkpoint is shown at once. */
  readonly circle?: WitnessCircle | undefined;
  readonly postQuantum?: Signer | undefined;
  /** Where the log is written as files. */
  readonly folder?: string | undefined;
  readonly retention?: RetentionRule | undefined;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
};

/** What one step did. */
export type Published = {
  /** Size of the checkpoint that is shown now; undefined while none may be. */
  readonly size: number | undefined;
  readonly gathered: Gathered | undefined;
  /** Of the files; undefined where there was nothing to do. */
  readonly exported: Exported | undefined;
  /** Entries that were let go until now. */
  readonly minimumIndex: number;
};

export class LedgerPublisher {
  readonly #options: PublisherOptions;
  /** The checkpoint shown: what was chosen, and what it became with the second signature. */
  #shown: { readonly from: string; readonly note: string; readonly size: number } | undefined;
  #exported: { readonly text: string; readonly atMs: number; readonly done: boolean } | undefined;
  /** Something may be left to let go; looked at anew every hour, since what a hub or witness needed may be free by then. */
  #letGoDoneMs: number | undefined;
  #gathered: { readonly size: number; readonly quorum: boolean; readonly atMs: number } | undefined;
  /** Under `publish-with-alarm`: the size that the witnesses were asked about last. */
  #askedSize: number | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** The checkpoint to show; undefined while none may be. */
  published(): string | undefined {
    return this.#current()?.note;
  }

  /** The text of a `.tlog-proof` under a checkpoint that may be shown; undefined where there is none yet. */
  proofOf(place: LedgerPlace): string | undefined {
    const { ledger, circle } = this.#options;
    if (!circle) return ledger.proofOf(place);
    const size = ledger.reader.witnessed()?.size;
    const witnessed = size === undefined ? undefined : ledger.proofOf(place, size);
    return witnessed ?? (circle.withoutQuorum === 'fail-closed' ? undefined : ledger.proofOf(place));
  }

  /** Appends, and answers with proofs that may be shown. */
  append(notes: readonly string[]): AppendOutcome[] {
    const { ledger, circle } = this.#options;
    const outcomes = ledger.append(notes);
    if (circle?.withoutQuorum !== 'fail-closed') return outcomes;
    return outcomes.map((outcome) =>
      'proof' in outcome ? { ...outcome, proof: this.proofOf({ index: outcome.index }) } : outcome,
    );
  }

  /** One interval. Throws what a step throws; the next call goes on where this one ended. */
  async step(): Promise<Published> {
    const { ledger } = this.#options;
    const gathered = await this.#gather();
    const shown = this.#current();
    const exported = shown && this.#export(shown.note);
    this.#letGo(shown?.size ?? 0);
    return { size: shown?.size, gathered, exported, minimumIndex: ledger.reader.minimumIndex() };
  }

  /** Asks again about what has its quorum only to refresh it. */
  async #gather(): Promise<Gathered | undefined> {
    const { ledger, circle, nowMs } = this.#options;
    if (!circle) return undefined;
    const { size } = ledger.latest();
    const last = this.#gathered;
    if (last?.size === size && last.quorum && Math.abs(nowMs() - last.atMs) < REFRESH_MS) return undefined;
    const gathered = await gatherCosignatures(ledger, circle);
    this.#gathered = { size: gathered.size, quorum: gathered.quorum, atMs: nowMs() };
    this.#askedSize = gathered.size;
    return gathered;
  }

  #current(): { readonly note: string; readonly size: number } | undefined {
    const { ledger, postQuantum } = this.#options;
    const head = this.#choose();
    if (!head) return undefined;
    if (this.#shown?.from !== head.checkpoint) {
      const note = postQuantum ? withPostQuantum(head.checkpoint, ledger.key, postQuantum) : head.checkpoint;
      this.#shown = { from: head.checkpoint, note, size: head.size };
    }
    return this.#shown;
  }

  #choose(): { readonly size: number; readonly checkpoint: string } | undefined {
    const { ledger, circle } = this.#options;
    if (!circle) return ledger.latest();
    const witnessed = ledger.reader.witnessed();
    if (circle.withoutQuorum === 'fail-closed') return witnessed;
    // The one that was asked about, not one that came since and that nobody has had the time to cosign.
    const size = this.#askedSize;
    const asked = size === undefined ? undefined : ledger.reader.checkpointAt(size);
    if (size === undefined || asked === undefined) return witnessed ?? ledger.latest();
    return witnessed && witnessed.size >= size ? witnessed : { size, checkpoint: asked };
  }

  #export(note: string): Exported | undefined {
    const { ledger, folder, nowMs } = this.#options;
    if (folder === undefined) return undefined;
    const wanted = `${note}${ledger.reader.retention()?.note ?? ''}`;
    const tried = this.#exported;
    const isNew = tried?.text !== wanted;
    // A folder that cannot be written is told once for each checkpoint, or once a minute, and not every second.
    if (!isNew && (tried.done || Math.abs(nowMs() - tried.atMs) < REFRESH_MS)) return undefined;
    this.#exported = { text: wanted, atMs: nowMs(), done: false };
    const exported = exportLog({ reader: ledger.reader, folder, checkpoint: note });
    this.#exported = { text: wanted, atMs: nowMs(), done: true };
    return exported;
  }

  #letGo(shownSize: number): void {
    const { ledger, retention, nowMs, folder } = this.#options;
    const before = ledger.reader.retention()?.note;
    if (retention) stepRetention(ledger, retention, nowMs(), shownSize);
    if (ledger.reader.retention()?.note !== before) {
      this.#letGoDoneMs = undefined;
      // The files say so first: what they no longer need is deleted here in the next interval.
      if (folder !== undefined) return;
    }
    const done = this.#letGoDoneMs;
    if (done !== undefined && Math.abs(nowMs() - done) < LOOK_AGAIN_MS) return;
    for (let round = 0; round < PRUNE_ROUNDS; round++) if (ledger.prune()) break;
    if (ledger.prune() && ledger.compact()) this.#letGoDoneMs = nowMs();
  }
}
