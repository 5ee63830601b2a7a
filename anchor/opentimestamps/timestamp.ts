// The OpenTimestamps format (version 1): a tree of operations that leads from one digest to things that attest it. A node
// is a message; an edge is an operation on it (append, prepend, SHA-256); a leaf is an attestation: a calendar's promise,
// or a Bitcoin block whose Merkle root the message is. A file names the digest it starts from, so that it can be checked
// alone. There is no published specification: this follows python-opentimestamps 0.4.2 (Debian's), which defines the
// format, and `test/foreign` holds the two against each other.
//
// Written here since the packages on npm (`opentimestamps`, `javascript-opentimestamps`) have stood still for years and
// bring `request` and a Bitcoin library along: docs/adr/0007. Everything read is somebody else's: sizes, depth and the
// number of operations are bounded before anything is hashed.

import { equalBytes, joinBytes } from '../bytes.ts';
import { AnchorError } from '../error.ts';
import { type Digest, sha256 } from '../primitive.ts';
import { ByteReader, varint } from './varint.ts';

export type Operation =
  | { readonly name: 'append' | 'prepend'; readonly argument: Uint8Array }
  | { readonly name: 'sha256' };

export type Attestation =
  /** A calendar's promise: ask it for more. */
  | { readonly kind: 'pending'; readonly uri: string }
  /** The message is the Merkle root (as the header stores it) of the Bitcoin block of that height. */
  | { readonly kind: 'bitcoin'; readonly height: number }
  /** Of another kind; kept as it is. */
  | { readonly kind: 'unknown'; readonly tag: Uint8Array; readonly payload: Uint8Array };

export type Timestamp = {
  readonly message: Uint8Array;
  readonly attestations: readonly Attestation[];
  readonly branches: readonly Branch[];
};
export type Branch = { readonly operation: Operation; readonly stamp: Timestamp };

/** `\0OpenTimestamps\0\0Proof\0` and eight bytes that are no text; then version 1. */
const MAGIC: Uint8Array = Uint8Array.from([
  ...[...'\0OpenTimestamps\0\0Proof\0'].map((character) => character.charCodeAt(0)),
  ...[0xbf, 0x89, 0xe2, 0xe8, 0x84, 0xe8, 0x92, 0x94],
]);
const VERSION = 1;
const DIGEST_BYTES = 32;

const FORK = 0xff;
const ATTESTATION = 0x00;
const SHA256 = 0x08;
const APPEND = 0xf0;
const PREPEND = 0xf1;
/** In the format, and never needed from a SHA-256 digest to a Bitcoin block. */
const UNUSED: Readonly<Record<number, string>> = {
  2: 'sha1',
  3: 'ripemd160',
  103: 'keccak256',
  242: 'reverse',
  243: 'hexlify',
};

const PENDING_TAG = Uint8Array.from([0x83, 0xdf, 0xe3, 0x0d, 0x2e, 0xf9, 0x0c, 0x8e]);
const BITCOIN_TAG = Uint8Array.from([0x05, 0x88, 0x96, 0x0d, 0x73, 0xd7, 0x19, 0x01]);
/** Characters of a calendar's address: none for queries, users or escapes. */
const URI = /^[A-Za-z0-9._/:-]{1,1000}$/;
/** As python-opentimestamps has them. */
const MESSAGE_BYTES_MAX = 4096;
const PAYLOAD_BYTES_MAX = 8192;
const DEPTH_MAX = 256;
/** Ours: a path to a Bitcoin block takes about 40 operations. */
const OPERATIONS_MAX = 2048;

/** Longest file read. Three calendars up to Bitcoin take about 2 kB. */
const OTS_BYTES_MAX = 32_768;

/** A file (`.ots`) over a SHA-256 digest. Its inverse is `parseOtsFile`: one timestamp has one file. */
export function formatOtsFile(stamp: Timestamp): Uint8Array {
  return joinBytes(MAGIC, varint(VERSION), Uint8Array.of(SHA256), stamp.message, formatTimestamp(stamp));
}

/** Reads a file and computes every message in it. Throws `bad-anchor`, also where it is not printed in the one order. */
export function parseOtsFile(bytes: Uint8Array, digest: Digest = sha256): Timestamp {
  if (bytes.length > OTS_BYTES_MAX) throw refused(`it is longer than ${OTS_BYTES_MAX} bytes`);
  const reader = new ByteReader(bytes, refused);
  if (!equalBytes(reader.take(MAGIC.length), MAGIC)) throw refused('it does not begin as one');
  const version = reader.varint();
  if (version !== VERSION) throw refused(`it is of version ${version}, not ${VERSION}`);
  if (reader.byte() !== SHA256) throw refused('it is about another hash than SHA-256');
  const stamp = parseTimestamp(reader.take(DIGEST_BYTES), reader.rest(), digest);
  if (!equalBytes(formatOtsFile(stamp), bytes)) throw refused('it is not printed in the one order');
  return stamp;
}

