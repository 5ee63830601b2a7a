// After promise 6: a hub that must not sign goes on. Somebody restores the only copy that is left; doctor explains, a new
// epoch begins, and everything that this copy holds is there, checked and proved. Then the same with a ledger that
// somebody else runs, which is killed meanwhile and serves two hubs.

import { cpSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { encodeEntries, utf8 } from '@heartwood/anchor';
import { encodeMessageJson } from '@heartwood/vitals';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from './free-port.ts';
import { Home } from './home.ts';
import { HubProcess, heartwood, JOURNEY, until } from './program.ts';
import { sender } from './sender.ts';

const homes: Home[] = [];
const ledgers: HubProcess[] = [];
const newHome = (): Home => {
  const home = new Home();
  homes.push(home);
  return home;
};
afterEach(async () => {
  for (const ledger of ledgers.splice(0)) await ledger.kill();
  for (const home of homes.splice(0)) await home.close();
});

/** Sends heart rates until so many batches were closed since. */
async function beat(hub: HubProcess, password: string, from: number, count: number): Promise<void> {
  const strap = await sender((await hub.ready).mqtt ?? '', 'strap-1', password);
  for (let seq = from; seq < from + count; seq++) {
    await strap.send(
      encodeMessageJson({ seq, readings: [{ measurement: { kind: 'heart-rate', value: 60 + (seq % 60) } }] }),
    );
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  await strap.end();
}
const keep = (home: Home): void => cpSync(home.data, join(home.folder, 'copy'), { recursive: true });
const putBack = (home: Home): void => {
  rmSync(home.data, { recursive: true });
  renameSync(join(home.folder, 'copy'), home.data);
};
const refusal = async (home: Home, ...flags: string[]): Promise<string> => {
  const { status, err } = await home.run('hub', '--mqtt-port', '0', '--http-port', '0', ...flags);
  expect(status, err).toBe(3);
  return err;
};
const SHORT = ['--interval-ms', '200'];
const seqs = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

describe('a hub whose newest data is gone', JOURNEY, () => {
  it('is explained by doctor, and goes on in a new epoch with all that is left', async () => {
    const home = newHome();
    let hub = await home.start(...SHORT);
    const password = await home.enroll('strap-1', 'Ada');
    await beat(hub, password, 1, 8);
    await hub.stop();
    expect((await home.run('doctor')).out).toMatch(/ok +history: neither ledger nor mark knows more/);
    keep(home);
    hub = await home.start(...SHORT);
    await beat(hub, password, 9, 8);
    await hub.stop();
    putBack(home);
    expect(await refusal(home)).toMatch(/The hub signs nothing/);

    const doctor = await home.run('doctor');
    expect(doctor.status).toBe(1);
    expect(doctor.out).toMatch(
      /TROUBLE history: By the mark .*data\.mark this hub's ledger had signed \d+ statements/,
    );
    expect(doctor.out).toMatch(/what to do: 2\. Look for the newer copy/);
    expect(doctor.out).toMatch(/what to do: 5\. Only if .*heartwood new-epoch --data/);

    // Nobody answers for a person who is not there.
    const unasked = await home.run('new-epoch', '--because', 'the card died');
    expect(unasked).toMatchObject({ status: 3, err: expect.stringContaining('--yes') });
    expect((await home.run('new-epoch', '--yes')).status).toBe(2);
    expect((await home.run('new-epoch', '--yes', '--because', 'x'.repeat(257))).status).toBe(2);
    const begun = await home.insist('new-epoch', '--yes', '--because', 'the card died');
    const from = Number(/go on at batch (\d+)/.exec(begun)?.[1]);
    expect(from).toBeGreaterThan(100_000_000);
    expect(begun).toMatch(/Kept as evidence +\S+ledger-of-epoch-1/);
    expect(begun).toMatch(/^ +hub heartwood\/hub\/[0-9a-f]{16}\/\d{12}\+\S+$/m);
    expect((await home.insist('fsck')).trim()).toContain('Epoch 2 begins at batch');

    hub = await home.start(...SHORT);
    await beat(hub, password, 17, 8);
    await hub.stop();
    const readings = await home.exported();
    expect(readings.map(({ seq }) => seq)).toEqual([...seqs(1, 8), ...seqs(17, 8)]);
    expect(new Set(readings.map(({ id }) => id)).size).toBe(16);
    for (const one of [readings[0], readings.at(-1)]) {
      const { status, out } = await home.verify(await home.prove(one?.id ?? ''));
      expect(status, out).toBe(0);
    }
    expect(Number(readings.at(-1)?.id.split('.')[0])).toBeGreaterThanOrEqual(from);
    const fsck = await home.insist('fsck');
    expect(fsck).toMatch(/Ledger of epoch 1 \d+ statements/);
    expect(fsck).toMatch(/Epoch 2 begins at batch \d+, at \S+ because the card died \(By the mark/);
    const well = await home.run('doctor');
    expect(well.out).toMatch(/epoch 2 began with batch \d+ at \S+ because the card died/);
    expect(well.status, well.out).toBe(0);
  });
});

/** `heartwood ledger` in a folder of its own, always on the same port. */
async function startLedger(home: Home, port: number): Promise<{ process: HubProcess; policy: string }> {
  const data = join(home.folder, 'shared');
  const hubs = join(home.folder, 'hubs.txt');
  const process = new HubProcess(['ledger', '--data', data, '--hubs', hubs, '--http-port', `${port}`]);
  ledgers.push(process);
  await until(() => /Ctrl-C stops it/.test(process.out), 'the ledger serves');
  const line = /^Policy +(log \S+ \S+)$/m.exec(process.out)?.[1] ?? '';
  return { process, policy: home.write('ledger-policy.txt', `${line}\nquorum none\n`) };
}
const hubLine = (home: Home): string => /^hub \S+$/m.exec(readFileSync(home.policy, 'utf8'))?.[0] ?? '';

describe('two hubs and a ledger that somebody else runs', { timeout: 2 * JOURNEY.timeout }, () => {
  it('go on while it is killed, are proved by it, and a restored one is refused until its new key is admitted', async () => {
    const [ada, bea] = [newHome(), newHome()];
    const passwords = new Map<Home, string>();
    for (const home of [ada, bea]) {
      const hub = await home.start(...SHORT);
      passwords.set(home, await home.enroll('strap-1', 'Somebody'));
      await hub.stop();
    }
    const admit = (...lines: string[]): void => {
      ada.write('hubs.txt', `${lines.join('\n')}\nquorum none\n`);
    };
    const known = [hubLine(ada), hubLine(bea)];
    admit(...known);
    const port = await freePort();
    let { process: ledger, policy } = await startLedger(ada, port);
    const flags = [...SHORT, '--ledger-policy', policy];
    const live = async (home: Home, from: number, during?: () => Promise<void>): Promise<HubProcess> => {
      const hub = await home.start(...flags);
      await during?.();
      await beat(hub, passwords.get(home) ?? '', from, 6);
      return hub;
    };
    const told = (hub: HubProcess, what: RegExp): Promise<void> =>
      until(
        () => hub.log('ledger-elsewhere').some((line) => what.test(JSON.stringify(line))),
        `the log says ${what}`,
      );

    // The ledger dies while both run, and comes back: they catch up by themselves.
    const first = await live(ada, 1);
    const second = await live(bea, 1, async () => {
      await ledger.kill();
    });
    await told(second, /no connection|cannot be reached/);
    ({ process: ledger } = await startLedger(ada, port));
    await told(second, /"statements":[1-9]/);
    await told(first, /"statements":[1-9]/);
    for (const hub of [first, second]) expect(await hub.stop()).toBe(0);
    for (const home of [ada, bea]) {
      const one = (await home.exported()).at(-1);
      const bundle = await home.prove(one?.id ?? '');
      const { status, out } = await home.verify(bundle);
      expect(status, out).toBe(0);
      expect(readFileSync(home.policy, 'utf8').match(/^log .*$/gm)).toEqual([
        readFileSync(policy, 'utf8').split('\n')[0],
      ]);
      expect(await home.insist('fsck')).toContain('none of them is missing');
      expect((await home.run('doctor')).out).toMatch(/ok +ledger elsewhere: .* and all of this hub's/);
    }

    // Restored with its mark: only the ledger elsewhere can tell.
    keep(ada);
    cpSync(`${ada.data}.mark`, join(ada.folder, 'copy.mark'));
    expect(await (await live(ada, 7)).stop()).toBe(0);
    putBack(ada);
    renameSync(join(ada.folder, 'copy.mark'), `${ada.data}.mark`);
    expect(await refusal(ada, ...flags)).toMatch(/knows this hub's batch \d+, but the data ends before it/);
    expect((await ada.run('doctor')).out).toMatch(/TROUBLE history: The ledger .* knows this hub's batch/);
    const begun = await ada.insist('new-epoch', '--yes', '--because', 'restored after a flood');
    const admitted = /^ +(hub \S+)$/m.exec(begun)?.[1] ?? '';
    const again = await live(ada, 20);
    await told(again, /must add the line of heartwood.*--hubs/);
    expect(await again.stop()).toBe(0);
    // Its owner adds the line that new-epoch printed.
    await ledger.stop();
    admit(...known, admitted);
    ({ process: ledger } = await startLedger(ada, port));
    const after = await live(ada, 30);
    expect(await after.stop()).toBe(0);
    const readings = await ada.exported();
    expect(readings.map(({ seq }) => seq)).toEqual([...seqs(1, 6), ...seqs(20, 6), ...seqs(30, 6)]);
    for (const one of [readings[0], readings[8], readings.at(-1)]) {
      const { status, out } = await ada.verify(await ada.prove(one?.id ?? ''));
      expect(status, out).toBe(0);
    }
    // And with the ledger away, by the copies that were kept.
    await ledger.kill();
    const { status, out } = await ada.verify(await ada.prove(readings.at(-1)?.id ?? ''));
    expect(status, out).toBe(0);
  });

  it('stops the second of two boxes with one identity, and keeps both notes', async () => {
    const home = newHome();
    let hub = await home.start(...SHORT);
    const password = await home.enroll('strap-1', 'Ada');
    await hub.stop();
    home.write('hubs.txt', `${hubLine(home)}\nquorum none\n`);
    const port = await freePort();
    let { process: ledger, policy } = await startLedger(home, port);
    const flags = [...SHORT, '--ledger-policy', policy];
    hub = await home.start(...flags);
    await beat(hub, password, 1, 4);
    await hub.stop();
    await ledger.stop();
    // The card is copied, mark and key as well.
    const twin = newHome();
    for (const [from, to] of [
      [home.data, twin.data],
      [`${home.data}.mark`, `${twin.data}.mark`],
      [`${home.data}.mark-elsewhere`, `${twin.data}.mark-elsewhere`],
      [home.key, twin.key],
    ] as const)
      cpSync(from, to, { recursive: true });
    // One box goes on, and the ledger hears of it; the other goes on while the ledger is away, and longer.
    ({ process: ledger, policy } = await startLedger(home, port));
    hub = await home.start(...flags);
    await beat(hub, password, 5, 8);
    expect(await hub.stop()).toBe(0);
    await ledger.stop();
    const lastOf = async (one: Home): Promise<number> =>
      Number(/record: batch (\d+) was closed/.exec((await one.run('doctor')).out)?.[1]);
    const known = await lastOf(home);
    const second = await twin.start(...flags);
    await until(async () => (await lastOf(twin)) > known, 'the second box has closed more batches');
    ({ process: ledger, policy } = await startLedger(home, port));
    expect(await second.end()).toBe(3);
    expect(second.err).toMatch(/holds another statement for batch \d+, .*two hubs share one identity/);
    // The first goes on.
    hub = await home.start(...flags);
    await beat(hub, password, 13, 4);
    expect(await hub.stop()).toBe(0);
    expect((await twin.run('doctor')).out).toMatch(
      /evidence: \S+statements\.json: two statements of one number/,
    );
    // Whoever holds the evidence can hand it to the ledger, which keeps it.
    const notes = JSON.parse(
      readFileSync(join(twin.data, 'evidence', 'statements.json'), 'utf8'),
    ) as string[];
    const body = new Uint8Array(encodeEntries([utf8(notes[1] ?? '')]));
    const answer = await fetch(`http://127.0.0.1:${port}/add-statements`, { method: 'POST', body });
    expect(await answer.json()).toMatchObject({
      outcomes: [{ kind: 'equivocation', held: notes[0], offered: notes[1] }],
    });
    await ledger.stop();
    const owner = ['--data', join(home.folder, 'shared')];
    const looked = await heartwood(['doctor', ...owner]);
    expect(looked.out).toMatch(/TROUBLE evidence: .* refused \d+ statements of heartwood\/hub/);
    expect(looked.status).toBe(1);
    const printed = await heartwood(['doctor', '--evidence', ...owner]);
    for (const note of notes) expect(printed.out).toContain(note);
  });
});
