// The hub on its real thread, real files, the real clock.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeMessageCbor, encodeMessageJson } from '@heartwood/vitals';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { exportReadings } from '../inspect/export.ts';
import { enroll } from '../registry/enroll.ts';
import { Delays, LEGS } from '../stream/delays.ts';
import { Home, heartRate } from '../testing.ts';
import { type HubEvents, HubThread } from './hub-thread.ts';
import { PART_UNITS } from './work.ts';

let home: Home;
let thread: HubThread | undefined;
let told: string[];
let alarmed: string[];
let groups: number;
let delays: Delays;
const events: HubEvents = {
  readings: (byPatient) => {
    groups += 1;
    for (const { text } of byPatient.values()) JSON.parse(`[${text}]`);
  },
  batch: ({ sequence, ledgerSize }) => told.push(`batch ${sequence} ${ledgerSize}`),
  alarms: (notices, patients) => {
    for (const { condition, change } of notices) alarmed.push(`${condition} ${change}`);
    for (const { alarms } of patients) alarmed.push(...alarms.map(({ presence }) => presence));
  },
  scores: () => undefined,
  delays: (taken) => delays.add(taken),
  registry: () => told.push('registry'),
  refused: (refused) => told.push(...refused.map((one) => `refused ${one.reason}`)),
  heavy: (device) => told.push(`heavy ${device}`),
  log: (_level, event) => told.push(event),
  failed: (error) => told.push(`failed ${error.message}`),
};

beforeEach(async () => {
  home = new Home();
  home.nowMs = Date.now();
  await home.start();
  await home.enroll('Ada', 'strap-1');
  home.crash();
  told = [];
  alarmed = [];
  delays = new Delays();
  groups = 0;
});
afterEach(async () => {
  await thread?.stop().catch(() => undefined);
  thread = undefined;
  home.remove();
});

const start = async (change: Partial<Home['settings']> = {}): Promise<HubThread> => {
  thread = await HubThread.start({ ...home.settings, intervalMs: 600_000, ...change }, events);
  return thread;
};
const arrival = (seq: number, value = 70, device = 'strap-1') => {
  const received = Date.now();
  return { device, received, body: encodeMessageJson(heartRate(seq, value, received)) };
};
const stored = (): number => {
  const vault = home.look();
  const count = [...exportReadings(vault)].length;
  vault.close();
  return count;
};