/** Reads the tree over a message that is known, such as a calendar's answer, in whatever order. Throws `bad-anchor`. */
export function parseTimestamp(message: Uint8Array, bytes: Uint8Array, digest: Digest = sha256): Timestamp {
  const reader = new ByteReader(bytes, refused);
  let operations = 0;
  const tree = (at: Uint8Array, depth: number): Timestamp => {
    if (depth > DEPTH_MAX) throw refused(`it is deeper than ${DEPTH_MAX} operations`);
    const attestations: Attestation[] = [];
    const branches: Branch[] = [];
    for (let more = true; more; ) {
      let tag = reader.byte();
      more = tag === FORK;
      if (more) tag = reader.byte();
      if (tag === ATTESTATION) {
        attestations.push(readAttestation(reader, at));
        continue;
      }
      if (++operations > OPERATIONS_MAX) throw refused(`it has more than ${OPERATIONS_MAX} operations`);
      const operation = readOperation(reader, tag);
      branches.push({ operation, stamp: tree(apply(operation, at, digest), depth + 1) });
    }
    return stampOf(at, attestations, branches);
  };
  const stamp = tree(message, 0);
  if (reader.rest().length > 0) throw refused('it has bytes after its end');
  return stamp;
}

/** The tree without its message, attestations and operations in the order in which python-opentimestamps writes them. */
export function formatTimestamp({ attestations, branches }: Timestamp): Uint8Array {
  const parts = [
    ...attestations.map((attestation) =>
      joinBytes(Uint8Array.of(ATTESTATION), formatAttestation(attestation)),
    ),
    ...branches.map(({ operation, stamp }) => joinBytes(formatOperation(operation), formatTimestamp(stamp))),
  ];
  if (parts.length === 0) throw refused('it leads nowhere');
  return joinBytes(
    ...parts.flatMap((part, n) => (n < parts.length - 1 ? [Uint8Array.of(FORK), part] : [part])),
  );
}

/** The message that an operation makes of one. Throws `bad-anchor` where it would be longer than 4,096 bytes. */
export function apply(operation: Operation, message: Uint8Array, digest: Digest = sha256): Uint8Array {
  if (operation.name === 'sha256') return digest(message);
  const { argument } = operation;
  if (message.length + argument.length > MESSAGE_BYTES_MAX)
    throw refused(`a message in it is longer than ${MESSAGE_BYTES_MAX} bytes`);
  return operation.name === 'append' ? joinBytes(message, argument) : joinBytes(argument, message);
}

/** A node in the one order: what is there twice is there once, and branches by the same operation are one. */
export function stampOf(
  message: Uint8Array,
  attestations: readonly Attestation[],
  branches: readonly Branch[],
): Timestamp {
  const attested = sortedOnce(attestations, attestationOrder);
  const byOperation = Map.groupBy(branches, ({ operation }) => keyOf(formatOperation(operation)));
  const merged = [...byOperation.values()].map(([first, ...others]) => ({
    operation: first!.operation,
    stamp: others.reduce((stamp, other) => mergeTimestamps(stamp, other.stamp), first!.stamp),
  }));
  merged.sort((one, other) => operationOrder(one.operation, other.operation));
  return { message, attestations: attested, branches: merged };
}

/** Both trees over one message as one. Throws `bad-anchor` for two messages. */
export function mergeTimestamps(one: Timestamp, other: Timestamp): Timestamp {
  if (!equalBytes(one.message, other.message)) throw refused('two of them are about different messages');
  return stampOf(
    one.message,
    [...one.attestations, ...other.attestations],
    [...one.branches, ...other.branches],
  );
}

export type Attested<A extends Attestation = Attestation> = {
  readonly message: Uint8Array;
  readonly attestation: A;
};

/** Every attestation with the message it attests, in the order of the file. */
export function attestedBy<K extends Attestation['kind']>(
  stamp: Timestamp,
  kind: K,
): Attested<Extract<Attestation, { kind: K }>>[] {
  const own = stamp.attestations
    .filter((attestation): attestation is Extract<Attestation, { kind: K }> => attestation.kind === kind)
    .map((attestation) => ({ message: stamp.message, attestation }));
  return [...own, ...stamp.branches.flatMap((branch) => attestedBy(branch.stamp, kind))];
}

