// A second anchor in the log of a contract (`AnchorRegistry.sol`). A digest's way:
//
//   submit    the chain is the one meant, the contract's code is ours, and its blocks can be computed again: or nothing
//             is paid. Was the digest anchored before (a crash between sending and keeping)? Then that one is taken.
//             Else a transaction goes out, at most at the owner's fee.
//   advance   in the chain and deep enough: the proof is made, checked as a stranger would, and that is the evidence.
//             Waiting too long: sent again with the same nonce at a higher fee, so that one of them counts at most.
//             Gone (a reorganisation): lost, and `submit` begins anew.
//
// Only one thing at a time is sent from one account, since each transaction takes the next nonce; two hubs must not
// share an account.

import { AnchorError } from '../error.ts';
import type { Fetch } from '../log-client.ts';
import type { Anchoring, SecondAnchor } from '../second-anchor.ts';
import { accountOf } from './account.ts';
import { REGISTRY_CODE } from './anchor-registry.ts';
import { proveInBlock } from './block.ts';
import { EvmChain, type Receipt } from './chain.ts';
import { checkEvmEvidence } from './check-evidence.ts';
import { formatEvmEvidence, isEvmEvidence, parseEvmEvidence } from './evidence.ts';
import { ANCHOR_GAS, weiOfGwei } from './fee.ts';
import { type Hex, parseAddress, toHex } from './hex.ts';
import { NodeRefusal } from './json-rpc.ts';
import { AnchorSender, type Out } from './sender.ts';
import { formatSent, parseSent, type Sent, TRANSACTIONS_MAX } from './sent.ts';

export type EvmAnchorOptions = {
  /** A node; may hold an access key, which no message repeats. */
  readonly rpcUrl: string;
  /** The chain meant: 1 is Ethereum, 11155111 its test chain Sepolia. */
  readonly chainId: number;
  /** Address of the contract, in any case. */
  readonly contract: string;
  /** Text of the paying account's key file (mode 0600 is the caller's to check). */
  readonly keyText: string;
  /** The most that is ever paid for a unit of gas, in gwei (10^-9 of the coin); an anchor takes at most 25,000 units. */
  readonly feeCapGwei: number;
  readonly fetch: Fetch;
  /** Blocks from the anchor's on, its own counted, after which it is final. 12 where it is not given. */
  readonly confirmations?: number;
  /** How far back an earlier anchor of the same digest is looked for. 2,000 where it is not given: some 7 hours of Ethereum. */
  readonly searchBlocks?: number;
  /** Blocks after which a transaction that waits is sent again at a higher fee. 10 where it is not given. */
  readonly stuckBlocks?: number;
  /** Longest wait for each answer. 10,000 where it is not given. */
  readonly timeoutMs?: number;
};

/** A transaction that the node does not know is not given up before so many blocks: behind one address may be many nodes. */
const LOST_BLOCKS = 3;

/** Throws `anchor-refused` for a setting that is none. Nothing is asked of the node before the first digest. */
export function createEvmAnchor(options: EvmAnchorOptions): EvmAnchor {
  return new EvmAnchor(options);
}

export class EvmAnchor implements SecondAnchor {
  readonly kind = 'evm';
  readonly id: string;
  /** Address of the paying account, for whoever must send it funds. */
  readonly account: Hex;
  readonly #chain: EvmChain;
  readonly #sender: AnchorSender;
  readonly #contract: Hex;
  readonly #options: EvmAnchorOptions;
  /** Whether this chain's blocks could be computed again: asked once, before the first coin is spent. */
  #provable = false;
  /** The last of the things that are sent one after the other. */
  #line: Promise<unknown> = Promise.resolve();

