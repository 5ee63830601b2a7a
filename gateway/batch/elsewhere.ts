// A ledger that somebody else runs. The hub keeps its own ledger all the same: that one answers at once, is told from a
// restored copy by its mark, and is the queue of what the other has not got. This one is what strangers are shown.
//
// Nothing waits for it. After each batch it is told what it lacks, 1,024 statements a call, as soon as it can be reached.
// What it answers is believed as far as it is signed:
//   it shows statements of ours that we have not      signed with our key: we were restored from an older copy. Stop
//   it shows others than ours                         signed with our key: two copies run. Stop
//   it refuses, contradicts itself or is away         its trouble, or its owner's: the hub goes on, and says so
// So it can stop the hub only by showing what the hub's own key signed.

import {
  AnchorError,
  APPEND_MAX,
  type AppendOutcome,
  type LedgerHead,
  type LedgerPlace,
  type LogHead,
  parseCheckpoint,
  RemoteLedger,
  readStatementNote,
  type VerifierKey,
  verifyNote,
  verifyStatementNote,
} from '@heartwood/anchor';
import {
  type MarkStore,
  nodeSha256,
  nodeVerifyEd25519,
  nodeVerifyMlDsa44,
  openMarkFile,
} from '@heartwood/anchor/node';
import { HeartwoodError } from '../error.ts';
import type { HubEpoch } from '../keys/identity.ts';
import type { Vault } from '../vault.ts';
import type { LedgerChoice } from './elsewhere-choice.ts';
import type { ProofCache } from './proof-cache.ts';
import { statementOf } from './statement.ts';

/** Longest wait for one answer; 1,024 proofs are some 2 MB. */
const ANSWER_MS = 30_000;
/** Longest that a start waits to hear how far the ledger knows this hub. */
const START_MS = 5_000;
/** Statements made again at a time, with the hub's other work between: 64 take about 10 ms. */
const MADE_AT_ONCE = 64;

export type Sent = {
  readonly statements: number;
  /** Entries in that ledger, of all hubs, as far as this hub has seen; undefined where it has seen none. */
  readonly size: number | undefined;
};

/** The ledger shows, signed with this hub's key, what this copy of the data does not hold. */
export class LedgerAhead extends HeartwoodError {
  /** The newest batch that it knows. */
  readonly sequence: number;

  constructor(code: 'ledger-ahead' | 'ledger-refused', sequence: number, sentence: string) {
    super(code, sentence);
    this.sequence = sequence;
  }
}

/** The same, with two notes that contradict each other, to be kept. */
export class TwoHistories extends LedgerAhead {
  readonly notes: readonly [held: string, ours: string];

  constructor(sequence: number, held: string, ours: string, sentence: string) {
    super('ledger-refused', sequence, sentence);
    this.notes = [held, ours];
  }
}

export type ElsewhereOptions = {
  /** The newest head that is known, apart from the data. */
  readonly mark: MarkStore;
  /** False for a command that looks, perhaps beside the hub: the mark is left as it is. */
  readonly writes: boolean;
  readonly cache?: ProofCache | undefined;
  /** Hears of two checkpoints of the ledger that contradict each other. */
  readonly onFork?: (checkpoints: readonly [known: string, shown: string]) => void;
};

export class LedgerElsewhere {
  readonly name: string;
  readonly url: string;
  readonly #ledger: RemoteLedger;
  readonly #cache: ProofCache | undefined;
  readonly #end = new AbortController();
  #size: number | undefined;
  #sending: Promise<Sent> | undefined;
  /** Of the present epoch, the next statement to send; undefined until the ledger was asked. */
  #next: number | undefined;

