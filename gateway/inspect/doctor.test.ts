import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { nodeSigner, openEmbeddedLedger, openMarkFile } from '@heartwood/anchor/node';
import { afterEach, describe, expect, it } from 'vitest';
import { statementOf } from '../batch/statement.ts';
import { ledgerPath } from '../hub/epoch-files.ts';
import { openNewEpoch } from '../hub/new-epoch.ts';
import { Home, heartRate } from '../testing.ts';
import { examine } from './doctor.ts';
import { equivocationsIn } from './doctor-history.ts';
import type { Finding } from './finding.ts';

let home: Home;
afterEach(() => home.remove());

const begin = async (): Promise<void> => {
  home = new Home();
  await home.start();
  await home.enroll('Ada Lovelace', 'strap-1');
  home.send('strap-1', heartRate(1, 70));
  await home.interval();
};
/** Copies the data folder away; `back` puts the copy in its place. */
const copy = (): (() => void) => {
  home.crash();
  const to = join(home.folder, 'copy');
  cpSync(home.settings.directory, to, { recursive: true });
  return () => {
    home.crash();
    rmSync(home.settings.directory, { recursive: true });
    cpSync(to, home.settings.directory, { recursive: true });
  };
};
const findings = async (about: string): Promise<Finding[]> => {
  const all = await examine({ ...home.settings, clock: () => home.nowMs });
  return all.filter((one) => one.about.startsWith(about));
};
const troubles = async (): Promise<string[]> =>
  (await examine({ ...home.settings, clock: () => home.nowMs }))
    .filter(({ level }) => level === 'trouble')
    .map(({ what }) => what);

