import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { verifyBundle } from '@heartwood/anchor';
import { nodeVerifyEd25519 } from '@heartwood/anchor/node';
import { type Message, NO_SAMPLE } from '@heartwood/vitals';
import { afterEach, describe, expect, it } from 'vitest';
import { exportReadings } from '../inspect/export.ts';
import { fsck } from '../inspect/fsck.ts';
import { AT, Home, heartRate, message } from '../testing.ts';
import { hubCalls } from './calls.ts';
import { ledgerPath } from './epoch-files.ts';
import { policyPath, policyText } from './start.ts';

let home: Home;
const begin = async (): Promise<Home> => {
  home = new Home();
  await home.start();
  await home.enroll('Ada Lovelace', 'strap-1');
  return home;
};
afterEach(() => home.remove());

const exported = () => [...exportReadings(home.hub.vault)].map(({ id, value }) => [id, value]);
const prove = async (id: string) => {
  const bundle = await hubCalls(home.hub).prove(id);
  return verifyBundle(bundle, policyText(home.hub.vault.identity), { verify: nodeVerifyEd25519 });
};
/** The whole store checked against the ledger. */
const problems = async (): Promise<readonly unknown[]> => {
  const { vault, ledger } = home.hub;
  const { origin } = vault.identity;
  const last = await ledger.lastOf(origin);
  expect(last?.sequence).toBe(vault.store.lastBatch()?.sequence);
  return fsck(vault, () => undefined).problems;
};

