// The verifier of a range proof: from its lines and a policy to a verdict on completeness, offline, in Node or a browser.
// The argument: each batch's slot is explained, by a number of entries and a root, or as empty; the statements follow on
// each other without a gap and cover the period; the last one is in a ledger whose checkpoint is signed and witnessed,
// and by the chain of previous hashes so are all before it. Lines come one at a time, and no line throws.

import type { Cosignature } from './cosignature.ts';
import { AnchorError } from './error.ts';
import { type Policy, parsePolicy } from './policy.ts';
import { type Digest, sha256, type VerifyEd25519, type VerifyMlDsa44, verifyEd25519 } from './primitive.ts';
import { parseRangeLine, parseRangeSlot, RANGE_FORMAT, RANGE_LEDGER_LINE, RANGE_LINE_MAX } from './range.ts';
import { hubChangeWords, type RangeBatch, RangeChain, type RangeFacts } from './range-chain.ts';
import { checkPerson, type RangePerson } from './range-person.ts';
import { batchesWords, numberWords, periodWords } from './range-words.ts';
import { countWords, STEP_TITLES, type StepOf, spanWords, timeWords } from './verdict.ts';
import { checkCheckpoint, checkLedgerPlace, checkWitnesses } from './verify-ledger.ts';
import { Failed, type Finding, need, Steps } from './verify-step.ts';

/** The steps, in the order of the argument. */
export type RangeStepName =
  | 'policy'
  | 'batches'
  | 'period'
  | 'inclusion'
  | 'checkpoint'
  | 'witnesses'
  /** Taken only where a proof of a reading was given with it. */
  | 'person';
const TITLES: Readonly<Record<RangeStepName, string>> = {
  policy: STEP_TITLES.policy,
  batches: 'Batch after batch',
  period: 'Time covered',
  inclusion: STEP_TITLES.inclusion,
  checkpoint: STEP_TITLES.checkpoint,
  witnesses: STEP_TITLES.witnesses,
  person: 'Whose it is',
};

export type RangeOptions = {
  readonly digest?: Digest;
  readonly verify?: VerifyEd25519;
  readonly verifyMlDsa44?: VerifyMlDsa44 | undefined;
  /** As in `VerifyOptions`. */
  readonly allowStrangers?: boolean;
  /** What was asked for, ms since 1970: from inclusive, to exclusive. The range must cover it. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Of a proof of a reading (`rangePerson`): the range must be of that person's slot. */
  readonly person?: RangePerson | undefined;
  /**
   * Check the last signature of each hub key only, which binds all before it by their hashes: a day takes 0.4 s in
   * JavaScript instead of 12.8 s. A broken line is then found at the end, without its number.
   */
  readonly lastSignaturesOnly?: boolean;
  /** Hears of each batch as it is read. Nothing of it is proved before the verdict. */
  readonly onBatch?: (batch: RangeBatch) => void;
};

export type RangeVerdict = {
  readonly ok: boolean;
  readonly steps: readonly StepOf<RangeStepName>[];
  /** What the file says; proved only where the verdict is ok. */
  readonly claim?: Omit<RangeFacts, 'statement'>;
  readonly proves: readonly string[];
  readonly doesNotProve: readonly string[];
  readonly summary: string;
};

/** Lines of a `.tlog-proof` at most: a path, and a checkpoint of 100 signatures. */
const LEDGER_LINES_MAX = 256;

/** Takes a range proof line by line: `line` for each, without its newline, then `finish`. Nothing throws. */
export class RangeVerifier {
  readonly #options: RangeOptions;
  readonly #digest: Digest;
  readonly #verify: VerifyEd25519;
  readonly #steps: Steps<RangeStepName> = new Steps(TITLES);
  readonly #policy: Policy | undefined;
  readonly #ledger: string[] = [];
  #chain: RangeChain | undefined;
  #inLedger = false;
  #lines = 0;
  #failed: string | undefined;

  constructor(policyFile: string | Uint8Array, options: RangeOptions = {}) {
    this.#options = options;
    this.#digest = options.digest ?? sha256;
    this.#verify = options.verify ?? verifyEd25519;
    this.#policy = this.#steps.take('policy', () => checkPolicy(policyFile));
  }

