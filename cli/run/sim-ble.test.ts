import { existsSync } from 'node:fs';
import { hasBusDaemon } from '@heartwood/device-sim/ble';
import { describe, expect, it } from 'vitest';
import { runHeartwood } from '../test-frame.ts';

describe.skipIf(!hasBusDaemon())('heartwood sim --ble (needs dbus-daemon)', () => {
  it('says who is there and on which bus, and leaves nothing behind', async () => {
    const { status, out } = await runHeartwood(['sim', '--ble', '--for', '1s', '--seed', '3']);
    expect(status).toBe(0);
    expect(out.match(/^ {2}([0-9A-F]{2}:){5}[0-9A-F]{2} {2}SIM-\d{6} {2}\w+/gm)).toHaveLength(10);
    const [, socket] = /^DBUS_SYSTEM_BUS_ADDRESS=unix:path=(.+)$/m.exec(out) ?? [];
    expect(socket).toBeDefined();
    expect(existsSync(socket!)).toBe(false);
  });
});
