// A ledger elsewhere, behind the same port. The hub does not take its word: every checkpoint is verified and must grow
// out of the one before, shown by tiles; every statement that was taken must be in the tree, shown by its proof. A ledger
// that shows this hub two histories is found at the next answer, and nothing it says is used after that.
//
// Every call may be repeated: a statement sent twice is `already-there`.

import { equalBytes, textOf, utf8 } from './bytes.ts';
import { AnchorError } from './error.ts';
import type { VerifierKey } from './key.ts';
import {
  APPEND_MAX,
  type AppendOutcome,
  type Ledger,
  type LedgerEntry,
  type LedgerHead,
  type LedgerPlace,
} from './ledger.ts';
import { LogClient, type LogClientOptions, type LogHead } from './log-client.ts';
import { parseNote } from './note.ts';
import { sha256 } from './primitive.ts';
import { checkInclusion } from './proof.ts';
import { parseEntry, parseOutcomes } from './remote-answer.ts';
import { statementHash } from './statement.ts';
import { encodeEntries, TILE_WIDTH, tileWidth } from './tile.ts';
import { parseTlogProof } from './tlog-proof.ts';

export type RemoteLedgerOptions = LogClientOptions & {
  /** The newest checkpoint that is known from before (a mark kept by the caller): a ledger behind or beside it is refused. */
  readonly known?: Pick<LogHead, 'size' | 'root'> | undefined;
  /** Hears of every newer checkpoint once it was verified and shown to grow out of the last; keeps it as the next `known`. */
  readonly onHead?: (head: LogHead) => void;
  /** Hears of a head that contradicts what is known, before the call that met it rejects: the evidence to keep. */
  readonly onFork?: (head: LogHead) => void;
};

const ANSWER_BYTES_MAX = 16 * 1024 * 1024;
const PROOF_BYTES_MAX = 1_000_000;
const CHECKED_AT_ONCE = 64;

export class RemoteLedger implements Ledger {
  readonly key: VerifierKey;
  readonly #log: LogClient;
  readonly #options: RemoteLedgerOptions;
  #known: Pick<LogHead, 'size' | 'root'> | undefined;
  /** The checks of heads, one after the other: two answers may arrive at once. */
  #checking: Promise<unknown> = Promise.resolve();

  constructor(options: RemoteLedgerOptions) {
    this.#options = options;
    this.#log = new LogClient(options);
    this.key = options.key;
    this.#known = options.known;
  }

  async append(statementNotes: readonly string[]): Promise<readonly AppendOutcome[]> {
    if (statementNotes.length > APPEND_MAX) {
      throw new RangeError(`at most ${APPEND_MAX} statements at once, not ${statementNotes.length}`);
    }
    if (statementNotes.length === 0) return [];
    const body = new Uint8Array(encodeEntries(statementNotes.map(utf8)));
    const answer = await this.#log.ask('POST', '/add-statements', ANSWER_BYTES_MAX, body);
    if (!answer) throw new AnchorError('ledger-unreachable', 'that ledger takes no statements');
    const outcomes = parseOutcomes(answer, statementNotes.length);
    const heads = new Map<string, LogHead>();
    for (const [i, outcome] of outcomes.entries()) {
      // 1,024 proofs are some 20,000 hashes: whoever shares the thread has its turn between.
      if (i % CHECKED_AT_ONCE === CHECKED_AT_ONCE - 1) await this.#options.sleep(0);
      // Without a proof there is nothing to check yet: the ledger's word stands until `proofOf` gives one.
      if ('proof' in outcome && outcome.proof !== undefined) {
        await this.#checkPlaced(statementNotes[i]!, { ...outcome, proof: outcome.proof }, heads);
      }
    }
    return outcomes;
  }

