// The compiled contract: what `AnchorRegistry.sol` becomes under exactly these settings. `anchor-registry.test.ts`
// compiles it again and compares byte for byte, so whoever doubts these bytes needs only the source and solc. The
// contract has no constructor and nothing immutable: every deployment has the same code, which is how a wrong address
// is told from a right one.

import type { Hex } from './hex.ts';

/** How it was compiled. `paris` has no opcode that a younger or slower chain lacks; metadata would only pin our paths. */
export const REGISTRY_COMPILER = {
  version: '0.8.37+commit.f401782d',
  settings: {
    evmVersion: 'paris',
    optimizer: { enabled: true, runs: 1_000_000 },
    metadata: { appendCBOR: false, bytecodeHash: 'none' },
  },
} as const;

export const REGISTRY_ABI = [
  {
    anonymous: false,
    inputs: [{ indexed: true, internalType: 'bytes32', name: 'digest', type: 'bytes32' }],
    name: 'Anchored',
    type: 'event',
  },
  {
    inputs: [{ internalType: 'bytes32', name: 'digest', type: 'bytes32' }],
    name: 'anchor',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
] as const;

/** First 4 bytes of keccak256("anchor(bytes32)"): what a call begins with, before the digest. */
export const ANCHOR_SELECTOR: Hex = '0xeecdf927';

/** keccak256("Anchored(bytes32)"): first topic of the log; the digest is the second, and there is no data. */
export const ANCHORED_TOPIC: Hex = '0xc8f7565859107929ba4b285bfb17dfba069f69ab64447f49d6fecb70f6bd552b';

/** The code at the contract's address. */
export const REGISTRY_CODE: Hex =
  '0x6080604052348015600f57600080fd5b506004361060285760003560e01c8063eecdf92714602d575b600080fd5b603c6038366004606c565b603e565b005b60405181907fc8f7565859107929ba4b285bfb17dfba069f69ab64447f49d6fecb70f6bd552b90600090a250565b600060208284031215607d57600080fd5b503591905056';

/** What a deploying transaction carries: it leaves `REGISTRY_CODE` at a new address. */
export const REGISTRY_CREATION_CODE: Hex = `0x6080604052348015600f57600080fd5b50608480601d6000396000f3fe${REGISTRY_CODE.slice(2)}`;
