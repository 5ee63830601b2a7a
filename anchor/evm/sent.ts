// What is kept of an anchor between sending it and its proof, as one line of JSON: `heartwood-evm-sent/v1`. It proves
// nothing; it is what `advance` looks again by.

import { AnchorError } from '../error.ts';
import { bytesOfHex, type Hex } from './hex.ts';

const SENT_FORMAT = 'heartwood-evm-sent/v1';

/** Replacements of one anchor, at most: each raises the fee by an eighth, so that 16 raise it to 6.6 times. */
export const TRANSACTIONS_MAX = 17;

export type Sent = {
  readonly chainId: number;
  readonly contract: Hex;
  /** All that were sent for this digest, the newest last. They have one nonce, so that at most one ever counts. */
  readonly transactions: readonly Hex[];
  /** Undefined where another account's anchor of the same digest was found: there is nothing to replace. */
  readonly fee?: Fee & { readonly nonce: number };
  /** Height of the chain when the newest was sent. */
  readonly height: number;
};

/** Wei a unit of gas: the most that is paid, and what of it the block's maker gets. */
export type Fee = { readonly max: bigint; readonly tip: bigint };

export function formatSent(sent: Sent): string {
  const { chainId, contract, transactions, fee, height } = sent;
  return JSON.stringify({
    format: SENT_FORMAT,
    chainId,
    contract,
    transactions,
    ...(fee ? { nonce: fee.nonce, maxFee: String(fee.max), tip: String(fee.tip) } : {}),
    height,
  });
}

/** Inverse of `formatSent`. Throws `bad-anchor`. */
export function parseSent(text: string): Sent {
  let fields: Readonly<Record<string, unknown>>;
  try {
    fields = JSON.parse(text) ?? {};
  } catch {
    throw refused();
  }
  const { chainId, contract, transactions, nonce, maxFee, tip, height } = fields;
  if (!isCount(chainId) || !isCount(height) || bytesOfHex(contract, 20) === undefined) throw refused();
  if (!Array.isArray(transactions) || transactions.length < 1 || transactions.length > TRANSACTIONS_MAX)
    throw refused();
  if (!transactions.every((hash) => bytesOfHex(hash, 32) !== undefined)) throw refused();
  const base = { chainId, contract: contract as Hex, transactions, height };
  const sent: Sent =
    nonce === undefined ? base : { ...base, fee: { nonce: nonceOf(nonce), max: wei(maxFee), tip: wei(tip) } };
  if (formatSent(sent) !== text) throw refused();
  return sent;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function nonceOf(value: unknown): number {
  if (!isCount(value)) throw refused();
  return value;
}

function wei(value: unknown): bigint {
  if (typeof value !== 'string' || !/^(?:0|[1-9]\d{0,30})$/.test(value)) throw refused();
  return BigInt(value);
}

function refused(): AnchorError {
  return new AnchorError('bad-anchor', 'what was kept of a sent anchor cannot be read');
}
