// Keys of signed notes (c2sp.org/signed-note): a verifier key is a name, a 4-byte id that hashes name, type and public
// key, and the public key; it travels as one word, the vkey. Types spoken here: 0x01 (Ed25519 over the note's text),
// 0x04 (Ed25519 cosignature/v1 with a timestamp) and 0x06 (ML-DSA-44 over a checkpoint, `mldsa-cosignature.ts`). The id only tells keys apart: an attacker can find a key of any
// id in 2^32 tries and gains a failed verification.

import { decodeBase64, encodeBase64 } from './base64.ts';
import { bigEndian, hexOf, joinBytes, utf8 } from './bytes.ts';
import { AnchorError } from './error.ts';
import { type Digest, publicKeyOf, sha256, signEd25519 } from './primitive.ts';

/** Signature types of c2sp.org/signed-note that this room speaks. */
export const KEY_TYPES = { ed25519: 0x01, cosignatureEd25519: 0x04, cosignatureMlDsa44: 0x06 } as const;
export type KeyType = (typeof KEY_TYPES)[keyof typeof KEY_TYPES];

/** Bytes of a public key: 32 of Ed25519, 1,312 of ML-DSA-44 (FIPS 204, table 2). */
const PUBLIC_KEY_BYTES: Readonly<Record<KeyType, number>> = { 1: 32, 4: 32, 6: 1312 };

export type VerifierKey = {
  readonly name: string;
  /** Unsigned 32 bits. */
  readonly keyId: number;
  readonly type: KeyType;
  /** 32 bytes, of type 0x06 1,312. */
  readonly publicKey: Uint8Array;
};

/** What `signNote` needs. `sign` gets the bytes of the note's text and returns what follows the key id on the line. */
export type NoteSigner = {
  readonly name: string;
  readonly keyId: number;
  readonly sign: (text: Uint8Array) => Uint8Array;
};

/** A signer that can also say by which key its signatures are verified. The private half stays behind `sign`. */
export type Signer = VerifierKey & NoteSigner;

/** Non-empty, no Unicode space, no `+`, no control character, well-formed: what c2sp.org/signed-note asks of a key name. */
export function isKeyName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  return name !== '' && name.isWellFormed() && !/[\p{White_Space}+\u0000-\u001f]/u.test(name);
}

/** SHA-256(name || 0x0A || type || public key), first 4 bytes, big-endian. */
export function keyIdOf(name: string, type: KeyType, publicKey: Uint8Array, digest: Digest = sha256): number {
  const hash = digest(joinBytes(utf8(`${name}\n`), Uint8Array.of(type), publicKey));
  return new DataView(hash.buffer, hash.byteOffset).getUint32(0);
}

/** The key of that name. Throws `bad-key` for a name that notes (or messages of type 0x06) cannot carry, or a public key of another length. */
export function verifierKey(
  name: string,
  publicKey: Uint8Array,
  type: KeyType = KEY_TYPES.ed25519,
): VerifierKey {
  if (!isKeyName(name)) throw new AnchorError('bad-key', `"${name}" cannot be the name of a key`);
  const length = PUBLIC_KEY_BYTES[type];
  if (publicKey.length !== length) {
    throw new AnchorError(
      'bad-key',
      `a public key of type ${type} has ${length} bytes, not ${publicKey.length}`,
    );
  }
  if (type === KEY_TYPES.cosignatureMlDsa44 && utf8(name).length > 255) {
    throw new AnchorError('bad-key', 'the name of an ML-DSA-44 key has at most 255 bytes');
  }
  return { name, keyId: keyIdOf(name, type, publicKey), type, publicKey };
}

/** `<name>+<key id, 8 hex digits>+<base64 of type and public key>`. */
export function formatVerifierKey(key: VerifierKey): string {
  return `${key.name}+${hexId(key.keyId)}+${encodeBase64(joinBytes(Uint8Array.of(key.type), key.publicKey))}`;
}

/** Inverse of `formatVerifierKey`. Throws `bad-key`, also where the id is not that of the name and key. */
export function parseVerifierKey(vkey: string): VerifierKey {
  const [, name, id, base64] = /^([^+]+)\+([0-9a-f]{8})\+([^\s]+)$/.exec(vkey) ?? [];
  if (name === undefined || id === undefined || base64 === undefined) {
    throw new AnchorError('bad-key', 'a key reads name+id+base64, with an id of 8 small hex digits');
  }
  const { type, bytes } = parseKeyBytes(base64);
  const key = verifierKey(name, bytes, type);
  if (hexId(key.keyId) !== id) {
    throw new AnchorError(
      'bad-key',
      `the key id of "${name}" is ${id} but its key gives ${hexId(key.keyId)}`,
    );
  }
  return key;
}

/** A signer from a 32-byte Ed25519 seed, in pure JavaScript; 0.47 ms a signature. Throws `bad-key`. */
export function signerOf(name: string, seed: Uint8Array): Signer {
  if (seed.length !== 32) throw new AnchorError('bad-key', `a seed has 32 bytes, not ${seed.length}`);
  return { ...verifierKey(name, publicKeyOf(seed)), sign: (text) => signEd25519(seed, text) };
}

/** `PRIVATE+KEY+<name>+<id>+<base64 of type and seed>`, the form of golang.org/x/mod. A secret. */
export function formatSigningKey(name: string, seed: Uint8Array): string {
  const { keyId, type } = signerOf(name, seed);
  return `PRIVATE+KEY+${name}+${hexId(keyId)}+${encodeBase64(joinBytes(Uint8Array.of(type), seed))}`;
}

/** Inverse of `formatSigningKey`; Ed25519 (0x01) only. Throws `bad-key`; the message never holds the secret. */
export function parseSigningKey(skey: string): { readonly name: string; readonly seed: Uint8Array } {
  const [, name, id, base64] = /^PRIVATE\+KEY\+([^+]+)\+([0-9a-f]{8})\+([^\s]+)$/.exec(skey) ?? [];
  if (name === undefined || id === undefined || base64 === undefined) {
    throw new AnchorError('bad-key', 'a signing key reads PRIVATE+KEY+name+id+base64');
  }
  const { type, bytes: seed } = parseKeyBytes(base64);
  if (type !== KEY_TYPES.ed25519) throw new AnchorError('bad-key', 'a signing key is of type 1 (Ed25519)');
  if (hexId(signerOf(name, seed).keyId) !== id) {
    throw new AnchorError('bad-key', `the key id of "${name}" is not that of its key`);
  }
  return { name, seed };
}

/** Eight small hex digits, as vkeys write a key id. */
export function hexId(keyId: number): string {
  return hexOf(bigEndian(keyId, 4));
}

function parseKeyBytes(base64: string): { type: KeyType; bytes: Uint8Array } {
  let decoded: Uint8Array;
  try {
    decoded = decodeBase64(base64);
  } catch (cause) {
    throw new AnchorError('bad-key', 'the last part of a key must be canonical base64', { cause });
  }
  const type = decoded[0];
  if (!isKeyType(type)) {
    throw new AnchorError(
      'bad-key',
      `key type ${type ?? 'missing'} is not spoken here: Ed25519 is 1, Ed25519 cosignature 4, ML-DSA-44 cosignature 6`,
    );
  }
  return { type, bytes: decoded.slice(1) };
}

function isKeyType(type: number | undefined): type is KeyType {
  return Object.values<number | undefined>(KEY_TYPES).includes(type);
}
