import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { utf8 } from './bytes.ts';
import { formatCheckpoint } from './checkpoint.ts';
import { openEmbeddedLedger } from './ledger-embedded.ts';
import { exportLog } from './ledger-export.ts';
import { postQuantumSigner, withPostQuantum } from './ledger-post-quantum.ts';
import { SAMPLE_HUB, SAMPLE_LOG, sampleChain, sampleSeed } from './ledger-sample.ts';
import { checkSite, type SiteCheckOptions, type SiteReport } from './ledger-site-check.ts';
import { nodeSha256, nodeSigner } from './node-primitive.ts';
import { signNote } from './note.ts';
import type { NodeReader } from './proof.ts';
import { formatRetention, KEEPS_ALL } from './retention.ts';
import { encodeEntries, encodeTile, TILE_WIDTH, tilePath, tilesOf } from './tile.ts';
import { appendLeaf, EMPTY_FRONTIER, frontierRoot, leafHash } from './tree.ts';

const base = mkdtempSync(join(tmpdir(), 'heartwood-site-check-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const PQ = postQuantumSigner(SAMPLE_LOG.name, sampleSeed(3));
const KEYS = [SAMPLE_LOG, PQ];
type Site = Map<string, Uint8Array>;

/** A log over any entries, as files in memory. */
function siteOf(entries: readonly Uint8Array[], minimumIndex = 0): Site {
  const nodes = new Map<string, Uint8Array>();
  let frontier = EMPTY_FRONTIER;
  for (const entry of entries) {
    frontier = appendLeaf(frontier, leafHash(entry, nodeSha256), nodeSha256, ({ level, index }, hash) => {
      if (level % 8 === 0) nodes.set(`${level} ${index}`, hash);
    });
  }
  const read: NodeReader = (level, index) => nodes.get(`${level} ${index}`)!;
  const { name } = SAMPLE_LOG;
  const root = frontierRoot(frontier, nodeSha256);
  const checkpoint = signNote(formatCheckpoint({ origin: name, size: entries.length, root }), [SAMPLE_LOG]);
  const retention = formatRetention(name, { ...KEEPS_ALL, minimumIndex });
  const site: Site = new Map([
    ['checkpoint', utf8(withPostQuantum(checkpoint, SAMPLE_LOG, PQ))],
    ['retention', utf8(signNote(retention, [SAMPLE_LOG]))],
  ]);
  for (const tile of tilesOf(entries.length)) {
    const isLow = tile.level === 'entries' || tile.level === 0;
    if (isLow && (tile.index + 1) * TILE_WIDTH <= minimumIndex) continue;
    const start = tile.index * TILE_WIDTH;
    const bytes =
      tile.level === 'entries'
        ? encodeEntries(entries.slice(start, start + tile.width))
        : encodeTile(tile, read);
    site.set(tilePath(tile), bytes);
  }
  return site;
}
const check = (site: Site, more: Partial<SiteCheckOptions> = {}): Promise<SiteReport> =>
  checkSite({ read: (path) => site.get(path), keys: KEYS, ...more });
function bent(site: Site, path: string, offset: number, mask: number): Site {
  const bytes = site.get(path)!.slice();
  bytes[offset]! ^= mask;
  return new Map(site).set(path, bytes);
}
const entries = Array.from({ length: 700 }, (_, i) => utf8(`entry ${i} ${'.'.repeat(i % 90)}`));
const SITE = siteOf(entries);

describe('checking a published log', () => {
  it.each([...SITE.keys()].filter((path) => path.startsWith('tile/')))(
    'finds bytes that were put behind %s, and behind the full file in its place',
    async (path) => {
      const longer = (bytes: Uint8Array, ...more: number[]): Uint8Array =>
        new Uint8Array([...bytes, ...more]);
      const { length } = SITE.get(path)!;
      const site = new Map(SITE).set(path, longer(SITE.get(path)!, 0, 0));
      expect((await check(site)).problems).toMatchObject([{ path, offset: length }]);
      // A log that has grown since serves the full one.
      const full = path.replace(/\.p\/.*/, '');
      if (full === path || path.startsWith('tile/1/')) return;
      const grown = siteOf(Array.from({ length: 768 }, (_, i) => entries[i] ?? utf8(`entry ${i}`)));
      const behind = new Map(SITE).set(full, grown.get(full)!);
      behind.delete(path);
      expect((await check(behind)).problems).toEqual([]);
      behind.set(full, longer(grown.get(full)!, 7));
      expect((await check(behind)).problems).toMatchObject([{ path: full }]);
      behind.set(full, grown.get(full)!.subarray(0, -1));
      expect((await check(behind)).problems).toMatchObject([{ path: full }]);
    },
  );

  it('finds nothing wrong with a sound one, of any size', async () => {
    for (const size of [0, 1, 2, 255, 256, 257, 511, 512, 700]) {
      const site = siteOf(entries.slice(0, size));
      expect(await check(site)).toMatchObject({
        ok: true,
        entries: size,
        pruned: 0,
        files: site.size,
        statementsChecked: false,
        problems: [],
      });
    }
  });

  it('names the byte, in whatever tile or bundle it is', async () => {
    const tiles = [...SITE.keys()].filter((path) => path.startsWith('tile/'));
    expect(tiles).toHaveLength(7);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...tiles),
        fc.double({ min: 0, max: 0.999999, noNaN: true }),
        fc.integer({ min: 1, max: 255 }),
        async (path, place, mask) => {
          const offset = Math.floor(SITE.get(path)!.length * place);
          const { ok, problems } = await check(bent(SITE, path, offset, mask));
          expect(ok).toBe(false);
          expect(problems).toHaveLength(1);
          const [{ path: named, offset: at, length }] = problems as [SiteReport['problems'][number]];
          expect([named, at, length]).toEqual([path, offset, undefined]);
        },
      ),
      { numRuns: 70 },
    );
  });

  it.each(['checkpoint', 'retention'])('names the byte of the %s, or the line it is in', async (path) => {
    const bytes = SITE.get(path)!;
    const text = Buffer.from(bytes).toString();
    const ownLine = bytes.length - Buffer.from(text.slice(text.indexOf('\n\n') + 2)).length;
    const ownEnd = bytes.indexOf(10, ownLine);
    const offsets = [
      0,
      3,
      text.indexOf('\n') + 1,
      ownLine - 40,
      ownLine - 2,
      ownLine + 5,
      ownEnd - 20,
      ownEnd,
    ];
    if (path === 'checkpoint') offsets.push(ownEnd + 10, ownEnd + 50, ownEnd + 300, bytes.length - 30);
    for (const offset of offsets) {
      const { ok, problems, entries: size } = await check(bent(SITE, path, offset, 1));
      expect([offset, ok, problems[0]?.path]).toEqual([offset, false, path]);
      const { offset: at = -1, length = 1 } = problems[0]!;
      expect(at).toBeLessThanOrEqual(offset);
      expect(at + length).toBeGreaterThan(offset);
      if (offset < ownEnd) expect([offset, at, length, size]).toEqual([offset, offset, 1, 700]);
    }
  });

  it('names what is missing, too short, too long, or put in another’s place', async () => {
    for (const path of SITE.keys()) {
      if (path === 'retention') continue;
      const without = new Map(SITE);
      without.delete(path);
      expect((await check(without)).problems).toMatchObject([{ path, offset: 0, text: 'it is missing' }]);
    }
    for (const path of ['tile/0/001', 'tile/entries/001', 'tile/entries/002.p/188', 'tile/1/000.p/2']) {
      const bytes = SITE.get(path)!;
      const short = bytes.length - 7;
      const cut = await check(new Map(SITE).set(path, bytes.slice(0, short)));
      expect(cut.problems[0]).toMatchObject({ path, offset: short });
    }
    const bundle = SITE.get('tile/entries/000')!;
    const longer = await check(new Map(SITE).set('tile/entries/000', Buffer.concat([bundle, utf8('x')])));
    expect(longer.problems).toMatchObject([{ path: 'tile/entries/000', offset: bundle.length }]);
    const swapped = await check(new Map(SITE).set('tile/0/000', SITE.get('tile/0/001')!));
    expect(swapped.problems[0]).toMatchObject({ path: 'tile/0/000', offset: 0 });
    // Two bytes of one entry: no single byte mends it, and the entry is named.
    const twice = bent(bent(SITE, 'tile/entries/000', 30, 1), 'tile/entries/000', 32, 1);
    expect((await check(twice)).problems).toMatchObject([
      { path: 'tile/entries/000', index: 2, offset: expect.any(Number), length: expect.any(Number) },
    ]);
    expect((await check(new Map(SITE).set('checkpoint', utf8('<html>')))).problems).toMatchObject([
      { path: 'checkpoint' },
    ]);
    const stranger = nodeSigner('heartwood/ledger/ff', sampleSeed(33));
    expect((await check(SITE, { keys: [stranger] })).problems[0]).toMatchObject({ path: 'checkpoint' });
  });

  it('is not taken in by files that agree with each other', async () => {
    const other = siteOf(entries.map((entry, i) => (i === 300 ? utf8('other') : entry)));
    other.set('checkpoint', SITE.get('checkpoint')!);
    expect((await check(other)).problems).toMatchObject([
      { text: expect.stringMatching(/another log or history/) },
    ]);
    // The first disagreement is named where two of three are wrong in one block.
    const two = bent(bent(SITE, 'tile/0/001', 100, 1), 'tile/entries/001', 4, 1);
    expect((await check(two)).problems[0]).toMatchObject({ path: 'tile/entries/001', offset: 0, index: 256 });
    const both = bent(bent(SITE, 'tile/0/000', 33, 8), 'tile/entries/002.p/188', 40, 8);
    expect((await check(both)).problems.map(({ path, offset }) => [path, offset])).toEqual([
      ['tile/0/000', 33],
      ['tile/entries/002.p/188', 40],
    ]);
  });

  it('reads a log that let go of its past, and one with three levels', async () => {
    const many = Array.from({ length: 66_000 }, (_, i) => utf8(`${i}`));
    for (const minimum of [0, 65_800]) {
      const site = siteOf(many, minimum);
      const report = await check(site);
      expect(report).toMatchObject({ ok: true, entries: 66_000, pruned: minimum === 0 ? 0 : 65_792 });
      for (const [path, offset] of [
        ['tile/2/000.p/1', 7],
        ['tile/1/001.p/1', 31],
        ['tile/entries/257.p/208', 10],
        ['tile/0/257.p/208', 77],
      ] as const) {
        const { problems } = await check(bent(site, path, offset, 16));
        // Of what was let go only the root knows: the tile is named.
        const isBlind = minimum > 0 && path === 'tile/1/001.p/1';
        expect(problems.map((one) => [one.path, one.offset])).toEqual([[path, isBlind ? 0 : offset]]);
      }
      const { problems } = await check(bent(site, 'tile/1/000', 4000, 16));
      // Where its entries are gone, the tile is named and not its byte.
      expect(problems).toMatchObject([
        minimum === 0
          ? { path: 'tile/1/000', offset: 4000 }
          : { path: 'tile/1/000', offset: 0, length: 8192 },
      ]);
    }
  });

  it('verifies statements where it is given the keys of hubs, and follows their chains', async () => {
    const path = join(base, 'ledger.db');
    const folder = join(base, 'www');
    const ledger = openEmbeddedLedger({ path, signer: SAMPLE_LOG, hubKeys: [SAMPLE_HUB] });
    ledger.append(sampleChain(300));
    exportLog({ reader: ledger.reader, folder });
    ledger.close();
    const read = (name: string): Uint8Array | undefined => {
      try {
        return readFileSync(join(folder, name));
      } catch {
        return undefined;
      }
    };
    expect(readdirSync(folder).sort()).toEqual(['checkpoint', 'retention', 'tile']);
    const whole = await checkSite({ read, keys: KEYS, hubKeys: [SAMPLE_HUB] });
    expect(whole).toMatchObject({ ok: true, entries: 300, statementsChecked: true });
    const strange = nodeSigner(SAMPLE_HUB.name, sampleSeed(50));
    expect((await checkSite({ read, keys: KEYS, hubKeys: [strange] })).problems[0]).toMatchObject({
      index: 0,
      text: expect.stringMatching(/entry 0: .*signed/),
    });
    const gap = siteOf(sampleChain(5).toSpliced(2, 1).map(utf8));
    expect((await check(gap, { hubKeys: [SAMPLE_HUB] })).problems).toMatchObject([
      { index: 2, text: expect.stringMatching(/does not follow on statement 1: out-of-sequence/) },
    ]);
    expect((await check(gap)).ok).toBe(true);
    const late = siteOf(sampleChain(5).slice(1).map(utf8));
    expect((await check(late, { hubKeys: [SAMPLE_HUB] })).problems).toMatchObject([
      { index: 0, text: expect.stringMatching(/does not follow on nothing/) },
    ]);
    const pruned = siteOf(sampleChain(300).map(utf8), 256);
    expect(await check(pruned, { hubKeys: [SAMPLE_HUB] })).toMatchObject({ ok: true, pruned: 256 });
    const bundle = join(folder, 'tile/entries/000');
    const bytes = readFileSync(bundle);
    bytes[5000]! ^= 2;
    writeFileSync(bundle, bytes);
    expect((await checkSite({ read, keys: KEYS, hubKeys: [SAMPLE_HUB] })).problems).toMatchObject([
      { path: 'tile/entries/000', offset: 5000 },
    ]);
  });

  it('goes at hundreds of thousands of entries a second on a quiet machine, tens on a busy one', async () => {
    const many = Array.from({ length: 20_000 }, (_, i) => utf8(`${i} ${'x'.repeat(280)}`));
    const site = siteOf(many);
    await check(site);
    expect((await check(site)).entriesPerS).toBeGreaterThan(20_000);
  });
});
