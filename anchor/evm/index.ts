// A second anchor in the log of an EVM contract. viem is loaded with the first transaction that is signed, and not with
// this file: whoever only checks evidence, or asks a node about it, does without.
export { evmAddressOf } from './account.ts';
export { ANCHORED_TOPIC, REGISTRY_CODE } from './anchor-registry.ts';
export { checkEvmEvidence, type EvmFinding } from './check-evidence.ts';
export { confirmWithNode, type NodeConfirmation } from './confirm-with-node.ts';
export { type Deployment, type DeployOptions, deployRegistry } from './deploy.ts';
export { createEvmAnchor, type EvmAnchor, type EvmAnchorOptions } from './evm-anchor.ts';
export { ANCHOR_GAS } from './fee.ts';
