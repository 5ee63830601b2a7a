// The keys of a witness: one name, and one or two keys of cosignatures under it (Ed25519, ML-DSA-44). The file holds a line
// for each, in the form that golang.org/x/mod gives to signing keys; both types are made from a seed of 32 bytes:
//   PRIVATE+KEY+<name>+<key id>+<base64 of type and seed>

import { randomBytes } from 'node:crypto';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { joinBytes } from './bytes.ts';
import { AnchorError } from './error.ts';
import { hexId, isKeyName, KEY_TYPES, type Signer } from './key.ts';
import { nodeMlDsaCosigner } from './node-mldsa.ts';
import { nodeCosigner } from './node-primitive.ts';

export type WitnessKeyType = typeof KEY_TYPES.cosignatureEd25519 | typeof KEY_TYPES.cosignatureMlDsa44;

/** Secret. `seeds` has one of each type at most, and one at least. */
export type WitnessKeys = {
  readonly name: string;
  readonly seeds: readonly { readonly type: WitnessKeyType; readonly seed: Uint8Array }[];
};

/** New random keys. Throws `bad-key` for a name that notes cannot carry. */
export function createWitnessKeys(name: string, types: readonly WitnessKeyType[]): WitnessKeys {
  if (!isKeyName(name)) throw new AnchorError('bad-key', `"${name}" cannot be the name of a key`);
  return { name, seeds: types.map((type) => ({ type, seed: new Uint8Array(randomBytes(32)) })) };
}

/** Cosigners for each key, in order; `nowS` is the witness's clock in seconds since 1970. */
export function cosignersOf({ name, seeds }: WitnessKeys, nowS: () => number): Signer[] {
  return seeds.map(({ type, seed }) =>
    type === KEY_TYPES.cosignatureEd25519
      ? nodeCosigner(name, seed, nowS)
      : nodeMlDsaCosigner(name, seed, nowS),
  );
}

/** Text of the key file. A secret. */
export function formatWitnessKeys(keys: WitnessKeys): string {
  const signers = cosignersOf(keys, () => 0);
  return keys.seeds
    .map(({ type, seed }, i) => {
      const secret = encodeBase64(joinBytes(Uint8Array.of(type), seed));
      return `PRIVATE+KEY+${keys.name}+${hexId(signers[i]!.keyId)}+${secret}\n`;
    })
    .join('');
}

/** Inverse of `formatWitnessKeys`. Throws `bad-key`, with nothing of a secret in the message. */
export function parseWitnessKeys(file: string): WitnessKeys {
  const lines = file.split('\n').filter((line) => line !== '');
  const parsed = lines.map((line, i) => {
    const [, name, base64] = /^PRIVATE\+KEY\+([^+]+)\+[0-9a-f]{8}\+([^\s]+)$/.exec(line) ?? [];
    const bytes = base64 === undefined ? undefined : bytesOf(base64);
    const type = bytes?.[0];
    if (name === undefined || bytes?.length !== 33 || !isWitnessType(type)) {
      throw new AnchorError('bad-key', `line ${i + 1} of the key file is no key of a witness`);
    }
    return { name, type, seed: bytes.slice(1) };
  });
  const [first] = parsed;
  if (!first) throw new AnchorError('bad-key', 'the key file is empty');
  const keys = { name: first.name, seeds: parsed.map(({ type, seed }) => ({ type, seed })) };
  // One name, one key of each type, right ids: what was written is what is read.
  const types = new Set(keys.seeds.map(({ type }) => type));
  if (types.size !== keys.seeds.length || formatWitnessKeys(keys) !== `${lines.join('\n')}\n`) {
    throw new AnchorError('bad-key', 'the keys of the key file do not belong together, or have other ids');
  }
  return keys;
}

function bytesOf(base64: string): Uint8Array | undefined {
  try {
    return decodeBase64(base64);
  } catch {
    return undefined;
  }
}

function isWitnessType(type: number | undefined): type is WitnessKeyType {
  return type === KEY_TYPES.cosignatureEd25519 || type === KEY_TYPES.cosignatureMlDsa44;
}
