// The account that pays: its key, its address, and transactions signed with it. The one file that needs viem
// (docs/adr/0005-viem-signs-and-nothing-else.md): what moves money is signed by a library that many keep an eye on. It
// is loaded with the first transaction and not before, so that a verifier, or a hub that only looks, does without.

import { secp256k1 } from '@noble/curves/secp256k1.js';
import { AnchorError } from '../error.ts';
import { bytesOfHex, type Hex, toHex } from './hex.ts';
import type { Fee } from './sent.ts';
import { keccak256 } from './trie.ts';

export type Account = {
  /** 0x and 40 lower-case digits. */
  readonly address: Hex;
  sign(transaction: Unsigned): Promise<Signed>;
};

type Unsigned = {
  readonly chainId: number;
  readonly nonce: number;
  readonly gas: bigint;
  readonly fee: Fee;
  /** Undefined makes a contract of `input`. No transaction here ever carries value. */
  readonly to: Hex | undefined;
  readonly input: Hex;
};

type Signed = { readonly raw: Hex; readonly hash: Hex };

/** The account of a key file's text: 64 hexadecimal digits, 0x before them or not. Throws `anchor-refused`, never with the text. */
export function accountOf(keyText: string): Account {
  const digits = /^(?:0x)?([0-9a-fA-F]{64})\r?\n?$/.exec(keyText)?.[1]?.toLowerCase();
  if (digits === undefined)
    throw new AnchorError('anchor-refused', 'the account’s key file does not hold 64 hexadecimal digits');
  const key: Hex = `0x${digits}`;
  return {
    address: addressOf(bytesOfHex(key)!),
    async sign({ chainId, nonce, gas, fee, to, input }) {
      const { privateKeyToAccount } = await import('viem/accounts');
      const raw = await privateKeyToAccount(key).signTransaction({
        type: 'eip1559',
        chainId,
        nonce,
        gas,
        maxFeePerGas: fee.max,
        maxPriorityFeePerGas: fee.tip,
        to,
        data: input,
      });
      return { raw, hash: toHex(keccak256(bytesOfHex(raw)!)) };
    },
  };
}

/** Last 20 bytes of the hash of the public key's coordinates (Yellow Paper, appendix F). */
function addressOf(key: Uint8Array): Hex {
  let point: Uint8Array;
  try {
    point = secp256k1.getPublicKey(key, false);
  } catch {
    // Zero, or beyond the group's order. The cause is not handed on: it may repeat the key.
    throw new AnchorError('anchor-refused', 'the account’s key file holds a number that is no key');
  }
  return toHex(keccak256(point.subarray(1)).subarray(12));
}

/** The address of a key file's text, for whoever must send it funds. Throws as `accountOf`. */
export function evmAddressOf(keyText: string): Hex {
  return accountOf(keyText).address;
}
