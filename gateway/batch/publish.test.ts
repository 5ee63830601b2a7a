import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCheckpoint, verifyNote } from '@heartwood/anchor';
import { nodeVerifyEd25519 } from '@heartwood/anchor/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Home } from '../testing.ts';
import { LogPublisher } from './publish.ts';

let home: Home;
let folder: string;
beforeEach(async () => {
  home = new Home();
  folder = join(home.folder, 'log');
  await home.start();
});
afterEach(() => home.remove());

const shown = (): number =>
  parseCheckpoint(
    verifyNote(
      readFileSync(join(folder, 'checkpoint'), 'utf8'),
      [home.hub.vault.identity.ledgerSigner],
      nodeVerifyEd25519,
    ).text,
  ).size;

describe('the hub’s own ledger as files', () => {
  it('follows every batch, with its tiles', async () => {
    const publisher = new LogPublisher(folder, 'publish-with-alarm');
    for (const size of [1, 2, 3]) {
      await home.interval();
      expect(publisher.step(home.running!.ledger)).toBeUndefined();
      expect(shown()).toBe(size);
      expect(existsSync(join(folder, `tile/entries/000.p/${size}`))).toBe(true);
    }
  });

  it('shows nothing without its witnesses, where it is to fail closed', async () => {
    await home.interval();
    expect(new LogPublisher(folder, 'fail-closed').step(home.running!.ledger)).toBeUndefined();
    expect(existsSync(join(folder, 'checkpoint'))).toBe(false);
  });

  it('leaves another’s folder alone, says so once, and says when it is over', async () => {
    await home.interval();
    mkdirSync(folder);
    writeFileSync(join(folder, 'checkpoint'), 'not ours\n');
    const publisher = new LogPublisher(folder, 'publish-with-alarm');
    expect(publisher.step(home.running!.ledger)).toMatch(/\S/);
    expect(publisher.step(home.running!.ledger)).toBeUndefined();
    expect(readFileSync(join(folder, 'checkpoint'), 'utf8')).toBe('not ours\n');
  });
});
