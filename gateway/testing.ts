// A home for tests: a hub on real SQLite in a folder of its own, with a clock that the test moves.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeMessageJson, type Measurement, type Message } from '@heartwood/vitals';
import type { Hub, Taken } from './hub/hub.ts';
import type { HubSettings } from './hub/settings.ts';
import { type RunningHub, startHub } from './hub/start.ts';
import { hashPassword } from './keys/credential.ts';
import { Vault } from './vault.ts';

/** When the clock of a test home begins. */
export const AT: number = Date.UTC(2026, 10, 21, 13, 0, 0);

export class Home {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'heartwood-'));
  readonly settings: HubSettings = {
    directory: join(this.folder, 'data'),
    keySource: { keyFile: join(this.folder, 'data.key') },
    originPrefix: 'heartwood',
    intervalMs: 10_000,
    quarantineRowsMax: 100,
    quarantineBytesMax: 1_000_000,
    markFile: join(this.folder, 'data.mark'),
    withoutQuorum: 'publish-with-alarm',
  };
  nowMs: number = AT;
  running: RunningHub | undefined;

  get hub(): Hub {
    if (this.running === undefined) throw new Error('not started');
    return this.running.hub;
  }

  async start(change: Partial<HubSettings> = {}): Promise<RunningHub> {
    this.running = await startHub({ ...this.settings, ...change }, () => this.nowMs);
    return this.running;
  }

  /** Looks into the data as a command does, whether the hub runs or not. Close it. */
  look(mode: 'read' | 'write' = 'read'): Vault {
    return Vault.open({ ...this.settings, clock: () => this.nowMs }, mode);
  }

  /** As a power cut would: nothing is closed properly. */
  crash(): void {
    void this.running?.release();
    this.running = undefined;
  }

  /** A patient of that name (a new one, if need be) gets a new device. @returns the patient's slot */
  async enroll(name: string, device: string, fromMs = 0): Promise<number> {
    const { vault } = this.hub;
    const credential = await hashPassword('a password');
    return vault.store.transaction(() => {
      const known = vault.registry.patients().find((one) => one.name === name);
      const patient = known ?? vault.registry.addPatient(name);
      vault.keyring.ensureEpoch(patient.slot, vault.openSinceMs());
      const added = vault.registry.addDevice({ id: device, label: 'strap', origin: 'simulator', credential });
      vault.registry.assign(added, patient, fromMs);
      return patient.slot;
    });
  }

  /** From now on the device measures another patient. */
  hand(device: string, slot: number): void {
    const { registry, store } = this.hub.vault;
    const known = registry.device(device);
    const patient = registry.patient(slot);
    if (known === undefined || patient === undefined) throw new Error('nobody to hand over to');
    store.transaction(() => registry.assign(known, patient, this.nowMs));
  }

  send(device: string, ...messages: Message[]): Taken {
    return this.sendBytes(device, ...messages.map((message) => encodeMessageJson(message)));
  }

  sendBytes(device: string, ...bodies: Uint8Array[]): Taken {
    return this.hub.commit(bodies.map((body) => ({ device, received: this.nowMs, body })));
  }

  /** Lets an interval pass, closes the batch and tells the ledger. */
  async interval(passedMs = 10_000): Promise<number> {
    this.nowMs += passedMs;
    const { sequence } = this.hub.closeBatch();
    await this.hub.anchor();
    this.hub.summaries.step();
    return sequence;
  }

  remove(): void {
    this.crash();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A message of one heart rate. */
export const heartRate = (seq: number, value: number, at: number | undefined = AT - 200): Message =>
  message(seq, { kind: 'heart-rate', value }, at);

export const message = (
  seq: number,
  measurement: Measurement,
  at: number | undefined = AT - 200,
): Message => ({
  seq,
  readings: [{ ...(at !== undefined && { at }), measurement }],
});
