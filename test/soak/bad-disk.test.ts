// A disk that is full, and one that fails, under a hub with QoS 1 devices on it: nothing is acknowledged that is not kept,
// everybody is told, and the hub goes on by itself.

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HUB_SLOT } from '@heartwood/anchor';
import { decodeEntries, Vault } from '@heartwood/gateway';
import { decodeEvent, encodeMessageJson } from '@heartwood/vitals';
import { afterEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { Device } from '../journey/device.ts';
import { Home } from '../journey/home.ts';
import { type HubProcess, JOURNEY, MAIN, pause, until } from '../journey/program.ts';
import { messageOf } from './power-life.ts';
import { hasStrace, needsStrace, STRACE } from './trace.ts';

const MOUNT = 'mount';
const UMOUNT = 'umount';
const DISK_MB = 24;
const MESSAGE_MS = 20;
/** With nothing acknowledged for so long, nothing is. */
const SILENCE_MS = 1_500;
/** An alarm of the disk ends when it has been well for 5 s. */
const ALARM_ENDS_MS = 7_500;
/** "Within seconds": the devices here come back twice a second. */
const AGAIN_MS = 10_000;

const canMount = ((): boolean => {
  const at = '/tmp/heartwood-mount-probe';
  mkdirSync(at, { recursive: true });
  const mounted = spawnSync(MOUNT, ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', at]).status === 0;
  if (mounted) spawnSync(UMOUNT, [at]);
  rmSync(at, { recursive: true, force: true });
  return mounted;
})();
const needsMount = canMount ? '' : ' (skipped: mounting a small disk takes root)';

const closing: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

type Frame = { type: string; disk?: { state: string } | null };

/** A page of whoever started the hub: what it was told of the disk. */
async function openPage(hub: HubProcess): Promise<string[]> {
  const { page, loginLink } = await hub.ready;
  const code = loginLink.slice(loginLink.indexOf('=') + 1);
  const headers = { 'content-type': 'application/json', origin: page };
  const answer = await fetch(`${page}/api/login`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ code }),
  });
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  const socket = new WebSocket(`${page.replace('http', 'ws')}/api/feed`, {
    headers: { cookie, origin: page },
  });
  closing.push(() => socket.terminate());
  const states: string[] = [];
  socket.on('message', (data) => {
    const { disk } = JSON.parse(String(data)) as Frame;
    if (disk) states.push(disk.state);
  });
  await new Promise((resolve) => socket.once('open', resolve));
  return states;
}

/** Devices that measure all the time, and come back when they are cut off. */
async function underLoad(home: Home, hub: HubProcess): Promise<{ devices: Device[]; stop(): void }> {
  const { mqtt } = await hub.ready;
  const devices: Device[] = [];
  for (const [id, patient] of [
    ['strap-1', 'Ada'],
    ['strap-2', 'Tomas'],
  ] as const) {
    const password = await home.enroll(id, patient);
    const body = (seq: number): Uint8Array => encodeMessageJson(messageOf(seq));
    devices.push(new Device({ id, password, qos: 1, protocolVersion: 5, inFlightMax: 20, body }));
  }
  const load = setInterval(() => {
    for (const device of devices) if (device.pending < 200) device.offer();
  }, MESSAGE_MS);
  const back = setInterval(() => {
    for (const device of devices) if (!device.connected) void device.connect(mqtt ?? '');
  }, 500);
  closing.push(() => {
    clearInterval(load);
    clearInterval(back);
    for (const device of devices) device.leave();
  });
  return { devices, stop: () => clearInterval(load) };
}

const acknowledged = (devices: readonly Device[]): number =>
  devices.reduce((sum, device) => sum + device.acknowledged.size, 0);

/** All that was acknowledged is there, once, in order; the record tells of the fault. */
async function bearOut(home: Home, devices: readonly Device[], condition: string): Promise<void> {
  const readings = await home.exported();
  for (const { id, offered } of devices) {
    const seqs = readings
      .filter(({ device, kind }) => device === id && kind === 'steps')
      .map(({ seq }) => seq);
    expect(seqs).toEqual(Array.from({ length: offered }, (_, i) => i + 1));
  }
  const checked = await home.run('fsck');
  expect(`${checked.out}${checked.err}`).not.toMatch(/problem/i);
  expect(checked.status).toBe(0);
  const keySource = { keyFile: home.key };
  const vault = Vault.open({ directory: home.data, keySource, clock: Date.now }, 'read');
  try {
    const told: string[] = [];
    for (const row of vault.store.segmentsFrom(0)) {
      if (row.slot !== HUB_SLOT) continue;
      for (const { name, detail } of decodeEntries(vault.store.openSegment(row)).map(decodeEvent))
        if (detail['condition'] === condition) told.push(name);
    }
    expect(told.slice(0, 3)).toEqual(['alarm-raised', 'alarm-over', 'alarm-ended']);
  } finally {
    vault.close();
  }
}

