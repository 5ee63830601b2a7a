// The short form of `npm run soak -- fuzz`, from a new seed each time, and what once failed or is known to be wicked, by
// heart. A test of the shrinker and of the books beside it, since a fuzz that cannot fail shows nothing.

import { readFileSync } from 'node:fs';
import { seededRandom } from '@heartwood/device-sim';
import { parseMessage } from '@heartwood/vitals';
import { describe, expect, it } from 'vitest';
import { JOURNEY } from '../journey/program.ts';
import { BODIES } from './body.ts';
import { fuzz, fuzzText } from './fuzz.ts';
import { shrink } from './shrink.ts';
import { Tally } from './tally.ts';

const MESSAGES = 10_000;

type Vector = { generator: string; contentType?: string; base64: string; outcome: string };
const vectors = JSON.parse(readFileSync(new URL('../vectors/fuzz.json', import.meta.url), 'utf8')) as {
  vectors: Vector[];
};

describe('hostile input', () => {
  it(
    `of ${MESSAGES} kinds from a seed breaks nothing, hangs nothing, and is all accounted for`,
    JOURNEY,
    async () => {
      const seed = process.env['HEARTWOOD_TEST_SEED'] ?? String(Date.now());
      process.stdout.write(`fuzz from seed ${seed} (HEARTWOOD_TEST_SEED=${seed} repeats it)\n`);
      const report = await fuzz(MESSAGES, seed, () => undefined);
      expect(report.tally.total).toBe(MESSAGES);
      expect(report.ingest.stored).toBeGreaterThan(MESSAGES / 20);
      expect(report.ingest.quarantined).toBeGreaterThan(MESSAGES / 3);
      expect(report.ingest.slowest.ms).toBeLessThan(2_000);
      const outcomes = [...report.tally.byOutcome().keys()];
      for (const one of [
        'refused: not-json',
        'refused: not-cbor',
        'refused: unknown-unit',
        'acknowledged',
        'closed',
      ])
        expect(outcomes, fuzzText(report)).toContain(one);
    },
  );

  it.each(vectors.vectors)(
    '$generator $base64 is answered with $outcome',
    ({ base64, contentType, outcome }) => {
      const parsed = parseMessage(Buffer.from(base64, 'base64'), contentType);
      expect(parsed.kind === 'refused' ? parsed.reason : 'message').toBe(outcome);
    },
  );
});

it('a generator makes the same from the same seed', () => {
  for (const [name, make] of Object.entries(BODIES)) {
    const made = (seed: string) =>
      Array.from({ length: 50 }, (_, n) => make(seededRandom(`${seed} ${n}`), n));
    expect(made('a'), name).toEqual(made('a'));
    expect(made('a'), name).not.toEqual(made('b'));
  }
});

it('a failing input is cut down to what makes it fail', () => {
  const fails = (bytes: Uint8Array): boolean => bytes.includes(0x7b) && bytes.includes(0xff);
  const input = Uint8Array.from({ length: 5000 }, (_, n) =>
    n === 1234 ? 0x7b : n === 4000 ? 0xff : n % 100,
  );
  expect([...shrink(input, fails)]).toEqual([0x7b, 0xff]);
});

it('the sum of outcomes is the number of what was added', () => {
  const tally = new Tally();
  tally.add('a', 'stored', 3);
  tally.add('b', 'stored');
  tally.add('b', 'refused: empty', 2);
  expect([tally.total, tally.byOutcome().get('stored'), tally.byGenerator().get('b')]).toEqual([6, 4, 3]);
});