describe('a hub', () => {
  it('stores, closes, anchors and proves a reading', async () => {
    const { hub } = await begin();
    const { outcomes, readings } = home.send('strap-1', heartRate(1, 72), heartRate(2, 73));
    expect(outcomes).toEqual(['stored', 'stored']);
    const id = readings[1]?.id ?? '';
    expect(id).toBe('0.1.1');
    await expect(async () => hubCalls(hub).prove(id)).rejects.toThrow('still open');
    home.nowMs += 10_000;
    expect(hub.closeBatch()).toMatchObject({ sequence: 0, endMs: AT + 10_000 });
    await expect(async () => hubCalls(hub).prove(id)).rejects.toThrow('waits for the ledger');
    expect(await hub.anchor()).toEqual({ statements: 1, ledgerSize: 1 });
    expect(await prove(id)).toMatchObject({ ok: true });
    expect(readFileSync(policyPath(home.settings.directory), 'utf8')).toBe(policyText(hub.vault.identity));
  });

  it('proves every kind of reading, and an event of its own', async () => {
    await begin();
    const samples = Int32Array.from({ length: 300 }, (_, i) => (i % 50 === 0 ? NO_SAMPLE : i));
    const bp = { kind: 'blood-pressure', systolic: 121, diastolic: 79 } as const;
    const messages: Message[] = [
      heartRate(1, 72.5),
      { boot: 2 ** 53 - 1, ...message(2 ** 53 - 1, { ...bp, quality: 'ok' }, 0) },
      message(3, { kind: 'ecg', wave: { lead: 'MLII', rateHz: 360, gain: 200, baseline: 1024, samples } }),
      message(4, { kind: 'spo2', absent: 'sensor-off' }),
      { seq: 5, readings: [{ measurement: { kind: 'weight', value: 71.205 } }] },
    ];
    const { readings } = home.send('strap-1', ...messages);
    await home.interval();
    for (const { id } of readings) expect(await prove(id)).toMatchObject({ ok: true });
    // Slot 0 is the hub's: that it was started is an entry like any other.
    expect(await prove('0.0.0')).toMatchObject({ ok: true });
    await expect(prove('0.0.1')).rejects.toThrow(expect.objectContaining({ code: 'not-found' }));
    await expect(prove('0.1.5')).rejects.toThrow(expect.objectContaining({ code: 'not-found' }));
    await expect(prove('0.99.0')).rejects.toThrow(expect.objectContaining({ code: 'not-found' }));
    await expect(prove('7.1.0')).rejects.toThrow(expect.objectContaining({ code: 'not-found' }));
    await expect(async () => prove('nonsense')).rejects.toThrow('looks like 57.2.14');
  });

  it('brings back what a kill left staged, once, and proves it', async () => {
    await begin();
    home.send('strap-1', heartRate(1, 72), heartRate(2, 73));
    home.crash();
    home.nowMs += 60_000;
    const { started } = await home.start();
    expect(started.recovery).toEqual({ readings: 2, anchored: 0 });
    // No batch at the start: it would tell everybody that somebody was measured.
    expect(home.hub.vault.store.lastBatch()).toBe(undefined);
    expect(home.send('strap-1', heartRate(2, 73), heartRate(3, 74)).outcomes).toEqual([
      'duplicate',
      'stored',
    ]);
    expect(exported()).toEqual([
      ['0.1.0', 72],
      ['0.1.1', 73],
      ['0.1.2', 74],
    ]);
    expect(await home.interval()).toBe(0);
    for (const id of ['0.1.1', '0.1.2']) expect(await prove(id)).toMatchObject({ ok: true });
  });

  it('makes a statement of an empty interval too, of the same size', async () => {
    const { hub } = await begin();
    const sizes = new Set<number>();
    for (let n = 0; n < 4; n++) {
      if (n % 2 === 1) home.send('strap-1', heartRate(n, 70));
      home.nowMs += 10_000;
      sizes.add(hub.closeBatch().statement.length);
    }
    expect(await hub.anchor()).toEqual({ statements: 4, ledgerSize: 4 });
    expect(sizes.size).toBe(1);
    expect(await problems()).toEqual([]);
  });

  it('doubles its slots for the sixteenth patient, and older proofs hold', async () => {
    const { hub } = await begin();
    home.send('strap-1', heartRate(1, 70));
    await home.interval();
    for (let n = 2; n <= 15; n++) await home.enroll(`Patient ${n}`, `strap-${n}`);
    await home.interval();
    expect(hub.vault.store.batch(1)?.slots).toBe(16);
    await home.enroll('Patient 16', 'strap-16');
    const { readings } = home.send('strap-16', heartRate(1, 71));
    await home.interval();
    expect(hub.vault.store.batch(2)?.slots).toBe(32);
    expect(await prove(readings[0]?.id ?? '')).toMatchObject({ ok: true });
    expect(await prove('0.1.0')).toMatchObject({ ok: true });
    expect(await problems()).toEqual([]);
  });

  it('changes keys after midnight, and a restart in between finds the same ones', async () => {
    await begin();
    home.nowMs = Date.UTC(2026, 10, 21, 23, 59, 55);
    await home.interval(0);
    home.send('strap-1', heartRate(1, 70));
    home.nowMs += 10_000;
    home.send('strap-1', heartRate(2, 71));
    home.crash();
    await home.start();
    await home.interval();
    home.send('strap-1', heartRate(3, 72));
    await home.interval();
    const epochs = [0, 1, 2].map((batch) => home.hub.vault.store.segment(batch, 1)?.epoch);
    expect(epochs).toEqual([undefined, 0, 1]);
    for (const id of ['1.1.0', '1.1.1', '2.1.0']) expect(await prove(id)).toMatchObject({ ok: true });
    expect(await problems()).toEqual([]);
  });

  it('ends each batch after the one before, also when the clock is turned back', async () => {
    const { hub } = await begin();
    await home.interval();
    const { end_ms: before } = hub.vault.store.lastBatch() ?? { end_ms: 0 };
    for (let n = 0; n < 3; n++) {
      home.send('strap-1', heartRate(n, 70));
      await home.interval(-3_600_000);
    }
    // The first reading came before the clock went back: its interval ends no earlier than it came.
    expect(hub.vault.store.batchesFrom(1, 9).map((one) => one.end_ms - before)).toEqual([1, 2, 3]);
    for (const id of ['1.1.0', '2.1.0', '3.1.0']) expect(await prove(id)).toMatchObject({ ok: true });
    await home.interval(86_400_000);
    expect(hub.vault.store.lastBatch()?.end_ms).toBe(home.nowMs);
    expect(await problems()).toEqual([]);
  });

  it('proves what a clock that was turned back left behind: in the same interval, and after a kill', async () => {
    await begin();
    home.nowMs += 5_000;
    home.send('strap-1', heartRate(1, 70));
    await home.interval(-2_000);
    expect(await prove('0.1.0')).toMatchObject({ ok: true });
    home.send('strap-1', heartRate(2, 71));
    home.crash();
    home.nowMs -= 1_800_000;
    await home.start();
    await home.interval();
    expect(await prove('1.1.0')).toMatchObject({ ok: true });
    expect(await problems()).toEqual([]);
  });

  it('stops cleanly: nothing is left to recover, and the batch is in the ledger', async () => {
    const { hub } = await begin();
    home.send('strap-1', heartRate(1, 70));
    home.nowMs += 3_000;
    const closed = await hub.stop();
    expect(closed).toMatchObject({ sequence: 0, entries: 3, endMs: home.nowMs });
    expect((await hub.ledger.lastOf(hub.vault.identity.origin))?.note).toBe(closed?.statement);
    home.crash();
    const { started } = await home.start();
    expect(started).toMatchObject({
      created: false,
      recovery: { readings: 0, anchored: 0 },
    });
    expect(hub.recent).not.toBe(home.hub.recent);
    expect(home.hub.recent.of(1)['heart-rate']).toMatchObject([{ id: '0.1.0', value: 70 }]);
  });

  it('holds its directory against another hub, and its data against another key', async () => {
    await begin();
    const first = home.running;
    await expect(home.start()).rejects.toThrow(expect.objectContaining({ code: 'in-use' }));
    home.running = first;
    home.crash();
    const other = { keySource: { keyFile: join(home.folder, 'other.key') } };
    await expect(home.start(other)).rejects.toThrow(expect.objectContaining({ code: 'no-key' }));
    copyFileSync(join(home.folder, 'data.key'), join(home.folder, 'other.key'));
    rmSync(join(home.folder, 'data.key'));
    await expect(home.start()).rejects.toThrow(expect.objectContaining({ code: 'no-key' }));
    await home.start(other);
    home.crash();
    writeFileSync(join(home.folder, 'data.key'), 'cd'.repeat(32), { mode: 0o600 });
    await expect(home.start()).rejects.toThrow(expect.objectContaining({ code: 'wrong-key' }));
    // What failed left nothing locked.
    await home.start(other);
  });
});

