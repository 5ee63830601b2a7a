// Servers under test, each a process: the real hub as a user starts it, bare aedes, and the sink. And the load that is
// put on them.

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { enroll, Vault } from '@heartwood/gateway';
import { answerOf, cpuSeconds, endChild, startModule, watch } from './child.ts';
import type { FeedSeen } from './feed-reader.ts';
import type { DeviceLogin, FromGenerator, Run, RunResult } from './load-wire.ts';

const ROOT = new URL('../..', import.meta.url);
export const PROGRAM: URL = new URL('cli/main.ts', ROOT);
/** What `npx heartwood` and the npm scripts run: it keeps compiled modules, and then runs the program. */
export const LAUNCHER: URL = new URL('bin/heartwood.js', ROOT);

/** A hub at home: so many devices of one patient. */
const DEVICES_PER_PATIENT = 5;

export type Server = {
  readonly port: number;
  readonly child: ChildProcess;
  /** How often devices connected to it. */
  runs: number;
};
export type HubServer = Server & {
  readonly url: string;
  readonly loginCode: string;
  /** Spawned to the line that says where devices connect. */
  readonly startMs: number;
};

export const keyFileOf = (directory: string): string => `${directory}.key`;

/** Makes a hub's data with devices enrolled, five to a patient unless told. @returns their logins */
export async function makeHome(
  directory: string,
  devices: number,
  perPatient: number = DEVICES_PER_PATIENT,
): Promise<DeviceLogin[]> {
  const { vault } = Vault.openOrCreate(
    { directory, keySource: { keyFile: keyFileOf(directory) }, clock: Date.now },
    'heartwood',
  );
  const logins: DeviceLogin[] = [];
  for (let n = 0; n < devices; n++) {
    const id = `bench-${String(n).padStart(3, '0')}`;
    const patient = `Patient ${Math.floor(n / perPatient) + 1}`;
    const { password } = await enroll(vault, { device: id, label: id, patient, origin: 'simulator' });
    logins.push({ id, password });
  }
  vault.close();
  return logins;
}

/** Starts `heartwood hub` on free ports of the loopback. @param nodeArgs for Node, before the program */
export async function startHub(
  directory: string,
  { program = LAUNCHER, nodeArgs = [] }: { program?: URL; nodeArgs?: readonly string[] } = {},
): Promise<HubServer> {
  const began = performance.now();
  const settings = {
    data: directory,
    'master-key-file': keyFileOf(directory),
    'mqtt-port': 0,
    'http-port': 0,
  };
  const flags = Object.entries({ ...settings, log: 'error' }).flatMap(([name, value]) => [
    `--${name}`,
    `${value}`,
  ]);
  const child = watch(
    spawn(process.execPath, [...nodeArgs, fileURLToPath(program), 'hub', ...flags], {
      env: withoutSettings(),
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  const ended = new Promise<never>((_, reject) => {
    child.once('exit', (code) => reject(new Error(`the hub ended with status ${code} before it listened`)));
  });
  ended.catch(() => undefined);
  return Promise.race([listening(child, began), ended]);
}

async function listening(child: ChildProcess, began: number): Promise<HubServer> {
  if (child.stdout === null) throw new Error('the hub has no standard output');
  let [url, loginCode] = ['', ''];
  for await (const line of createInterface(child.stdout)) {
    const page = /^Page +(http\S+)\/#login=(\S+)/.exec(line);
    if (page !== null) [, url = '', loginCode = ''] = page;
    const devices = /^Devices +mqtt:\/\/\S+:(\d+)/.exec(line);
    if (devices === null) continue;
    child.stdout.resume();
    return { port: Number(devices[1]), url, loginCode, child, runs: 0, startMs: performance.now() - began };
  }
  throw new Error('the hub never said where devices connect');
}

/** The benchmark's own settings hold, whatever the user's environment says. */
export const withoutSettings = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HEARTWOOD_')));

export async function startAedes(): Promise<Server> {
  const child = startModule(new URL('./aedes-server.ts', import.meta.url));
  return { port: await answerOf<number>(child), child, runs: 0 };
}

export async function startSink(): Promise<Server> {
  const child = startModule(new URL('./sink-server.ts', import.meta.url));
  return { port: await answerOf<number>(child), child, runs: 0 };
}

export type Subscriber = {
  /** How many messages it had on disk when, about every 20 ms. */
  timeline(): Promise<[atMs: number, messages: number][]>;
  stop(): Promise<void>;
};

/** Somebody for another broker to relay to. @param path keeps plain rows there; else it forgets */
export async function startSubscriber({ port }: Server, path?: string): Promise<Subscriber> {
  const child = startModule(new URL('./subscriber.ts', import.meta.url), [
    String(port),
    ...(path === undefined ? [] : [path]),
  ]);
  await answerOf(child);
  return {
    timeline: () => {
      const answer = answerOf<[number, number][]>(child);
      child.send('timeline');
      return answer;
    },
    stop: () => endChild(child),
  };
}

export type Measured = RunResult & {
  /** Processor time of the server, in cores. */
  readonly serverCores: number;
  /** Processor time of the server for one message, µs: it depends less than the rest on who else uses the machine. */
  readonly serverUs: number;
};

/** A generator with its devices connected to one server. */
export type Generator = {
  run(run: Run): Promise<Measured>;
  stop(): Promise<void>;
};

export async function startGenerator(server: Server, devices: readonly DeviceLogin[]): Promise<Generator> {
  const child = startModule(new URL('./generator.ts', import.meta.url));
  const ask = async <Type extends FromGenerator['type']>(type: Type, message: object) => {
    const answer = answerOf<FromGenerator>(child);
    child.send(message);
    const got = await answer;
    if (got.type === 'failed') throw new Error(`the load generator stopped: ${got.why}`);
    if (got.type !== type) throw new Error(`the load generator said ${got.type}`);
    return got as Extract<FromGenerator, { type: Type }>;
  };
  await ask('connected', { type: 'connect', port: server.port, devices, runs: server.runs++ });
  const pid = server.child.pid as number;
  return {
    run: async (run) => {
      const began = performance.now();
      const before = cpuSeconds(pid);
      const { result } = await ask('result', { type: 'run', run });
      const cpu = cpuSeconds(pid) - before;
      const serverCores = cpu / ((performance.now() - began) / 1000);
      return { ...result, serverCores, serverUs: (cpu * 1e6) / result.acknowledged };
    },
    stop: () => endChild(child),
  };
}

export type FeedReader = { take(): Promise<FeedSeen>; stop(): Promise<void> };

/** Logs in to the page. A code works once. @returns the cookie */
export async function logIn({ url, loginCode }: HubServer): Promise<string> {
  const response = await fetch(`${url}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code: loginCode }),
  });
  if (response.status !== 204) throw new Error(`the hub refused the login: ${response.status}`);
  return response.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
}

export async function startFeedReader(hub: HubServer, cookie: string, parse: boolean): Promise<FeedReader> {
  const child = startModule(new URL('./feed-reader.ts', import.meta.url));
  const opened = answerOf(child);
  child.send({ type: 'open', url: hub.url, cookie, parse });
  await opened;
  return {
    take: () => {
      const seen = answerOf<FeedSeen>(child);
      child.send({ type: 'take' });
      return seen;
    },
    stop: () => endChild(child),
  };
}
