import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openEmbeddedLedger } from './ledger-embedded.ts';
import { exportLog } from './ledger-export.ts';
import { SAMPLE_HUB, SAMPLE_LOG, sampleChain, sampleSeed } from './ledger-sample.ts';
import { answerSite } from './ledger-site.ts';
import type { Fetch } from './log-client.ts';
import { LogClient } from './log-client.ts';
import { nodeSigner, nodeVerifyEd25519 } from './node-primitive.ts';
import { verifyNote } from './note.ts';
import { checkInclusion } from './proof.ts';
import { KEEPS_ALL, parseRetention } from './retention.ts';
import { statementHash } from './statement.ts';
import { parseTlogProof } from './tlog-proof.ts';

const base = mkdtempSync(join(tmpdir(), 'heartwood-export-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));
let count = 0;
const place = (): string => join(base, `${count++}`);
const open = (signer = SAMPLE_LOG) =>
  openEmbeddedLedger({ path: `${place()}.db`, signer, hubKeys: [SAMPLE_HUB] });
const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

/** Reads a folder as a web server of plain files would serve it. */
const fromFiles =
  (folder: string): Fetch =>
  async (url) => {
    const path = join(folder, new URL(url).pathname);
    return existsSync(path) ? new Response(readFileSync(path)) : new Response(null, { status: 404 });
  };

function clientOf(folder: string): LogClient {
  return new LogClient({
    url: 'http://files.invalid',
    key: SAMPLE_LOG,
    fetch: fromFiles(folder),
    sleep: async () => undefined,
    random: () => 0,
    verify: nodeVerifyEd25519,
  });
}

describe('exported log', () => {
  it('has the bytes that the server answers, and grows by what is new', () => {
    const [ledger, folder] = [open(), place()];
    const notes = sampleChain(600);
    ledger.append(notes.slice(0, 300));
    expect(exportLog({ reader: ledger.reader, folder })).toEqual({ size: 300, written: 5, removed: 0 });
    expect(filesOf(folder)).toEqual([
      'checkpoint',
      'retention',
      'tile/0/000',
      'tile/0/001.p/44',
      'tile/1/000.p/1',
      'tile/entries/000',
      'tile/entries/001.p/44',
    ]);
    ledger.append(notes.slice(300));
    expect(exportLog({ reader: ledger.reader, folder })).toEqual({ size: 600, written: 5, removed: 2 });
    expect(filesOf(folder)).toContain('tile/1/000.p/1');
    expect(filesOf(folder)).not.toContain('tile/0/001.p/44');
    for (const file of filesOf(folder)) {
      const answer = answerSite({ reader: ledger.reader }, `/${file}`, new URLSearchParams());
      expect(Buffer.from(answer!.body).equals(readFileSync(join(folder, file)))).toBe(true);
    }
    expect(exportLog({ reader: ledger.reader, folder })).toEqual({ size: 600, written: 0, removed: 0 });
    ledger.close();
  });

  it('shows by its files alone that each checkpoint grew out of every earlier one', async () => {
    const [ledger, folder] = [open(), place()];
    const notes = sampleChain(530);
    const log = clientOf(folder);
    const heads = [];
    for (const [from, to] of [
      [0, 0],
      [0, 1],
      [1, 255],
      [255, 256],
      [256, 257],
      [257, 511],
      [511, 530],
    ] as const) {
      ledger.append(notes.slice(from, to));
      exportLog({ reader: ledger.reader, folder });
      heads.push(await log.head());
      for (const older of heads) {
        // Partial tiles of the older sizes may be gone: the full ones begin with them.
        for (const newer of heads.filter(({ size }) => size >= older.size)) {
          expect(await log.isGrowth(older, newer)).toBe(true);
          expect(await log.isGrowth({ ...older, root: sampleSeed(7) }, newer)).toBe(false);
        }
      }
    }
    expect(heads.map(({ size }) => size)).toEqual([0, 1, 255, 256, 257, 511, 530]);
    ledger.close();
  });

  it('is finished by the next run, wherever the last one ended', () => {
    const ledger = open();
    ledger.append(sampleChain(300));
    const whole = place();
    exportLog({ reader: ledger.reader, folder: whole });
    const wanted = filesOf(whole);
    for (let kept = 0; kept < wanted.length; kept++) {
      const folder = place();
      exportLog({ reader: ledger.reader, folder });
      // The checkpoint is written last: a run that ended early has some tiles, perhaps half a draft, and no checkpoint.
      rmSync(join(folder, 'checkpoint'));
      for (const file of wanted.filter((name) => name.startsWith('tile/')).slice(kept))
        rmSync(join(folder, file));
      writeFileSync(join(folder, 'tile', 'half.new'), 'x');
      exportLog({ reader: ledger.reader, folder });
      rmSync(join(folder, 'tile', 'half.new'));
      expect(filesOf(folder)).toEqual(wanted);
    }
    ledger.close();
  });

  it('can be read by a web server of another user, however private the process is', () => {
    const [ledger, folder] = [open(), place()];
    ledger.append(sampleChain(1));
    const before = process.umask(0o077);
    try {
      exportLog({ reader: ledger.reader, folder });
    } finally {
      process.umask(before);
    }
    const modes = ['', 'tile', 'tile/0', 'tile/0/000.p', 'checkpoint', 'tile/0/000.p/1'].map(
      (name) => statSync(join(folder, name)).mode & 0o777,
    );
    expect(modes).toEqual([0o755, 0o755, 0o755, 0o755, 0o644, 0o644]);
    ledger.close();
  });

  it('is never overwritten: by an altered tile, an older copy, another history or another log', () => {
    const [ledger, folder] = [open(), place()];
    const notes = sampleChain(40);
    ledger.append(notes.slice(0, 20));
    exportLog({ reader: ledger.reader, folder });

    const behind = open();
    behind.append(notes.slice(0, 10));
    expect(() => exportLog({ reader: behind.reader, folder })).toThrow(/restored from an old copy/);
    const forked = open();
    forked.append(sampleChain(30, { change: (one) => ({ ...one, batchRoot: sampleSeed(9) }) }));
    expect(() => exportLog({ reader: forked.reader, folder })).toThrow(/another history/);
    const stranger = open(nodeSigner('heartwood/ledger/ff', sampleSeed(33)));
    expect(() => exportLog({ reader: stranger.reader, folder })).toThrow(/signed by/);

    ledger.append(notes.slice(20));
    exportLog({ reader: ledger.reader, folder });
    rmSync(join(folder, 'checkpoint'));
    const tile = join(folder, 'tile/0/000.p/40');
    const bytes = readFileSync(tile);
    bytes[77]! ^= 1;
    writeFileSync(tile, bytes);
    expect(() => exportLog({ reader: ledger.reader, folder })).toThrow(/has another content/);
    expect(readFileSync(tile).equals(bytes)).toBe(true);
    for (const one of [ledger, behind, forked, stranger]) one.close();
  });

  it('lets go of what the retention lets go, and what is left proves every later entry', async () => {
    const [ledger, folder] = [open(), place()];
    ledger.append(sampleChain(600));
    exportLog({ reader: ledger.reader, folder });
    const handedOut = ledger.proofOf({ index: 7 })!;
    const [old, log] = [await clientOf(folder).head(), clientOf(folder)];
    ledger.append(sampleChain(10, { after: sampleChain(600) }));
    ledger.setRetention({ ...KEEPS_ALL, minimumIndex: 512 });
    expect(exportLog({ reader: ledger.reader, folder }).removed).toBe(4);
    expect(filesOf(folder).filter((file) => /\/00[01]$/.test(file))).toEqual([]);
    const head = await log.head();
    expect(await log.isGrowth(old, head)).toBe(true);
    expect(exportLog({ reader: ledger.reader, folder })).toEqual({
      size: 610,
      written: 0,
      removed: 0,
    });
    await expect(log.entries(0, 256)).rejects.toMatchObject({ code: 'bad-tile' });
    expect(await log.entries(2, 98)).toHaveLength(98);
    const { text } = verifyNote(readFileSync(join(folder, 'retention')), [SAMPLE_LOG], nodeVerifyEd25519);
    expect(parseRetention(text)).toMatchObject({ origin: SAMPLE_LOG.name, minimumIndex: 512 });
    // A proof that was handed out needs nothing of the log any more.
    const { index, path, checkpoint } = parseTlogProof(handedOut);
    const { size, root } = log.parseHead(checkpoint);
    expect(checkInclusion(statementHash(sampleChain(8)[7]!), index, size, path, root)).toBe(true);
    ledger.close();
  });
});
