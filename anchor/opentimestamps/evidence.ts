// The evidence of an OpenTimestamps anchor, as text: the `.ots` file in base64, and where it was fetched, on a second line,
// the 80-byte header of the Bitcoin block that it leads to, in base64 too. One piece of evidence has one text. The first
// line alone, decoded, is the file that every other OpenTimestamps program reads.

import { decodeBase64, encodeBase64 } from '../base64.ts';
import { AnchorError } from '../error.ts';
import { type Digest, sha256 } from '../primitive.ts';
import { headerOfBase64 } from './bitcoin-header.ts';
import { formatOtsFile, parseOtsFile, type Timestamp } from './timestamp.ts';

export type OtsEvidence = {
  readonly stamp: Timestamp;
  /** Of one of the blocks that `stamp` leads to; nothing is believed of it before `checkOpenTimestamps`. */
  readonly header?: Uint8Array;
};

/** Inverse of `parseOtsEvidence`. */
export function formatOtsEvidence({ stamp, header }: OtsEvidence): string {
  const file = encodeBase64(formatOtsFile(stamp));
  return header === undefined ? file : `${file}\n${encodeBase64(header)}`;
}

/** The form only; whose digest it is and what it shows is for `checkOpenTimestamps`. Throws `bad-anchor`. */
export function parseOtsEvidence(evidence: string, digest: Digest = sha256): OtsEvidence {
  const [file = '', header, ...more] = evidence.split('\n');
  if (more.length > 0)
    throw new AnchorError('bad-anchor', 'not OpenTimestamps evidence: more than two lines');
  let bytes: Uint8Array;
  try {
    bytes = decodeBase64(file);
  } catch (cause) {
    throw new AnchorError('bad-anchor', 'not a timestamp: it is not canonical base64', { cause });
  }
  const stamp = parseOtsFile(bytes, digest);
  return header === undefined ? { stamp } : { stamp, header: headerOfBase64(header) };
}
