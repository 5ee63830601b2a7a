// What an anchor may cost. The owner's cap is never passed, whatever the node says: where the chain asks for more,
// nothing is sent, and it is said how much more.

import { AnchorError } from '../error.ts';
import type { Fee } from './sent.ts';

/** All the gas that an anchor may use: 21,000 for any transaction, and what the contract needs. Measured: docs/spec/evm-anchor.md. */
export const ANCHOR_GAS = 25_000;

const GWEI = 1_000_000_000;

/** The owner's cap in wei a unit of gas. Throws `anchor-refused` for a number that is no fee. */
export function weiOfGwei(gwei: number): bigint {
  if (!(gwei > 0 && gwei <= 1_000_000))
    throw new AnchorError(
      'anchor-refused',
      `the fee cap is ${gwei} gwei: it must be above 0 and at most 1,000,000`,
    );
  return BigInt(Math.round(gwei * GWEI));
}

/** e.g. `1.5 gwei`. */
function gweiWords(wei: bigint): string {
  return `${Number(wei) / GWEI} gwei`;
}

/** e.g. `0.00125`, in the chain's own coin (10^18 wei). */
export function coinWords(wei: bigint): string {
  return String(Number(wei) / 1e18);
}

/**
 * The fee to offer: twice the base fee, so that it lasts through six full blocks, with the tip that the node suggests;
 * never above the cap. Throws `anchor-waits` where today's fee is above it.
 */
export function firstFee(baseFee: bigint, tip: bigint, cap: bigint): Fee {
  const needed = baseFee + tip;
  if (needed > cap) throw waits(needed, cap, 'nothing was sent');
  const wished = 2n * baseFee + tip;
  return { max: wished < cap ? wished : cap, tip };
}

/**
 * The fee that replaces `old`: nodes ask for a tenth more of both parts, and get an eighth; more where the chain asks
 * for more. Throws `anchor-waits` where the cap leaves no room for it.
 */
export function raisedFee(old: Fee, baseFee: bigint, suggested: bigint, cap: bigint): Fee {
  const tip = larger(raised(old.tip), suggested);
  const needed = larger(raised(old.max), baseFee + tip);
  if (needed > cap) throw waits(needed, cap, 'it stays as it was sent');
  const wished = larger(needed, 2n * baseFee + tip);
  return { max: wished < cap ? wished : cap, tip };
}

const raised = (wei: bigint): bigint => wei + wei / 8n + 1n;
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);

function waits(needed: bigint, cap: bigint, what: string): AnchorError {
  return new AnchorError(
    'anchor-waits',
    `the anchor waits: the chain asks ${gweiWords(needed)} a unit of gas and the cap is ${gweiWords(cap)}; ${what}`,
  );
}
