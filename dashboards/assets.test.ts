import { readdir, readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Assets, loadAssets } from './assets.ts';

/** The page without the verifier, which comes when somebody verifies. */
const FIRST_LOAD_BYTES_MAX = 48 * 1024;
const ALL_BYTES_MAX = 80 * 1024;

describe('loadAssets', () => {
  let assets: Assets;
  beforeAll(async () => {
    assets = await loadAssets();
  });
  const text = (path: string): string => new TextDecoder().decode(assets.get(path)?.body);

  it('bundles once', async () => {
    expect(await loadAssets()).toBe(assets);
  });

  it('names every file by its content, but the page itself', () => {
    for (const [path, { immutable }] of assets) {
      expect(immutable).toBe(path !== '/');
      if (immutable) expect(path).toMatch(/^\/assets\/[a-z]+-[A-Z0-9]{8}\.(js|css|svg)$/);
    }
  });

  it('lets the page name only files that are there, and nothing inline', () => {
    const page = text('/');
    const named = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map((match) => match[1]);
    expect(named).toHaveLength(3);
    for (const path of named) expect(assets.has(path ?? '')).toBe(true);
    expect(page).not.toMatch(/<style|<script[^>]*>[^<]|\sstyle=|\son\w+=/);
  });

  it('says what each file is', () => {
    const types = [...assets].map(
      ([path, { contentType }]) => `${path.split('.')[1] ?? 'page'} ${contentType}`,
    );
    expect(new Set(types)).toEqual(
      new Set([
        'page text/html; charset=utf-8',
        'js text/javascript; charset=utf-8',
        'css text/css; charset=utf-8',
        'svg image/svg+xml',
      ]),
    );
  });

  it('keeps the cryptography out of the first load, which stays small', () => {
    const first = [...assets].filter(([path]) => !path.includes('/verdict-'));
    const bytes = first.reduce((sum, [, { body }]) => sum + gzipSync(body).length, 0);
    expect(first.length).toBeLessThan(assets.size);
    expect(bytes).toBeLessThan(FIRST_LOAD_BYTES_MAX);
    const all = [...assets].reduce((sum, [, { body }]) => sum + gzipSync(body).length, 0);
    expect(all).toBeLessThan(ALL_BYTES_MAX);
  });

  it.skipIf(process.platform !== 'linux')('leaves no process of esbuild behind', async () => {
    // Linux tells the children that each thread has started and that still live.
    const children = async (): Promise<string> => {
      const threads = await readdir('/proc/self/task');
      const lists = threads.map((thread) => readFile(`/proc/self/task/${thread}/children`, 'utf8'));
      return (await Promise.all(lists)).join('').trim();
    };
    await expect.poll(children).toBe('');
  });
});
