// A home for one journey: a temporary folder with a hub's data and key, the program run on it, and the same data seen
// through `export`, `fsck`, `prove` and `verify`, as its people would.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FeedReading } from '@heartwood/gateway';
import { type Ended, endAll, HubProcess, heartwood } from './program.ts';

export class Home {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'heartwood-journey-'));
  readonly data: string = join(this.folder, 'data');
  readonly key: string = join(this.folder, 'data.key');
  readonly policy: string = join(this.data, 'policy.txt');

  #closed = false;

  /** Any command on this home's data. */
  async run(command: string, ...args: readonly string[]): Promise<Ended> {
    this.#stands();
    return heartwood([command, ...args, '--data', this.data]);
  }

  /** As `run`, for a command that must succeed. @returns what it wrote */
  async insist(command: string, ...args: readonly string[]): Promise<string> {
    const { status, out, err } = await this.run(command, ...args);
    if (status !== 0) throw new Error(`heartwood ${command} ended with ${status}: ${err}${out}`);
    return out;
  }

  /** A hub on free ports, launched but perhaps not listening yet. */
  launch(...args: readonly string[]): HubProcess {
    this.#stands();
    return new HubProcess(['hub', '--data', this.data, '--mqtt-port', '0', '--http-port', '0', ...args]);
  }

  /** A hub that listens. */
  async start(...args: readonly string[]): Promise<HubProcess> {
    const hub = this.launch(...args);
    await hub.ready;
    return hub;
  }

  /** @returns the device's password */
  async enroll(device: string, patient: string, origin = 'wearable'): Promise<string> {
    const said = await this.insist('enroll', device, '--patient', patient, '--origin', origin, '--json');
    return (JSON.parse(said) as { password: string }).password;
  }

  async exported(): Promise<FeedReading[]> {
    const text = await this.insist('export', '--format', 'ndjson');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as FeedReading);
  }

  /** Proves a reading. @returns the bundle's path */
  async prove(id: string): Promise<string> {
    const path = join(this.folder, `${id}.json`);
    await this.insist('prove', id, '-o', path);
    return path;
  }

  verify(bundle: string, policy: string = this.policy): Promise<Ended> {
    return heartwood(['verify', bundle, '--policy', policy]);
  }

  write(name: string, content: string | Uint8Array, mode = 0o600): string {
    const path = join(this.folder, name);
    writeFileSync(path, content, { mode });
    return path;
  }

  /** Every file of the data folder, by its path in it. */
  files(): Map<string, Buffer> {
    const found = readdirSync(this.data, { recursive: true, withFileTypes: true });
    return new Map(
      found
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .map((path) => [path.slice(this.data.length + 1), readFileSync(path)]),
    );
  }

  /** Ends what still runs and leaves nothing behind. */
  async close(): Promise<void> {
    this.#closed = true;
    await endAll();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A test that ran out of time goes on behind: it must not build the house anew. */
  #stands(): void {
    if (this.#closed) throw new Error('this home was closed');
  }
}
