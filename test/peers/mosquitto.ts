// Debian's Mosquitto on a free loopback port, with a configuration of its own in a temporary folder.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { freePort } from '../journey/free-port.ts';

export const noMosquitto: boolean = spawnSync('mosquitto', ['-h']).error !== undefined;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export type Mosquitto = {
  readonly url: string;
  /** Keeps its sessions for the next start. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops it and removes what it kept. */
  close(): Promise<void>;
};

/** A Mosquitto that answers. The caller closes it. */
export async function startMosquitto(
  extra: readonly string[] = ['allow_anonymous true'],
): Promise<Mosquitto> {
  const folder = mkdtempSync(join(tmpdir(), 'heartwood-mosquitto-'));
  const port = await freePort();
  const config = join(folder, 'mosquitto.conf');
  const keep = ['persistence true', `persistence_location ${folder}/`, 'user root', 'log_dest none'];
  const queues = ['max_inflight_messages 2000', 'max_queued_messages 20000'];
  writeFileSync(config, [`listener ${port} 127.0.0.1`, ...keep, ...queues, ...extra, ''].join('\n'));
  let process: ChildProcess | undefined;
  const stop = async (): Promise<void> => {
    const running = process;
    process = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGTERM');
    await ended;
  };
  const start = async (): Promise<void> => {
    process = spawn('mosquitto', ['-c', config], { stdio: 'ignore' });
    for (let n = 0; n < 200; n++) {
      const probe = mqtt.connect(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0, clientId: `probe-${n}` });
      const answered = await new Promise<boolean>((resolve) => {
        probe.on('packetreceive', () => resolve(true));
        probe.on('error', () => resolve(false));
        probe.on('close', () => resolve(false));
      });
      probe.end(true);
      if (answered) return;
      await pause(20);
    }
    throw new Error('mosquitto did not start');
  };
  await start();
  const close = async (): Promise<void> => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { url: `mqtt://127.0.0.1:${port}`, stop, start, close };
}
