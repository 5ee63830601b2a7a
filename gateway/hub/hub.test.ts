import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifyBundle } from '@heartwood/anchor';
import { nodeVerifyEd25519 } from '@heartwood/anchor/node';
import { encodeMessageJson, type Message } from '@heartwood/vitals';
import { afterEach, describe, expect, it } from 'vitest';
import { exportReadings } from '../inspect/export.ts';
import { hashPassword } from '../keys/credential.ts';
import { hubCalls } from './calls.ts';
import { policyText, type RunningHub, startHub } from './start.ts';

const AT = Date.UTC(2026, 10, 21, 13, 0, 0);

/** A hub on real SQLite in a folder of its own, with a clock that the test moves. */
class Home {
  readonly directory = mkdtempSync(join(tmpdir(), 'heartwood-'));
  nowMs = AT;
  running: RunningHub | undefined;

  get hub() {
    if (this.running === undefined) throw new Error('not started');
    return this.running.hub;
  }

  async start(): Promise<RunningHub> {
    this.running = await startHub(
      {
        directory: join(this.directory, 'data'),
        keySource: { keyFile: join(this.directory, 'data.key') },
        originPrefix: 'heartwood',
        intervalMs: 10_000,
        quarantineRowsMax: 100,
        quarantineBytesMax: 1_000_000,
      },
      () => this.nowMs,
    );
    return this.running;
  }

  /** As a power cut would: nothing is closed properly. */
  crash(): void {
    this.running?.release();
    this.running = undefined;
  }

  async enroll(name: string, device: string): Promise<void> {
    const { vault } = this.hub;
    const credential = await hashPassword('a password');
    vault.store.transaction(() => {
      const patient = vault.registry.addPatient(name);
      vault.keyring.ensureEpoch(patient.slot, vault.openSinceMs());
      const enrolled = vault.registry.addDevice({
        id: device,
        label: 'strap',
        origin: 'simulator',
        credential,
      });
      vault.registry.assign(enrolled, patient, 0);
    });
  }

  send(device: string, ...messages: Message[]) {
    const arrivals = messages.map((message) => ({
      device,
      received: this.nowMs,
      body: encodeMessageJson(message),
    }));
    return this.hub.commit(arrivals);
  }
}

const heartRate = (seq: number, value: number, at = AT - 200): Message => ({
  seq,
  readings: [{ at, measurement: { kind: 'heart-rate', value } }],
});

let home: Home;
const begin = async (): Promise<Home> => {
  home = new Home();
  await home.start();
  await home.enroll('Ada Lovelace', 'strap-1');
  return home;
};
afterEach(() => {
  home.crash();
  rmSync(home.directory, { recursive: true, force: true });
});

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
    expect(await hub.anchor()).toEqual({ statements: 1, ledgerSize: 1 });
    const bundle = await hubCalls(hub).prove(id);
    const verdict = verifyBundle(bundle, policyText(hub.vault.identity), { verify: nodeVerifyEd25519 });
    expect(verdict).toMatchObject({ ok: true });
  });

  it('brings back what a kill left staged, once, and proves it', async () => {
    await begin();
    home.send('strap-1', heartRate(1, 72), heartRate(2, 73));
    home.crash();
    home.nowMs += 60_000;
    const { started, hub } = await home.start();
    expect(started.recovery).toMatchObject({ readings: 2, anchored: 1 });
    expect(home.send('strap-1', heartRate(2, 73), heartRate(3, 74)).outcomes).toEqual([
      'duplicate',
      'stored',
    ]);
    expect([...exportReadings(hub.vault)].map(({ id, value }) => [id, value])).toEqual([
      ['0.1.0', 72],
      ['0.1.1', 73],
      ['1.1.0', 74],
    ]);
    const bundle = await hubCalls(hub).prove('0.1.1');
    expect(verifyBundle(bundle, policyText(hub.vault.identity), { verify: nodeVerifyEd25519 }).ok).toBe(true);
  });
});
