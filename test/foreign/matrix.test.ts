// What each verifier that we did not write makes of each damage. A cell is `refused`, and then for a reason that fits, or it
// says why the question is not one for that verifier. 1,500 entries; `npm run soak -- foreign` takes 70,000 and prints it.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tilePath, tilesOf } from '@heartwood/anchor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changed, flipped, publish, VKEYS } from './published.ts';
import {
  buildGo,
  goIs,
  hasGo,
  python,
  pythonIs,
  type Said,
  verifyWithGo,
  verifyWithNpm,
  verifyWithPython,
} from './verifier.ts';

const ENTRIES = process.env['HEARTWOOD_TEST_FOREIGN_ENTRIES'];
const SIZE = Number(ENTRIES ?? 1500);
const folder = mkdtempSync(join(tmpdir(), 'heartwood-matrix-'));
const log = (path: string): string => join(folder, 'log', path);
const proofs = (): string[] =>
  readdirSync(join(folder, 'proofs')).map((name) => join(folder, 'proofs', name));
let program = '';
beforeAll(() => {
  publish(folder, SIZE);
  if (hasGo) program = buildGo(folder);
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Verifier = { readonly name: string; readonly missing: string; readonly verify: () => Said };
const VERIFIERS: readonly Verifier[] = [
  { name: 'Go x/mod', missing: goIs, verify: () => verifyWithGo(program, folder) },
  { name: 'Python', missing: python ? '' : pythonIs, verify: () => verifyWithPython(folder) },
  { name: 'npm sigstore', missing: '', verify: () => verifyWithNpm(folder) },
];

type Damage = (during: () => Said) => Said;
const linesOf = (bytes: Uint8Array): string[] => Buffer.from(bytes).toString().split('\n');
const DAMAGES: Readonly<Record<string, Damage>> = {
  'byte of a tile, first': (during) => flipped(log(tiles()[0] ?? ''), 40, during),
  'byte of a tile, last': (during) => flipped(log(tiles().at(-1) ?? ''), 3, during),
  'byte of an entry': (during) => flipped(log('tile/entries/000'), 200, during),
  'byte of a checkpoint': (during) => {
    const [origin = '', size = ''] = linesOf(readFileSync(log('checkpoint')));
    return flipped(log('checkpoint'), origin.length + size.length + 9, during);
  },
  'byte of the log’s signature': (during) => flippedIn(VKEYS.log, during),
  'byte of a cosignature': (during) => flippedIn(VKEYS.witnesses[1] ?? '', during),
  'swapped proofs': (during) => {
    const [one = '', two = ''] = proofs();
    const other = readFileSync(two, 'utf8').split('\n');
    // The path of another entry under this one's number.
    return changed(one, (bytes) => Buffer.from(other.with(1, linesOf(bytes)[1] ?? '').join('\n')), during);
  },
  'two hashes of a path swapped': (during) =>
    changed(
      proofs()[1] ?? '',
      (bytes) => {
        const lines = linesOf(bytes);
        return Buffer.from(
          lines
            .with(2, lines[3] ?? '')
            .with(3, lines[2] ?? '')
            .join('\n'),
        );
      },
      during,
    ),
  'truncated proof': (during) =>
    changed(proofs()[2] ?? '', (bytes) => Buffer.from(linesOf(bytes).toSpliced(4, 1).join('\n')), during),
  'truncated bundle': (during) => {
    const last = [...tilesOf(SIZE)].filter(({ level }) => level === 'entries').map(tilePath);
    return changed(log(last.at(-1) ?? ''), (bytes) => bytes.subarray(0, -300), during);
  },
};
/** Questions that are none for a verifier, and why. */
const NOT_ASKED: Readonly<Record<string, string>> = {
  'npm sigstore: byte of a cosignature': 'one known signature is enough for it',
};

const tiles = (): string[] => [...tilesOf(SIZE)].filter(({ level }) => level !== 'entries').map(tilePath);

/** A byte of the signature in the line of a key. */
function flippedIn(vkey: string, during: () => Said): Said {
  const [name = ''] = vkey.split('+');
  const line = `— ${name} `;
  const at = readFileSync(log('checkpoint')).indexOf(line) + Buffer.byteLength(line);
  return flipped(log('checkpoint'), at + 40, during);
}

const cells = new Map<string, string>();
for (const { name, missing, verify } of VERIFIERS)
  describe(`${name}${missing}`, { timeout: 900_000 }, () => {
    it.skipIf(missing !== '')('accepts what was published', () => {
      const { status, text } = verify();
      expect(text).toMatch(/^accepted: /);
      expect(status).toBe(0);
      cells.set(`${name}: nothing`, text.trim());
    });

    it.skipIf(missing !== '').each(Object.entries(DAMAGES))('%s', (what, damage) => {
      const { status, text } = damage(verify);
      const id = `${name}: ${what}`;
      const why = NOT_ASKED[id];
      cells.set(id, why ?? 'refused');
      // A verifier that is not asked and refuses all the same would be asked from now on.
      expect([text.slice(0, 9), status], text).toEqual(why ? ['accepted:', 0] : ['REFUSED: ', 1]);
      if (!why) expect(text).not.toMatch(/no such file|ENOENT|Traceback/);
    });
  });

it('the matrix is whole', () => {
  const asked = VERIFIERS.filter(({ missing }) => missing === '');
  const rows = ['nothing', ...Object.keys(DAMAGES)].map((what) => [
    what,
    ...asked.map(({ name }) => cells.get(`${name}: ${what}`) ?? ''),
  ]);
  expect(rows.flat()).not.toContain('');
  if (ENTRIES === undefined) return;
  const table = [['', ...asked.map(({ name }) => name)], ...rows];
  process.stdout.write(`${table.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`);
});
