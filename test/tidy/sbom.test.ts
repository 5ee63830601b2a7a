// The list of parts is whole, says the same twice, and holds nothing that only developers install.

import { expect, it } from 'vitest';
import { makeSbom } from './sbom.ts';
import { json } from './tree.ts';

type Lock = {
  packages: Record<
    string,
    {
      dev?: boolean;
      devOptional?: boolean;
      link?: boolean;
      integrity?: string;
      version?: string;
      name?: string;
    }
  >;
};

it('lists what the lock file installs in production, with hashes, offline and the same twice', () => {
  const sbom = makeSbom();
  expect(sbom.bomFormat).toBe('CycloneDX');
  expect(sbom.metadata.component.name).toBe('heartwood');
  expect(sbom.metadata).not.toHaveProperty('timestamp');
  expect(makeSbom()).toEqual(sbom);

  const listed = new Set(sbom.components.map((one) => one['bom-ref']));
  const locked = Object.entries(json<Lock>('package-lock.json').packages)
    .filter(([path, one]) => path.includes('node_modules/') && one.link !== true)
    .map(([path, one]) => ({
      ref: `${one.name ?? path.replace(/^.*node_modules\//, '')}@${one.version ?? ''}`,
      dev: one.dev === true,
    }));
  for (const name of ['aedes@2.0.0-beta.1', 'better-sqlite3@', 'mqtt@', '@heartwood/broker@']) {
    expect(
      [...listed].filter((ref) => ref.startsWith(name)),
      name,
    ).toHaveLength(1);
  }
  const production = new Set(locked.filter(({ dev }) => !dev).map(({ ref }) => ref));
  expect(production.size).toBeGreaterThan(50);
  const onlyDevelopers = locked.filter(({ ref, dev }) => dev && !production.has(ref));
  expect(onlyDevelopers.filter(({ ref }) => listed.has(ref))).toEqual([]);
  for (const developers of ['vitest@', 'typescript@', 'node@'])
    expect([...listed].filter((ref) => ref.startsWith(developers))).toEqual([]);

  const bare = sbom.components.filter((one) => !one.purl.includes('%40heartwood') && !one.hashes?.length);
  expect(bare.map((one) => one['bom-ref'])).toEqual([]);
});