  async proofOf(place: LedgerPlace): Promise<string | undefined> {
    const query =
      'index' in place
        ? `index=${place.index}`
        : `origin=${encodeURIComponent(place.origin)}&sequence=${place.sequence}`;
    const answer = await this.#log.ask('GET', `/proof?${query}`, PROOF_BYTES_MAX);
    if (!answer) return undefined;
    const proof = textOf(answer);
    if (proof === undefined) throw new AnchorError('bad-proof-file', 'the proof is not UTF-8');
    await this.#accept(this.#log.parseHead(parseTlogProof(proof).checkpoint));
    return proof;
  }

  async lastOf(origin: string): Promise<LedgerEntry | undefined> {
    const path = `/last?origin=${encodeURIComponent(origin)}`;
    const answer = await this.#log.ask('GET', path, PROOF_BYTES_MAX);
    return answer && parseEntry(answer);
  }

  async latest(): Promise<LedgerHead> {
    const head = await this.#log.head();
    await this.#accept(head);
    return { size: head.size, root: head.root, checkpoint: head.note };
  }

  /** The statement is in the tree where the ledger says, or, for one that was there before, the same text is. */
  async #checkPlaced(
    note: string,
    outcome: { readonly kind: 'appended' | 'already-there'; readonly index: number; readonly proof: string },
    heads: Map<string, LogHead>,
  ): Promise<void> {
    const { index, path, checkpoint } = parseTlogProof(outcome.proof);
    let head = heads.get(checkpoint);
    if (!head) {
      head = this.#log.parseHead(checkpoint);
      await this.#accept(head);
      heads.set(checkpoint, head);
    }
    const { size, root } = head;
    const digest = this.#options.digest ?? sha256;
    const holds = (held: string): boolean =>
      index === outcome.index && checkInclusion(statementHash(held, digest), index, size, path, root, digest);
    if (holds(note)) return;
    if (outcome.kind === 'already-there' && index === outcome.index && index < size) {
      const bundle = Math.floor(index / TILE_WIDTH);
      const entries = await this.#log.entries(bundle, tileWidth('entries', bundle, size));
      const held = textOf(entries[index % TILE_WIDTH]!);
      if (held !== undefined && parseNote(held).text === parseNote(note).text && holds(held)) return;
    }
    throw new AnchorError(
      'ledger-mismatch',
      `the ledger ${this.key.name} says that it holds a statement as entry ${outcome.index}, and its proof does not show it`,
    );
  }

  /** Takes a verified head into account. Throws `ledger-mismatch` for a fork. An older head of the same history passes. */
  #accept(head: LogHead): Promise<void> {
    const next = this.#checking.then(() => this.#check(head));
    this.#checking = next.catch(() => undefined);
    return next;
  }

  async #check(head: LogHead): Promise<void> {
    const known = this.#known;
    if (known && known.size === head.size && equalBytes(known.root, head.root)) return;
    const [older, newer] = known && known.size > head.size ? [head, known] : [known, head];
    if (older && !(await this.#isGrowth(older, newer, head))) {
      this.#options.onFork?.(head);
      throw new AnchorError(
        'ledger-mismatch',
        `the ledger ${this.key.name} signed two histories: its checkpoint over ${newer.size} entries does not begin with ` +
          `the one over ${older.size} that is known here. Keep both, send it nothing more, and ask whoever runs it`,
      );
    }
    if (newer !== head) return;
    this.#known = { size: head.size, root: head.root };
    this.#options.onHead?.(head);
  }

  /** Throws `ledger-behind` where it shows less than is known and does not serve what lies between. */
  async #isGrowth(
    older: Pick<LogHead, 'size' | 'root'>,
    newer: Pick<LogHead, 'size' | 'root'>,
    head: LogHead,
  ): Promise<boolean> {
    try {
      return await this.#log.isGrowth(older, newer);
    } catch (cause) {
      if (older !== head || !(cause instanceof AnchorError) || cause.code !== 'bad-tile') throw cause;
      this.#options.onFork?.(head);
      throw new AnchorError(
        'ledger-behind',
        `the ledger ${this.key.name} shows ${older.size} entries, has signed ${newer.size} before, and does not serve what ` +
          'would show that they belong together: it was restored from an old copy. Keep both checkpoints, and tell whoever runs it',
        { cause },
      );
    }
  }
}
