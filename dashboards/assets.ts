// The web app as bytes. The hub has no build step, so the page is bundled when it is first asked for (0.2 s
// on two busy cores), kept in memory, and esbuild's process is stopped again: it would cost some 20 MB for nothing.
// Measured with gzip: 59 KiB for the first load; 32 KiB more (the verifier) when somebody verifies, 36 for one patient.
// Script, style and icon carry the hash of their content in their name, so they may be cached for ever; index.html, which
// names them, and what makes it an app (installable.ts) may not.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { build } from 'esbuild';
import { addIcons, addWorkers } from './installable.ts';

export type Asset = {
  readonly body: Uint8Array;
  readonly contentType: string;
  /** True where the path names this very content, so that it may be cached for ever. */
  readonly immutable: boolean;
};
/** By path of the URL: `/` is the page itself, what its content names lies under `/assets/`. */
export type Assets = ReadonlyMap<string, Asset>;

const root = fileURLToPath(new URL('clinician/', import.meta.url));
const FOLDER = '/assets/';

let loading: Promise<Assets> | undefined;

/** Bundles the web app at the first call; every later call gives the same map. A failed bundle is tried anew. */
export function loadAssets(): Promise<Assets> {
  loading ??= bundle().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function bundle(): Promise<Assets> {
  // Loaded here, not at the top: a hub that nobody looks at should not pay for it.
  const esbuild = await import('esbuild');
  try {
    return await bundleAll(esbuild.build);
  } finally {
    await esbuild.stop();
  }
}

async function bundleAll(run: typeof build): Promise<Assets> {
  const assets = new Map<string, Asset>();
  const script = await bundleSources(assets, run);

  const icon = await readFile(`${root}icon.svg`);
  const hash = createHash('sha256').update(icon).digest('hex').slice(0, 8).toUpperCase();
  const iconPath = `${FOLDER}icon-${hash}.svg`;
  assets.set(iconPath, { body: icon, contentType: 'image/svg+xml', immutable: true });

  const template = await readFile(`${root}index.html`, 'utf8');
  const page = template
    .replace('"main.tsx"', `"${script['main.tsx']}"`)
    .replace('"style.css"', `"${script['style.css']}"`)
    .replace('"charts.css"', `"${script['charts.css']}"`)
    .replace('"icon.svg"', `"${iconPath}"`);
  assets.set('/', {
    body: new TextEncoder().encode(page),
    contentType: 'text/html; charset=utf-8',
    immutable: false,
  });
  await addIcons(assets, root, iconPath);
  await addWorkers(assets, run);
  return assets;
}

/** Adds every output of esbuild to `assets`; answers the path that each entry point got. */
async function bundleSources(
  assets: Map<string, Asset>,
  run: typeof build,
): Promise<Record<'main.tsx' | 'style.css' | 'charts.css', string>> {
  const entries = ['main.tsx', 'style.css', 'charts.css'] as const;
  const result = await run({
    absWorkingDir: root,
    entryPoints: [...entries],
    outdir: '/',
    entryNames: 'assets/[name]-[hash]',
    chunkNames: 'assets/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  for (const file of result.outputFiles)
    assets.set(urlPath(file.path), {
      body: file.contents,
      contentType: file.path.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8',
      immutable: true,
    });
  const outputs = Object.entries(result.metafile.outputs);
  const pathOf = (entry: string): string => {
    const found = outputs.find(([, output]) => output.entryPoint === entry);
    if (found === undefined) throw new Error(`esbuild gave no output for ${entry}`);
    return FOLDER + found[0].slice(found[0].lastIndexOf('/') + 1);
  };
  return {
    'main.tsx': pathOf('main.tsx'),
    'style.css': pathOf('style.css'),
    'charts.css': pathOf('charts.css'),
  };
}

function urlPath(file: string): string {
  return FOLDER + file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
}
