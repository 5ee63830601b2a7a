import { readdir, readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Assets, loadAssets } from './assets.ts';

const FOLDER = '/assets/';
const FIRST_LOAD_BYTES_MAX = 60 * 1024;
/** Every script and style, whenever it comes. */
const ALL_BYTES_MAX = 200 * 1024;

describe('loadAssets', () => {
  let assets: Assets;
  beforeAll(async () => {
    assets = await loadAssets();
  });
  const text = (path: string): string => new TextDecoder().decode(assets.get(path)?.body);

  it('bundles once', async () => {
    expect(await loadAssets()).toBe(assets);
  });

  it('names every file by its content, but the page and what makes it an app', () => {
    const fixed = [...assets].filter(([, { immutable }]) => !immutable).map(([path]) => path);
    expect(fixed.sort()).toEqual([
      '/',
      '/icon-180.png',
      '/icon-192.png',
      '/icon-512.png',
      '/icon-maskable.png',
      '/manifest.webmanifest',
      '/ticker.js',
      '/worker.js',
    ]);
    for (const [path, { immutable }] of assets) {
      if (immutable) expect(path).toMatch(/^\/assets\/[a-z-]+-[A-Z0-9]{8}\.(js|css|svg)$/);
    }
  });

  it('lets the page name only files that are there, and nothing inline', () => {
    const page = text('/');
    const named = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map((match) => match[1]);
    expect(named).toHaveLength(5);
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
        'png image/png',
        'webmanifest application/manifest+json',
      ]),
    );
  });

  it('keeps the first load small, and rare and heavy parts out of it', () => {
    const first = new Set<string>();
    const load = (path: string): void => {
      if (first.has(path) || !assets.has(path)) return;
      first.add(path);
      if (!path.endsWith('.js')) return;
      // What it imports at once; `import(…)` comes when it is needed.
      for (const [, name] of text(path).matchAll(/(?:from|import)\s*"\.\/([\w.-]+)"/g))
        load(`${FOLDER}${name}`);
    };
    first.add('/');
    for (const [, path] of text('/').matchAll(/(?:src|href)="(\/assets\/[^"]*)"/g)) load(path ?? '');
    const sizeOf = (path: string): number => gzipSync(assets.get(path)?.body ?? '').length;
    const bytes = [...first].reduce((sum, path) => sum + sizeOf(path), 0);
    console.info(
      `first load ${(bytes / 1024).toFixed(1)} KiB gzipped: ${[...first].map((path) => `${path} ${(sizeOf(path) / 1024).toFixed(1)}`).join(', ')}`,
    );
    expect(first.size).toBeGreaterThanOrEqual(4);
    expect([...first].filter((path) => path.includes('/verdict-'))).toEqual([]);
    expect(bytes).toBeLessThan(FIRST_LOAD_BYTES_MAX);
    const scripts = [...assets.keys()].filter((path) => /\.(js|css)$/.test(path));
    expect(scripts.reduce((sum, path) => sum + sizeOf(path), 0)).toBeLessThan(ALL_BYTES_MAX);
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
