import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseNote, parseStatement, statementHash, verifyBundle, verifyRange } from '@heartwood/anchor';
import { checkLedger, nodeVerifyEd25519, nodeVerifyMlDsa44, openLedgerReader } from '@heartwood/anchor/node';
import { decodeEvent } from '@heartwood/vitals';
import { afterEach, describe, expect, it } from 'vitest';
import { statementOf } from '../batch/statement.ts';
import { exportReadings } from '../inspect/export.ts';
import { openProofSource } from '../inspect/folder-source.ts';
import { fsck } from '../inspect/fsck.ts';
import { proveReading } from '../inspect/prove.ts';
import { proveRange } from '../inspect/prove-range.ts';
import { decodeEntries } from '../store/entry-list.ts';
import { AT, Home, heartRate } from '../testing.ts';
import { hubCalls } from './calls.ts';
import { earlierLedgerPath, ledgerPath } from './epoch-files.ts';
import { type EpochBegun, type EpochPlan, openNewEpoch } from './new-epoch.ts';
import { policyPath } from './start.ts';

let home: Home;
afterEach(() => home.remove());

/**
 * A hub with three batches of a reading each and a reading that waits, all of which a copy holds; then so many more that
 * it does not. @returns the last batch that was lost
 */
async function restored(lost: number): Promise<number> {
  home = new Home();
  await home.start();
  await home.enroll('Ada Lovelace', 'strap-1');
  for (let n = 0; n < 3; n++) {
    home.send('strap-1', heartRate(n, 70 + n));
    await home.interval();
  }
  home.send('strap-1', heartRate(3, 73));
  home.crash();
  cpSync(home.settings.directory, join(home.folder, 'copy'), { recursive: true });
  if (lost > 0) await home.start();
  for (let n = 0; n < lost; n++) {
    home.send('strap-1', heartRate(10 + n, 90 + n));
    await home.interval();
  }
  const last = home.running === undefined ? 2 : (home.hub.vault.store.lastBatch()?.sequence ?? 0);
  home.crash();
  rmSync(home.settings.directory, { recursive: true });
  cpSync(join(home.folder, 'copy'), home.settings.directory, { recursive: true });
  return last;
}
const options = () => ({ ...home.settings, clock: () => home.nowMs });
async function newEpoch(because = 'the card was lost', seenBatch?: number): Promise<EpochPlan & EpochBegun> {
  const epoch = await openNewEpoch({ ...options(), seenBatch });
  const begun = epoch.begin(because);
  epoch.close();
  return { ...epoch.plan, ...begun };
}
const verify = async (id: string) =>
  verifyBundle(await hubCalls(home.hub).prove(id), readFileSync(policyPath(home.settings.directory)), {
    verify: nodeVerifyEd25519,
  });
const check = () => fsck(home.hub.vault, () => undefined);