describe('doctor', () => {
  it('says of a healthy hub that nothing knows more, while it runs and while it rests', async () => {
    await begin();
    for (let n = 0; n < 2; n++) {
      expect(await findings('history')).toEqual([
        { level: 'well', about: 'history', what: expect.stringContaining('knows more than this data') },
      ]);
      expect(await troubles()).toEqual([]);
      home.crash();
    }
  });

  it('changes nothing', async () => {
    await begin();
    const back = copy();
    await home.start();
    await home.interval();
    back();
    // But SQLite's own, which any reader makes.
    const files = (): unknown[] =>
      readdirSync(home.folder, { recursive: true, withFileTypes: true })
        .filter((one) => one.isFile() && !/-(wal|shm)$/.test(one.name))
        .map((one) => [one.name, readFileSync(join(one.parentPath, one.name)).toString('hex')]);
    const before = files();
    expect(await troubles()).not.toEqual([]);
    expect(files()).toEqual(before);
  });

  it('tells of a whole folder that was put back, by its mark, and what to do in which order', async () => {
    await begin();
    const back = copy();
    await home.start();
    await home.interval();
    back();
    const found = await findings('history');
    expect(found[0]).toMatchObject({
      level: 'trouble',
      what: expect.stringContaining(home.settings.markFile),
    });
    expect(found[0]?.what).toContain('had signed 2 statements, up to batch 1');
    const steps = found.slice(1).map(({ what }) => what);
    expect(steps.map((step) => step[0])).toEqual(['1', '2', '3', '4', '5']);
    expect(steps[4]).toContain(`heartwood new-epoch --data ${home.settings.directory} --because`);
  });

  it('tells of a ledger that is ahead, and of one that holds another history', async () => {
    await begin();
    const back = copy();
    await home.start();
    await home.interval();
    home.crash();
    cpSync(join(home.settings.directory, 'ledger'), join(home.folder, 'newer'), { recursive: true });
    back();
    rmSync(join(home.settings.directory, 'ledger'), { recursive: true });
    cpSync(join(home.folder, 'newer'), join(home.settings.directory, 'ledger'), { recursive: true });
    expect((await troubles())[0]).toMatch(/knows batch 1 of this hub; the data ends at batch 0/);
    back();
    rmSync(home.settings.markFile);
    await home.start();
    home.send('strap-1', heartRate(9, 99));
    await home.interval();
    home.crash();
    rmSync(join(home.settings.directory, 'ledger'), { recursive: true });
    cpSync(join(home.folder, 'newer'), join(home.settings.directory, 'ledger'), { recursive: true });
    expect((await troubles())[0]).toMatch(/holds another statement for batch 1/);
  });

  it('tells of a mark that is damaged, of another hub, or of another history', async () => {
    await begin();
    home.crash();
    const { markFile } = home.settings;
    copyFileSync(markFile, join(home.folder, 'mark'));
    writeFileSync(markFile, 'nonsense');
    expect((await troubles())[0]).toMatch(/it holds no checkpoint/);
    rmSync(markFile);
    mkdirSync(markFile);
    expect((await troubles())[0]).toMatch(/cannot be read/);
    rmSync(markFile, { recursive: true });
    const other = new Home();
    await other.start();
    await other.interval();
    other.crash();
    copyFileSync(other.settings.markFile, markFile);
    other.remove();
    expect((await troubles())[0]).toMatch(
      /it is of heartwood\/ledger\/[0-9a-f]{16}, another hub or a later epoch/,
    );
    copyFileSync(join(home.folder, 'mark'), markFile);
    expect(await troubles()).toEqual([]);
  });

  it('says that nothing was lost where only the ledger’s file was, and that way works', async () => {
    await begin();
    for (let n = 0; n < 3; n++) await home.interval();
    home.crash();
    rmSync(join(home.settings.directory, 'ledger'), { recursive: true });
    const advised = await findings('history, what to do');
    expect(advised).toHaveLength(1);
    expect(advised[0]?.what).toMatch(/^No batch was lost/);
    rmSync(home.settings.markFile);
    await home.start();
    expect(await troubles()).toEqual([]);
  });

  it('lists what a ledger refused, and the evidence that the hub wrote', async () => {
    await begin();
    const back = copy();
    await home.start();
    home.send('strap-1', heartRate(2, 71));
    await home.interval();
    const batch = home.hub.vault.store.lastBatch();
    const one = batch && statementOf(home.hub.vault, batch);
    back();
    rmSync(home.settings.markFile);
    await home.start();
    home.send('strap-1', heartRate(2, 99));
    await home.interval();
    await home.hub.ledger.append([one ?? '']);
    home.crash();
    mkdirSync(join(home.settings.directory, 'evidence'));
    writeFileSync(join(home.settings.directory, 'evidence', 'statements.json'), '[]\n');
    const found = await findings('evidence');
    expect(found.map(({ level }) => level)).toEqual(['trouble', 'trouble']);
    expect(found[0]?.what).toContain('statements.json: two statements of one number');
    expect(found[1]?.what).toMatch(
      /refused 1 statements of heartwood\/hub\/.*about batch 1 .*doctor --evidence/,
    );
    expect(equivocationsIn(ledgerPath(home.settings.directory))).toMatchObject([{ offered: one }]);
  });

  it('tells of epochs, and is well again after one', async () => {
    await begin();
    const back = copy();
    await home.start();
    await home.interval();
    back();
    const epoch = await openNewEpoch({ ...home.settings, clock: () => home.nowMs });
    epoch.begin('the card died');
    epoch.close();
    await home.start();
    await home.interval();
    const found = await findings('history');
    expect(found.map(({ level }) => level)).toEqual(['well', 'well']);
    expect(found[1]?.what).toMatch(
      /^epoch 2 began with batch .* because the card died\. The ledger of the time before/,
    );
    expect(await troubles()).toEqual([]);
  });

  it('looks at the folder of a ledger that runs alone', async () => {
    await begin();
    const directory = join(home.folder, 'shared');
    mkdirSync(directory);
    const path = join(directory, 'ledger.db');
    const markFile = join(home.folder, 'shared.mark');
    const hub = home.hub.vault.identity.signer;
    const first = home.hub.vault.store.lastBatch();
    const note = first && statementOf(home.hub.vault, first);
    const signer = nodeSigner('ledger.example/shared', new Uint8Array(32).fill(9));
    const ledger = openEmbeddedLedger({ path, signer, hubKeys: [hub], mark: openMarkFile(markFile) });
    const look = () => examine({ ...home.settings, directory, markFile, clock: () => home.nowMs });
    ledger.append([note ?? '']);
    expect((await look()).at(-1)).toMatchObject({ level: 'well', about: 'ledger' });
    ledger.close();
    rmSync(path);
    openEmbeddedLedger({ path, signer, hubKeys: [hub] }).close();
    expect((await look()).at(-1)).toMatchObject({
      level: 'trouble',
      what: expect.stringContaining('has signed 1 already'),
    });
    expect(existsSync(markFile)).toBe(true);
  });
});
