// A real chain for tests: anvil (of Foundry, from npm) on a free port of loopback. It ends with the test, and also when
// the test is killed: the shell that starts it waits for its own standard input to close.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const require = createRequire(import.meta.url);

/** The program for this machine; undefined where npm brought none. */
export const ANVIL: string | undefined = binary();

function binary(): string | undefined {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  try {
    const from = require.resolve('@foundry-rs/anvil/package.json');
    const own = createRequire(from).resolve(`@foundry-rs/anvil-${process.platform}-${arch}/package.json`);
    const path = join(dirname(own), 'bin', 'anvil');
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

export type Anvil = {
  readonly url: string;
  readonly port: number;
  ask(method: string, ...params: unknown[]): Promise<unknown>;
  /** Ends it and waits until it has. */
  stop(): Promise<void>;
};

/** Starts one. `args` as its own help has them; a port of 0 is any free one. */
export async function startAnvil(args: readonly string[] = [], port = 0): Promise<Anvil> {
  if (ANVIL === undefined) throw new Error('no anvil here');
  const script = '"$0" "$@" & read -r _; kill $!; wait $!';
  const child = spawn('sh', ['-c', script, ANVIL, '--port', String(port), '--accounts', '1', ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const url = `http://127.0.0.1:${await listening(child)}`;
  return {
    url,
    port: Number(new URL(url).port),
    ask: (method, ...params) => ask(url, method, params),
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.stdin?.end();
      if (child.exitCode === null) await ended;
    },
  };
}

async function listening(child: ChildProcess): Promise<number> {
  // Read on for ever: a full pipe would stop it.
  const lines = createInterface({ input: child.stdout! });
  const port = await new Promise<string | undefined>((resolve) => {
    lines.on('line', (line) => {
      const found = /^Listening on 127\.0\.0\.1:(\d+)/.exec(line);
      if (found) resolve(found[1]);
    });
    lines.on('close', () => resolve(undefined));
  });
  if (port === undefined) throw new Error('anvil did not start');
  return Number(port);
}

async function ask(url: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body,
  });
  const answer = (await response.json()) as { result?: unknown; error?: { message: string } };
  if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
  return answer.result;
}