  constructor(options: EvmAnchorOptions) {
    const contract = parseAddress(options.contract);
    if (contract === undefined)
      throw new AnchorError('anchor-refused', 'the contract’s address is not 0x and 40 hexadecimal digits');
    if (!Number.isSafeInteger(options.chainId) || options.chainId < 1)
      throw new AnchorError('anchor-refused', 'the chain id is a whole number from 1');
    this.#options = options;
    this.#contract = contract;
    this.#chain = new EvmChain(options);
    this.#sender = new AnchorSender(this.#chain, accountOf(options.keyText), {
      chainId: options.chainId,
      contract,
      cap: weiOfGwei(options.feeCapGwei),
    });
    this.account = this.#sender.address;
    this.id = `evm:${options.chainId}:${contract}`;
  }

  /** Rejects with `anchor-unreachable`, `anchor-waits` (fee above the cap) and `anchor-refused` (a person must act). */
  submit(digest: Uint8Array): Promise<Anchoring> {
    return this.#inLine(async () => {
      await this.#checkChain();
      await this.#checkContract();
      await this.#checkProvable();
      return (await this.#anchoredBefore(digest)) ?? this.#pending(await this.#sender.send(digest));
    });
  }

  /** Rejects as `submit` does, and with `bad-anchor` for evidence that it did not give. Whatever was kept stays true. */
  async advance(digest: Uint8Array, evidence: string): Promise<Anchoring> {
    const sent = isEvmEvidence(evidence) ? sentOf(evidence, digest) : parseSent(evidence);
    if (sent.chainId !== this.#options.chainId || sent.contract !== this.#contract) {
      throw new AnchorError(
        'anchor-refused',
        `this evidence is of contract ${sent.contract} on chain ${sent.chainId}`,
      );
    }
    await this.#checkChain();
    for (const transaction of sent.transactions) {
      const receipt = await this.#chain.receipt(transaction);
      if (receipt) return this.#inChain(digest, evidence, transaction, receipt);
    }
    if (await this.#waits(sent)) return this.#inLine(() => this.#raise(digest, sent));
    return this.#inLine(() => this.#missing(digest, sent));
  }

  /** One after the other, whether the one before succeeded or not. */
  #inLine<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#line.then(work, work);
    this.#line = done.catch(() => undefined);
    return done;
  }

  async #checkChain(): Promise<void> {
    const found = await this.#chain.chainId();
    if (found === this.#options.chainId) return;
    throw new AnchorError(
      'anchor-refused',
      `the node at ${this.#chain.host} is on chain ${found}, and the settings say ${this.#options.chainId}`,
    );
  }

  async #checkContract(): Promise<void> {
    const code = toHex(await this.#chain.codeAt(this.#contract));
    if (code === REGISTRY_CODE) return;
    throw new AnchorError(
      'anchor-refused',
      `at ${this.#contract} on chain ${this.#options.chainId} is ${code === '0x' ? 'no contract' : 'another contract than AnchorRegistry'}: check the address`,
    );
  }

  async #checkProvable(): Promise<void> {
    if (this.#provable) return;
    const { block, transactions } = await this.#chain.fullBlock('latest');
    proveInBlock(block, transactions, await this.#chain.receiptsOf(block.hash), 0);
    this.#provable = true;
  }

  /** In the chain, whoever paid for it; or sent by us and waiting. */
  async #anchoredBefore(digest: Uint8Array): Promise<Anchoring | undefined> {
    const inChain = await this.#inLog(digest);
    if (inChain) return inChain;
    const waiting = await this.#sender.waiting(digest);
    return waiting && this.#pending(waiting);
  }

  /** A transaction that names no chain could not be proved (`checkEvmEvidence`), so it does not count. */
  async #inLog(digest: Uint8Array): Promise<Anchoring | undefined> {
    const height = await this.#chain.height();
    for (const transaction of await this.#search(digest, height)) {
      const chain = await this.#chain.chainOf(transaction);
      if (chain === this.#options.chainId) return this.#pending({ transactions: [transaction], height });
    }
    return undefined;
  }

  /** Many nodes refuse a long search: then a tenth of it is asked for, down to a few blocks. */
  async #search(digest: Uint8Array, height: number): Promise<readonly Hex[]> {
    let blocks = this.#options.searchBlocks ?? 2_000;
    for (;;) {
      try {
        return await this.#chain.anchorsOf(this.#contract, toHex(digest), height - blocks);
      } catch (error) {
        blocks = Math.floor(blocks / 10);
        if (!(error instanceof NodeRefusal) || blocks < 2) throw error;
      }
    }
  }

  #pending(sent: Out): Anchoring {
    const { chainId } = this.#options;
    return { state: 'pending', evidence: formatSent({ chainId, contract: this.#contract, ...sent }) };
  }

  async #inChain(
    digest: Uint8Array,
    evidence: string,
    transaction: Hex,
    receipt: Receipt,
  ): Promise<Anchoring> {
    if (!receipt.ok) {
      throw new AnchorError(
        'anchor-refused',
        `transaction ${transaction} failed on chain ${this.#options.chainId}, with ${receipt.gasUsed} gas: this chain needs more than ${ANCHOR_GAS}`,
      );
    }
    const blocks = (await this.#chain.height()) - receipt.blockNumber + 1;
    if (isEvmEvidence(evidence) && parseEvmEvidence(evidence).blockHash === receipt.blockHash)
      return { state: 'confirmed', evidence };
    if (blocks >= (this.#options.confirmations ?? 12))
      return { state: 'confirmed', evidence: await this.#prove(digest, transaction, receipt) };
    if (isEvmEvidence(evidence))
      return this.#pending({ transactions: [transaction], height: receipt.blockNumber });
    return { state: 'pending', evidence };
  }

  /** The evidence, checked as a stranger would before it is given out. */
  async #prove(
    digest: Uint8Array,
    transactionHash: Hex,
    { blockNumber, blockHash, index }: Receipt,
  ): Promise<string> {
    const { block, transactions } = await this.#chain.fullBlock(blockNumber);
    const receipts = await this.#chain.receiptsOf(blockHash);
    if (block.hash !== blockHash)
      throw new AnchorError('anchor-unreachable', 'the chain was reorganised while it was asked: ask again');
    const evidence = formatEvmEvidence({
      chainId: this.#options.chainId,
      contract: this.#contract,
      transactionHash,
      transactionIndex: index,
      blockNumber,
      blockHash,
      header: block.header,
      ...proveInBlock(block, transactions, receipts, index),
    });
    checkEvmEvidence(evidence, digest);
    return evidence;
  }

  async #waits({ transactions }: Sent): Promise<boolean> {
    for (const transaction of transactions.toReversed()) {
      if ((await this.#chain.chainOf(transaction)) !== undefined) return true;
    }
    return false;
  }

  /** The one that waits; after a while another in its place. */
  async #raise(digest: Uint8Array, sent: Sent): Promise<Anchoring> {
    const height = await this.#chain.height();
    const stuck = height - sent.height >= (this.#options.stuckBlocks ?? 10);
    if (!stuck || sent.transactions.length >= TRANSACTIONS_MAX) return this.#pending(sent);
    return this.#pending(await this.#sender.sendHigher(digest, sent));
  }

  /** Neither in the chain nor waiting. Another transaction of ours, sent just before a crash, may have done it. */
  async #missing(digest: Uint8Array, sent: Sent): Promise<Anchoring> {
    const found = await this.#inLog(digest);
    if (found) return found;
    const height = await this.#chain.height();
    // A chain that is lower than it was has been rolled back, and nothing can be on its way in it.
    if (height >= sent.height && height - sent.height < LOST_BLOCKS) return this.#pending(sent);
    const why = `chain ${sent.chainId} no longer knows transaction ${sent.transactions.at(-1)}: it was reorganised, or dropped it`;
    return { state: 'lost', why };
  }
}

/** Proved evidence, looked at again. */
function sentOf(evidence: string, digest: Uint8Array): Sent {
  const { chainId, contract, transactionHash, blockNumber } = checkEvmEvidence(evidence, digest);
  return { chainId, contract, transactions: [transactionHash], height: blockNumber };
}
