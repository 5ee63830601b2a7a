// The account that pays: its key, and transactions signed with it. The one file that needs viem (docs/adr/0005): what
// moves money is signed by a library that many keep an eye on.

import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { AnchorError } from '../error.ts';
import { bytesOfHex, type Hex, toHex } from './hex.ts';
import type { Fee } from './sent.ts';
import { keccak256 } from './trie.ts';

export type Account = {
  /** 0x and 40 lower-case digits. */
  readonly address: Hex;
  sign(transaction: Unsigned): Promise<Signed>;
};

export type Unsigned = {
  readonly chainId: number;
  readonly nonce: number;
  readonly gas: bigint;
  readonly fee: Fee;
  /** Undefined makes a contract of `input`. No transaction here ever carries value. */
  readonly to: Hex | undefined;
  readonly input: Hex;
};

export type Signed = { readonly raw: Hex; readonly hash: Hex };

/** The account of a key file's text: 64 hexadecimal digits, 0x before them or not. Throws `anchor-refused`, never with the text. */
export function accountOf(keyText: string): Account {
  const digits = /^(?:0x)?([0-9a-fA-F]{64})\r?\n?$/.exec(keyText)?.[1];
  if (digits === undefined)
    throw new AnchorError('anchor-refused', 'the account’s key file does not hold 64 hexadecimal digits');
  const account = open(digits);
  return {
    address: account.address.toLowerCase() as Hex,
    async sign({ chainId, nonce, gas, fee, to, input }) {
      const raw = await account.signTransaction({
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

function open(digits: string): PrivateKeyAccount {
  try {
    return privateKeyToAccount(`0x${digits}`);
  } catch {
    // Zero, or beyond the group's order. The cause is not handed on: it may repeat the key.
    throw new AnchorError('anchor-refused', 'the account’s key file holds a number that is no key');
  }
}

/** The address of a key file's text, for whoever must send it funds. Throws as `accountOf`. */
export function evmAddressOf(keyText: string): Hex {
  return accountOf(keyText).address;
}
