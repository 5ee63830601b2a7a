// Putting the contract on a chain, once: anybody's deployment will do, since it has no owner. Paid by the same account
// under the same cap as the anchors.

import { AnchorError } from '../error.ts';
import type { Fetch } from '../log-client.ts';
import { accountOf } from './account.ts';
import { REGISTRY_CODE, REGISTRY_CREATION_CODE } from './anchor-registry.ts';
import { EvmChain } from './chain.ts';
import { coinWords, firstFee, weiOfGwei } from './fee.ts';
import { type Hex, toHex } from './hex.ts';

export type DeployOptions = {
  readonly rpcUrl: string;
  readonly chainId: number;
  readonly keyText: string;
  readonly feeCapGwei: number;
  readonly fetch: Fetch;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** How often the chain is asked whether it is done, 2 s apart. 150 where it is not given: five minutes. */
  readonly looksMax?: number;
  readonly timeoutMs?: number;
  /** Told once the transaction is out: it costs from then on, whatever happens here. */
  readonly onSent?: (transaction: Hex) => void;
};

export type Deployment = {
  readonly contract: Hex;
  readonly transaction: Hex;
  readonly gasUsed: number;
  readonly blockNumber: number;
};

const LOOK_MS = 2_000;

/** It takes some 95,000; a node that says far more is wrong, and would be paid for. */
const DEPLOY_GAS_MAX = 300_000n;

/**
 * Deploys `AnchorRegistry` and waits until its code stands in the chain. Throws `anchor-refused` (wrong chain, no
 * funds), `anchor-waits` (fee above the cap; nothing was sent) and `anchor-unreachable`.
 */
export async function deployRegistry(options: DeployOptions): Promise<Deployment> {
  const { chainId, sleep, looksMax = 150 } = options;
  const account = accountOf(options.keyText);
  const cap = weiOfGwei(options.feeCapGwei);
  const chain = new EvmChain(options);
  const found = await chain.chainId();
  if (found !== chainId) {
    throw new AnchorError('anchor-refused', `the node at ${chain.host} is on chain ${found}, not ${chainId}`);
  }
  const { baseFee } = await chain.latest();
  if (baseFee === undefined)
    throw new AnchorError('anchor-refused', 'this chain has no base fee (EIP-1559): it is not supported');
  const fee = firstFee(baseFee, await chain.tip(), cap);
  const gas = await chain.gasToDeploy(account.address, REGISTRY_CREATION_CODE);
  if (gas > DEPLOY_GAS_MAX)
    throw new AnchorError(
      'anchor-refused',
      `the node says that the contract takes ${gas} gas: that cannot be`,
    );
  const balance = await chain.balance(account.address);
  if (balance < gas * fee.max) {
    throw new AnchorError(
      'anchor-refused',
      `account ${account.address} on chain ${chainId} has ${coinWords(balance)} and the contract may cost ${coinWords(gas * fee.max)}: send it funds`,
    );
  }
  const nonce = await chain.nonce(account.address, 'pending');
  const signed = await account.sign({
    chainId,
    nonce,
    gas,
    fee,
    to: undefined,
    input: REGISTRY_CREATION_CODE,
  });
  await chain.send(signed.raw);
  options.onSent?.(signed.hash);
  for (let look = 0; look < looksMax; look++) {
    const receipt = await chain.receipt(signed.hash);
    if (receipt?.contract) {
      const { contract, gasUsed, blockNumber } = receipt;
      if (!receipt.ok || toHex(await chain.codeAt(contract)) !== REGISTRY_CODE)
        throw new AnchorError(
          'anchor-refused',
          `transaction ${signed.hash} did not leave the contract there`,
        );
      return { contract, transaction: signed.hash, gasUsed, blockNumber };
    }
    await sleep(LOOK_MS);
  }
  throw new AnchorError(
    'anchor-unreachable',
    `transaction ${signed.hash} is sent and not in the chain yet: look for it later`,
  );
}
