// The one question that checked evidence leaves open, asked of a node that the verifier chooses: is the block of that
// hash in the chain? The node is believed in this and nothing else. No viem: a verifier needs none.

import type { Fetch } from '../log-client.ts';
import { EvmChain } from './chain.ts';
import { parseEvmEvidence } from './evidence.ts';

export type NodeConfirmation =
  /** Blocks in the chain from the anchor's on, its own counted. */
  | { readonly state: 'in-chain'; readonly blocks: number; readonly host: string }
  | { readonly state: 'not-in-chain'; readonly why: string; readonly host: string };

/**
 * Asks the node at `rpcUrl`. Check the evidence first (`checkEvmEvidence`): here only its chain, number and hash are
 * looked at. Throws `bad-anchor` for evidence that is none, `anchor-refused` for an address that is none, and
 * `anchor-unreachable` where the node gives no answer.
 */
export async function confirmWithNode(
  evidence: string,
  rpcUrl: string,
  { fetch, timeoutMs = 10_000 }: { readonly fetch: Fetch; readonly timeoutMs?: number },
): Promise<NodeConfirmation> {
  const { chainId, blockNumber, blockHash } = parseEvmEvidence(evidence);
  const chain = new EvmChain({ rpcUrl, fetch, timeoutMs });
  const { host } = chain;
  const asked = await chain.chainId();
  if (asked !== chainId) {
    const why = `the node is on chain ${asked}, and the anchor on chain ${chainId}`;
    return { state: 'not-in-chain', why, host };
  }
  const height = await chain.height();
  const hash = height < blockNumber ? undefined : await chain.hashAt(blockNumber);
  if (hash === undefined) {
    const why = `the node knows no block ${blockNumber} (its newest is ${height})`;
    return { state: 'not-in-chain', why, host };
  }
  if (hash !== blockHash)
    return { state: 'not-in-chain', why: `block ${blockNumber} of the chain has another hash`, host };
  return { state: 'in-chain', blocks: height - blockNumber + 1, host };
}
