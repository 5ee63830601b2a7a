// For tests: a calendar as OpenTimestamps runs them, without its clock and its Bitcoin node. It takes commitments, gives
// promises, and when it is told that a block came, it knows the path from each of them to a block that it made itself.

import { equalBytes, hexOf, joinBytes } from '../bytes.ts';
import { sha256 } from '../primitive.ts';
import { type BitcoinHeader, displayed, parseBitcoinHeader } from './bitcoin-header.ts';
import {
  type Attestation,
  apply,
  formatTimestamp,
  type Operation,
  stampOf,
  type Timestamp,
} from './timestamp.ts';

export type SampleAnswer = { readonly status: number; readonly body: Uint8Array | string };

/** Operations in a row over a message, with an attestation at their end. */
export function samplePath(
  message: Uint8Array,
  operations: readonly Operation[],
  attestation: Attestation,
): Timestamp {
  const [operation, ...others] = operations;
  if (!operation) return stampOf(message, [attestation], []);
  const stamp = samplePath(apply(operation, message), others, attestation);
  return stampOf(message, [], [{ operation, stamp }]);
}

const sha: Operation = { name: 'sha256' };
const append = (argument: Uint8Array): Operation => ({ name: 'append', argument });
const prepend = (argument: Uint8Array): Operation => ({ name: 'prepend', argument });

/** A header over a Merkle root with as little work as there can be, which takes two tries. */
export function mineSample(merkleRoot: Uint8Array, timeS: number): Uint8Array {
  const bytes = joinBytes(
    new Uint8Array(36),
    merkleRoot,
    littleEndian(timeS),
    littleEndian(0x207fffff),
    new Uint8Array(4),
  );
  for (let nonce = 0; ; nonce++) {
    bytes.set(littleEndian(nonce), 76);
    try {
      parseBitcoinHeader(bytes);
      return bytes;
    } catch {
      // Another nonce.
    }
  }
}

export class SampleCalendar {
  readonly uri: string;
  readonly #taken: Uint8Array[] = [];
  readonly #blocks: { height: number; commitments: Uint8Array[]; header: Uint8Array }[] = [];

  constructor(uri: string) {
    this.uri = uri;
  }

  /** How many commitments it was given. */
  get count(): number {
    return this.#taken.length;
  }

  /** What it answers, as its HTTP does. */
  answer(method: string, path: string, body: Uint8Array = new Uint8Array()): SampleAnswer {
    if (method === 'POST' && path === '/digest') return { status: 200, body: this.#take(body) };
    const [, asked = '', place = ''] = path.split('/');
    if (asked === 'timestamp') return this.#upgrade(place);
    const block = this.#blocks.find(
      ({ height, header }) => place === `${height}` || place === displayed(hashOf(header)),
    );
    if (!block) return { status: 404, body: 'not found' };
    const { header } = block;
    return { status: 200, body: asked === 'block' ? hexOf(header) : displayed(hashOf(header)) };
  }

  /** A block has come with everything that was taken since the one before. @returns its header */
  confirm(height: number, timeS: number): Uint8Array {
    const known = this.#blocks.flatMap(({ commitments }) => commitments);
    const commitments = this.#taken.filter((one) => !known.some((other) => equalBytes(one, other)));
    const root = commitments.map((one) => pathTo(one, commitments).reduce((at, op) => apply(op, at), one))[0];
    const header = mineSample(root ?? new Uint8Array(32), timeS);
    this.#blocks.push({ height, commitments, header });
    return header;
  }

  /** The last block was replaced by another of its height, without what was in it. */
  reorganise(): void {
    const last = this.#blocks.at(-1);
    if (last) last.header = mineSample(sha256(last.header), 1);
  }

  #take(commitment: Uint8Array): Uint8Array {
    const operations = [
      append(Uint8Array.of(1, 2, 3, 4)),
      sha,
      prepend(Uint8Array.of(9, 9, 9, 9)),
      append(new Uint8Array(8)),
    ];
    this.#taken.push(operations.reduce((at, operation) => apply(operation, at), commitment));
    return formatTimestamp(samplePath(commitment, operations, { kind: 'pending', uri: this.uri }));
  }

  #upgrade(hex: string): SampleAnswer {
    for (const { height, commitments } of this.#blocks) {
      const commitment = commitments.find((one) => hexOf(one) === hex);
      if (!commitment) continue;
      const stamp = samplePath(commitment, pathTo(commitment, commitments), { kind: 'bitcoin', height });
      return { status: 200, body: formatTimestamp(stamp) };
    }
    return { status: 404, body: 'Pending confirmation in Bitcoin blockchain' };
  }
}

/** A list of hashes in one transaction of a block of two: the shape of the real thing, with a shorter tree. */
function pathTo(commitment: Uint8Array, all: readonly Uint8Array[]): Operation[] {
  const hashes = all.map((one) => sha256(one));
  const at = all.findIndex((one) => equalBytes(one, commitment));
  const [before, after] = [hashes.slice(0, at), hashes.slice(at + 1)];
  return [
    sha,
    ...(before.length > 0 ? [prepend(joinBytes(...before))] : []),
    ...(after.length > 0 ? [append(joinBytes(...after))] : []),
    sha,
    prepend(new Uint8Array(58).fill(1)),
    append(Uint8Array.of(0, 0, 0, 0)),
    sha,
    sha,
    append(new Uint8Array(32).fill(2)),
    sha,
    sha,
  ];
}

const hashOf = (header: Uint8Array): BitcoinHeader['hash'] => parseBitcoinHeader(header).hash;

function littleEndian(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
