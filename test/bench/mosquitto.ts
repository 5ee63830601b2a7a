// What a user would build instead: Mosquitto, and a subscriber that keeps plain rows in SQLite. Measured where
// Mosquitto is installed. Its queues are set to unlimited: with the defaults it drops most of what it acknowledged as
// soon as the subscriber falls behind.

import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../journey/free-port.ts';
import { endChild, watch } from './child.ts';
import type { DeviceLogin, Run } from './load-wire.ts';
import { type Measured, type Server, startGenerator, startSubscriber } from './server.ts';

export type Instead = Measured & {
  /** Messages on disk a second. */
  readonly storedPerSecond: number;
  /** Acknowledged, and not on disk when the load ended. */
  readonly notStored: number;
};

/** As `mosquitto -h` says it; undefined when it is not installed. */
export function mosquittoVersion(): string | undefined {
  const { stdout } = spawnSync('mosquitto', ['-h'], { encoding: 'utf8' });
  return /version (\S+)/.exec(stdout ?? '')?.[1];
}

/** One run against a Mosquitto of its own, which ends with it. */
export async function measureInstead(
  folder: string,
  devices: readonly DeviceLogin[],
  run: Run,
): Promise<Instead> {
  const server = await startMosquitto(folder);
  const subscriber = await startSubscriber(server, join(folder, `rows-${server.port}.db`));
  const generator = await startGenerator(server, devices);
  const result = await generator.run(run);
  const timeline = await subscriber.timeline();
  const storedAt = (ms: number): number => timeline.findLast(([atMs]) => atMs <= ms)?.[1] ?? 0;
  const [before, after] = [storedAt(result.from), storedAt(result.to)];
  await generator.stop();
  await subscriber.stop();
  await endChild(server.child);
  const storedPerSecond = ((after - before) * 1000) / (result.to - result.from);
  return { ...result, storedPerSecond, notStored: result.acknowledged - after };
}

async function startMosquitto(folder: string): Promise<Server> {
  const port = await freePort();
  const config = join(folder, `mosquitto-${port}.conf`);
  const queues = ['max_inflight_messages 0', 'max_queued_messages 0'];
  writeFileSync(config, [`listener ${port} 127.0.0.1`, 'allow_anonymous true', ...queues, ''].join('\n'));
  const child = watch(spawn('mosquitto', ['-c', config], { stdio: 'ignore' }));
  for (let n = 0; n < 200; n++) {
    if (await answers(port)) return { port, child, runs: 0 };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('mosquitto did not start');
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('error', () => resolve(false));
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
