// `npm run sbom`: what a hub is made of, as CycloneDX JSON on standard output: every production dependency with its
// version, licence and hash. npm reads it from the lock file alone, so that it needs neither a network nor an install,
// and is the same on every machine. npm's own random serial number, clock time and folder name are taken out for that:
// the serial number follows from the content.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { argv, env, execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { ROOT } from './tree.ts';

/** The parts of CycloneDX 1.5 that are read or changed here. */
export type Sbom = {
  readonly bomFormat: string;
  serialNumber?: string;
  readonly metadata: { timestamp?: string; readonly component: { name: string; readonly purl: string } };
  readonly components: readonly {
    readonly 'bom-ref': string;
    readonly purl: string;
    readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  }[];
};

/** Production dependencies, the rooms among them. @throws when npm cannot read the lock file */
export function makeSbom(): Sbom {
  const ask = ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev', '--package-lock-only', '--offline'];
  // Under `npm run` that npm is asked which runs this; alone, the one on the path.
  const npm = env['npm_execpath'];
  const [program, args] = npm?.endsWith('.js') ? [execPath, [npm, ...ask]] : ['npm', ask];
  const text = execFileSync(program, args, {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const sbom = JSON.parse(text) as Sbom;
  delete sbom.serialNumber;
  delete sbom.metadata.timestamp;
  const { component } = sbom.metadata;
  component.name = component.purl.replace(/^pkg:npm\/|@[^@]*$/g, '');
  const hash = createHash('sha256').update(JSON.stringify(sbom)).digest('hex');
  // The form of a UUID of version 8 (RFC 9562 section 5.8), whose content is its maker's choice.
  const [a, b, c, d, e] = [
    hash.slice(0, 8),
    hash.slice(8, 12),
    hash.slice(13, 16),
    hash.slice(17, 20),
    hash.slice(20, 32),
  ];
  sbom.serialNumber = `urn:uuid:${a}-${b}-8${c}-8${d}-${e}`;
  return sbom;
}

if (realpathSync(argv[1] ?? '') === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${JSON.stringify(makeSbom(), null, 2)}\n`);
}