/** The tree with those attestations alone that `keep` says yes to; undefined where none is left. */
export function pruned(stamp: Timestamp, keep: (attested: Attested) => boolean): Timestamp | undefined {
  const { message } = stamp;
  const attestations = stamp.attestations.filter((attestation) => keep({ message, attestation }));
  const branches = stamp.branches.flatMap(({ operation, stamp: inner }) => {
    const left = pruned(inner, keep);
    return left === undefined ? [] : [{ operation, stamp: left }];
  });
  return attestations.length + branches.length === 0 ? undefined : { message, attestations, branches };
}

function readOperation(reader: ByteReader, tag: number): Operation {
  if (tag === SHA256) return { name: 'sha256' };
  if (tag !== APPEND && tag !== PREPEND) {
    throw refused(`it has the operation ${UNUSED[tag] ?? tag}, which is not taken here`);
  }
  const argument = reader.take(reader.varint(MESSAGE_BYTES_MAX));
  if (argument.length === 0) throw refused('it appends nothing');
  return { name: tag === APPEND ? 'append' : 'prepend', argument };
}

function formatOperation(operation: Operation): Uint8Array {
  if (operation.name === 'sha256') return Uint8Array.of(SHA256);
  const { name, argument } = operation;
  return joinBytes(Uint8Array.of(name === 'append' ? APPEND : PREPEND), varint(argument.length), argument);
}

function readAttestation(reader: ByteReader, message: Uint8Array): Attestation {
  const tag = reader.take(PENDING_TAG.length);
  const payload = reader.take(reader.varint(PAYLOAD_BYTES_MAX));
  const inner = new ByteReader(payload, refused);
  let attestation: Attestation;
  if (equalBytes(tag, PENDING_TAG)) {
    const uri = String.fromCharCode(...inner.take(inner.varint(1000)));
    if (!URI.test(uri))
      throw refused('it names a calendar whose address has characters that are not allowed');
    attestation = { kind: 'pending', uri };
  } else if (equalBytes(tag, BITCOIN_TAG)) {
    if (message.length !== DIGEST_BYTES) throw refused('what it takes to Bitcoin is no Merkle root');
    attestation = { kind: 'bitcoin', height: inner.varint() };
  } else {
    return { kind: 'unknown', tag, payload };
  }
  if (inner.rest().length > 0) throw refused('an attestation in it has bytes after its end');
  return attestation;
}

function formatAttestation(attestation: Attestation): Uint8Array {
  if (attestation.kind === 'unknown') {
    const { tag, payload } = attestation;
    return joinBytes(tag, varint(payload.length), payload);
  }
  const [tag, payload] =
    attestation.kind === 'bitcoin'
      ? [BITCOIN_TAG, varint(attestation.height)]
      : [PENDING_TAG, lengthAndText(attestation.uri)];
  return joinBytes(tag, varint(payload.length), payload);
}

function lengthAndText(uri: string): Uint8Array {
  const bytes = Uint8Array.from(uri, (character) => character.charCodeAt(0));
  return joinBytes(varint(bytes.length), bytes);
}

/** By tag, then by what follows: heights as numbers, addresses and payloads as text. */
function attestationOrder(one: Attestation, other: Attestation): number {
  if (one.kind === 'bitcoin' && other.kind === 'bitcoin') return one.height - other.height;
  if (one.kind === 'pending' && other.kind === 'pending') {
    return one.uri === other.uri ? 0 : one.uri < other.uri ? -1 : 1;
  }
  return byteOrder(sortBytes(one), sortBytes(other));
}
const sortBytes = (attestation: Attestation): Uint8Array =>
  attestation.kind === 'unknown'
    ? joinBytes(attestation.tag, attestation.payload)
    : formatAttestation(attestation);

function operationOrder(one: Operation, other: Operation): number {
  const tag = (operation: Operation): number => formatOperation(operation)[0]!;
  const argument = (operation: Operation): Uint8Array =>
    operation.name === 'sha256' ? new Uint8Array() : operation.argument;
  return tag(one) - tag(other) || byteOrder(argument(one), argument(other));
}

function byteOrder(one: Uint8Array, other: Uint8Array): number {
  for (let i = 0; i < Math.min(one.length, other.length); i++) {
    const difference = one[i]! - other[i]!;
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

function sortedOnce<T>(items: readonly T[], order: (one: T, other: T) => number): T[] {
  const sorted = items.toSorted(order);
  return sorted.filter((item, n) => n === 0 || order(sorted[n - 1]!, item) !== 0);
}

function keyOf(bytes: Uint8Array): string {
  return bytes.join(' ');
}

function refused(why: string): AnchorError {
  return new AnchorError('bad-anchor', `not a timestamp: ${why}`);
}
