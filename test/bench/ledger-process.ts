// `heartwood ledger` and `heartwood witness` as a person starts them, and the load on a ledger.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { answerOf, endChild, startModule, watch } from './child.ts';
import { hubsFile } from './ledger-hubs.ts';
import type { FromLedgerGenerator, LedgerRun, LedgerRunResult, ToLedgerGenerator } from './ledger-wire.ts';
import { LAUNCHER, withoutSettings } from './server.ts';

export type LedgerProcess = {
  readonly child: ChildProcess;
  readonly url: string;
  readonly port: number;
  /** As in a policy. */
  readonly vkey: string;
  readonly path: string;
};

/** Starts a command, and gives the first capture of each pattern once all were printed. */
async function started(
  command: string,
  flags: Readonly<Record<string, string | number>>,
  patterns: readonly RegExp[],
): Promise<{ child: ChildProcess; found: string[] }> {
  const args = Object.entries({ ...flags, 'http-port': 0, log: 'error' }).flatMap(([name, value]) => [
    `--${name}`,
    `${value}`,
  ]);
  const child = watch(
    spawn(process.execPath, [fileURLToPath(LAUNCHER), command, ...args], {
      env: withoutSettings(),
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  const found: (string | undefined)[] = patterns.map(() => undefined);
  for await (const line of createInterface(child.stdout!)) {
    for (const [i, pattern] of patterns.entries()) found[i] ??= pattern.exec(line)?.[1];
    if (found.every((one) => one !== undefined)) {
      child.stdout?.resume();
      return { child, found: found as string[] };
    }
  }
  throw new Error(`heartwood ${command} ended before it served`);
}

/** Makes a ledger for the benchmark's hubs in a folder, and starts it. @param policy text of a witness policy */
export async function startLedger(directory: string, policy?: string): Promise<LedgerProcess> {
  mkdirSync(directory, { recursive: true });
  const hubs = join(directory, 'hubs.txt');
  writeFileSync(hubs, hubsFile());
  const witnesses = join(directory, 'witnesses.txt');
  if (policy !== undefined) writeFileSync(witnesses, policy);
  const flags = {
    ...{ data: directory, hubs, 'mark-file': `${directory}.mark` },
    ...(policy !== undefined && { 'witness-policy': witnesses, 'without-quorum': 'fail-closed' }),
  };
  const { child, found } = await started('ledger', flags, [
    /^Serves +(http:\S+)\/checkpoint/,
    /^Policy +log (\S+)/,
  ]);
  const [url = '', vkey = ''] = found;
  return { child, url, port: Number(new URL(url).port), vkey, path: join(directory, 'ledger.db') };
}

/** Starts a witness for the ledger with this vkey. @returns its line for a policy, under the name `word` */
export async function startWitness(
  directory: string,
  ledger: string,
  word: string,
): Promise<{ readonly child: ChildProcess; readonly line: string }> {
  mkdirSync(directory, { recursive: true });
  const logs = join(directory, 'logs.txt');
  writeFileSync(logs, `log ${ledger}\n`);
  const { child, found } = await started(
    'witness',
    { data: directory, 'witness-logs': logs, 'witness-keys': 'ed25519' },
    [/^witness WORD-\S+ (.*)$/],
  );
  return { child, line: `witness ${word} ${found[0]}` };
}

export type LedgerGenerator = {
  run(run: LedgerRun): Promise<LedgerRunResult>;
  stop(): Promise<void>;
};

/** A generator with its connections open. */
export async function startLedgerGenerator(port: number, connections: number): Promise<LedgerGenerator> {
  const child = startModule(new URL('./ledger-generator.ts', import.meta.url));
  const ask = async (message: ToLedgerGenerator): Promise<FromLedgerGenerator> => {
    const answer = answerOf<FromLedgerGenerator>(child);
    child.send(message);
    const got = await answer;
    if (got.type === 'failed') throw new Error(`the load generator stopped: ${got.why}`);
    return got;
  };
  await ask({ type: 'connect', port, connections });
  return {
    run: async (run) => {
      const got = await ask({ type: 'run', run });
      if (got.type !== 'result') throw new Error(`the load generator said ${got.type}`);
      return got.result;
    },
    stop: () => endChild(child),
  };
}
