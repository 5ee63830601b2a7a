// A third verifier that shares no code with Heartwood: `@sigstore/verify` from npm, which checks what Sigstore's log Rekor
// says of npm packages. Its public door wants a whole Sigstore bundle around a JSON entry; behind it stands the function
// that checks a log's signature on a checkpoint and a path to its root, and that one is taken from its own file.

import { createHash, createPublicKey } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NodeReader, parseVerifierKey, readInclusionPath, tilePath } from '@heartwood/anchor';
import { verifyTLogInclusion } from '@sigstore/verify/dist/tlog/index.js';
import type { Said } from './verifier.ts';

type Entry = Parameters<typeof verifyTLogInclusion>[0];
type Authority = Parameters<typeof verifyTLogInclusion>[1][0];

const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** The log's key as Sigstore holds one. Its key id is of 32 bytes, of which a note's line names the first four. */
function authorityOf(vkey: string): Authority {
  const { name, publicKey } = parseVerifierKey(vkey);
  const logID = createHash('sha256').update(`${name}\n`).update(Uint8Array.of(1)).update(publicKey).digest();
  const key = createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: 'der', type: 'spki' });
  const validFor = { start: new Date(0), end: new Date(8.64e15) };
  return { logID, publicKey: key, baseURL: `https://${name}`, validFor };
}

/** Checks every proof in the folder, and proofs made from the published tiles for entries all over the log. */
export function verifyWithSigstore(folder: string, vkey: string): Said {
  const authority = authorityOf(vkey);
  const log = join(folder, 'log');
  const checkpoint = readFileSync(join(log, 'checkpoint'), 'utf8');
  const size = Number(checkpoint.split('\n')[1]);
  const check = (index: number, hashes: readonly Uint8Array[], envelope: string): void =>
    verifyTLogInclusion(
      {
        canonicalizedBody: entryOf(log, index, size),
        logId: { keyId: authority.logID },
        inclusionProof: {
          logIndex: `${index}`,
          treeSize: `${size}`,
          rootHash: Buffer.alloc(0),
          hashes: hashes.map((one) => Buffer.from(one)),
          checkpoint: { envelope },
        },
        // What else a Sigstore entry has is not looked at here.
      } as Entry,
      [authority],
    );
  const names = readdirSync(join(folder, 'proofs'));
  const hash = tileReader(log, size);
  let made = 0;
  try {
    for (const name of names) {
      const text = readFileSync(join(folder, 'proofs', name), 'utf8');
      const [head = '', ...rest] = text.split('\n\n');
      const [, index = '', ...hashes] = head.split('\n');
      check(
        Number(index.slice(6)),
        hashes.map((hash) => Buffer.from(hash, 'base64')),
        rest.join('\n\n'),
      );
    }
    const step = Math.max(1, Math.floor(size / 500));
    for (let at = 0; at < size; at += step) {
      // Its neighbour too: an entry's own hash is on the other's path.
      for (const index of [at, at ^ 1].filter((one) => one < size)) {
        check(index, readInclusionPath(hash, index, size), checkpoint);
        made += 1;
      }
    }
  } catch (error) {
    return { status: 1, text: `REFUSED: ${error instanceof Error ? error.message : String(error)}\n` };
  }
  return { status: 0, text: `accepted: ${names.length} proofs, ${made} more made from tiles\n` };
}

/** Whatever bytes are where the entry should be, cut off or not: it is not for this reader to judge. */
function entryOf(log: string, index: number, size: number): Buffer {
  const number = Math.floor(index / 256);
  const width = Math.min(256, size - number * 256);
  const bundle = readFileSync(join(log, tilePath({ level: 'entries', index: number, width })));
  let at = 0;
  for (let skipped = 0; skipped < index % 256 && at + 2 <= bundle.length; skipped++)
    at += 2 + bundle.readUInt16BE(at);
  return at + 2 <= bundle.length
    ? bundle.subarray(at + 2, at + 2 + bundle.readUInt16BE(at))
    : Buffer.alloc(0);
}

/** Hashes of full subtrees out of the published tiles, for our own paths through them. */
function tileReader(log: string, size: number): NodeReader {
  const known = new Map<string, Uint8Array>();
  const tiles = new Map<string, Buffer>();
  const read = (level: number, at: number): Uint8Array => {
    if (level % 8 > 0) {
      const sum = createHash('sha256').update(Uint8Array.of(1));
      return sum
        .update(hash(level - 1, 2 * at))
        .update(hash(level - 1, 2 * at + 1))
        .digest();
    }
    const index = Math.floor(at / 256);
    const width = Math.min(256, Math.floor(size / 256 ** (level / 8)) - index * 256);
    const path = tilePath({ level: level / 8, index, width });
    const tile = tiles.get(path) ?? readFileSync(join(log, path));
    tiles.set(path, tile);
    return tile.subarray((at % 256) * 32, (at % 256) * 32 + 32);
  };
  const hash = (level: number, at: number): Uint8Array => {
    const id = `${level} ${at}`;
    const found = known.get(id) ?? read(level, at);
    known.set(id, found);
    return found;
  };
  return hash;
}
