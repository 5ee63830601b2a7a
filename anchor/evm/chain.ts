// A chain as one node tells it: each question once, each answer read field by field. What is told here is hearsay until
// `block.ts` has computed it again; only heights, nonces, fees and balances are taken as the node says them, and a lie
// about those costs time or an anchor, at most the owner's fee cap, and never makes a wrong proof.

import { AnchorError } from '../error.ts';
import { ANCHORED_TOPIC } from './anchor-registry.ts';
import { type Block, readBlock } from './block.ts';
import { type Hex, toHex } from './hex.ts';
import { Fields, JsonRpc, type NodeOptions, NodeRefusal } from './json-rpc.ts';

export type Place = { readonly blockNumber: number; readonly blockHash: Hex; readonly index: number };
export type Receipt = Place & {
  readonly ok: boolean;
  readonly gasUsed: number;
  readonly contract: Hex | undefined;
};
export type FullBlock = { readonly block: Block; readonly transactions: readonly Fields[] };
/** A transaction that waits. */
export type Waiting = {
  readonly hash: Hex;
  readonly nonce: number;
  readonly maxFee: bigint;
  readonly tip: bigint;
};

const number = (value: number): Hex => `0x${value.toString(16)}`;

export class EvmChain {
  readonly #rpc: JsonRpc;

  constructor(options: NodeOptions) {
    this.#rpc = new JsonRpc(options);
  }

  get host(): string {
    return this.#rpc.host;
  }

  async #ask(method: string, ...params: readonly unknown[]): Promise<Fields> {
    return this.#fields(method, 'result', await this.#rpc.ask(method, ...params));
  }

  /** A bare value as the only field of an object, so that it is read as the others are. */
  #fields(method: string, name: string, value: unknown): Fields {
    return new Fields({ [name]: value }, (why) => this.#rpc.nonsense(method, why));
  }

  async #object(method: string, ...params: readonly unknown[]): Promise<Fields | undefined> {
    const value = await this.#rpc.ask(method, ...params);
    if (value === null) return undefined;
    return new Fields(value, (why) => this.#rpc.nonsense(method, why));
  }

  async chainId(): Promise<number> {
    return (await this.#ask('eth_chainId')).count('result');
  }

  async codeAt(address: Hex): Promise<Uint8Array> {
    return (await this.#ask('eth_getCode', address, 'latest')).bytes('result');
  }

  async balance(address: Hex): Promise<bigint> {
    return (await this.#ask('eth_getBalance', address, 'latest')).quantity('result');
  }

  /** Transactions of an account: those in the chain, or with those that wait. It is the next nonce. */
  async nonce(address: Hex, at: 'latest' | 'pending'): Promise<number> {
    return (await this.#ask('eth_getTransactionCount', address, at)).count('result');
  }

  /** The fee a unit of gas that the node suggests for the block's maker, in wei. */
  async tip(): Promise<bigint> {
    return (await this.#ask('eth_maxPriorityFeePerGas')).quantity('result');
  }

  async height(): Promise<number> {
    return (await this.#ask('eth_blockNumber')).count('result');
  }

  /** The hash of the block at that height of the chain as the node has it now. */
  async hashAt(height: number): Promise<Hex | undefined> {
    return (await this.#object('eth_getBlockByNumber', number(height), false))?.hex('hash', 32);
  }

  async latest(): Promise<Block> {
    return readBlock(await this.#block('latest', false));
  }

  async fullBlock(height: number | 'latest'): Promise<FullBlock> {
    const fields = await this.#block(height === 'latest' ? height : number(height), true);
    return { block: readBlock(fields), transactions: fields.each('transactions') };
  }

  async #block(at: string, full: boolean): Promise<Fields> {
    const block = await this.#object('eth_getBlockByNumber', at, full);
    if (!block) throw new AnchorError('anchor-unreachable', `the node at ${this.host} has no block ${at}`);
    return block;
  }

  async receiptsOf(block: Hex): Promise<readonly Fields[]> {
    return (await this.#ask('eth_getBlockReceipts', block)).each('result');
  }

  /** Of a transaction in the chain; undefined for any other. */
  async receipt(transaction: Hex): Promise<Receipt | undefined> {
    const receipt = await this.#object('eth_getTransactionReceipt', transaction);
    // Some nodes give a receipt without a place while the block is being made.
    if (!receipt?.has('blockHash')) return undefined;
    return {
      blockNumber: receipt.count('blockNumber'),
      blockHash: receipt.hex('blockHash', 32),
      index: receipt.count('transactionIndex'),
      ok: receipt.quantity('status') === 1n,
      gasUsed: receipt.count('gasUsed'),
      contract: receipt.has('contractAddress') ? receipt.hex('contractAddress', 20) : undefined,
    };
  }

  /** The chain that a transaction names, or 0 where it names none; undefined where the node does not know it. */
  async chainOf(transaction: Hex): Promise<number | undefined> {
    const found = await this.#object('eth_getTransactionByHash', transaction);
    if (!found) return undefined;
    return found.has('chainId') ? found.count('chainId') : 0;
  }

  /** Transactions that left `digest` in the log of `contract` since block `from`, the earliest first. */
  async anchorsOf(contract: Hex, digest: Hex, from: number): Promise<Hex[]> {
    const filter = {
      address: contract,
      topics: [ANCHORED_TOPIC, digest],
      fromBlock: number(Math.max(0, from)),
      toBlock: 'latest',
    };
    const logs = (await this.#ask('eth_getLogs', filter)).each('result');
    return logs.filter((log) => log.has('blockHash')).map((log) => log.hex('transactionHash', 32));
  }

  /** A transaction of `from` that waits and calls `to` with `input`. Nodes that do not show what waits say undefined. */
  async waiting(from: Hex, to: Hex, input: Hex): Promise<Waiting | undefined> {
    let block: Fields | undefined;
    try {
      block = await this.#object('eth_getBlockByNumber', 'pending', true);
    } catch (error) {
      if (error instanceof NodeRefusal) return undefined;
      throw error;
    }
    const isOurs = (tx: Fields): boolean => tx.hex('from', 20) === from;
    const calls = (tx: Fields): boolean => tx.has('to') && tx.hex('to', 20) === to && same(tx, input);
    const found = block?.each('transactions').find((tx) => isOurs(tx) && calls(tx));
    if (!found?.has('maxFeePerGas')) return undefined;
    return {
      hash: found.hex('hash', 32),
      nonce: found.count('nonce'),
      maxFee: found.quantity('maxFeePerGas'),
      tip: found.quantity('maxPriorityFeePerGas'),
    };
  }

  /** Gas that a deployment takes. */
  async gasToDeploy(from: Hex, code: Hex): Promise<bigint> {
    return (await this.#ask('eth_estimateGas', { from, data: code })).quantity('result');
  }

  /** Hands over a signed transaction. Throws `NodeRefusal` where the node does not take it. */
  async send(signed: Hex): Promise<void> {
    (await this.#ask('eth_sendRawTransaction', signed)).hex('result', 32);
  }
}

function same(tx: Fields, input: Hex): boolean {
  return tx.has('input') && toHex(tx.bytes('input')) === input;
}
