// Children of the benchmark: each is known, so that whatever happens none is left behind.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo, Server } from 'node:net';
import { fileURLToPath } from 'node:url';

const children = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** Remembers a child until it has ended. */
export function watch<C extends ChildProcess>(child: C): C {
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** Starts a file of this folder as a process. @param module its URL */
export function startModule(module: URL, args: readonly string[] = []): ChildProcess {
  return watch(
    fork(fileURLToPath(module), args, {
      execArgv: [],
      serialization: 'json',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    }),
  );
}

/** The next message of a child. @throws when it ends first */
export function answerOf<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const left = (code: number | null): void =>
      reject(new Error(`a child process ended with status ${code}`));
    child.once('exit', left);
    child.once('message', (message) => {
      child.off('exit', left);
      resolve(message as T);
    });
  });
}

/** Ends a child: politely, and after ten seconds not so. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(late);
}

/** In a child that serves: listens on a free port of the loopback and tells it to the parent. */
export function tellPort(server: Server): void {
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
  process.on('disconnect', () => process.exit(0));
}

/** Processor time that a process has used, in seconds; NaN where there is no /proc. */
export function cpuSeconds(pid: number): number {
  const stat = procFile(pid, 'stat');
  // After the name in parentheses: state is field 3, utime 14 and stime 15, in ticks of 1/100 s (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Resident memory of a process, bytes: all, what is its own and no file's, the highest so far. NaN without /proc. */
export function residentBytes(pid: number): { all: number; own: number; peak: number } {
  const status = procFile(pid, 'status');
  const kib = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]) * 1024;
  return { all: kib('VmRSS'), own: kib('RssAnon'), peak: kib('VmHWM') };
}

function procFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}
