// One life of the ledger's process under strace(1): every call that changes a file, with its data, in order; and, where
// asked, a fault in one of them. Only the main thread is traced: all files are written there, by SQLite and by
// node:fs's calls that wait, and counting calls then means the same in every run.

import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Told } from './ledger-home.ts';
import { CALLS, STRACE } from './trace.ts';

const LIFE = fileURLToPath(new URL('./ledger-life.ts', import.meta.url));
export type Life = {
  /** Whole lines that were told, and what a kill left of one more. */
  readonly out: string;
  readonly err: string;
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
};

/** Starts a life. @param before the command that runs it, such as strace with its arguments */
export function startLife(
  home: string,
  rounds: number,
  before: readonly string[] = [],
): { readonly child: ChildProcess; readonly ended: Promise<Life>; heard(): string } {
  const [command = '', ...args] = [
    ...before,
    ...[process.execPath, '--no-warnings', LIFE, home, `${rounds}`],
  ];
  // Compiled modules are kept beside the home, so that a life starts in half the time.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(dirname(home), 'modules') };
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const ended = new Promise<Life>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve({ out, err, status, signal }));
  });
  return { child, ended, heard: () => out };
}

/** The arguments of strace that record a life, with `inject` such as `fsync:error=EIO:when=3`. */
export function straceTo(record: string, inject?: string): string[] {
  const calls = `trace=${[...CALLS, 'close'].join()}`;
  const fault = inject === undefined ? [] : ['-e', `inject=${inject}`];
  return [STRACE, '-xx', '-y', '-s', '1000000', '-o', record, '-e', calls, ...fault];
}

/** The pid that a life told, once it did. */
export function pidOf(out: string): number | undefined {
  const end = out.indexOf('\n');
  if (end < 0) return undefined;
  const told = JSON.parse(out.slice(0, end)) as Told;
  return told.kind === 'ready' ? told.pid : undefined;
}