describe('a new epoch', () => {
  it('is the way on for a hub that was restored: it signs again, above every number that was used', async () => {
    const used = await restored(5);
    expect(used).toBeGreaterThan(6);
    await expect(home.start()).rejects.toThrow(expect.objectContaining({ code: 'ledger-ahead' }));
    const plan = await newEpoch();
    expect(plan).toMatchObject({ number: 2, lastHeld: 2, unanchored: 0, onlyLedgerLost: false });
    expect(plan.contradictions).toMatchObject([{ by: 'mark', used }]);
    expect(plan.from).toBe(used + 1 + 100_000_000);
    const { started, hub } = await home.start();
    expect(started.recovery).toMatchObject({ readings: 1 });
    expect(started.origin).toMatch(
      new RegExp(`^heartwood/hub/[0-9a-f]{16}/${`${plan.from}`.padStart(12, '0')}$`),
    );
    const sent = home.send('strap-1', heartRate(3, 73), heartRate(20, 95));
    expect(sent.outcomes).toEqual(['duplicate', 'stored']);
    expect(await home.interval()).toBe(plan.from);
    // The first statement names the last one that this copy holds, by the old key.
    const { store } = hub.vault;
    const first = store.batch(plan.from);
    const before = store.batch(2);
    if (first === undefined || before === undefined) throw new Error('not there');
    expect(parseStatement(parseNote(statementOf(hub.vault, first)).text)).toMatchObject({
      origin: started.origin,
      sequence: plan.from,
      previous: statementHash(statementOf(hub.vault, before)),
    });
    expect(parseStatement(parseNote(statementOf(hub.vault, before)).text).origin).not.toBe(started.origin);
  });

  it('keeps every reading, and proves, checks and exports across it', async () => {
    await restored(5);
    const { from } = await newEpoch();
    await home.start();
    await home.interval();
    home.send('strap-1', heartRate(20, 95));
    await home.interval();
    expect([...exportReadings(home.hub.vault)].map(({ id, value }) => [id, value])).toEqual([
      ['0.1.0', 70],
      ['1.1.0', 71],
      ['2.1.0', 72],
      [`${from}.1.0`, 73],
      [`${from + 1}.1.0`, 95],
    ]);
    for (const id of ['0.1.0', '2.1.0', `${from}.1.0`, `${from + 1}.1.0`])
      expect(await verify(id)).toMatchObject({ ok: true });
    for (const id of ['3.1.0', '500.1.0', `${from + 2}.1.0`])
      await expect(verify(id)).rejects.toThrow(/no batch|still open/);
    const report = check();
    expect(report.problems).toEqual([]);
    expect(report).toMatchObject({ batches: 5, last: from + 1 });
    expect(report.epochs).toHaveLength(1);
    expect(report.epochs[0]).toMatch(
      new RegExp(
        `^Epoch 2 begins at batch ${from}, at 2026-11-21T13:.* because the card was lost \\(By the mark`,
      ),
    );
  });

  it('shows in a proof of a whole period where the numbers were left out, and that nothing else is missing', async () => {
    await restored(5);
    const { from } = await newEpoch();
    await home.start();
    await home.interval();
    const { hub } = home;
    const asked = { slot: 1, fromMs: undefined, toMs: undefined };
    const lines = [...(await proveRange(hub.vault, hub.source, asked))];
    const policy = readFileSync(policyPath(home.settings.directory), 'utf8');
    const whole = verifyRange(lines.join(''), policy, { verify: nodeVerifyEd25519 });
    const hubs = [
      { first: 0, last: 2, skipped: 0 },
      { first: from, last: from, skipped: from - 3 },
    ];
    expect(whole).toMatchObject({ ok: true, claim: { batches: 4, entries: 4, hubs } });
    // Without an end of its own it goes as far as the ledger does, over the numbers that were left out.
    home.nowMs += 10_000;
    hub.closeBatch();
    const upToLedger = [...(await proveRange(hub.vault, hub.source, asked))].join('');
    expect(verifyRange(upToLedger, policy, { verify: nodeVerifyEd25519 }).claim).toMatchObject({
      last: from,
    });
    // The last batch before the new epoch cannot be left out of it.
    const last = lines.findLastIndex((line) => line.startsWith('hub '));
    const without = lines.toSpliced(last - 1, 1).join('');
    expect(verifyRange(without, policy, { verify: nodeVerifyEd25519 }).ok).toBe(false);
  });

  it('is recorded in the hub’s own slot, as provable as a reading', async () => {
    const used = await restored(5);
    const { from } = await newEpoch('Überspannung: the card died');
    const { hub } = await home.start();
    await home.interval();
    const segment = hub.vault.store.segment(from, 0);
    if (segment === undefined) throw new Error('no events');
    const events = decodeEntries(hub.vault.store.openSegment(segment)).map(decodeEvent);
    const index = events.findIndex(({ name }) => name === 'epoch-begun');
    const old = hub.vault.identity.epochs[0];
    const before = hub.vault.store.batch(2);
    expect(events[index]?.detail).toMatchObject({
      epoch: 2,
      from,
      because: 'Überspannung: the card died',
      'old-origin': old?.hubKey.name,
      'last-batch': 2,
      'last-hash': before && Buffer.from(statementHash(statementOf(hub.vault, before))).toString('base64'),
      'found-by': 'mark',
      'found-batch': used,
      'known-size': used + 1,
    });
    expect(await verify(`${from}.0.${index}`)).toMatchObject({
      ok: true,
      claim: { type: 'event', description: expect.stringContaining('epoch begun') },
    });
  });

  it('sets the old ledger and mark aside as they were, and deletes nothing', async () => {
    await restored(5);
    const { directory, markFile } = home.settings;
    const mark = readFileSync(markFile);
    const { setAside } = await newEpoch();
    expect(setAside.map((path) => basename(path))).toEqual(['ledger-of-epoch-1', 'data.mark-of-epoch-1']);
    expect(existsSync(ledgerPath(directory))).toBe(false);
    expect(readFileSync(`${markFile}-of-epoch-1`)).toEqual(mark);
    const { hub } = await home.start();
    await home.interval();
    const [old, present] = hub.vault.identity.epochs;
    if (old === undefined || present === undefined) throw new Error('no epochs');
    expect(checkLedger(earlierLedgerPath(directory, 1), old.ledgerKeys[0], [old.hubKey])).toMatchObject({
      ok: true,
      entries: 3,
    });
    expect(checkLedger(ledgerPath(directory), present.ledgerKeys[0], [present.hubKey])).toMatchObject({
      ok: true,
      entries: 1,
    });
    const policy = readFileSync(policyPath(directory), 'utf8');
    expect(policy.match(/^hub .*$/gm)).toHaveLength(2);
    expect(policy.match(/^log .*$/gm)).toHaveLength(4);
    // Of the old keys only the public half is left.
    expect(Object.keys(old.hubKey)).not.toContain('sign');
  });

  it('proves with the second signature of its own ledger, and says why not where the keys were given up', async () => {
    await restored(5);
    const { from } = await newEpoch();
    await home.start();
    await home.interval();
    home.crash();
    const vault = home.look();
    const { source, close } = openProofSource(vault, home.settings.markFile, true);
    const bundle = await proveReading(vault, source, { batch: from, slot: 1, index: 0 });
    const policy = readFileSync(policyPath(home.settings.directory), 'utf8');
    const [, mlDsa44 = ''] = policy.match(/^log .*$/gm) ?? [];
    const byIt = `${policy.match(/^hub .*$/gm)?.join('\n')}\n${mlDsa44}\nquorum none\n`;
    const options = { verify: nodeVerifyEd25519, verifyMlDsa44: nodeVerifyMlDsa44, allowStrangers: true };
    expect(verifyBundle(bundle, byIt, options).ok).toBe(true);
    await expect(proveReading(vault, source, { batch: 1, slot: 1, index: 0 })).rejects.toThrow(
      /keys were given up/,
    );
    await close();
    vault.close();
  });

  it('may come again, and twice from one copy: no two of them share a name or a number', async () => {
    await restored(5);
    const names = new Set<string>();
    const froms: number[] = [];
    for (let n = 0; n < 3; n++) {
      home.nowMs += 60_000;
      const { from, hubKey } = await newEpoch();
      names.add(hubKey.name);
      froms.push(from);
      await home.start();
      home.send('strap-1', heartRate(100 + n, 60 + n));
      await home.interval();
      home.crash();
    }
    expect(names.size).toBe(3);
    rmSync(home.settings.directory, { recursive: true });
    cpSync(join(home.folder, 'copy'), home.settings.directory, { recursive: true });
    const { hubKey, from } = await newEpoch();
    expect(names).not.toContain(hubKey.name);
    // The mark that the lost epochs left tells where the last of them began.
    expect(from).toBeGreaterThan(froms[2] as number);
    await home.start();
    expect(check().problems).toEqual([]);
  });

  it('goes on by itself when a power cut came between its database and its files', async () => {
    await restored(5);
    const { directory, markFile } = home.settings;
    for (const name of ['data.mark', 'data'])
      cpSync(join(home.folder, name), join(home.folder, `${name}-kept`), { recursive: true });
    const { from } = await newEpoch();
    // As it is when only the database was written.
    for (const path of [join(directory, 'ledger-of-epoch-1'), `${markFile}-of-epoch-1`])
      rmSync(path, { recursive: true });
    cpSync(join(home.folder, 'data-kept', 'ledger'), join(directory, 'ledger'), { recursive: true });
    cpSync(join(home.folder, 'data.mark-kept'), markFile);
    await home.start();
    expect(await home.interval()).toBe(from);
    expect(readdirSync(directory)).toContain('ledger-of-epoch-1');
    expect(existsSync(`${markFile}-of-epoch-1`)).toBe(true);
    expect(await verify('2.1.0')).toMatchObject({ ok: true });
  });

  it('jumps as far as the clock says that the lost copy can have come, and beyond what a person has seen', async () => {
    const used = await restored(1);
    home.nowMs = AT + 86_400_000;
    const look = async (seenBatch?: number): Promise<EpochPlan> => {
      const epoch = await openNewEpoch({ ...options(), seenBatch });
      epoch.close();
      return epoch.plan;
    };
    const { from } = await look();
    expect(from).toBe(used + 1 + 100_000_000);
    expect((await look(10_000_000)).from).toBe(10_000_000 + 1 + 100_000_000);
    await expect(look(60_000_000_000)).rejects.toThrow('No hub has come to batch');
    // Three centuries at five a second are more than is left out anyway.
    home.nowMs = AT + 300 * 365 * 86_400_000;
    expect((await look()).from).toBeGreaterThan(40_000_000_000);
    // A clock that was never set is no reason to come near the numbers that are known.
    home.nowMs = 0;
    expect((await look()).from).toBe(used + 1 + 100_000_000);
    home.nowMs = AT * 1_000;
    await expect(look()).rejects.toThrow('set the clock first');
  });

  it('finds that only the ledger was lost, where the data makes exactly what the mark remembers', async () => {
    await restored(0);
    rmSync(join(home.settings.directory, 'ledger'), { recursive: true });
    const epoch = await openNewEpoch(options());
    expect(epoch.plan).toMatchObject({ onlyLedgerLost: true, ledgerSize: undefined, unanchored: 3 });
    epoch.close();
  });

  it('says of a batch that no ledger took that it cannot be proved by itself', async () => {
    await restored(5);
    rmSync(join(home.settings.directory, 'ledger'), { recursive: true });
    const { unanchored } = await newEpoch();
    expect(unanchored).toBe(3);
    await home.start();
    await expect(verify('1.1.0')).rejects.toThrow(
      expect.objectContaining({ code: 'refused', message: expect.stringContaining('closed in epoch 1') }),
    );
    expect(check().problems).toEqual([]);
  });

  it('does not begin while a hub runs, and does not make a proof of the lost copy hold for this one', async () => {
    home = new Home();
    await home.start();
    await expect(openNewEpoch(options())).rejects.toThrow(expect.objectContaining({ code: 'in-use' }));
    home.crash();
    home.remove();
    await restored(5);
    const { from } = await newEpoch();
    await home.start();
    await home.interval();
    const reader = openLedgerReader(ledgerPath(home.settings.directory));
    expect(await hubCalls(home.hub).prove(`${from}.1.0`)).toContain(reader.key.name);
    reader.close();
  });
});
