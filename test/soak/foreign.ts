// `npm run soak -- foreign`: the tests of test/foreign over a log of 70,000 entries.

import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const ENTRIES = 70_000;

/** Runs them in a process of their own; returns its exit status. */
export function verifyByOthers(): number {
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  const env = { ...process.env, HEARTWOOD_TEST_FOREIGN_ENTRIES: `${ENTRIES}` };
  return spawnSync(process.execPath, [vitest, 'run', 'test/foreign'], { env, stdio: 'inherit' }).status ?? 1;
}