  constructor({ key, url }: LedgerChoice, { mark, writes, cache, onFork }: ElsewhereOptions) {
    this.name = key.name;
    this.url = url;
    this.#cache = cache;
    let marked = mark.read();
    const known = marked === undefined ? undefined : headOf(marked, key);
    this.#size = known?.size;
    this.#ledger = new RemoteLedger({
      url,
      key,
      known,
      timeoutMs: ANSWER_MS,
      // A connection that was kept may have been closed meanwhile. Beyond that, the next interval asks again.
      attemptsMax: 2,
      fetch: (address, init) =>
        fetch(address, { ...init, signal: AbortSignal.any([init.signal, this.#end.signal]) }),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      random: Math.random,
      verify: nodeVerifyEd25519,
      verifyMlDsa44: nodeVerifyMlDsa44,
      digest: nodeSha256,
      onHead: ({ size, note }) => {
        if (writes) mark.replace(marked, note);
        marked = note;
        this.#size = size;
      },
      onFork: ({ note }) => onFork?.([marked ?? '', note]),
    });
  }

  /** Its newest checkpoint, and that it grew out of the one known. Throws AnchorError. */
  async look(): Promise<LedgerHead> {
    return this.#ledger.latest();
  }

  /**
   * Before anything is signed: whether it knows more of this hub than the data does. Waits for 5 s at most.
   * @throws HeartwoodError ledger-ahead, TwoHistories; AnchorError where it cannot say
   */
  async compare(vault: Vault): Promise<void> {
    const late = new Promise<never>((_, reject) => {
      const error = new AnchorError(
        'ledger-unreachable',
        `${this.url} gave no answer in ${START_MS / 1000} s`,
      );
      setTimeout(() => reject(error), START_MS).unref();
    });
    const { epochs } = vault.identity;
    const next = await Promise.race([this.#firstPending(vault, epochs.length - 1), late]);
    await Promise.race([this.#insistOneHistory(), late]);
    this.#next = next;
  }

  /** How many statements of the present epoch it has not got. Throws as `compare` does. */
  async waiting(vault: Vault): Promise<number> {
    await this.compare(vault);
    return vault.nextSequence() - (this.#next ?? 0);
  }

  /** Sends what it lacks. One call at a time: a second one waits for the first. Throws as `compare` does. */
  send(vault: Vault): Promise<Sent> {
    this.#sending ??= this.#send(vault).finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  /** From the ledger; where it cannot be reached, the copy that was kept when it took the statement. */
  async proofOf(place: LedgerPlace): Promise<string | undefined> {
    try {
      const proof = await this.#ledger.proofOf(place);
      if (proof !== undefined && 'origin' in place) this.#cache?.put([{ ...place, proof }]);
      return proof;
    } catch (error) {
      if (!(error instanceof AnchorError) || error.code !== 'ledger-unreachable') throw error;
      return 'origin' in place ? this.#cache?.get(place.origin, place.sequence) : undefined;
    }
  }

  /** Resolves when nothing of it will touch the vault any more. */
  async close(): Promise<void> {
    this.#end.abort();
    await this.#sending?.catch(() => undefined);
    this.#cache?.close();
  }

  async #send(vault: Vault): Promise<Sent> {
    const { epochs } = vault.identity;
    let statements = 0;
    try {
      if (this.#next === undefined) await this.#insistOneHistory();
      for (const [i, epoch] of epochs.entries()) {
        const present = i === epochs.length - 1;
        // What came before the present epoch is sent once in a process.
        if (!present && this.#next !== undefined) continue;
        const next = (present ? this.#next : undefined) ?? (await this.#firstPending(vault, i));
        statements += await this.#sendFrom(
          vault,
          epoch,
          next,
          epochs[i + 1]?.from ?? Number.POSITIVE_INFINITY,
        );
      }
    } catch (error) {
      this.#next = undefined;
      throw error;
    }
    return { statements, size: this.#size };
  }

  /** A ledger that contradicts what it showed before is told nothing. One that shows nothing yet may be. */
  async #insistOneHistory(): Promise<void> {
    await this.#ledger.latest().catch((error: unknown) => {
      if (!(error instanceof AnchorError) || error.code !== 'ledger-unreachable') throw error;
    });
  }

  async #sendFrom(vault: Vault, epoch: HubEpoch, from: number, until: number): Promise<number> {
    const present = until === Number.POSITIVE_INFINITY;
    let [next, statements] = [from, 0];
    while (next < until && !this.#end.signal.aborted) {
      const notes: string[] = [];
      while (notes.length < APPEND_MAX) {
        const rows = vault.store
          .batchesFrom(next + notes.length, MADE_AT_ONCE)
          .filter(({ sequence }) => sequence < until);
        if (rows.length === 0) break;
        for (const row of rows) notes.push(statementOf(vault, row));
        await new Promise(setImmediate);
        if (this.#end.signal.aborted) return statements;
      }
      if (notes.length === 0) break;
      const outcomes = await this.#ledger.append(notes);
      const taken = this.#judge(epoch, present, next, notes, outcomes);
      statements += taken;
      next += taken;
      if (taken < notes.length) break;
    }
    if (present) this.#next = next;
    return statements;
  }

  /** @returns how many it took, from the first on; all of them, but where an earlier epoch ends in another history */
  #judge(
    epoch: HubEpoch,
    present: boolean,
    from: number,
    notes: readonly string[],
    outcomes: readonly AppendOutcome[],
  ): number {
    const proofs = outcomes.flatMap((outcome, i) =>
      'proof' in outcome && outcome.proof !== undefined
        ? [{ origin: epoch.hubKey.name, sequence: from + i, proof: outcome.proof }]
        : [],
    );
    this.#cache?.put(proofs);
    const bad = outcomes.findIndex((outcome) => !('index' in outcome));
    if (bad < 0) return notes.length;
    if (!present) return bad;
    const outcome = outcomes[bad] as AppendOutcome;
    const sequence = from + bad;
    if (outcome.kind === 'equivocation') {
      this.#insistOurs(outcome.held, epoch);
      throw this.#twoHistories(outcome.held, notes[bad] as string, sequence);
    }
    throw trouble(this.#refusal(outcome, sequence, epoch));
  }

  #refusal(outcome: AppendOutcome, sequence: number, { hubKey }: HubEpoch): string {
    if (outcome.kind === 'out-of-sequence')
      return `The ledger ${this.name} expects batch ${outcome.expected}, not ${sequence}`;
    if (outcome.kind === 'refused-signature')
      return `The ledger ${this.name} does not know this hub. Whoever runs it must add the line of ${hubKey.name} in policy.txt ("hub …") to the file of its --hubs, which it reads again by itself`;
    const why = 'message' in outcome ? outcome.message : outcome.kind;
    return `The ledger ${this.name} refuses the statement of batch ${sequence}: ${why}`;
  }

  /**
   * What an epoch's statements begin with that the ledger has not got. Of an earlier epoch it may hold more, or others, by
   * a lost copy: that is why the epoch ended.
   */
  async #firstPending(vault: Vault, index: number): Promise<number> {
    const { epochs } = vault.identity;
    const epoch = epochs[index] as HubEpoch;
    const until = epochs[index + 1]?.from;
    const held = await this.#ledger.lastOf(epoch.hubKey.name);
    if (held === undefined) return epoch.from;
    this.#insistOurs(held.note, epoch);
    const { sequence } = readStatementNote(held.note);
    const ours = vault.store.batch(sequence);
    if (ours !== undefined && statementOf(vault, ours) === held.note) return sequence + 1;
    if (until !== undefined) return until;
    if (ours === undefined) {
      throw new LedgerAhead(
        'ledger-ahead',
        sequence,
        `The ledger ${this.name} knows this hub's batch ${sequence}, but the data ends before it: the data was restored ` +
          'from an older copy, or another copy of it runs. The hub signs nothing now. heartwood doctor says what to do.',
      );
    }
    throw this.#twoHistories(held.note, statementOf(vault, ours), sequence);
  }

  #twoHistories(held: string, ours: string, sequence: number): TwoHistories {
    const sentence =
      `The ledger ${this.name} holds another statement for batch ${sequence}, signed with this hub's key: two hubs share ` +
      'one identity, or the data was restored. The hub signs nothing more. heartwood doctor says what to do.';
    return new TwoHistories(sequence, held, ours, sentence);
  }

  /** A ledger that shows something else under our name has made it up. */
  #insistOurs(note: string, { hubKey }: HubEpoch): void {
    try {
      if (verifyStatementNote(note, [hubKey], nodeVerifyEd25519).origin === hubKey.name) return;
    } catch (error) {
      if (!(error instanceof AnchorError)) throw error;
    }
    throw trouble(
      `The ledger ${this.name} shows a statement under this hub's name that this hub's key did not sign`,
    );
  }
}

/** The head that a mark holds; undefined where it is of another ledger: the owner has chosen a new one since. */
function headOf(marked: string, key: VerifierKey): Pick<LogHead, 'size' | 'root'> | undefined {
  try {
    const { text } = verifyNote(marked, [key], nodeVerifyEd25519, nodeVerifyMlDsa44);
    return parseCheckpoint(text);
  } catch (error) {
    if (!(error instanceof AnchorError)) throw error;
    return undefined;
  }
}

/** A fault of the ledger or its owner: the hub goes on without it. */
const trouble = (what: string): AnchorError => new AnchorError('ledger-mismatch', what);

/** The store of the mark of a ledger elsewhere. */
export const openElsewhereMark = (markFile: string): MarkStore => openMarkFile(`${markFile}-elsewhere`);