describe('a disk that is full', JOURNEY, () => {
  it.skipIf(!canMount)(
    `stops acknowledgements, is told, and all goes on when there is room${needsMount}`,
    async () => {
      const home = new Home();
      closing.push(() => home.close());
      mkdirSync(home.data, { mode: 0o700 });
      const mounted = spawnSync(MOUNT, [
        '-t',
        'tmpfs',
        '-o',
        `size=${DISK_MB}m,mode=700`,
        'tmpfs',
        home.data,
      ]);
      expect(mounted.status).toBe(0);
      closing.push(() => void spawnSync(UMOUNT, ['-l', home.data]));
      const hub = await home.start('--interval-ms', '500');
      const states = await openPage(hub);
      const { devices, stop } = await underLoad(home, hub);
      await until(() => acknowledged(devices) > 50, 'devices are acknowledged');
      const ballast = join(home.data, 'ballast');
      expect(fill(ballast)).toBeGreaterThan(1_000_000);
      await until(() => hub.log('disk-full').length > 0, 'the hub says that the disk is full');
      await until(() => states.includes('full'), 'the page says so');
      await pause(300);
      const before = acknowledged(devices);
      await pause(SILENCE_MS);
      expect(acknowledged(devices)).toBe(before);
      const asked = await home.run('doctor');
      expect(asked.out).toMatch(/disk: It is full/);
      expect(asked.out).not.toMatch(/Move /);
      const second = await home.run('hub', '--mqtt-port', '0', '--http-port', '0');
      expect([second.status, second.err]).toEqual([3, expect.stringContaining('is full. Make room')]);
      rmSync(ballast);
      const freed = Date.now();
      await until(() => acknowledged(devices) > before + 20, 'it goes on', AGAIN_MS);
      process.stdout.write(`went on ${Date.now() - freed} ms after there was room\n`);
      await until(() => states.at(-1) === 'low', 'the page says that it is over', AGAIN_MS);
      await pause(ALARM_ENDS_MS);
      stop();
      await until(() => devices.every(({ pending }) => pending === 0), 'the last are acknowledged');
      expect(hub.log('disk-full')).toHaveLength(1);
      expect(hub.log('commit-failed')).toHaveLength(0);
      expect(await hub.stop()).toBe(0);
      await bearOut(home, devices, 'disk-full');
      // A card that is worn out takes no writes any more.
      expect(spawnSync(MOUNT, ['-o', 'remount,ro', home.data]).status).toBe(0);
      const third = await home.run('hub', '--mqtt-port', '0', '--http-port', '0');
      expect([third.status, third.err]).toEqual([3, expect.stringContaining('takes no writes')]);
      const worn = await home.run('doctor');
      expect(worn.out).toMatch(/disk: It takes no writes/);
      expect(worn.out).not.toMatch(/Move /);
    },
  );
});

describe('a disk that fails', JOURNEY, () => {
  it.skipIf(!hasStrace)(`for a while loses nothing that was acknowledged${needsStrace}`, async () => {
    const home = new Home();
    closing.push(() => home.close());
    const hub = await home.start('--interval-ms', '500');
    const states = await openPage(hub);
    const { devices, stop } = await underLoad(home, hub);
    await until(() => acknowledged(devices) > 50, 'devices are acknowledged');
    for (const calls of ['fsync,fdatasync', 'pwrite64']) {
      const before = hub.log('disk-failed').length;
      const trace = [
        '-f',
        '-qq',
        '-o',
        '/dev/null',
        '-e',
        `trace=${calls}`,
        '-e',
        `inject=${calls}:error=EIO`,
      ];
      const strace = spawn(STRACE, [...trace, '-p', `${hub.pid}`], { stdio: 'ignore' });
      closing.push(() => void strace.kill());
      await until(() => hub.log('disk-failed').length > before, 'the hub says that the disk fails');
      await pause(500);
      const held = acknowledged(devices);
      await pause(SILENCE_MS);
      expect(acknowledged(devices)).toBe(held);
      const gone = new Promise((resolve) => strace.once('exit', resolve));
      strace.kill();
      await gone;
      await until(() => acknowledged(devices) > held + 20, 'it goes on', AGAIN_MS);
    }
    await until(() => /well|low/.test(states.at(-1) ?? ''), 'the page says that it is over');
    expect(states).toContain('failed');
    await pause(ALARM_ENDS_MS);
    stop();
    await until(() => devices.every(({ pending }) => pending === 0), 'the last are acknowledged');
    expect(await hub.stop()).toBe(0);
    const asked = spawnSync(STRACE, [
      ...['-f', '-qq', '-o', '/dev/null', '-e', 'trace=fsync', '-e', 'inject=fsync:error=EIO'],
      ...[process.execPath, MAIN, 'doctor', '--data', home.data],
    ]);
    expect(String(asked.stdout)).toMatch(/disk: A page written to it did not stay \(EIO\)/);
    await bearOut(home, devices, 'disk-failed');
  });
});

/** Writes until there is no room. @returns how many bytes */
function fill(path: string): number {
  let bytes = 0;
  for (let size = 1024 * 1024; size >= 512; size /= 2) {
    try {
      for (;;) {
        writeFileSync(path, Buffer.alloc(size, 1), { flag: 'a' });
        bytes += size;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
  return bytes;
}
