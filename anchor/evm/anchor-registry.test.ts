// The committed bytes are what the committed source becomes: compiled again with solc, and compared byte for byte.

import { readFileSync } from 'node:fs';
import solc from 'solc';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../bytes.ts';
import {
  ANCHOR_SELECTOR,
  ANCHORED_TOPIC,
  REGISTRY_ABI,
  REGISTRY_CODE,
  REGISTRY_COMPILER,
  REGISTRY_CREATION_CODE,
} from './anchor-registry.ts';
import { toHex } from './hex.ts';
import { keccak256 } from './trie.ts';

type Output = {
  errors?: { formattedMessage: string }[];
  contracts: Record<
    string,
    Record<
      string,
      {
        abi: unknown;
        evm: {
          bytecode: { object: string };
          deployedBytecode: { object: string };
          methodIdentifiers: Record<string, string>;
        };
      }
    >
  >;
};

const SOURCE = readFileSync(new URL('AnchorRegistry.sol', import.meta.url), 'utf8');

function compiled(source: string): Output {
  const outputs = ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object', 'evm.methodIdentifiers'];
  return JSON.parse(
    solc.compile(
      JSON.stringify({
        language: 'Solidity',
        sources: { 'AnchorRegistry.sol': { content: source } },
        settings: { ...REGISTRY_COMPILER.settings, outputSelection: { '*': { '*': outputs } } },
      }),
    ),
  ) as Output;
}

describe('AnchorRegistry', () => {
  it('is compiled from its source by the compiler that it names, without a warning, to the committed bytes', () => {
    expect(solc.version()).toMatch(new RegExp(`^${REGISTRY_COMPILER.version.replace('+', '\\+')}`));
    const { errors, contracts } = compiled(SOURCE);
    expect(errors ?? []).toEqual([]);
    const { abi, evm } = contracts['AnchorRegistry.sol']!['AnchorRegistry']!;
    expect(abi).toEqual(REGISTRY_ABI);
    expect(`0x${evm.bytecode.object}`).toBe(REGISTRY_CREATION_CODE);
    expect(`0x${evm.deployedBytecode.object}`).toBe(REGISTRY_CODE);
    expect(evm.methodIdentifiers).toEqual({ 'anchor(bytes32)': ANCHOR_SELECTOR.slice(2) });
    expect(REGISTRY_CODE.length / 2 - 1).toBe(132);
  });

  it('would be other bytes from another source', () => {
    const { contracts } = compiled(SOURCE.replace('emit Anchored(digest)', 'emit Anchored(~digest)'));
    const other = contracts['AnchorRegistry.sol']!['AnchorRegistry']!.evm.deployedBytecode.object;
    expect(`0x${other}`).not.toBe(REGISTRY_CODE);
  });

  it('has the selector and the topic of its signatures', () => {
    expect(toHex(keccak256(utf8('anchor(bytes32)'))).slice(0, 10)).toBe(ANCHOR_SELECTOR);
    expect(toHex(keccak256(utf8('Anchored(bytes32)')))).toBe(ANCHORED_TOPIC);
  });
});
