// OpenTimestamps as a second anchor. Several calendars each get a commitment of their own (the digest with a random nonce,
// hashed: they learn nothing, and cannot tell by it that they were told of the same thing), and give a promise at once.
// They gather what they took into one hash, put that into a Bitcoin transaction within hours, and then say by which
// operations a commitment leads to the block. What they say is computed, never believed: an answer can only be over the
// commitment that was sent, and where a source of headers is named, no block is taken that the header does not bear out.

import { equalBytes } from '../bytes.ts';
import { AnchorError } from '../error.ts';
import { type Digest, sha256 } from '../primitive.ts';
import type { Anchoring, SecondAnchor } from '../second-anchor.ts';
import { DIFFICULTY_MIN, parseBitcoinHeader } from './bitcoin-header.ts';
import { type Asking, fetchHeader, outsideUrl, submitTo, upgradeFrom } from './calendar.ts';
import { formatOtsEvidence, parseOtsEvidence } from './evidence.ts';
import {
  type Attestation,
  type Attested,
  apply,
  attestedBy,
  formatTimestamp,
  mergeTimestamps,
  type Operation,
  parseTimestamp,
  pruned,
  stampOf,
  type Timestamp,
} from './timestamp.ts';

export type OpenTimestampsOptions = Asking & {
  /** Addresses of calendars (not of pools: each must promise in its own name). 1 to 8. */
  readonly calendars: readonly string[];
  /** How many must promise; and how many must name a block where there is no source of headers. 1 unless set. */
  readonly needed?: number;
  /** That many random bytes. */
  readonly random: (length: number) => Uint8Array;
  /** An Esplora-style server of Bitcoin headers: each block is looked up there before it is taken. */
  readonly headerSource?: string | undefined;
  readonly difficultyMin?: number;
  readonly digest?: Digest;
};

export const CALENDARS_MAX = 8;
const NONCE_BYTES = 16;
/** One calendar's path from its commitment, to its promise or to Bitcoin: about 600 bytes in life. */
const PATH_BYTES_MAX = 3000;

type Promised = Attested<Extract<Attestation, { kind: 'pending' }>>;
type InBitcoin = Attested<Extract<Attestation, { kind: 'bitcoin' }>>;

/** Throws `bad-policy` for an address that is not to be called, or a number of calendars that cannot be. */
export function openTimestamps(options: OpenTimestampsOptions): SecondAnchor {
  return new OpenTimestampsAnchor(options);
}

class OpenTimestampsAnchor implements SecondAnchor {
  readonly kind = 'opentimestamps';
  readonly id = 'opentimestamps';
  readonly #options: OpenTimestampsOptions;
  readonly #calendars: readonly string[];
  readonly #needed: number;
  readonly #headerSource: string | undefined;
  readonly #digest: Digest;

  constructor(options: OpenTimestampsOptions) {
    this.#options = options;
    this.#calendars = [...new Set(options.calendars.map(outsideUrl))];
    this.#needed = options.needed ?? 1;
    this.#headerSource = options.headerSource && outsideUrl(options.headerSource);
    this.#digest = options.digest ?? sha256;
    const { length } = this.#calendars;
    if (length === 0 || length > CALENDARS_MAX || this.#needed < 1 || this.#needed > length) {
      throw new AnchorError(
        'bad-policy',
        `${this.#needed} of ${length} calendars cannot be asked for: name 1 to ${CALENDARS_MAX}, each once, and need no more than those`,
      );
    }
  }

