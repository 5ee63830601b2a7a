// Evidence that a digest stands in the log of a contract, as one line of JSON: `heartwood-evm/v1`. Format:
// docs/spec/evm-anchor.md. One evidence has one text: whatever would not be printed again byte for byte is refused.

import { decodeBase64, encodeBase64 } from '../base64.ts';
import { AnchorError } from '../error.ts';
import { bytesOfHex, type Hex } from './hex.ts';

const EVIDENCE_FORMAT = 'heartwood-evm/v1';

/** Longest evidence read. One from a full block of Ethereum is about 5 kB; what makes it long is a large transaction. */
const EVIDENCE_BYTES_MAX = 1_000_000;

export type EvmEvidence = {
  readonly chainId: number;
  /** 20 bytes. */
  readonly contract: Hex;
  readonly transactionHash: Hex;
  /** Its place in the block: the key in both tries. */
  readonly transactionIndex: number;
  readonly blockNumber: number;
  readonly blockHash: Hex;
  /** RLP of the block's header. */
  readonly header: Uint8Array;
  /** Nodes of the receipts' trie, root first, and of the transactions'. */
  readonly receiptProof: readonly Uint8Array[];
  readonly transactionProof: readonly Uint8Array[];
};

/** The text of an evidence, without a newline. Throws `bad-anchor` for what it cannot carry. */
export function formatEvmEvidence(evidence: EvmEvidence): string {
  const text = print(evidence);
  parseEvmEvidence(text);
  return text;
}

function print(evidence: EvmEvidence): string {
  return JSON.stringify({
    format: EVIDENCE_FORMAT,
    chainId: evidence.chainId,
    contract: evidence.contract,
    transactionHash: evidence.transactionHash,
    transactionIndex: evidence.transactionIndex,
    blockNumber: evidence.blockNumber,
    blockHash: evidence.blockHash,
    header: encodeBase64(evidence.header),
    receiptProof: evidence.receiptProof.map(encodeBase64),
    transactionProof: evidence.transactionProof.map(encodeBase64),
  });
}

/** Whether a text claims to be such evidence; nothing else is looked at. */
export function isEvmEvidence(text: string): boolean {
  return text.startsWith(`{"format":"${EVIDENCE_FORMAT}",`);
}

/** Inverse of `formatEvmEvidence`: the form only, nothing is verified. Throws `bad-anchor`. */
export function parseEvmEvidence(text: string): EvmEvidence {
  if (text.length > EVIDENCE_BYTES_MAX) throw refused(`it is longer than ${EVIDENCE_BYTES_MAX} bytes`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw refused('it is not JSON (damaged, or cut off?)');
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw refused('it is no object');
  const fields = json as Readonly<Record<string, unknown>>;
  if (fields['format'] !== EVIDENCE_FORMAT) throw refused(`"format" is not "${EVIDENCE_FORMAT}"`);
  const evidence: EvmEvidence = {
    chainId: count(fields, 'chainId'),
    contract: hex(fields, 'contract', 20),
    transactionHash: hex(fields, 'transactionHash', 32),
    transactionIndex: count(fields, 'transactionIndex'),
    blockNumber: count(fields, 'blockNumber'),
    blockHash: hex(fields, 'blockHash', 32),
    header: bytes(fields['header'], 'header'),
    receiptProof: nodes(fields, 'receiptProof'),
    transactionProof: nodes(fields, 'transactionProof'),
  };
  // Also catches keys too many, in another order or twice, other spacing, 1.0 for 1.
  if (print(evidence) !== text) throw refused('it is not printed as this format prints it (was it edited?)');
  return evidence;
}

function count(fields: Readonly<Record<string, unknown>>, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw refused(`its "${name}" is no count`);
  }
  return value;
}

function hex(fields: Readonly<Record<string, unknown>>, name: string, length: number): Hex {
  const value = fields[name];
  if (bytesOfHex(value, length) === undefined)
    throw refused(`its "${name}" is not ${length} bytes in lower-case hexadecimal`);
  return value as Hex;
}

function bytes(value: unknown, name: string): Uint8Array {
  if (typeof value !== 'string') throw refused(`its "${name}" is no base64`);
  try {
    return decodeBase64(value);
  } catch (cause) {
    throw refused(`its "${name}" is no canonical base64`, cause);
  }
}

function nodes(fields: Readonly<Record<string, unknown>>, name: string): Uint8Array[] {
  const value = fields[name];
  // An index of 53 bits has at most 16 half bytes, so no path has more nodes.
  if (!Array.isArray(value) || value.length > 17) throw refused(`its "${name}" is no list of nodes`);
  return value.map((node) => bytes(node, name));
}

function refused(why: string, cause?: unknown): AnchorError {
  return new AnchorError('bad-anchor', `the evidence from the chain cannot be read: ${why}`, { cause });
}