describe('a commit that the disk refuses', () => {
  it('at any of its statements stores nothing and remembers nothing: the redelivery is stored', async () => {
    const { hub } = await begin();
    await home.enroll('Bea', 'strap-2');
    const { store } = hub.vault;
    const group = () =>
      hub.commit([
        { device: 'strap-1', received: home.nowMs, body: Buffer.from('no message') },
        ...['strap-1', 'strap-2'].map((device) => ({
          device,
          received: home.nowMs,
          body: Buffer.from('{"seq": 1, "readings": [{"kind": "spo2", "value": 97}]}'),
        })),
      ]);
    const full = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
    const { stage, quarantine } = store;
    let until = 0;
    const failing =
      <T extends unknown[], R>(work: (...args: T) => R) =>
      (...args: T): R => {
        const done = work.apply(store, args);
        if (until-- === 0) throw full;
        return done;
      };
    store.stage = failing(stage);
    store.quarantine = failing(quarantine);
    for (let n = 0; n < 3; n++) {
      until = n;
      expect(group).toThrow('disk is full');
      expect(exported()).toEqual([]);
      expect(store.quarantineSize().rows).toBe(0);
      expect(hub.quarantine.rows).toBe(0);
    }
    until = -1;
    expect(group().outcomes).toEqual(['quarantined', 'stored', 'stored']);
    expect(group().outcomes).toEqual(['quarantined', 'duplicate', 'duplicate']);
    await home.interval();
    expect(exported()).toEqual([
      ['0.1.0', 97],
      ['0.2.0', 97],
    ]);
  });

  it('really full: SQLite says so at the page limit, the batch waits, and all is well with room again', async () => {
    const { hub } = await begin();
    const { db } = hub.vault;
    const noise = (seq: number): Message => {
      const samples = Int32Array.from(
        { length: 20_000 },
        (_, i) => Math.imul(seq * 31 + i, i * 0x9e3779b1) >> 3,
      );
      return message(seq, {
        kind: 'ppg',
        wave: { lead: 'finger', rateHz: 125, gain: 1, baseline: 0, samples },
      });
    };
    home.send('strap-1', noise(0));
    db.pragma(`max_page_count = ${(db.pragma('page_count', { simple: true }) as number) + 1}`);
    expect(() => home.send('strap-1', noise(1))).toThrow(expect.objectContaining({ code: 'SQLITE_FULL' }));
    expect(() => hub.closeBatch()).toThrow(expect.objectContaining({ code: 'SQLITE_FULL' }));
    expect(hub.vault.store.lastBatch()).toBeUndefined();
    db.pragma('max_page_count = 1000000');
    expect(home.send('strap-1', noise(0), noise(1)).outcomes).toEqual(['duplicate', 'stored']);
    await home.interval();
    expect([...exportReadings(hub.vault)].map((one) => one.wave?.samples.length)).toEqual([20_000, 20_000]);
    expect(await prove('0.1.1')).toMatchObject({ ok: true });
    expect(await problems()).toEqual([]);
  });
});

