import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, describe, expect, it } from 'vitest';
import { formatVerifierKey } from './key.ts';
import { checkLedger } from './ledger-check.ts';
import { openEmbeddedLedger } from './ledger-embedded.ts';
import { SAMPLE_END_MS, SAMPLE_HUB, SAMPLE_LOG, SAMPLE_WITNESSES, sampleChain } from './ledger-sample.ts';
import { formatSignatureLine, parseNote, signNote } from './note.ts';
import { parsePolicy } from './policy.ts';

const folder = mkdtempSync(join(tmpdir(), 'heartwood-ledger-check-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const HOUR = 3_600_000;
const POLICY = parsePolicy(
  `hub ${formatVerifierKey(SAMPLE_HUB)}\nlog ${formatVerifierKey(SAMPLE_LOG)}\n${SAMPLE_WITNESSES.map(
    (key, i) => `witness w${i} ${formatVerifierKey(key)}\n`,
  ).join('')}group two 2 w0 w1 w2\nquorum two\n`,
);
const check = (path: string, policy = POLICY) => checkLedger(path, SAMPLE_LOG, [SAMPLE_HUB], { policy });

/** A ledger of 9 entries whose first 6 two witnesses cosigned, an hour between; then altered. */
function altered(sql?: string, ...args: unknown[]): string {
  const path = join(folder, `${files++}.db`);
  const ledger = openEmbeddedLedger({ path, signer: SAMPLE_LOG, hubKeys: [SAMPLE_HUB] });
  const notes = sampleChain(9);
  const at = SAMPLE_END_MS + 90_000;
  for (const [i, size] of [3, 6, 9].entries()) {
    ledger.append(notes.slice(size - 3, size));
    ledger.noteGrowth(at + i * HOUR);
    if (size !== 6) continue;
    const cosigned = signNote(parseNote(ledger.latest().checkpoint).text, SAMPLE_WITNESSES.slice(0, 2));
    const lines = parseNote(cosigned).signatures.map(formatSignatureLine).join('');
    expect(ledger.addCosignatures(6, lines, SAMPLE_WITNESSES)).toBe(2);
    ledger.markWitnessed(6);
  }
  ledger.close();
  const db = new Database(path);
  if (sql !== undefined) expect(db.prepare(sql).run(...args).changes).toBe(1);
  db.close();
  return path;
}

describe('checking what lies beside the entries of a ledger', () => {
  it('finds nothing wrong with a sound one', () => {
    expect(check(altered()).problems).toEqual([]);
  });

  it.each([
    [
      'an altered cosignature',
      "UPDATE checkpoint SET cosignatures = replace(cosignatures, 'A', 'B') WHERE size = 6",
      /wrong|signature/,
    ],
    [
      'a lost cosignature',
      "UPDATE checkpoint SET cosignatures = '' WHERE size = 6",
      /lacks the cosignatures/,
    ],
    ['another witnessed size', 'UPDATE witnessed SET size = 9', /first 9 entries, and lacks/],
    ['no retention policy', 'DELETE FROM retention', /retention policy is missing/],
    ['a size that falls', 'UPDATE growth SET size = 8 WHERE size = 3', /8 entries at \d+ ms|which cannot be/],
    [
      'a size beyond the ledger',
      'UPDATE growth SET size = 10 WHERE size = 9',
      /10 entries at \d+ ms, which cannot be/,
    ],
    [
      'a time before its entries',
      'UPDATE growth SET at_ms = at_ms - 30 * 86400000 WHERE size = 3',
      /the last of these was made at/,
    ],
  ])('names %s', (_, sql, text) => {
    const { ok, problems } = check(altered(sql));
    expect(ok).toBe(false);
    expect(problems.map((one) => one.text).join('\n')).toMatch(text);
  });

  it('says nothing of cosignatures where no policy names witnesses', () => {
    const path = altered("UPDATE checkpoint SET cosignatures = '' WHERE size = 6");
    expect(checkLedger(path, SAMPLE_LOG, [SAMPLE_HUB]).problems).toEqual([]);
  });
});