  /** Whether more lines can still matter: after a line that fails, none does. */
  get failed(): boolean {
    return this.#failed !== undefined || this.#policy === undefined;
  }

  /** The next line. */
  line(text: string): void {
    if (this.failed) return;
    this.#lines += 1;
    try {
      this.#read(text);
    } catch (error) {
      if (!(error instanceof Failed || error instanceof AnchorError)) throw error;
      this.#failed = `Line ${this.#lines}: ${error.message}`;
    }
  }

  /** Whoever reads the bytes found that they are no lines: not UTF-8, or cut off in the middle of one. */
  refuse(why: string): void {
    this.#failed ??= `Line ${this.#lines + 1}: ${why}`;
  }

  /** The file has ended. */
  finish(): RangeVerdict {
    const steps = this.#steps;
    const options = { ...this.#options, verify: this.#verify };
    const facts = steps.take('batches', () => this.#checkBatches());
    steps.take('period', () => checkPeriod(need(facts), options));
    const ledger = steps.take('inclusion', () =>
      checkLedgerPlace({ ledger: this.#ledgerText(), statement: need(facts).statement }, this.#digest),
    );
    const policy = this.#policy;
    steps.take('checkpoint', () =>
      checkCheckpoint(need(ledger), need(policy), this.#verify, options.verifyMlDsa44),
    );
    const cosignatures = steps.take('witnesses', () =>
      checkWitnesses(need(ledger), need(policy), {
        endMs: facts?.endMs,
        verify: this.#verify,
        verifyMlDsa44: options.verifyMlDsa44,
        allowStrangers: options.allowStrangers ?? false,
      }),
    );
    const { person } = options;
    const whose = person && steps.take('person', () => checkPerson(need(facts), person));
    const ok = steps.list.every((step) => step.ok);
    const failed = steps.list.find((step) => !step.ok);
    const words =
      ok && facts && policy && ledger && cosignatures
        ? conclude(facts, policy, ledger.checkpoint.origin, cosignatures, whose)
        : {
            proves: [],
            doesNotProve: [],
            summary: `This proof does not hold. It fails at "${failed?.title}": ${failed?.text} Nothing that it claims is proved.`,
          };
    return { ok, steps: steps.list, ...(facts && { claim: claimOf(facts) }), ...words };
  }

  #read(text: string): void {
    if (text.length > RANGE_LINE_MAX) throw new Failed('it is too long.');
    if (this.#inLedger) {
      if (this.#ledger.length === LEDGER_LINES_MAX) throw new Failed('the ledger proof has too many lines.');
      this.#ledger.push(text);
    } else if (this.#lines === 1) {
      if (text !== RANGE_FORMAT) throw new Failed(`the file does not begin with "${RANGE_FORMAT}".`);
    } else if (this.#chain === undefined) {
      this.#chain = new RangeChain(parseRangeSlot(text), {
        hubKeys: this.#policy!.hubs,
        digest: this.#digest,
        verify: this.#verify,
        lastSignaturesOnly: this.#options.lastSignaturesOnly ?? false,
        onBatch: this.#options.onBatch,
      });
    } else if (text === RANGE_LEDGER_LINE) this.#inLedger = true;
    else this.#chain.take(parseRangeLine(text));
  }

  #checkBatches(): Finding<RangeFacts> {
    need(this.#policy);
    if (this.#failed !== undefined) throw new Failed(this.#failed);
    if (this.#chain === undefined || !this.#inLedger)
      throw new Failed('The file ends before its ledger proof: it was cut off.');
    const facts = this.#chain.end();
    const change = hubChangeWords(facts.hubs);
    const numbers = `${numberWords(facts.first)} to ${numberWords(facts.last)}`;
    return {
      text:
        `Slot ${facts.slot} is explained in each batch from number ${numbers}. Each statement ` +
        `names the one before and carries the hub's signature.${change === undefined ? '' : ` ${change}`}`,
      value: facts,
    };
  }

  #ledgerText(): string {
    return `${this.#ledger.join('\n')}\n`;
  }
}

/** Checks a range that lies there whole. Never throws. */
export function verifyRange(
  text: string,
  policyFile: string | Uint8Array,
  options: RangeOptions = {},
): RangeVerdict {
  const verifier = new RangeVerifier(policyFile, options);
  const lines = text.split('\n');
  const rest = lines.pop();
  for (const line of lines) verifier.line(line);
  if (rest !== '') verifier.refuse('the file is cut off in the middle of a line.');
  return verifier.finish();
}

function checkPolicy(file: string | Uint8Array): Finding<Policy> {
  const policy = parsePolicy(file);
  if (policy.hubs.length === 0 || policy.logs.length === 0)
    throw new Failed('The policy must have a line "hub <vkey>" and a line "log <vkey>".');
  const hubs = countWords(policy.hubs.length, 'hub key');
  const logs = countWords(policy.logs.length, 'ledger');
  const witnesses = countWords(policy.witnesses.length, 'witness', 'witnesses');
  return { text: `The policy trusts ${hubs}, ${logs} and ${witnesses}.`, value: policy };
}

function checkPeriod(facts: RangeFacts, { fromMs, toMs }: RangeOptions): Finding<true> {
  const { startMs, endMs, longest, first } = facts;
  if (fromMs !== undefined && startMs === undefined) {
    // Where the first interval of a hub began is in no statement.
    throw new Failed(
      `You asked from ${timeWords(fromMs)} on, and the record of this hub begins with batch ${first}: no statement says when that interval began. Ask without a beginning to see what there is.`,
    );
  } else if (fromMs !== undefined && startMs! > fromMs) {
    throw new Failed(
      `You asked from ${timeWords(fromMs)} on, and it begins at ${timeWords(startMs!)}: nothing is shown about the time between.`,
    );
  }
  if (fromMs !== undefined && fromMs >= endMs)
    throw new Failed(`You asked from ${timeWords(fromMs)} on, and it ends at ${timeWords(endMs)} already.`);
  if (toMs !== undefined && endMs < toMs) {
    throw new Failed(
      `You asked up to ${timeWords(toMs)}, and it ends at ${timeWords(endMs)}: nothing is shown about the time after.`,
    );
  }
  const covered =
    startMs === undefined
      ? `It goes from the hub's first batch to ${timeWords(endMs)}`
      : `It goes from ${timeWords(startMs)} to ${timeWords(endMs)} by the hub's clock`;
  const gaps = longest
    ? ` Each interval begins where the one before ended; the longest was ${spanWords(longest.ms)}, from ${timeWords(longest.startMs)} on.`
    : '';
  return { text: `${covered}.${gaps}`, value: true };
}

function claimOf({ statement: _, ...claim }: RangeFacts): Omit<RangeFacts, 'statement'> {
  return claim;
}

function conclude(
  facts: RangeFacts,
  policy: Policy,
  ledger: string,
  cosignatures: readonly Cosignature[],
  whose: string | undefined,
): Pick<RangeVerdict, 'proves' | 'doesNotProve' | 'summary'> {
  const proves = [
    `Patient slot ${facts.slot}, ${periodWords(facts.startMs, facts.endMs)}: ${batchesWords(facts)}.`,
    `The ledger ${ledger} holds the last of these statements, and by the chain of their hashes all before it.`,
  ];
  if (whose !== undefined) proves.push(whose);
  const seen = cosignatures.map(({ timeS }) => timeS).filter((timeS) => timeS > 0);
  if (seen.length > 0) {
    proves.push(
      `All of it existed at ${timeWords(Math.max(...seen) * 1000)} at the latest, by the clocks of witnesses.`,
    );
  }
  const change = hubChangeWords(facts.hubs);
  const doesNotProve = [
    'That every measurement reached the hub: a batch holds what the hub had received when its interval ended.',
    ...(whose === undefined
      ? [
          `Whose slot ${facts.slot} is, so that it may be somebody else's: the proof of any reading of theirs, given with it (--same-as), says so.`,
        ]
      : []),
    "That the hub's clock was right.",
    ...(change === undefined ? [] : ['That nothing was signed with an old key after another took over.']),
    ...(policy.quorum.kind === 'none'
      ? ['That everybody is shown the same ledger: the policy asks for no witness.']
      : []),
  ];
  return { proves, doesNotProve, summary: `This proof holds. ${proves.join(' ')}` };
}
