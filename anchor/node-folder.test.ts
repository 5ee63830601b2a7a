// That what is made is synced, `test/soak/power.test.ts` shows by cutting the power.

import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makeFolder } from './node-folder.ts';

describe('a folder', () => {
  const home = mkdtempSync(join(tmpdir(), 'heartwood-folder-'));
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it('is made with those above it, for its owner alone, and may be there already', () => {
    const path = join(home, 'a', 'b');
    makeFolder(path);
    makeFolder(path);
    expect([path, join(home, 'a')].map((one) => statSync(one).mode & 0o777)).toEqual([0o700, 0o700]);
  });

  it('is made for everybody where that is asked, whatever the process keeps to itself', () => {
    const before = process.umask(0o077);
    try {
      makeFolder(join(home, 'site'), 0o755);
    } finally {
      process.umask(before);
    }
    expect(statSync(join(home, 'site')).mode & 0o777).toBe(0o755);
    expect(existsSync(join(home, 'a'))).toBe(false);
  });
});