describe('the quarantine', () => {
  const bad = (n: number, bytes = 10): Uint8Array => Buffer.alloc(bytes, 65 + n);

  it('is bounded in rows, oldest first, and says how many it dropped', async () => {
    const { hub } = await begin();
    for (let n = 0; n < 12; n++) home.sendBytes('strap-1', ...Array.from({ length: 10 }, () => bad(n)));
    expect(hub.quarantine.dropped).toBe(20);
    expect(hub.vault.store.quarantineSize().rows).toBe(100);
    expect([...hub.vault.store.quarantined()][0]?.body).toEqual(bad(2));
    expect(home.sendBytes('strap-1', bad(1), bad(2)).dropped).toBe(2);
  });

  it('is bounded in bytes as they are on disk', async () => {
    await begin();
    home.crash();
    await home.start({ quarantineBytesMax: 5_000, quarantineRowsMax: 1_000_000 });
    for (let n = 0; n < 300; n++) home.sendBytes('strap-1', bad(n % 20, n % 40));
    const { bytes, rows } = home.hub.vault.store.quarantineSize();
    expect(bytes).toBeLessThanOrEqual(5_000);
    expect(bytes).toBeGreaterThan(4_500);
    expect(rows).toBe(home.hub.quarantine.rows);
    // One that is larger than all the room is kept alone.
    home.sendBytes('strap-1', bad(1, 9_000));
    expect(home.hub.vault.store.quarantineSize().rows).toBe(1);
  });
});

