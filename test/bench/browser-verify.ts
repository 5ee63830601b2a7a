// The verifier in a real browser: Debian's Chromium loads anchor's own files, with their types taken off and nothing
// bundled, and times itself.

import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { hasChromium, launchChromium } from '../browser/chromium.ts';

const ROOT = new URL('../../', import.meta.url);
const PAGE = `<!doctype html><script type="importmap">{"imports": {
  "@heartwood/vitals": "/vitals/index.ts", "@heartwood/anchor": "/anchor/index.ts",
  "cborg": "/node_modules/cborg/cborg.js", "cborg/": "/node_modules/cborg/lib/",
  "@noble/hashes/": "/node_modules/@noble/hashes/", "@noble/curves/": "/node_modules/@noble/curves/"}}</script>
<script type="module">
import { verifyBundle } from '@heartwood/anchor';
globalThis.timeVerify = (bundles, policy) => bundles.map((bundle) => {
  const began = performance.now();
  const { ok, summary } = verifyBundle(bundle, policy);
  const ms = performance.now() - began;
  if (!ok) throw new Error(summary);
  return ms;
});
document.title = 'ready';
</script>`;

/** Milliseconds of each, in order; the first ones carry the start. Undefined where there is no Chromium. */
export async function timeInBrowser(
  bundles: readonly string[],
  policy: string,
): Promise<{ readonly browser: string; readonly ms: readonly number[] } | undefined> {
  if (!hasChromium) return undefined;
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    // A secure context, whose clock counts in 5 µs; the answers never leave this process.
    await page.route('https://bench.invalid/**', async (route) => {
      const { pathname } = new URL(route.request().url());
      if (pathname === '/') return route.fulfill({ contentType: 'text/html', body: PAGE });
      const text = readFileSync(new URL(`.${pathname}`, ROOT), 'utf8');
      const body = pathname.endsWith('.ts') ? stripTypeScriptTypes(text) : text;
      return route.fulfill({ contentType: 'text/javascript', body });
    });
    await page.goto('https://bench.invalid/');
    await page.waitForFunction("document.title === 'ready'").catch((cause: unknown) => {
      throw new Error(`the verifier did not load in the browser: ${errors.join('; ')}`, { cause });
    });
    const call = `timeVerify(${JSON.stringify(bundles)}, ${JSON.stringify(policy)})`;
    const ms = (await page.evaluate(call)) as number[];
    return { browser: `Chromium ${browser.version()}`, ms };
  } finally {
    await browser.close();
  }
}
