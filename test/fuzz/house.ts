// A hub without sockets for the fuzz: real SQLite in a temporary folder, a clock that the fuzz moves.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { enroll, type RunningHub, startHub } from '@heartwood/gateway';

export class House {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'heartwood-fuzz-'));
  nowMs: number = Date.UTC(2026, 10, 21, 13, 0, 0);
  #running: RunningHub | undefined;

  get hub(): RunningHub['hub'] {
    if (this.#running === undefined) throw new Error('not started');
    return this.#running.hub;
  }

  async start(quarantineRowsMax: number, quarantineBytesMax: number): Promise<void> {
    this.#running = await startHub(
      {
        directory: join(this.folder, 'data'),
        keySource: { keyFile: join(this.folder, 'data.key') },
        originPrefix: 'heartwood',
        intervalMs: 10_000,
        quarantineRowsMax,
        quarantineBytesMax,
        markFile: join(this.folder, 'data.mark'),
        withoutQuorum: 'publish-with-alarm',
      },
      () => this.nowMs,
    );
  }

  /** A patient of that name (a new one, if need be) gets a new device. */
  async enroll(name: string, device: string): Promise<void> {
    await enroll(this.hub.vault, { device, label: 'strap', patient: name, origin: 'simulator' });
  }

  async interval(): Promise<void> {
    this.nowMs += 1;
    this.hub.closeBatch();
    await this.hub.anchor();
  }

  remove(): void {
    void this.#running?.release();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
