// What makes the page an app that opens without the hub: its manifest, its icons, and the service worker that keeps
// the shell. The worker is bundled with the list of what it keeps; these files stand at fixed paths of their own.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { build } from 'esbuild';
import type { Asset } from './assets.ts';

const ICONS: readonly (readonly [file: string, size: number, purpose: 'any' | 'maskable'])[] = [
  ['icon-192', 192, 'any'],
  ['icon-512', 512, 'any'],
  ['icon-maskable', 512, 'maskable'],
];
/** iOS takes its own. */
const TOUCH_ICON = 'icon-180';
const fileOf = (url: URL): string => fileURLToPath(url);
const TICKER = fileOf(new URL('./clinician/ticker-worker.ts', import.meta.url));
const SHELL = fileOf(new URL('./clinician/service-worker.ts', import.meta.url));
/** Handles Web Push; in the same worker, since a page has one. */
const PUSH = fileOf(new URL('./clinician/push-worker.ts', import.meta.url));

/** Adds icons and manifest. @param vector the path of the icon as SVG */
export async function addIcons(assets: Map<string, Asset>, root: string, vector: string): Promise<void> {
  for (const name of [...ICONS.map(([file]) => file), TOUCH_ICON])
    assets.set(`/${name}.png`, {
      body: await readFile(`${root}icons/${name}.png`),
      contentType: 'image/png',
      immutable: false,
    });
  const manifest = {
    id: '/',
    name: 'Heartwood',
    short_name: 'Heartwood',
    description: 'Vital signs of this home, each with its age and its proof.',
    start_url: '/',
    scope: '/',
    display: 'standalone',
    background_color: '#f5f2ec',
    theme_color: '#f5f2ec',
    icons: [
      { src: vector, type: 'image/svg+xml', sizes: 'any' },
      ...ICONS.map(([file, size, purpose]) => ({
        src: `/${file}.png`,
        type: 'image/png',
        sizes: `${size}x${size}`,
        purpose,
      })),
    ],
  };
  assets.set('/manifest.webmanifest', {
    body: new TextEncoder().encode(JSON.stringify(manifest)),
    contentType: 'application/manifest+json',
    immutable: false,
  });
}

/** Adds the page's clock and, last of all since it names all others, the service worker. */
export async function addWorkers(assets: Map<string, Asset>, bundle: typeof build): Promise<void> {
  const add = async (
    path: string,
    sources: readonly string[],
    define: Record<string, string>,
  ): Promise<void> => {
    const contents = sources.map((file) => `import ${JSON.stringify(file)};`).join('\n');
    const result = await bundle({
      stdin: { contents, resolveDir: import.meta.dirname, loader: 'ts' },
      bundle: true,
      format: 'iife',
      target: 'es2022',
      minify: true,
      write: false,
      define,
      logLevel: 'silent',
    });
    const [file] = result.outputFiles;
    if (file === undefined) throw new Error(`esbuild gave no output for ${path}`);
    assets.set(path, {
      body: file.contents,
      contentType: 'text/javascript; charset=utf-8',
      immutable: false,
    });
  };
  await add('/ticker.js', [TICKER], {});
  const shell = [...assets.keys()];
  const version = createHash('sha256');
  for (const [path, { body }] of assets) version.update(`${path} ${body.length}\n`).update(body);
  await add('/worker.js', [SHELL, PUSH], {
    SHELL_PATHS: JSON.stringify(shell),
    SHELL_VERSION: JSON.stringify(version.digest('hex').slice(0, 16)),
  });
}
