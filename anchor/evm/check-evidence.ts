// Evidence checked offline, by hashes alone: the header hashes to the block's hash; under the header's receipts root
// stands, at the transaction's place, a receipt with a log of that contract that names our digest; under its
// transactions root, at the same place, stands the transaction, which names the chain. Believed is nobody, but for one
// thing that no arithmetic here can show: that a block of that hash is in that chain (`confirm-with-node.ts` asks).

import { equalBytes } from '../bytes.ts';
import { AnchorError } from '../error.ts';
import { ANCHORED_TOPIC } from './anchor-registry.ts';
import { type EvmEvidence, parseEvmEvidence } from './evidence.ts';
import { bytesOfHex, type Hex, toHex } from './hex.ts';
import { decodeRlp, type Rlp } from './rlp.ts';
import { checkIndex, keccak256 } from './trie.ts';

/** What the evidence shows, if a block of `blockHash` is in the chain. */
export type EvmFinding = {
  readonly chainId: number;
  /** 0x and 40 lower-case digits. */
  readonly contract: Hex;
  readonly transactionHash: Hex;
  readonly blockNumber: number;
  /** What is left to be asked of anybody's node: whether this block is in the chain. */
  readonly blockHash: Hex;
  /** The block's time in ms since 1970: the digest existed by then. */
  readonly timeMs: number;
};

const TOPIC: Uint8Array = bytesOfHex(ANCHORED_TOPIC)!;

/** Checks `evidence` for `digest` (32 bytes). Pure; throws `bad-anchor` with what does not hold. */
export function checkEvmEvidence(evidence: string, digest: Uint8Array): EvmFinding {
  const parsed = parseEvmEvidence(evidence);
  const header = checkHeader(parsed);
  const receipt = checkIndex(header.receiptsRoot, parsed.transactionIndex, parsed.receiptProof);
  checkReceipt(receipt, bytesOfHex(parsed.contract)!, digest);
  const transaction = checkIndex(header.transactionsRoot, parsed.transactionIndex, parsed.transactionProof);
  checkTransaction(transaction, parsed);
  const { chainId, contract, transactionHash, blockNumber, blockHash } = parsed;
  return { chainId, contract, transactionHash, blockNumber, blockHash, timeMs: header.timeMs };
}

type Header = {
  readonly receiptsRoot: Uint8Array;
  readonly transactionsRoot: Uint8Array;
  readonly timeMs: number;
};

/** Places in a header: 4 the transactions' root, 5 the receipts', 8 the number, 11 the time in seconds. */
function checkHeader({ header, blockHash, blockNumber }: EvmEvidence): Header {
  if (toHex(keccak256(header)) !== blockHash) throw refused('the header is of another block');
  const items = listOf(decodeRlp(header), 'the header');
  if (items.length < 15) throw refused('the header is too short');
  if (numberOf(items[8], 'the number in the header') !== blockNumber)
    throw refused('the block has another number');
  const timeMs = numberOf(items[11], 'the time in the header') * 1000;
  if (!Number.isSafeInteger(timeMs) || timeMs > 8.64e15) throw refused('the time in the header is none');
  return {
    transactionsRoot: bytesOf(items[4], 'the transactions root', 32),
    receiptsRoot: bytesOf(items[5], 'the receipts root', 32),
    timeMs,
  };
}

/** A receipt: status, gas, bloom, logs; a log: address, topics, data. */
function checkReceipt(receipt: Uint8Array, contract: Uint8Array, digest: Uint8Array): void {
  const [status, , , logs] = listOf(decodeRlp(untyped(receipt).list), 'the receipt');
  if (numberOf(status, 'the status') !== 1) throw refused('the transaction failed');
  const found = listOf(logs, 'the logs').some((one) => {
    const [address, topics, data] = listOf(one, 'a log');
    if (!equalBytes(bytesOf(address, 'an address', 20), contract)) return false;
    const [topic, about, ...more] = listOf(topics, 'the topics');
    if (topic === undefined || about === undefined || more.length > 0) return false;
    if (bytesOf(data, 'the data').length > 0) return false;
    return (
      equalBytes(bytesOf(topic, 'a topic', 32), TOPIC) && equalBytes(bytesOf(about, 'a topic', 32), digest)
    );
  });
  if (!found) throw refused('the transaction left no such digest in the log of that contract');
}

function checkTransaction(transaction: Uint8Array, { transactionHash, chainId }: EvmEvidence): void {
  if (toHex(keccak256(transaction)) !== transactionHash)
    throw refused('at its place stands another transaction');
  const { type, list } = untyped(transaction);
  const items = listOf(decodeRlp(list), 'the transaction');
  if (chainOf(type, items) !== chainId) throw refused('the transaction is for another chain');
}

/** The chain that a transaction names. EIP-155 hides it in `v`; before it, and in deposits of the OP Stack, there is none. */
function chainOf(type: number, items: readonly Rlp[]): number | undefined {
  if (type >= 1 && type <= 4) return numberOf(items[0], 'the chain id');
  const v = type === 0 ? numberOf(items[6], 'the signature') : 0;
  return v >= 35 ? Math.floor((v - 35) / 2) : undefined;
}

/** EIP-2718: a first byte below 0x80 is the type. */
function untyped(bytes: Uint8Array): { readonly type: number; readonly list: Uint8Array } {
  const first = bytes[0] ?? 0;
  return first < 0x80 ? { type: first, list: bytes.subarray(1) } : { type: 0, list: bytes };
}

function listOf(item: Rlp | undefined, what: string): readonly Rlp[] {
  if (item === undefined || item instanceof Uint8Array) throw refused(`${what} is no list`);
  return item;
}

function bytesOf(item: Rlp | undefined, what: string, length?: number): Uint8Array {
  if (!(item instanceof Uint8Array) || (length !== undefined && item.length !== length)) {
    throw refused(`${what} has not the length that it must have`);
  }
  return item;
}

function numberOf(item: Rlp | undefined, what: string): number {
  const bytes = bytesOf(item, what);
  const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  if (bytes[0] === 0 || !Number.isSafeInteger(value)) throw refused(`${what} is no number`);
  return value;
}

function refused(why: string): AnchorError {
  return new AnchorError('bad-anchor', `the evidence from the chain does not hold: ${why}`);
}
