// What the tests of the anchor share: a chain with the contract on it, an account with a coin, and anchors on both.

import { utf8 } from '../bytes.ts';
import type { Fetch } from '../log-client.ts';
import { sha256 } from '../primitive.ts';
import type { Anchoring } from '../second-anchor.ts';
import { deployRegistry } from './deploy.ts';
import { createEvmAnchor, type EvmAnchor, type EvmAnchorOptions } from './evm-anchor.ts';
import type { Hex } from './hex.ts';
import { type Anvil, startAnvil } from './node-anvil.ts';

export { ANVIL } from './node-anvil.ts';

/** A key for test chains; on any other it is worth nothing. */
export const SAMPLE_KEY: string = '11'.repeat(32);
export const SAMPLE_CHAIN = 31337;

export const digestOf = (text: string): Uint8Array => sha256(utf8(text));

export type SampleChain = {
  readonly anvil: Anvil;
  readonly contract: Hex;
  readonly account: Hex;
  /** An anchor that needs 3 blocks, pays up to 20 gwei and raises after 2 blocks, unless told otherwise. */
  anchor(more?: Partial<EvmAnchorOptions>): EvmAnchor;
  mine(blocks: number): Promise<unknown>;
  /** Mines blocks whose base fee is that many gwei; `full` ones have no room for an anchor. (What offers less than the base fee anvil drops.) */
  mineAt(blocks: number, gwei: number, full?: 'full'): Promise<void>;
  /** How many transactions of the account are in the chain. */
  spent(): Promise<number>;
};

export async function sampleChain(args: readonly string[] = [], port = 0): Promise<SampleChain> {
  const anvil = await startAnvil(['--chain-id', String(SAMPLE_CHAIN), ...args], port);
  const options = {
    rpcUrl: anvil.url,
    chainId: SAMPLE_CHAIN,
    keyText: SAMPLE_KEY,
    feeCapGwei: 20,
    fetch: fetch as Fetch,
    confirmations: 3,
    stuckBlocks: 2,
  };
  const { account } = createEvmAnchor({ ...options, contract: `0x${'00'.repeat(20)}` });
  await anvil.ask('anvil_setBalance', account, '0xde0b6b3a7640000');
  const mine = (blocks: number): Promise<unknown> => anvil.ask('anvil_mine', `0x${blocks.toString(16)}`);
  const { contract } = await deployRegistry({ ...options, sleep: () => mine(1) });
  const spentBefore = 1;
  return {
    anvil,
    contract,
    account,
    anchor: (more = {}) => createEvmAnchor({ ...options, contract, ...more }),
    mine,
    mineAt: async (blocks, gwei, full) => {
      if (full) await anvil.ask('evm_setBlockGasLimit', '0x5208');
      for (let i = 0; i < blocks; i++) {
        await anvil.ask('anvil_setNextBlockBaseFeePerGas', `0x${(gwei * 1e9).toString(16)}`);
        await mine(1);
      }
      await anvil.ask('evm_setBlockGasLimit', '0x1c9c380');
    },
    spent: async () => Number(await anvil.ask('eth_getTransactionCount', account, 'latest')) - spentBefore,
  };
}

/** The evidence of what is not lost. */
export function evidenceOf(anchoring: Anchoring): string {
  if (anchoring.state === 'lost') throw new Error(`lost: ${anchoring.why}`);
  return anchoring.evidence;
}

/** The transactions that pending evidence names. */
export function transactionsOf(anchoring: Anchoring): Hex[] {
  return (JSON.parse(evidenceOf(anchoring)) as { transactions: Hex[] }).transactions;
}
