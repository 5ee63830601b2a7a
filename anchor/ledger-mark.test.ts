import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parseCheckpoint } from './checkpoint.ts';
import { checkLedger } from './ledger-check.ts';
import { describeLedger } from './ledger-conformance.ts';
import { type EmbeddedLedger, openEmbeddedLedger } from './ledger-embedded.ts';
import { type MarkStore, openMarkFile } from './ledger-mark.ts';
import { OTHER_HUB, SAMPLE_HUB, SAMPLE_LOG, sampleChain, sampleSeed } from './ledger-sample.ts';
import { parseNote } from './note.ts';
import { checkConsistency } from './proof.ts';

const folder = mkdtempSync(join(tmpdir(), 'heartwood-mark-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const place = (): { path: string; mark: string } => {
  const base = join(folder, `${count++}`);
  mkdirSync(join(base, 'data'), { recursive: true });
  return { path: join(base, 'data', 'ledger.db'), mark: join(base, 'elsewhere', 'mark') };
};
const open = (path: string, mark?: MarkStore): EmbeddedLedger =>
  openEmbeddedLedger({ path, signer: SAMPLE_LOG, hubKeys: [SAMPLE_HUB, OTHER_HUB], mark });
const sizeOf = (mark: string): number => parseCheckpoint(parseNote(readFileSync(mark, 'utf8')).text).size;
const notes = sampleChain(12);
const change = <T>(statement: T): T => ({ ...statement, batchRoot: sampleSeed(9) });

describeLedger('embedded, with a mark', async (hubKeys) => {
  const { path, mark } = place();
  const ledger = openEmbeddedLedger({ path, signer: SAMPLE_LOG, hubKeys, mark: openMarkFile(mark) });
  return { ledger, end: async () => ledger.close() };
});

describe('mark', () => {
  it('is made at the first start, and follows every checkpoint', () => {
    const { path, mark } = place();
    const ledger = open(path, openMarkFile(mark));
    expect(sizeOf(mark)).toBe(0);
    for (const size of [1, 2, 5]) {
      ledger.append(notes.slice(0, size));
      expect(sizeOf(mark)).toBe(size);
    }
    ledger.append([notes[0]!]);
    expect(sizeOf(mark)).toBe(5);
    ledger.close();
    open(path, openMarkFile(mark)).close();
    expect(existsSync(`${mark}.new`)).toBe(false);
  });

  it('that is older than the ledger catches up; one made later begins with it', () => {
    const { path, mark } = place();
    const without = open(path);
    without.append(notes.slice(0, 4));
    without.close();
    open(path, openMarkFile(mark)).close();
    expect(sizeOf(mark)).toBe(4);
    const again = open(path);
    again.append(notes.slice(4, 7));
    again.close();
    open(path, openMarkFile(mark)).close();
    expect(sizeOf(mark)).toBe(7);
  });

  it('keeps a ledger that was restored from an old copy from signing, and says what to do', () => {
    const { path, mark } = place();
    const ledger = open(path, openMarkFile(mark));
    ledger.append(notes.slice(0, 3));
    ledger.close();
    copyFileSync(path, `${path}.old`);
    const newer = open(path, openMarkFile(mark));
    newer.append(notes.slice(3, 5));
    newer.close();
    const before = readFileSync(mark, 'utf8');
    expect(() => open(`${path}.old`, openMarkFile(mark))).toThrow(
      /has 3 entries, and .*mark says that it has signed 5 already: it was restored.*Put the newest copy/,
    );
    expect(readFileSync(mark, 'utf8')).toBe(before);
    open(path, openMarkFile(mark)).close();
  });

  it('keeps a second history from being signed, of the same size and of a larger one', () => {
    const { path, mark } = place();
    const ledger = open(path, openMarkFile(mark));
    ledger.append(notes.slice(0, 3));
    ledger.close();
    for (const size of [3, 6]) {
      const other = place().path;
      const forked = open(other);
      forked.append(sampleChain(size, { change }));
      forked.close();
      expect(() => open(other, openMarkFile(mark))).toThrow(/two ledgers have signed with one key/);
    }
    expect(sizeOf(mark)).toBe(3);
  });

  it('lets one of two running copies sign, and stops the other before it signs', () => {
    const { path, mark } = place();
    open(path, openMarkFile(mark)).close();
    const copy = `${path}.copy`;
    copyFileSync(path, copy);
    const [one, two] = [open(path, openMarkFile(mark)), open(copy, openMarkFile(mark))];
    expect(one.append(notes.slice(0, 2))[0]?.kind).toBe('appended');
    expect(() => two.append(sampleChain(1, { change }))).toThrow(
      /restored from an old copy, or another copy/,
    );
    expect(two.reader.latest().size).toBe(0);
    expect(one.append(notes.slice(2, 3))[0]?.kind).toBe('appended');
    one.close();
    two.close();
  });

  it('does not answer before it has moved: a medium that is full or gone stops the ledger, and it goes on after', () => {
    const { path, mark } = place();
    const file = openMarkFile(mark);
    let full = false;
    const ledger = open(path, {
      ...file,
      replace: (expected, next) => {
        if (full) throw new Error('ENOSPC');
        file.replace(expected, next);
      },
    });
    ledger.append(notes.slice(0, 2));
    full = true;
    expect(() => ledger.append(notes.slice(2, 3))).toThrow('ENOSPC');
    expect(() => ledger.latest()).toThrow('ENOSPC');
    expect(() => ledger.proofOf({ index: 0 })).toThrow('ENOSPC');
    expect(() => ledger.append(notes.slice(2, 3))).toThrow('ENOSPC');
    full = false;
    expect(ledger.append(notes.slice(2, 3))).toMatchObject([{ kind: 'already-there', index: 2 }]);
    expect(sizeOf(mark)).toBe(3);
    ledger.close();
  });

  it.each([
    ['empty', ''],
    ['cut off', 'heartwood/ledger/3f'],
    ['of another ledger', readOther()],
  ])('that is %s stops the start with a sentence', (_, text) => {
    const { path, mark } = place();
    open(path, openMarkFile(mark)).close();
    writeFileSync(mark, text);
    expect(() => open(path, openMarkFile(mark))).toThrow(/is no checkpoint .*move the file away/);
  });

  it('whose file cannot be read stops the start', () => {
    const { path, mark } = place();
    mkdirSync(mark, { recursive: true });
    expect(() => open(path, openMarkFile(mark))).toThrow(/cannot be read.*bring it back/);
    chmodSync(mark, 0o700);
  });

  it('is replaced only where it is what was compared', () => {
    const { mark } = place();
    const file = openMarkFile(mark);
    file.replace(undefined, 'one');
    expect(() => file.replace(undefined, 'two')).toThrow(/two ledgers share the mark/);
    expect(() => file.replace('other', 'two')).toThrow(/two ledgers share the mark/);
    file.replace('one', 'two');
    expect(file.read()).toBe('two');
    // Moved by another program after the comparison, while the draft was being written: here the draft is the mark.
    symlinkSync(file.place, `${file.place}.new`);
    expect(() => file.replace('two', 'three')).toThrow(/two ledgers share the mark/);
  });
});

function readOther(): string {
  const { path } = place();
  const other = openEmbeddedLedger({ path, signer: { ...OTHER_HUB }, hubKeys: [] });
  const { checkpoint } = other.latest();
  other.close();
  return checkpoint;
}

describe('mark, killed', () => {
  const PROCESS = fileURLToPath(new URL('./ledger-mark.test-process.ts', import.meta.url));

  it.each([
    ['before-commit', 8, 8],
    ['before-mark', 9, 8],
    ['after-mark', 9, 9],
  ])('%s: the next start goes on, and no signed checkpoint is contradicted', (step, size, marked) => {
    const { path, mark } = place();
    const child = spawnSync(process.execPath, ['--no-warnings', PROCESS, path, mark, '9', step], {
      encoding: 'utf8',
    });
    expect([child.signal, child.stdout]).toEqual(['SIGKILL', '8\n']);
    expect(sizeOf(mark)).toBe(marked);
    const old = parseCheckpoint(parseNote(readFileSync(mark, 'utf8')).text);
    const ledger = open(path, openMarkFile(mark));
    expect(ledger.latest().size).toBe(size);
    expect(sizeOf(mark)).toBe(size);
    ledger.append(notes);
    const head = ledger.latest();
    const proof = ledger.reader.consistency(old.size, head.size);
    expect(checkConsistency(old.size, head.size, proof, old.root, head.root)).toBe(true);
    ledger.close();
    expect(checkLedger(path, SAMPLE_LOG, [SAMPLE_HUB]).problems).toEqual([]);
  });

  it('within the writing of the mark leaves a draft that harms nothing', () => {
    const { path, mark } = place();
    open(path, openMarkFile(mark)).close();
    writeFileSync(`${mark}.new`, 'half of a che');
    const ledger = open(path, openMarkFile(mark));
    ledger.append(notes);
    expect(sizeOf(mark)).toBe(12);
    ledger.close();
  });
});
