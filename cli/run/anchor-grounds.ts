// What `heartwood verify` brings along to check second anchors by: Bitcoin headers from a file or a server, and what a
// node of an EVM chain says of a block. A server learns which block is asked for, and nothing else of the proof.

import {
  AnchorError,
  type AnchorGrounds,
  type BitcoinHeaders,
  type BundleAnchor,
  bitcoinHeights,
  parseBundle,
  parseHeaderFile,
} from '@heartwood/anchor';
import { confirmWithNode, type NodeConfirmation } from '@heartwood/anchor/evm';
import { fetchHeader, outsideUrl } from '@heartwood/anchor/node';
import { Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';

export type GroundsAsked = {
  /** A file, or an address. */
  readonly bitcoinHeaders: string | undefined;
  readonly evmRpc: string | undefined;
};

/**
 * What is known of the blocks that a bundle's anchors name. A bundle that cannot be read, or has none, needs nothing.
 *
 * @throws Refusal `usage` for a file or an address that is none, `cannot-run` where there is no answer
 */
export async function anchorGrounds(
  bundleText: string,
  { bitcoinHeaders, evmRpc }: GroundsAsked,
  frame: Frame,
): Promise<AnchorGrounds> {
  const anchors = anchorsOf(bundleText);
  try {
    return {
      ...(bitcoinHeaders !== undefined && {
        bitcoinHeaders: await headersFor(anchors, bitcoinHeaders, frame),
      }),
      ...(evmRpc !== undefined && { evmBlocks: await blocksFor(anchors, evmRpc) }),
    };
  } catch (cause) {
    if (!(cause instanceof AnchorError)) throw cause;
    const away = cause.code === 'anchor-unreachable';
    throw new Refusal(away ? 'cannot-run' : 'usage', `${cause.message}.`, { cause });
  }
}

/** The step that reads the bundle says what is wrong with it. */
function anchorsOf(bundleText: string): readonly BundleAnchor[] {
  try {
    return parseBundle(bundleText).anchors ?? [];
  } catch (error) {
    if (error instanceof AnchorError) return [];
    throw error;
  }
}

async function headersFor(
  anchors: readonly BundleAnchor[],
  given: string,
  frame: Frame,
): Promise<BitcoinHeaders> {
  if (!/^https?:\/\//.test(given)) {
    const text = frame.readText(given);
    if (text === undefined) throw new Refusal('usage', `The file of Bitcoin headers ${given} is not there.`);
    return parseHeaderFile(text);
  }
  const source = outsideUrl(given);
  const headers = new Map<number, Uint8Array>();
  const stamps = anchors.filter(({ kind }) => kind === 'opentimestamps');
  for (const height of new Set(
    stamps.flatMap(({ evidence }) => quietly(() => bitcoinHeights(evidence)) ?? []),
  )) {
    const header = await fetchHeader(source, height, { fetch });
    if (header) headers.set(height, header);
  }
  return headers;
}

async function blocksFor(
  anchors: readonly BundleAnchor[],
  rpcUrl: string,
): Promise<ReadonlyMap<string, NodeConfirmation>> {
  const blocks = new Map<string, NodeConfirmation>();
  for (const { kind, evidence } of anchors) {
    const hash = kind === 'evm' ? /"blockHash":"(0x[0-9a-f]{64})"/.exec(evidence)?.[1] : undefined;
    if (hash === undefined) continue;
    const said = await confirmWithNode(evidence, rpcUrl, { fetch }).catch((error: unknown) => {
      if (error instanceof AnchorError && error.code === 'bad-anchor') return undefined;
      throw error;
    });
    if (said) blocks.set(hash, said);
  }
  return blocks;
}

/** What cannot be read is judged by its step. */
function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof AnchorError) return undefined;
    throw error;
  }
}
