// The last step of a proof, where there is evidence of second anchors: does it fit the checkpoint, and what does it show?
// It never helps a proof to hold, since its maker chose it; but where it contradicts the proof, the proof is refused. A
// time is proved only on grounds that the verifier brought along: Bitcoin headers, or blocks that its own node has.

import type { AnchorFinding } from './anchor-finding.ts';
import type { BundleAnchor } from './bundle-anchors.ts';
import { checkpointDigest } from './checkpoint.ts';
import { checkEvmEvidence } from './evm/check-evidence.ts';
import type { NodeConfirmation } from './evm/confirm-with-node.ts';
import type { BitcoinHeaders } from './opentimestamps/bitcoin-header.ts';
import { checkOpenTimestamps } from './opentimestamps/check.ts';
import type { Digest } from './primitive.ts';
import { countWords, timeWords } from './verdict.ts';
import type { Finding } from './verify-step.ts';

/** What the verifier knows of the outside from its own sources. */
export type AnchorGrounds = {
  /** Block headers by height. */
  readonly bitcoinHeaders?: BitcoinHeaders | undefined;
  /** Least difficulty of a header that comes with the evidence; Bitcoin's unless set. */
  readonly difficultyMin?: number;
  /** By a block's hash (0x…): what a node of the verifier's choice says of it (`confirmWithNode`). */
  readonly evmBlocks?: ReadonlyMap<string, NodeConfirmation> | undefined;
};

/** Throws `bad-anchor` for evidence that contradicts itself, the checkpoint or the grounds. */
export function checkAnchors(
  anchors: readonly BundleAnchor[],
  checkpointText: string,
  digest: Digest,
  grounds: AnchorGrounds,
): Finding<readonly AnchorFinding[]> {
  const about = checkpointDigest(checkpointText, digest);
  const findings = anchors.map((anchor) => findingOf(anchor, about, digest, grounds));
  return { text: findings.map(({ text }) => text).join(' '), value: findings };
}

function findingOf(
  { kind, evidence }: BundleAnchor,
  about: Uint8Array,
  digest: Digest,
  { bitcoinHeaders: headers, difficultyMin, evmBlocks }: AnchorGrounds,
): AnchorFinding {
  switch (kind) {
    case 'opentimestamps':
      return checkOpenTimestamps(evidence, about, {
        digest,
        headers,
        ...(difficultyMin !== undefined && { difficultyMin }),
      });
    case 'evm':
      return evmFinding(evidence, about, evmBlocks);
  }
}

/** A block with fewer on it, its own counted, is not final. */
const FINAL_BLOCKS = 12;

function evmFinding(evidence: string, about: Uint8Array, asked: AnchorGrounds['evmBlocks']): AnchorFinding {
  const { chainId, contract, blockNumber, blockHash, timeMs } = checkEvmEvidence(evidence, about);
  const at = timeWords(timeMs);
  const block = `block ${blockNumber} of chain ${chainId}`;
  const text = `Contract: the log of ${contract} in a block that is said to be ${block} names the checkpoint.`;
  const said = asked?.get(blockHash);
  if (said?.state === 'in-chain') {
    const depth = `${countWords(said.blocks, 'block')} deep there, its own counted`;
    const young = said.blocks < FINAL_BLOCKS;
    return {
      text: `${text} It is ${depth}${young ? `: NOT FINAL below ${FINAL_BLOCKS}` : ''}.`,
      proves: `The checkpoint existed at ${at} at the latest, by ${block}, which the node at ${said.host}, that you asked, has in its chain, ${depth}.`,
      ...(young && {
        doesNotProve: `That ${blockHash} stays ${block}: a block that is less than ${FINAL_BLOCKS} deep may still be replaced. Ask again later.`,
      }),
    };
  }
  if (said) {
    return {
      text: `${text} NOT SHOWN: the node at ${said.host}, that you asked, does not have it: ${said.why}.`,
      doesNotProve: `That ${blockHash} is ${block}: ${said.why}.`,
    };
  }
  return {
    text,
    doesNotProve: `That ${blockHash} is ${block}: any node of that chain tells, and until then this shows nothing. If it is, the checkpoint existed at ${at} at the latest.`,
  };
}