  async submit(digest: Uint8Array): Promise<Anchoring> {
    const asked = await Promise.allSettled(
      this.#calendars.map((calendar) => this.#promiseOf(calendar, digest)),
    );
    const promises = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    if (promises.length < this.#needed) throw this.#tooFew(promises.length, asked);
    const stamp = promises.reduce((whole, one) => mergeTimestamps(whole, one));
    return { state: 'pending', evidence: formatOtsEvidence({ stamp }) };
  }

  async advance(digest: Uint8Array, evidence: string): Promise<Anchoring> {
    const { stamp } = parseOtsEvidence(evidence, this.#digest);
    if (!equalBytes(stamp.message, digest)) {
      throw new AnchorError('bad-anchor', 'the evidence that was kept is about another checkpoint');
    }
    const promises = attestedBy(stamp, 'pending').filter(({ attestation }) => this.#isOurs(attestation.uri));
    if (promises.length === 0) return this.#again(stamp, evidence);
    const asked = await Promise.allSettled(promises.map((promised) => this.#blockOf(promised)));
    const failed = asked.filter(({ status }) => status === 'rejected');
    if (failed.length === asked.length) throw this.#tooFew(0, asked);
    const found = asked.map((one) => (one.status === 'fulfilled' ? one.value : undefined));
    let upgraded = stamp;
    for (const [i, promised] of promises.entries()) {
      const one = found[i];
      if (one) upgraded = replaced(upgraded, promised, one.path);
    }
    const seen = found.find((one) => one?.header !== undefined);
    if (seen) {
      const only = pruned(upgraded, ({ attestation, message }) =>
        isSame({ attestation, message }, seen.block),
      );
      if (only)
        return { state: 'confirmed', evidence: formatOtsEvidence({ stamp: only, header: seen.header! }) };
    }
    const enough = attestedBy(upgraded, 'bitcoin').length >= this.#needed;
    const blocks = enough ? pruned(upgraded, ({ attestation }) => attestation.kind === 'bitcoin') : undefined;
    return {
      state: blocks ? 'confirmed' : 'pending',
      evidence: formatOtsEvidence({ stamp: blocks ?? upgraded }),
    };
  }

  /** A calendar's promise over a commitment of its own, as a path from the digest. Rejects for any other answer. */
  async #promiseOf(calendar: string, digest: Uint8Array): Promise<Timestamp> {
    const nonce: Operation = { name: 'append', argument: this.#options.random(NONCE_BYTES) };
    const nonced = apply(nonce, digest, this.#digest);
    const commitment = new Uint8Array(this.#digest(nonced));
    const answer = await submitTo(calendar, commitment, this.#options);
    const promise = firstPath(
      parseTimestamp(commitment, answer, this.#digest),
      ({ attestation }) => attestation.kind === 'pending' && addressOf(attestation.uri) === calendar,
    );
    if (!promise) {
      throw new AnchorError(
        'anchor-unreachable',
        `${new URL(calendar).host}: it promised nothing in its own name`,
      );
    }
    const hashed = stampOf(nonced, [], [{ operation: { name: 'sha256' }, stamp: promise }]);
    return stampOf(digest, [], [{ operation: nonce, stamp: hashed }]);
  }

  /** Where a promise was kept: the path to the first block, with its header where that could be looked up. */
  async #blockOf({ message, attestation }: Promised): Promise<Kept | undefined> {
    const answer = await upgradeFrom(addressOf(attestation.uri), message, this.#options);
    if (!answer) return undefined;
    const path = firstPath(
      parseTimestamp(message, answer, this.#digest),
      (one) => one.attestation.kind === 'bitcoin',
    );
    const block = path && attestedBy(path, 'bitcoin')[0];
    if (!block) return undefined;
    if (this.#headerSource === undefined) return { path, block };
    const header = await this.#headerOf(block);
    return header === undefined || header === 'another' ? undefined : { path, block, header };
  }

  /** The header that bears a block out; undefined where there is none of that height yet. */
  async #headerOf({
    message,
    attestation: { height },
  }: InBitcoin): Promise<Uint8Array | 'another' | undefined> {
    const bytes = await fetchHeader(this.#headerSource!, height, this.#options);
    if (!bytes) return undefined;
    try {
      const { merkleRoot, difficulty } = parseBitcoinHeader(bytes, this.#digest);
      if (difficulty >= (this.#options.difficultyMin ?? DIFFICULTY_MIN)) {
        return equalBytes(merkleRoot, message) ? bytes : 'another';
      }
    } catch (cause) {
      throw new AnchorError('anchor-unreachable', `the source of headers gave one that is none`, { cause });
    }
    throw new AnchorError('anchor-unreachable', 'the source of headers gave one that no work was spent on');
  }

  /** Another look at what was confirmed: a block may have left the chain. */
  async #again(stamp: Timestamp, evidence: string): Promise<Anchoring> {
    const blocks = attestedBy(stamp, 'bitcoin');
    if (blocks.length === 0) return { state: 'lost', why: 'none of its calendars is asked any more' };
    if (this.#headerSource === undefined) return { state: 'confirmed', evidence };
    let unknown = false;
    for (const block of blocks) {
      const header = await this.#headerOf(block);
      if (header === undefined) unknown = true;
      else if (header !== 'another')
        return { state: 'confirmed', evidence: formatOtsEvidence({ stamp, header }) };
    }
    // A source that lags behind knows nothing of the block, which is no sign that it is gone.
    if (unknown) return { state: 'confirmed', evidence };
    const heights = blocks.map(({ attestation }) => attestation.height).join(', ');
    return { state: 'lost', why: `what stands at Bitcoin block ${heights} is another one now` };
  }

  #isOurs(uri: string): boolean {
    return this.#calendars.includes(addressOf(uri));
  }

  #tooFew(count: number, asked: readonly PromiseSettledResult<unknown>[]): AnchorError {
    const reasons = asked.flatMap((one) => (one.status === 'rejected' ? [reasonOf(one.reason)] : []));
    return new AnchorError(
      'anchor-unreachable',
      `${count} of ${asked.length} calendars answered, where ${this.#needed} must: ${reasons.join('; ')}`,
    );
  }
}

type Kept = { readonly path: Timestamp; readonly block: InBitcoin; readonly header?: Uint8Array };

/** The path to the first attestation that will do, alone; undefined where there is none, or it is too long to be kept. */
function firstPath(stamp: Timestamp, will: (attested: Attested) => boolean): Timestamp | undefined {
  let found = false;
  const path = pruned(stamp, (attested) => {
    if (found || !will(attested)) return false;
    found = true;
    return true;
  });
  return path && formatTimestamp(path).length <= PATH_BYTES_MAX ? path : undefined;
}

/** The tree with a promise's place taken by what came of it. */
function replaced(stamp: Timestamp, promised: Promised, path: Timestamp): Timestamp {
  if (equalBytes(stamp.message, promised.message)) {
    const others = stamp.attestations.filter(
      (one) => !isSame({ attestation: one, message: stamp.message }, promised),
    );
    return mergeTimestamps({ ...stamp, attestations: others }, path);
  }
  const branches = stamp.branches.map(({ operation, stamp: inner }) => ({
    operation,
    stamp: replaced(inner, promised, path),
  }));
  return { ...stamp, branches };
}

function isSame(one: Attested, other: Attested): boolean {
  if (!equalBytes(one.message, other.message)) return false;
  const [a, b] = [one.attestation, other.attestation];
  if (a.kind === 'bitcoin') return b.kind === 'bitcoin' && a.height === b.height;
  return a.kind === 'pending' && b.kind === 'pending' && a.uri === b.uri;
}

/** A calendar may end its address with a slash. */
function addressOf(uri: string): string {
  return uri.replace(/\/+$/, '');
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
