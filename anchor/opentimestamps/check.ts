// What OpenTimestamps evidence shows about a checkpoint's digest, offline. Three grades:
//   promised      calendars said that they would take it to Bitcoin: shows nothing yet;
//   in Bitcoin    operations lead from the digest to what must be the Merkle root of a block. With the block's header in the
//                 evidence its work is checked, which is dear to make up and says nothing about the chain it is in;
//   seen          the same, and the verifier brought the header of that height along from its own source.
// The maker of the evidence chose every byte of it. What a hash binds is: the operations, to the digest and the root; the
// header, to its root and its work. The height is bound by nothing but the chain itself.

import type { AnchorFinding } from '../anchor-finding.ts';
import { equalBytes } from '../bytes.ts';
import { AnchorError } from '../error.ts';
import { type Digest, sha256 } from '../primitive.ts';
import {
  type BitcoinHeader,
  type BitcoinHeaders,
  DIFFICULTY_MIN,
  displayed,
  parseBitcoinHeader,
} from './bitcoin-header.ts';
import { parseOtsEvidence } from './evidence.ts';
import { type Attestation, type Attested, attestedBy } from './timestamp.ts';

type InBitcoin = Attested<Extract<Attestation, { kind: 'bitcoin' }>>;

export type OtsCheckOptions = {
  readonly digest?: Digest;
  /** The verifier's own headers: the only ground on which anything is proved. */
  readonly headers?: BitcoinHeaders | undefined;
  /** Least difficulty of a header that comes with the evidence; `DIFFICULTY_MIN` unless set. */
  readonly difficultyMin?: number;
};

/** Checks evidence about a checkpoint's digest. Throws `bad-anchor` for what contradicts itself, the digest, or a header. */
export function checkOpenTimestamps(
  evidence: string,
  checkpointDigest: Uint8Array,
  { digest = sha256, headers, difficultyMin = DIFFICULTY_MIN }: OtsCheckOptions = {},
): AnchorFinding {
  const { stamp, header: bytes } = parseOtsEvidence(evidence, digest);
  if (!equalBytes(stamp.message, checkpointDigest)) {
    throw contradiction('it is about something else than the checkpoint of this proof');
  }
  const inBitcoin = attestedBy(stamp, 'bitcoin');
  const brought = bytes && checkBrought(parseBitcoinHeader(bytes, digest), inBitcoin, difficultyMin);
  const seen = inBitcoin.flatMap((one) => checkSeen(one, headers, digest));
  if (seen[0]) return seenWords(seen[0]);
  if (brought) return broughtWords(brought);
  if (inBitcoin.length > 0) return bareWords(inBitcoin);
  return promisedWords(attestedBy(stamp, 'pending').map(({ attestation }) => attestation.uri));
}

/** The heights of the blocks whose headers would settle the evidence. Throws `bad-anchor`. */
export function bitcoinHeights(evidence: string, digest: Digest = sha256): number[] {
  const { stamp } = parseOtsEvidence(evidence, digest);
  return attestedBy(stamp, 'bitcoin').map(({ attestation }) => attestation.height);
}

type Placed = { readonly height: number; readonly header: BitcoinHeader };

function checkBrought(header: BitcoinHeader, inBitcoin: readonly InBitcoin[], difficultyMin: number): Placed {
  const led = inBitcoin.find(({ message }) => equalBytes(message, header.merkleRoot));
  if (!led)
    throw contradiction('its operations do not lead to the Merkle root of the block header beside it');
  if (header.difficulty < difficultyMin) {
    throw contradiction(
      `the work spent on its block header is that of difficulty ${round(header.difficulty)}, where Bitcoin asks for more than ${round(difficultyMin)}: it was made up`,
    );
  }
  return { height: led.attestation.height, header };
}

function checkSeen(
  { message, attestation: { height } }: InBitcoin,
  headers: BitcoinHeaders | undefined,
  digest: Digest,
): Placed[] {
  const own = headers?.get(height);
  if (!own) return [];
  const header = parseBitcoinHeader(own, digest);
  if (!equalBytes(header.merkleRoot, message)) {
    throw contradiction(
      `it leads to ${displayed(message)} in Bitcoin block ${height}, and the header that you supplied has the Merkle root ${displayed(header.merkleRoot)}: it was never in that block`,
    );
  }
  return [{ height, header }];
}

function seenWords({ height, header }: Placed): AnchorFinding {
  const at = new Date(header.timeMs).toISOString();
  return {
    text: `OpenTimestamps: the checkpoint leads to the Merkle root of Bitcoin block ${height}, by the header that you supplied.`,
    proves: `The checkpoint existed at ${at} at the latest, by Bitcoin block ${height}, whose header you supplied (block times are right to about two hours).`,
  };
}

function broughtWords({ height, header }: Placed): AnchorFinding {
  const at = new Date(header.timeMs).toISOString();
  return {
    text: `OpenTimestamps: the checkpoint leads to the Merkle root of a block header of ${at}, on which work of difficulty ${round(header.difficulty)} was spent.`,
    doesNotProve: `That Bitcoin's block ${height} is ${displayed(header.hash)}: any Bitcoin node or explorer tells. If it is, the checkpoint existed at ${at} at the latest, to about two hours.`,
  };
}

function bareWords(inBitcoin: readonly InBitcoin[]): AnchorFinding {
  const blocks = inBitcoin.map(
    ({ message, attestation: { height } }) =>
      `Bitcoin block ${height} must have the Merkle root ${displayed(message)}`,
  );
  const [first, ...others] = blocks as [string, ...string[]];
  const text = [first, ...others].join(', and ');
  return {
    text: `OpenTimestamps: ${text}.`,
    doesNotProve: `That it stands in Bitcoin: ${text}; any Bitcoin node tells, and until then this shows nothing.`,
  };
}

function promisedWords(uris: readonly string[]): AnchorFinding {
  const calendars = uris.length === 0 ? 'nobody that is known here' : uris.join(', ');
  return {
    text: `OpenTimestamps: not in Bitcoin yet; promised by ${calendars}.`,
    doesNotProve:
      'That the checkpoint stands in Bitcoin: its OpenTimestamps calendars have only promised it, which shows nothing until they are asked again.',
  };
}

/** `1.4e14`. */
function round(difficulty: number): string {
  return difficulty.toPrecision(2).replace('e+', 'e');
}

function contradiction(why: string): AnchorError {
  return new AnchorError('bad-anchor', `the OpenTimestamps evidence does not hold: ${why}`);
}
