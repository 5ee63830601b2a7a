// A hub on its real thread and real files, whose devices are enrolled by their Bluetooth addresses.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { enroll, exportReadings, type FeedReading, HubThread, Vault } from '@heartwood/gateway';

export type Worn = { readonly id: string; readonly address: string };

export class HubHome {
  readonly folder: string;
  readonly thread: HubThread;

  private constructor(folder: string, thread: HubThread) {
    this.folder = folder;
    this.thread = thread;
  }

  /** @param parent where its folder is made; by default among the temporary ones */
  static async open(devices: readonly Worn[], parent: string = tmpdir()): Promise<HubHome> {
    const folder = mkdtempSync(join(parent, 'heartwood-ble-'));
    const keySource = { keyFile: join(folder, 'data.key') };
    const directory = join(folder, 'data');
    const { vault } = Vault.openOrCreate({ directory, keySource, clock: Date.now }, 'heartwood');
    for (const { id, address } of devices)
      await enroll(vault, { device: id, label: id, patient: 'Ada', origin: 'simulator', radio: address });
    vault.close();
    const thread = await startThread(folder);
    return new HubHome(folder, thread);
  }

  /** After `stop`: everything that was stored. */
  readings(): FeedReading[] {
    const directory = join(this.folder, 'data');
    const keySource = { keyFile: join(this.folder, 'data.key') };
    const vault = Vault.open({ directory, keySource, clock: Date.now }, 'read');
    try {
      return [...exportReadings(vault)];
    } finally {
      vault.close();
    }
  }

  async stop(): Promise<void> {
    await this.thread.stop();
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The hub's thread on what lies in a folder that `HubHome.open` made. */
export function startThread(folder: string): Promise<HubThread> {
  return HubThread.start(
    {
      directory: join(folder, 'data'),
      keySource: { keyFile: join(folder, 'data.key') },
      originPrefix: 'heartwood',
      intervalMs: 10_000,
      quarantineRowsMax: 10_000,
      quarantineBytesMax: 64 * 1024 * 1024,
      markFile: join(folder, 'data.mark'),
      withoutQuorum: 'publish-with-alarm',
    },
    {
      readings: () => undefined,
      batch: () => undefined,
      alarms: () => undefined,
      scores: () => undefined,
      registry: () => undefined,
      refused: () => undefined,
      log: () => undefined,
      failed: (error) => {
        throw error;
      },
    },
  );
}