describe('a hub that was restored', () => {
  const copy = (from: string, to: string): void => {
    for (const name of readdirSync(home.settings.directory))
      if (name.startsWith(from))
        copyFileSync(join(home.settings.directory, name), join(home.folder, name.replace(from, to)));
  };
  const putBack = (from: string, to: string): void => {
    for (const name of readdirSync(home.settings.directory))
      if (name.startsWith(to)) rmSync(join(home.settings.directory, name));
    for (const name of readdirSync(home.folder))
      if (name.startsWith(from))
        copyFileSync(join(home.folder, name), join(home.settings.directory, name.replace(from, to)));
  };

  it('from an older copy signs nothing, although readings wait in it to be closed', async () => {
    await begin();
    await home.interval();
    home.send('strap-1', heartRate(1, 70));
    home.crash();
    copy('hub.db', 'old.db');
    await home.start();
    await home.interval();
    home.crash();
    putBack('old.db', 'hub.db');
    await expect(home.start()).rejects.toThrow(expect.objectContaining({ code: 'ledger-ahead' }));
    home.running = undefined;
    const vault = home.look();
    expect(vault.store.lastBatch()?.sequence).toBe(0);
    expect(vault.store.staged().length).toBeGreaterThan(0);
    vault.close();
  });

  it('from another history signs nothing', async () => {
    await begin();
    await home.interval();
    home.crash();
    copy('hub.db', 'old.db');
    await home.start();
    home.send('strap-1', heartRate(1, 70));
    await home.interval();
    home.crash();
    putBack('old.db', 'hub.db');
    const ledger = ledgerPath(home.settings.directory);
    copyFileSync(ledger, join(home.folder, 'ledger.db'));
    rmSync(ledger);
    // Whoever does this removes the mark as well: the histories are still compared.
    rmSync(home.settings.markFile);
    await home.start();
    home.send('strap-1', heartRate(1, 71));
    await home.interval();
    home.crash();
    for (const name of readdirSync(join(home.settings.directory, 'ledger')))
      rmSync(join(home.settings.directory, 'ledger', name));
    copyFileSync(join(home.folder, 'ledger.db'), ledger);
    rmSync(home.settings.markFile);
    await expect(home.start()).rejects.toThrow(expect.objectContaining({ code: 'ledger-refused' }));
    home.running = undefined;
  });

  it('as a whole, ledger and all, is told by the mark that lies apart, and signs nothing', async () => {
    await begin();
    await home.interval();
    home.crash();
    cpSync(home.settings.directory, join(home.folder, 'copy'), { recursive: true });
    await home.start();
    await home.interval();
    home.crash();
    rmSync(home.settings.directory, { recursive: true });
    cpSync(join(home.folder, 'copy'), home.settings.directory, { recursive: true });
    await expect(home.start()).rejects.toThrow(
      expect.objectContaining({
        code: 'ledger-ahead',
        message: expect.stringContaining(home.settings.markFile),
      }),
    );
    home.running = undefined;
  });

  it('without its ledger waits for a person, then tells all its statements again: the same tree, no checkpoint contradicted', async () => {
    await begin();
    for (let n = 0; n < 5; n++) {
      home.send('strap-1', heartRate(n, 70 + n));
      await home.interval();
    }
    const before = await home.hub.ledger.latest();
    home.crash();
    rmSync(join(home.settings.directory, 'ledger'), { recursive: true });
    await expect(home.start()).rejects.toThrow(expect.objectContaining({ code: 'ledger-ahead' }));
    // A person who knows that the ledger is lost, and hub.db the newest, takes the mark away.
    rmSync(home.settings.markFile);
    const { started, hub } = await home.start();
    expect(started.recovery.anchored).toBe(5);
    const after = await hub.ledger.latest();
    expect(after.size).toBe(before.size);
    expect(after.root).toEqual(before.root);
    expect(await prove('3.1.0')).toMatchObject({ ok: true });
  });

  it('that has statements to send does not start while its mark cannot be written, and says so', async () => {
    await begin();
    await home.interval();
    home.hub.closeBatch();
    home.crash();
    const draft = `${home.settings.markFile}.new`;
    mkdirSync(draft);
    await expect(home.start()).rejects.toThrow(
      expect.objectContaining({ code: 'bad-setting', message: expect.stringContaining('mark-file:') }),
    );
    home.running = undefined;
    rmSync(draft, { recursive: true });
    await home.start();
    await home.interval();
    expect((await home.hub.ledger.latest()).size).toBe(3);
  });

  it('with the ledger of another hub says so', async () => {
    await begin();
    home.crash();
    const other = new Home();
    await other.start();
    other.crash();
    copyFileSync(ledgerPath(other.settings.directory), ledgerPath(home.settings.directory));
    other.remove();
    await expect(home.start()).rejects.toThrow(expect.objectContaining({ code: 'data-damaged' }));
    home.running = undefined;
  });
});
