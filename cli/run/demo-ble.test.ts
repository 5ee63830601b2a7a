import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasBusDaemon } from '@heartwood/device-sim/ble';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runHeartwood } from '../test-frame.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heartwood-demo-ble-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('heartwood demo --ble', () => {
  it('says what to install where there is no dbus-daemon', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = folder;
    try {
      const { status, err } = await runHeartwood(['demo', '--ble', '--data', join(folder, 'demo')]);
      expect(status).toBe(3);
      expect(err).toMatch(/needs dbus-daemon: apt install dbus/);
    } finally {
      process.env['PATH'] = path;
    }
  });

  it.skipIf(!hasBusDaemon())(
    'the hub reads the household by Bluetooth, and every reading says that it is simulated (needs dbus-daemon)',
    async () => {
      const data = join(folder, 'demo');
      const where = ['--data', data, '--master-key-file', `${data}.key`];
      const ran = await runHeartwood(['demo', '--ble', ...where, '--http-port', '0', '--for', '14s']);
      expect([ran.status, ran.err]).toEqual([0, '']);
      expect(ran.out).toMatch(/Heartwood is running, with Ada Lindqvist/);
      expect(ran.out).toMatch(/10 Bluetooth wearables share 5 connections/);
      const { out } = await runHeartwood(['export', ...where]);
      const readings = out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { origin: string; device: string; source?: unknown });
      expect(readings.length).toBeGreaterThan(5);
      expect(new Set(readings.map(({ origin }) => origin))).toEqual(new Set(['simulator']));
      expect(readings.some(({ device }) => device === 'ada-heart-rate-strap')).toBe(true);
    },
    60_000,
  );
});
