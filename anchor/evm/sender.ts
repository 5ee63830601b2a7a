// Anchors on their way out: nonce, fee, funds, signature. What may cost somebody's coin is decided here, and all of it
// under the owner's cap.

import { AnchorError } from '../error.ts';
import type { Account } from './account.ts';
import { ANCHOR_SELECTOR } from './anchor-registry.ts';
import type { EvmChain } from './chain.ts';
import { ANCHOR_GAS, coinWords, firstFee, raisedFee } from './fee.ts';
import { type Hex, toHex } from './hex.ts';
import { NodeRefusal } from './json-rpc.ts';
import type { Fee, Sent } from './sent.ts';

/** What is out, and what is kept of it. */
export type Out = Pick<Sent, 'transactions' | 'fee' | 'height'>;

export type SenderOptions = {
  readonly chainId: number;
  readonly contract: Hex;
  /** Wei a unit of gas, at most. */
  readonly cap: bigint;
};

export class AnchorSender {
  readonly address: Hex;
  readonly #chain: EvmChain;
  readonly #account: Account;
  readonly #options: SenderOptions;

  constructor(chain: EvmChain, account: Account, options: SenderOptions) {
    this.#chain = chain;
    this.#account = account;
    this.#options = options;
    this.address = account.address;
  }

  /** A transaction for this digest that was sent before, and waits. */
  async waiting(digest: Uint8Array): Promise<Out | undefined> {
    const latest = await this.#chain.nonce(this.address, 'latest');
    if ((await this.#chain.nonce(this.address, 'pending')) <= latest) return undefined;
    const found = await this.#chain.waiting(this.address, this.#options.contract, inputOf(digest));
    if (!found) return undefined;
    const { hash, nonce, maxFee, tip } = found;
    return {
      transactions: [hash],
      fee: { nonce, max: maxFee, tip },
      height: await this.#chain.height(),
    };
  }

  /** Sends a new one. Throws `anchor-waits` and `anchor-refused` (no funds), and then nothing is out. */
  async send(digest: Uint8Array): Promise<Out> {
    const { baseFee, height } = await this.#latest();
    const fee = firstFee(baseFee, await this.#chain.tip(), this.#options.cap);
    await this.#checkFunds(fee);
    const nonce = await this.#chain.nonce(this.address, 'pending');
    const hash = await this.#handOver(digest, nonce, fee);
    return { transactions: [hash], fee: { nonce, ...fee }, height };
  }

  /** Sends another in the place of `sent`: the same nonce, a higher fee. Throws as `send`, and then `sent` stays out. */
  async sendHigher(digest: Uint8Array, sent: Out): Promise<Out> {
    const { fee, transactions } = sent;
    // Somebody else's is not ours to replace.
    if (!fee) return sent;
    const { baseFee, height } = await this.#latest();
    const higher = raisedFee(fee, baseFee, await this.#chain.tip(), this.#options.cap);
    await this.#checkFunds(higher);
    try {
      const hash = await this.#handOver(digest, fee.nonce, higher);
      return { transactions: [...transactions, hash], fee: { nonce: fee.nonce, ...higher }, height };
    } catch (error) {
      // It came into a block at this very moment: the next look finds it there.
      if (error instanceof NodeRefusal && /nonce[ _]too[ _]low|old ?nonce/i.test(error.text)) return sent;
      throw error;
    }
  }

  async #latest(): Promise<{ baseFee: bigint; height: number }> {
    const { baseFee, number } = await this.#chain.latest();
    if (baseFee === undefined)
      throw new AnchorError('anchor-refused', 'this chain has no base fee (EIP-1559): it is not supported');
    return { baseFee, height: number };
  }

  async #checkFunds(fee: Fee): Promise<void> {
    const balance = await this.#chain.balance(this.address);
    const needed = fee.max * BigInt(ANCHOR_GAS);
    if (balance >= needed) return;
    throw new AnchorError(
      'anchor-refused',
      `account ${this.address} on chain ${this.#options.chainId} has ${coinWords(balance)} and an anchor may cost ${coinWords(needed)}: send it funds`,
    );
  }

  /**
   * Signs and sends. Where the node gives no answer, the transaction may be out: it counts as sent, and a later look
   * finds out. Where the node refuses, it is not.
   */
  async #handOver(digest: Uint8Array, nonce: number, fee: Fee): Promise<Hex> {
    const { chainId, contract } = this.#options;
    const signed = await this.#account.sign({
      chainId,
      nonce,
      fee,
      gas: BigInt(ANCHOR_GAS),
      to: contract,
      input: inputOf(digest),
    });
    try {
      await this.#chain.send(signed.raw);
    } catch (error) {
      const refused =
        error instanceof NodeRefusal && !/already ?(?:known|imported)|known transaction/i.test(error.text);
      if (refused || !(error instanceof AnchorError)) throw error;
    }
    return signed.hash;
  }
}

/** A call of `anchor(digest)`. */
function inputOf(digest: Uint8Array): Hex {
  if (digest.length !== 32) throw new Error('a digest has 32 bytes');
  return `${ANCHOR_SELECTOR}${toHex(digest).slice(2)}`;
}
