// A second anchor in the log of an EVM contract. `evm-anchor.ts` and `deploy.ts` load viem; whoever only verifies imports
// `check-evidence.ts` and `confirm-with-node.ts`, which need nothing.
export { evmAddressOf } from './account.ts';
export { ANCHORED_TOPIC, REGISTRY_CODE } from './anchor-registry.ts';
export { checkEvmEvidence, type EvmFinding } from './check-evidence.ts';
export { confirmWithNode, type NodeConfirmation } from './confirm-with-node.ts';
export { type Deployment, type DeployOptions, deployRegistry } from './deploy.ts';
export { createEvmAnchor, type EvmAnchor, type EvmAnchorOptions } from './evm-anchor.ts';
export { ANCHOR_GAS } from './fee.ts';
