// What strace(1) recorded of a process: every call that changes a file or says something to others, with its data, in
// order. With threads (`-f`) calls overlap: a write counts from its end, a sync vouches only for what was written
// before its beginning, and what is said is said from its beginning. So nothing is taken for safe that was not.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

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

export const STRACE = 'strace';
export const hasStrace: boolean = spawnSync(STRACE, ['-o', '/dev/null', 'true']).status === 0;
/** Added to a test's name when it is skipped: says what is missing. */
export const needsStrace: string = hasStrace ? '' : ' (skipped: install strace, and allow ptrace)';

/** Calls that begin a thread or a process. */
export const BIRTHS: readonly string[] = ['clone', 'clone3', 'fork', 'vfork'];

export type Call = {
  readonly name: CallName | 'close' | 'link' | 'writev' | 'sync-begun';
  /** How many calls of that name came before it, and itself. */
  readonly nth: number;
  /** Unique among all processes that were traced. */
  readonly fd: number;
  /** Which process: 0 is the one that was traced first. */
  readonly process: number;
  /** Of the file; of the new name in a rename or link. Directory and name joined. */
  readonly path: string;
  readonly from: string;
  readonly flags: string;
  readonly data: Uint8Array;
  readonly offset: number;
  /** What it returned; undefined where the process did not live to see it, or had not yet. */
  readonly result: number | undefined;
  readonly injected: boolean;
};

const NAMES: ReadonlySet<string> = new Set([...CALLS, 'close', 'link', 'writev']);
const SYNCS: ReadonlySet<string> = new Set(['fsync', 'fdatasync']);
const UNFINISHED = ' <unfinished ...>';
/** Descriptors of process n begin here times n. */
const DESCRIPTORS_MAX = 1_000_000;

type Line = {
  readonly thread: number;
  readonly name: string;
  readonly text: string;
  readonly begun: boolean;
};

/** What strace recorded, in order. */
export function readTrace(record: string): Call[] {
  const lines = linesOf(readFileSync(record, 'latin1'));
  const processes = processesOf(lines);
  const counts = new Map<string, number>();
  const calls: Call[] = [];
  for (const { thread, name, text, begun } of lines) {
    if (!NAMES.has(name)) continue;
    const process = processes.get(thread) ?? 0;
    const as = begun && SYNCS.has(name) ? 'sync-begun' : (name as Call['name']);
    const nth = (counts.get(as) ?? 0) + 1;
    counts.set(as, nth);
    calls.push(parseCall(as, nth, process, name, text));
  }
  return calls;
}

/** Calls in two parts are joined at the place that counts. */
function linesOf(recorded: string): Line[] {
  const lines: Line[] = [];
  const begun = new Map<number, { readonly name: string; readonly text: string; readonly said: boolean }>();
  for (const line of recorded.split('\n')) {
    const [, pid, text = ''] = /^(?:(\d+) +)?(.*)$/.exec(line)!;
    const thread = Number(pid ?? 0);
    const resumed = /^<\.\.\. \w+ resumed>/.exec(text)?.[0];
    if (resumed !== undefined) {
      const first = begun.get(thread);
      begun.delete(thread);
      if (first === undefined || first.said) continue;
      lines.push({ thread, name: first.name, text: first.text + text.slice(resumed.length), begun: false });
      continue;
    }
    const name = /^[a-z0-9]+(?=\()/.exec(text)?.[0];
    if (name === undefined) continue;
    if (!text.endsWith(UNFINISHED)) {
      lines.push({ thread, name, text, begun: false });
      continue;
    }
    const part = text.slice(0, -UNFINISHED.length);
    const said = (name === 'write' || name === 'writev') && isOutward(part);
    begun.set(thread, { name, text: part, said });
    if (said || SYNCS.has(name)) lines.push({ thread, name, text: part, begun: true });
  }
  return lines;
}

/** Standard output, pipes and sockets: what is written there is heard at once. */
function isOutward(text: string): boolean {
  const of = /^\w+\(\d+<((?:\\x[0-9a-f]{2})*)>/.exec(text)?.[1];
  return of !== undefined && /^(pipe|socket|TCP|UNIX)/.test(bytesOf(of).toString());
}

/** Which process each thread belongs to: they are numbered as they were born. */
function processesOf(lines: readonly Line[]): ReadonlyMap<number, number> {
  const parents = new Map<number, { readonly of: number; readonly isThread: boolean }>();
  for (const { thread, name, text } of lines) {
    const born = BIRTHS.includes(name) ? Number(/\) += (\d+)/.exec(text)?.[1] ?? 0) : 0;
    if (born > 0) parents.set(born, { of: thread, isThread: text.includes('CLONE_THREAD') });
  }
  const found = new Map<number, number>();
  let processes = 0;
  const processOf = (thread: number): number => {
    const known = found.get(thread);
    if (known !== undefined) return known;
    const parent = parents.get(thread);
    const process = parent?.isThread ? processOf(parent.of) : processes++;
    found.set(thread, process);
    return process;
  };
  for (const { thread } of lines) processOf(thread);
  return found;
}

function parseCall(as: Call['name'], nth: number, process: number, name: string, line: string): Call {
  // Strings and paths are hexadecimal, so that nothing in them looks like the end of the call.
  const ended = /\) += (-?\d+|\?)/.exec(line);
  const args = line.slice(name.length + 1, ended?.index);
  const strings = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex]) => bytesOf(hex!));
  const folders = /^(?:AT_FDCWD|\d+)<((?:\\x[0-9a-f]{2})*)>/.exec(args)?.[1];
  const of = folders === undefined ? '' : bytesOf(folders).toString();
  const rest = args.replaceAll(/"[^"]*"/g, '""').split(', ');
  const isAt = name === 'openat' || name === 'unlinkat';
  const isMoved = name === 'rename' || name === 'link';
  const isNamed = isMoved || name === 'unlink' || name === 'mkdir' || name === 'rmdir';
  const named = isNamed ? (strings.at(-1)?.toString() ?? '') : of;
  const first = strings[0]?.toString() ?? '';
  const number = ended?.[1] === undefined || ended[1] === '?' ? undefined : Number(ended[1]);
  const descriptor = (fd: number): number => (fd < 0 ? fd : process * DESCRIPTORS_MAX + fd);
  return {
    name: as,
    nth,
    process,
    fd: descriptor(Number(/^\d+/.exec(args)?.[0] ?? -1)),
    path: isAt ? (first.startsWith('/') ? first : `${of}/${first}`) : named,
    from: isMoved ? first : '',
    flags: isAt ? (rest[2] ?? '') : '',
    data: /^p?write/.test(name) ? Buffer.concat(strings) : new Uint8Array(0),
    offset: name === 'pwrite64' ? Number(rest[3]) : name === 'ftruncate' ? Number(rest[1]) : 0,
    result: number !== undefined && name === 'openat' ? descriptor(number) : number,
    injected: /\((INJECTED|DELAYED)\)/.test(line),
  };
}

const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll('\\x', ''), 'hex');
