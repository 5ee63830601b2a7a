// One life of the ledger's process under strace(1): every call that changes a file, with its data, in order; and, where
// asked, a fault in one of them. Only the main thread is traced: all files are written there, by SQLite and by
// node:fs's calls that wait, and counting calls then means the same in every run.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Told } from './ledger-home.ts';

const LIFE = fileURLToPath(new URL('./ledger-life.ts', import.meta.url));
export const CALLS = [
  'openat',
  'pwrite64',
  'write',
  'fsync',
  'fdatasync',
  'ftruncate',
  'rename',
  'unlink',
  'unlinkat',
  'mkdir',
  'rmdir',
] as const;
export type CallName = (typeof CALLS)[number];

const STRACE = 'strace';
export const hasStrace: boolean = spawnSync(STRACE, ['-o', '/dev/null', 'true']).status === 0;
/** Added to a test's name when it is skipped: says what is missing. */
export const needsStrace: string = hasStrace ? '' : ' (skipped: install strace, and allow ptrace)';

export type Call = {
  readonly name: CallName | 'close';
  /** How many calls of that name came before it, and itself. */
  readonly nth: number;
  readonly fd: number;
  /** Of the file; of the new name in a rename. Directory and name joined. */
  readonly path: string;
  readonly from: string;
  readonly flags: string;
  readonly data: Uint8Array;
  readonly offset: number;
  /** What it returned; undefined where the process did not live to see it. */
  readonly result: number | undefined;
  readonly injected: boolean;
};

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

/** What strace recorded, in order. */
export function readTrace(record: string): Call[] {
  const counts = new Map<string, number>();
  const calls: Call[] = [];
  for (const line of readFileSync(record, 'latin1').split('\n')) {
    const name = /^[a-z0-9]+(?=\()/.exec(line)?.[0];
    if (name === undefined) continue;
    const nth = (counts.get(name) ?? 0) + 1;
    counts.set(name, nth);
    calls.push(parseCall(name as Call['name'], nth, line));
  }
  return calls;
}

function parseCall(name: Call['name'], nth: number, line: string): Call {
  // Strings and paths are hexadecimal, so that nothing in them looks like the end of the call.
  const ended = /\) += (-?\d+|\?)/.exec(line);
  const args = line.slice(name.length + 1, ended?.index);
  const strings = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex]) => bytesOf(hex!));
  const paths = strings.map((bytes) => bytes.toString());
  const folders = /^(?:AT_FDCWD|\d+)<((?:\\x[0-9a-f]{2})*)>/.exec(args)?.[1];
  const of = folders === undefined ? '' : bytesOf(folders).toString();
  const rest = args.replaceAll(/"[^"]*"/g, '""').split(', ');
  const isAt = name === 'openat' || name === 'unlinkat';
  const isNamed = name === 'rename' || name === 'unlink' || name === 'mkdir' || name === 'rmdir';
  const named = isNamed ? (paths.at(-1) ?? '') : of;
  const result = ended?.[1] === undefined || ended[1] === '?' ? undefined : Number(ended[1]);
  return {
    name,
    nth,
    fd: Number(/^\d+/.exec(args)?.[0] ?? -1),
    path: isAt ? (paths[0]!.startsWith('/') ? paths[0]! : `${of}/${paths[0]}`) : named,
    from: name === 'rename' ? paths[0]! : '',
    flags: isAt ? (rest[2] ?? '') : '',
    data: name === 'write' || name === 'pwrite64' ? (strings[0] ?? new Uint8Array(0)) : new Uint8Array(0),
    offset: name === 'pwrite64' ? Number(rest[3]) : name === 'ftruncate' ? Number(rest[1]) : 0,
    result,
    injected: /\((INJECTED|DELAYED)\)/.test(line),
  };
}

const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll('\\x', ''), 'hex');
