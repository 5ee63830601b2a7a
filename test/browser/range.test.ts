// A range proof is checked in a real browser by the same files as on the command line, with what the Web has and nothing of
// Node: their types are stripped on the way, and the browser's own import map finds the libraries.

import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RangeVerdict, verifyRange } from '@heartwood/anchor';
import { NODE_PRIMITIVES } from '@heartwood/anchor/node';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Home } from '../journey/home.ts';
import { JOURNEY, pause } from '../journey/program.ts';
import { sender } from '../journey/sender.ts';
import { hasChromium, launchChromium, needsChromium } from './chromium.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SITE = 'http://heartwood.test';
const IMPORTS = {
  '@heartwood/vitals': '/vitals/index.ts',
  cborg: '/node_modules/cborg/cborg.js',
  '@noble/hashes/': '/node_modules/@noble/hashes/',
  '@noble/curves/': '/node_modules/@noble/curves/',
};
const PAGE = `<!doctype html><script type="importmap">${JSON.stringify({ imports: IMPORTS })}</script>
<script type="module">import { verifyRange } from '/anchor/index.ts'; globalThis.verifyRange = verifyRange;</script>`;
type InPage = { readonly verifyRange: (text: string, policy: string) => RangeVerdict };

describe.skipIf(!hasChromium)(`a range proof in a browser${needsChromium}`, JOURNEY, () => {
  let home: Home;
  let browser: Browser;
  let page: Page;
  let range: string;
  let policy: string;

  beforeAll(async () => {
    home = new Home();
    const hub = await home.start('--interval-ms', '200');
    const strap = await sender((await hub.ready).mqtt ?? '', 'strap-1', await home.enroll('strap-1', 'Ada'));
    for (let seq = 0; seq < 12; seq++) {
      await strap.send(JSON.stringify({ seq, readings: [{ kind: 'heart-rate', value: 70 }] }));
      await pause(seq % 3 === 0 ? 500 : 50);
    }
    await strap.end();
    await hub.stop();
    range = await home.insist('prove', '--patient', 'Ada');
    policy = readFileSync(home.policy, 'utf8');
    browser = await launchChromium();
    page = await browser.newPage();
    await page.route(`${SITE}/**`, (route) => {
      const path = new URL(route.request().url()).pathname;
      if (path === '/') return route.fulfill({ contentType: 'text/html', body: PAGE });
      const source = readFileSync(join(ROOT, path), 'utf8');
      const body = path.endsWith('.ts') ? stripTypeScriptTypes(source) : source;
      return route.fulfill({ contentType: 'text/javascript', body });
    });
    await page.goto(`${SITE}/`);
    await page.waitForFunction(() => 'verifyRange' in globalThis);
  }, JOURNEY.timeout);
  afterAll(async () => {
    await browser?.close();
    await home?.close();
  });

  const check = (text: string): Promise<RangeVerdict & { readonly ms: number; readonly node: boolean }> =>
    page.evaluate(
      ([text = '', policy = '']) => {
        const began = performance.now();
        const verdict = (globalThis as unknown as InPage).verifyRange(text, policy);
        const node = 'process' in globalThis || 'Buffer' in globalThis;
        return { ...verdict, ms: performance.now() - began, node };
      },
      [text, policy],
    );

  it('holds, and says the same as in Node', async () => {
    const { ms, node, ...verdict } = await check(range);
    expect(node).toBe(false);
    expect(ms).toBeGreaterThan(0);
    expect(verdict).toEqual(JSON.parse(JSON.stringify(verifyRange(range, policy, NODE_PRIMITIVES))));
    expect(verdict.ok).toBe(true);
    expect(verdict.claim?.entries).toBe(12);
  });

  it('is refused with a line left out, or a byte changed', async () => {
    const lines = range.split('\n');
    const at = lines.findIndex((line) => /^\d{4}-/.test(line));
    expect((await check(lines.toSpliced(at, 1).join('\n'))).ok).toBe(false);
    expect((await check(range.replace(/^(\d{4}-\S+) 0 /m, '$1 1 '))).ok).toBe(false);
  });
});
