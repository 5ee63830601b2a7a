// What Heartwood publishes is accepted by verifiers that share no code with it, and what was tampered with is refused by
// them. What each makes of each damage is in matrix.test.ts. 3,000 entries; `npm run soak -- foreign` takes 70,000.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tilePath, tilesOf } from '@heartwood/anchor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changed, flipped, type Published, publish, VKEYS } from './published.ts';
import {
  buildGo,
  goIs,
  hasGo,
  python,
  pythonIs,
  type Said,
  said,
  verifyNoteWithPython,
  verifyWithGo,
} from './verifier.ts';

const SIZE = Number(process.env['HEARTWOOD_TEST_FOREIGN_ENTRIES'] ?? 3000);
const folder = mkdtempSync(join(tmpdir(), 'heartwood-foreign-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let published: Published;
beforeAll(() => {
  if (hasGo || python) published = publish(folder, SIZE);
}, 600_000);

/** Refused for that reason, and not because a file was not found. */
const refused = (why: RegExp): Said => ({
  status: 1,
  text: expect.stringMatching(new RegExp(`^REFUSED: .*(${why.source})`)),
});

describe.skipIf(!hasGo)(`golang.org/x/mod${goIs}`, { timeout: 600_000 }, () => {
  let program = '';
  const verify = (): Said => verifyWithGo(program, folder);
  const log = (path: string): string => join(folder, 'log', path);
  beforeAll(() => {
    program = buildGo(folder);
  }, 300_000);

  it('accepts every entry, tile, proof and earlier checkpoint', () => {
    const tiles = [...tilesOf(SIZE)].filter(({ level }) => level !== 'entries').length;
    const proofs = readdirSync(join(folder, 'proofs')).length;
    const older = Math.ceil(SIZE / 7000);
    expect(verify()).toEqual({
      status: 0,
      text: `accepted: ${SIZE} entries, ${tiles} tiles, ${proofs} proofs, ${older} older checkpoints\n`,
    });
    expect(proofs).toBeGreaterThan(100);
  });

  it('refuses a flipped byte in any tile', () => {
    const all = [...tilesOf(SIZE)].filter(({ level }) => level !== 'entries').map(tilePath);
    const few = [all[0]!, all[Math.floor(all.length / 2)]!, ...all.slice(-2)];
    for (const path of few)
      expect(flipped(log(path), 31, verify)).toEqual(refused(/is not what the entries give/));
  });

  it('refuses a flipped byte in an entry: its text, its signature, its length', () => {
    const bundle = log('tile/entries/001');
    for (const place of [0, 1, 40, 200, 5000, readFileSync(bundle).length - 3]) {
      expect(flipped(bundle, place, verify)).toEqual(
        refused(/entry 2\d\d: |ends within its entry|has more than|do not have the root/),
      );
    }
  });

  it('refuses a flipped byte in the checkpoint', () => {
    const lines = readFileSync(log('checkpoint'), 'utf8').split('\n');
    const sizeAt = lines[0]!.length + 1;
    const rootAt = sizeAt + lines[1]!.length + 1;
    const signatureAt = readFileSync(log('checkpoint')).indexOf(`— ${lines[0]}`) + lines[0]!.length + 4 + 20;
    for (const place of [0, sizeAt, rootAt + 5, signatureAt]) {
      expect(flipped(log('checkpoint'), place, verify)).toEqual(refused(/checkpoint: /));
    }
  });

  it('refuses proofs that were swapped, and a path with two hashes swapped', () => {
    const [one, two] = readdirSync(join(folder, 'proofs')).map((name) => join(folder, 'proofs', name)) as [
      string,
      string,
    ];
    const index = (path: string): string => /index (\d+)/.exec(readFileSync(path, 'utf8'))![0];
    const swapIndex = (bytes: Uint8Array): Uint8Array =>
      Buffer.from(Buffer.from(bytes).toString().replace(index(one), index(two)));
    expect(changed(one, swapIndex, verify)).toEqual(refused(/tlog-proof: invalid transparency proof/));
    const swapHashes = (bytes: Uint8Array): Uint8Array => {
      const lines = Buffer.from(bytes).toString().split('\n');
      return Buffer.from(lines.with(2, lines[3]!).with(3, lines[2]!).join('\n'));
    };
    expect(changed(two, swapHashes, verify)).toEqual(refused(/tlog-proof: invalid transparency proof/));
  });

  it('refuses a truncated bundle, and one too long', () => {
    const path = log(
      [...tilesOf(SIZE)]
        .filter(({ level }) => level === 'entries')
        .map(tilePath)
        .at(-1)!,
    );
    for (const cut of [1, 300])
      expect(changed(path, (bytes) => bytes.subarray(0, -cut), verify)).toEqual(
        refused(/ends within its entry|ends before its entry|has more than/),
      );
    expect(changed(path, (bytes) => Buffer.concat([bytes, Buffer.alloc(2)]), verify)).toEqual(
      refused(/ends within its entry|ends before its entry|has more than/),
    );
  });

  it('refuses an earlier checkpoint of another history, and another key', () => {
    const path = join(folder, 'older', '1000');
    const swap = (): Uint8Array => readFileSync(log('checkpoint')).subarray(0, -4);
    expect(changed(path, swap, verify)).toEqual(refused(/checkpoint|entry 0: |1000: /));
    expect(said(program, [folder, VKEYS.hubs[0]!, ...VKEYS.hubs])).toEqual(
      refused(/checkpoint|entry 0: |1000: /),
    );
    expect(said(program, [folder, VKEYS.log, VKEYS.hubs[0]!])).toEqual(
      refused(/checkpoint|entry 0: |1000: /),
    );
    expect(verify().status).toBe(0);
    expect(published.size).toBe(SIZE);
  });
});

describe.skipIf(!python)(`Python's cryptography${pythonIs}`, () => {
  const checkpoint = join(folder, 'log', 'checkpoint');
  const statement = join(folder, 'statement');
  const verify = verifyNoteWithPython;
  const all = [VKEYS.log, ...VKEYS.witnesses];

  it('accepts the checkpoint, both cosignatures and a statement', () => {
    expect(verify(checkpoint, all)).toEqual({ status: 0, text: 'accepted: 3 signatures\n' });
    const hub = VKEYS.hubs.find((vkey) =>
      vkey.startsWith(`${readFileSync(statement, 'utf8').split('\n')[0]}+`),
    )!;
    expect(verify(statement, [hub])).toEqual({ status: 0, text: 'accepted: 1 signatures\n' });
    expect(flipped(statement, 60, () => verify(statement, [hub]))).toEqual(refused(/is wrong/));
  });

  it('refuses a flipped byte in the text, in the signature, and in each part of a cosignature', () => {
    const bytes = readFileSync(checkpoint);
    const lineAt = (name: string): number => bytes.indexOf(`— ${name} `) + Buffer.byteLength(`— ${name} `);
    const places = [0, 40, lineAt(VKEYS.log.split('+')[0]!) + 20];
    for (const vkey of VKEYS.witnesses) {
      const at = lineAt(vkey.split('+')[0]!);
      // Key id, time, signature: 4, 8 and 64 bytes in base64.
      places.push(at + 1, at + 12, at + 40, at + 90);
    }
    for (const place of places)
      expect(flipped(checkpoint, place, () => verify(checkpoint, all))).toEqual(
        refused(/is wrong|has not signed|utf-8|is no signature|base64/),
      );
  });

  it("refuses a cosignature under another witness's name, and one that is missing", () => {
    const [first, second] = VKEYS.witnesses.map((vkey) => vkey.split('+')[0]!);
    const rename = (bytes: Uint8Array): Uint8Array =>
      Buffer.from(Buffer.from(bytes).toString().replace(`— ${first} `, `— ${second} `));
    expect(changed(checkpoint, rename, () => verify(checkpoint, all))).toEqual(refused(/has not signed/));
    expect(verify(checkpoint, [...all, VKEYS.hubs[0]!])).toEqual(refused(/has not signed/));
  });
});