describe('a hub on its thread', () => {
  it('answers an arrival when it is on disk, and says what became of it', async () => {
    const hub = await start();
    expect(hub.started).toMatchObject({ created: false, recovery: { readings: 0 } });
    expect(await hub.accept(arrival(1))).toBe('stored');
    expect(stored()).toBe(1);
    expect(await hub.accept(arrival(1, 71))).toBe('quarantined');
    expect(await hub.accept(arrival(2, 70, 'stranger'))).toBe('quarantined');
    const twice = arrival(3);
    expect(await Promise.all([hub.accept(twice), hub.accept(twice)])).toEqual(['stored', 'duplicate']);
    expect(told).toEqual(['refused sequence-reused', 'refused unknown-device']);
  });

  it('goes on acknowledging while the medium of its mark is gone, and anchors what it closed when it is back', async () => {
    const stick = join(home.folder, 'stick');
    const hub = await start({ markFile: join(stick, 'mark'), intervalMs: 200 });
    await vi.waitFor(() => expect(told).toContainEqual(expect.stringMatching(/^batch/)));
    rmSync(stick, { recursive: true });
    writeFileSync(stick, 'no folder any more');
    await vi.waitFor(() => expect(told).toContain('batch-not-anchored'), 5_000);
    expect(await hub.accept(arrival(1))).toBe('stored');
    rmSync(stick);
    told = [];
    await vi.waitFor(() => expect(told).toContainEqual(expect.stringMatching(/^batch \d/)), 5_000);
    // Every batch is in the ledger again, those that were closed meanwhile too.
    const [, sequence, size] = (told.find((one) => /^batch \d/.test(one)) ?? '').split(' ').map(Number);
    expect(size).toBe((sequence ?? 0) + 1);
    expect(told).not.toContainEqual(expect.stringMatching(/^failed/));
  });

  it('looks at every condition by the clock, and tells what is on disk', async () => {
    await home.start();
    // Ada's for so long that it is missed at the first look.
    await home.enroll('Ada', 'strap-2', Date.now() - 20 * 60_000);
    home.crash();
    const hub = await start();
    await vi.waitFor(() => expect(alarmed).toEqual(['silent:strap-2 raised', 'on']), 5_000);
    await hub.accept(arrival(1, 70, 'strap-2'));
    await vi.waitFor(() => expect(alarmed).toContain('silent:strap-2 ended'), 10_000);
  }, 20_000);

  it('tells how long each reading took to the disk and to the engine', async () => {
    const hub = await start();
    await hub.accept(arrival(1));
    await vi.waitFor(() => expect(delays.of('engine').count).toBe(1), 10_000);
    expect(LEGS.map((leg) => delays.of(leg).count)).toEqual([1, 1, 1, 0, 0, 0]);
  });

  it('commits together what waits together', async () => {
    const hub = await start();
    await hub.call('listen', true);
    const all = await Promise.all(Array.from({ length: 3000 }, (_, n) => hub.accept(arrival(n))));
    expect(all.every((outcome) => outcome === 'stored')).toBe(true);
    // One device's part of a commit is 256 of these.
    const most = Math.ceil((3000 * 2) / PART_UNITS) + 1;
    expect(groups).toBeLessThanOrEqual(most);
    await hub.call('listen', false);
    await hub.accept(arrival(5000));
    expect(groups).toBeLessThanOrEqual(most);
    expect(stored()).toBe(3001);
  });

  it('acknowledges others behind one message of a flood, and the flood whole and in its order', async () => {
    await home.start();
    await home.enroll('Ben', 'strap-2');
    home.crash();
    const hub = await start();
    const dense = (seq: number) => ({
      device: 'strap-1',
      received: Date.now(),
      body: encodeMessageCbor({
        seq,
        readings: Array.from({ length: 512 }, (_, i) => ({
          measurement: { kind: 'heart-rate', value: 60 + (i % 40) },
        })),
      }),
    });
    const order: string[] = [];
    const sent = Array.from({ length: 20 }, (_, seq) =>
      hub.accept(dense(seq)).then((outcome) => order.push(`flood ${seq} ${outcome}`)),
    );
    sent.push(hub.accept(arrival(1, 70, 'strap-2')).then((outcome) => order.push(`other ${outcome}`)));
    await Promise.all(sent);
    expect(order.slice(0, 2)).toEqual(['flood 0 stored', 'other stored']);
    expect(order.slice(2)).toEqual(Array.from({ length: 19 }, (_, n) => `flood ${n + 1} stored`));
    expect(stored()).toBe(20 * 512 + 1);
    expect(new Set(told)).toEqual(new Set(['heavy strap-1']));
  });

  it('acknowledges one with much waiting behind the first part of a flood, not behind all of it', async () => {
    await home.start();
    await home.enroll('Ben', 'strap-2');
    home.crash();
    const hub = await start();
    const readings = Array.from({ length: 255 }, () => ({
      measurement: { kind: 'heart-rate' as const, value: 61 },
    }));
    const order: string[] = [];
    const flood = Array.from({ length: 40 }, (_, seq) =>
      hub
        .accept({ device: 'strap-1', received: Date.now(), body: encodeMessageCbor({ seq, readings }) })
        .then(() => order.push('flood')),
    );
    const others = Array.from({ length: 200 }, (_, seq) =>
      hub.accept(arrival(seq, 70, 'strap-2')).then(() => order.push('other')),
    );
    await Promise.all([...flood, ...others]);
    // Two of the flood's messages are its part.
    expect(order.slice(0, 3)).toEqual(['flood', 'flood', 'other']);
    expect(order.slice(0, order.lastIndexOf('other')).filter((one) => one === 'flood').length).toBeLessThan(
      40,
    );
    expect(stored()).toBe(40 * 255 + 200);
  });

  it('lets messages wait for company as long as it was told, and none when it stops or has enough', async () => {
    const hub = await start({ gatherMs: 10_000 });
    await hub.call('listen', true);
    const held: Promise<string>[] = [];
    for (let seq = 1; seq <= 3; seq++) {
      held.push(hub.accept(arrival(seq)));
      // A commit that waited for nobody would be done with it.
      await hub.call('revoked');
    }
    expect([groups, stored()]).toEqual([0, 0]);
    const large = { ...arrival(4), body: new Uint8Array(300 * 1024) };
    expect(await Promise.all([...held, hub.accept(large)])).toEqual([
      'stored',
      'stored',
      'stored',
      'quarantined',
    ]);
    expect(groups).toBe(1);
    const last = hub.accept(arrival(5));
    await hub.stop();
    expect(await last).toBe('stored');
  });

  it('closes a batch at each interval, and stops with everything in one', async () => {
    const hub = await start({ intervalMs: 100 });
    await hub.accept(arrival(1));
    while (told.length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(told.slice(0, 2)).toEqual(['batch 0 1', 'batch 1 2']);
    const last = hub.accept(arrival(2));
    await hub.stop();
    expect(await last).toBe('stored');
    const vault = home.look();
    expect(vault.store.staged()).toEqual([]);
    expect([...exportReadings(vault)]).toHaveLength(2);
    vault.close();
  });

  it('takes nothing once it is told to stop, and answers no call after its end', async () => {
    const hub = await start();
    const before = hub.accept(arrival(1));
    const stopping = hub.stop();
    await expect(hub.accept(arrival(2))).rejects.toThrow('has stopped');
    expect(await before).toBe('stored');
    await stopping;
    await hub.stop();
    await expect(hub.accept(arrival(3))).rejects.toThrow('has stopped');
    await expect(hub.call('policy')).rejects.toThrow('has stopped');
    expect(told.filter((one) => one.startsWith('failed'))).toEqual([]);
    expect(stored()).toBe(1);
  });

  it('tells what kept it from starting, by its code', async () => {
    await start();
    await expect(HubThread.start(home.settings, events)).rejects.toThrow(
      expect.objectContaining({ code: 'in-use' }),
    );
    await thread?.stop();
    const other = { ...home.settings, keySource: { keyFile: `${home.folder}/none.key` } };
    await expect(HubThread.start(other, events)).rejects.toThrow(expect.objectContaining({ code: 'no-key' }));
    expect(told).toEqual([]);
  });

  it('hears of another process that enrolls, and takes the new device', async () => {
    const hub = await start();
    const vault = home.look('write');
    await enroll(vault, { device: 'watch-1', label: 'Watch', origin: 'wearable', patient: 'Bea' });
    vault.close();
    expect(await hub.accept(arrival(1, 70, 'watch-1'))).toBe('stored');
    expect(told).toEqual(['registry']);
    expect((await hub.call('snapshot')).map((one) => [one.name, one.devices.map(({ id }) => id)])).toEqual([
      ['Ada', ['strap-1']],
      ['Bea', ['watch-1']],
    ]);
    const credential = await hub.call('credential', 'watch-1');
    // The pool that a small Buffer lies in stays behind.
    expect(credential?.salt.buffer.byteLength).toBe(16);
    expect(credential?.hash.buffer.byteLength).toBe(32);
    expect(await hub.call('credential', 'nobody')).toBeUndefined();
  });

  it('ends at once on a broken invariant: nothing is acknowledged or signed after it', async () => {
    const hub = await start();
    await hub.accept(arrival(1));
    const vault = home.look('write');
    vault.db.exec("UPDATE patient SET sealed = x'00'");
    vault.close();
    await expect(hub.accept(arrival(2))).rejects.toThrow('does not open');
    await expect(hub.accept(arrival(3))).rejects.toThrow();
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('failed');
  });

  it('reports a refused call with its code, and goes on', async () => {
    const hub = await start();
    await hub.accept(arrival(1));
    await expect(hub.call('prove', '0.1.0')).rejects.toThrow(expect.objectContaining({ code: 'not-ready' }));
    await expect(hub.call('prove', 'x')).rejects.toThrow(expect.objectContaining({ code: 'not-found' }));
    expect(await hub.accept(arrival(2))).toBe('stored');
  });
});
