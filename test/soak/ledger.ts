// `npm run soak -- ledger`: faults on everything that a ledger and its witness write. Of three kinds:
//   power cut     a life is recorded call by call, and the disk made as a cut at any call may leave it (disk.ts)
//   in a call     strace(1) kills the process at a call, or has the call fail, wait, or write less than it was given
//   at any time   SIGKILL at a moment that chance picks
// After each the home must bear out everything that was told before it, and go on (ledger-books.ts). Where the process
// outlives the fault, it must have said so clearly and have finished what it was doing once the disk worked again.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '@heartwood/device-sim';
import { formatTable } from '../bench/table.ts';
import { Disk, type Unsynced } from './disk.ts';
import type { Books } from './ledger-books.ts';
import { prepareHome } from './ledger-prepare.ts';
import { type Life, pidOf, startLife, straceTo } from './ledger-trace.ts';
import { type Call, type CallName, hasStrace, readTrace } from './trace.ts';

export type FaultOptions = {
  readonly faults: number;
  readonly seed: string;
  readonly say: (line: string) => void;
};

export type FaultReport = {
  readonly faults: number;
  /** How many of each kind, by the name that the table shows. */
  readonly kinds: ReadonlyMap<string, number>;
  /** Errors that the process told and outlived. */
  readonly errorsTold: number;
  /** Statements, checkpoints and publications that were told before a fault, and held against the disk after it. */
  readonly told: number;
  readonly seconds: number;
};

const ROUNDS = 7;
const UNSYNCED: readonly Unsynced[] = ['lost', 'kept', 'some', 'torn'];
const WRITES: readonly CallName[] = ['pwrite64', 'write', 'ftruncate'];
const SYNCS: readonly CallName[] = ['fsync', 'fdatasync'];
const NAMES: readonly CallName[] = ['rename', 'openat', 'mkdir', 'unlink', 'unlinkat', 'rmdir'];
const DELAY_MS = 250;
/** Of util-linux: sets how large a file may become, also for a process that runs. */
const PRLIMIT = 'prlimit';

/** @throws when a home does not bear out what was told; the message says which fault it was, and where its files are */
export async function injectFaults(options: FaultOptions): Promise<FaultReport> {
  if (!hasStrace) throw new Error('strace is needed, and the right to trace a process');
  const soak = new Soak(options);
  try {
    return await soak.run();
  } finally {
    soak.close();
  }
}

export function faultTable({ kinds, faults }: FaultReport): string {
  return formatTable(['fault', 'times#'], [...kinds, ['all', faults]]);
}

/** One way to hurt a call; `error` where the process lives on. */
type Hurt = 'kill' | 'EIO' | 'ENOSPC' | 'delay';
type Point = { readonly call: CallName; readonly nth: number; readonly hurt: Hurt; readonly times: number };

class Soak {
  readonly #faults: number;
  readonly #say: (line: string) => void;
  readonly #random: () => number;
  readonly #folder = realpathSync(mkdtempSync(join(tmpdir(), 'heartwood-faults-')));
  readonly #home = join(this.#folder, 'home');
  readonly #base = join(this.#folder, 'base');
  readonly #bare = join(this.#folder, 'bare');
  readonly #record = join(this.#folder, 'calls');
  readonly #books: Books;
  readonly #bareBooks: Books;
  readonly #kinds = new Map<string, number>();
  #done = 0;
  #told = 0;
  #errorsTold = 0;
  #keep = false;

  constructor({ faults, seed, say }: FaultOptions) {
    this.#faults = faults;
    this.#say = say;
    this.#random = seededRandom(seed).next;
    mkdirSync(this.#base);
    mkdirSync(this.#bare);
    this.#books = prepareHome(this.#base);
    this.#bareBooks = prepareHome(this.#bare, { began: false });
  }

  async run(): Promise<FaultReport> {
    const began = Date.now();
    const share = (part: number): number => Math.ceil(this.#faults * part);
    // The last kind takes what rounding left.
    await this.#powerCuts(share(0.4));
    await this.#inCalls(share(0.42));
    await this.#fullDisks(share(0.06));
    await this.#kills(this.#faults - this.#done);
    return {
      faults: this.#done,
      kinds: this.#kinds,
      errorsTold: this.#errorsTold,
      told: this.#told,
      seconds: Math.round((Date.now() - began) / 1000),
    };
  }

  close(): void {
    if (!this.#keep) rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Lives that end well are recorded; the power is cut at their calls, half of the time right after a sync. */
  async #powerCuts(count: number): Promise<void> {
    const lives = Math.max(2, Math.ceil(count / 60));
    for (let life = 0; life < lives; life++) {
      // Every fourth life makes its ledger first.
      const bare = life % 4 === 1;
      const calls = await this.#recorded(bare);
      const many = Math.ceil((count * (life + 1)) / lives) - Math.ceil((count * life) / lives);
      for (let n = 0; n < many; n++) {
        const at = this.#cutPlace(calls);
        this.#cut(bare, calls, at, UNSYNCED[n % UNSYNCED.length]!);
      }
    }
  }

  /** How many calls the power lasts. */
  #cutPlace(calls: readonly Call[]): number {
    const ours = calls.flatMap((call, i) => (this.#isOurs(call) ? [i] : []));
    const syncs = ours.filter((i) => SYNCS.includes(calls[i]!.name as CallName));
    const among = this.#chance(0.5) ? syncs : ours;
    return among[Math.floor(this.#random() * among.length)]! + (this.#chance(0.5) ? 1 : 0);
  }

  #cut(bare: boolean, calls: readonly Call[], at: number, unsynced: Unsynced, more = ''): void {
    const disk = new Disk(bare ? this.#bare : this.#base, this.#home, this.#random);
    for (const call of calls.slice(0, at)) disk.run(call);
    disk.cut(unsynced);
    const home = join(this.#folder, 'after');
    rmSync(home, { recursive: true, force: true });
    mkdirSync(home);
    disk.writeTo(home);
    const name = `power cut${more}, what was not synced ${unsynced}`;
    this.#check(name, home, this.#heard(bare, disk.told), `after ${at} of ${calls.length} calls`);
  }

  /** Each call of a recorded life, hurt in each way that applies, in an order that chance picks. */
  async #inCalls(count: number): Promise<void> {
    const points = this.#shuffled(this.#pointsOf(await this.#recorded(false)));
    let left = count;
    for (let n = 0; left > 0; n++) {
      if (n > 4 * count + 100) throw new Error('too few of the calls that were to fail belong to the ledger');
      const point = points[n % points.length]!;
      if (await this.#hurt(point)) left -= 1;
    }
  }

  #pointsOf(calls: readonly Call[]): Point[] {
    return calls
      .filter((call) => this.#isOurs(call))
      .flatMap(({ name, nth }) => {
        const call = name as CallName;
        const hurts: Hurt[] = ['kill'];
        if (call !== 'unlink') hurts.push('EIO');
        if (WRITES.includes(call) || NAMES.includes(call)) hurts.push('ENOSPC');
        if (SYNCS.includes(call) || call === 'pwrite64' || call === 'rename') hurts.push('delay');
        return hurts.map((hurt) => ({
          call,
          nth,
          hurt,
          times: hurt === 'ENOSPC' || hurt === 'EIO' ? 1 + Math.floor(this.#random() ** 2 * 12) : 1,
        }));
      });
  }

  /** Returns false where the call that was hurt was not one on the ledger's files: then it was no fault. */
  async #hurt({ call, nth, hurt, times }: Point): Promise<boolean> {
    const how = {
      kill: 'signal=SIGKILL',
      EIO: 'error=EIO',
      ENOSPC: 'error=ENOSPC',
      delay: `delay_enter=${DELAY_MS * 1000}`,
    }[hurt];
    this.#fresh(false);
    const when = times === 1 ? nth : `${nth}..${nth + times - 1}`;
    const { ended, heard, child } = startLife(
      this.#home,
      ROUNDS,
      straceTo(this.#record, `${call}:${how}:when=${when}`),
    );
    const killedAsleep = hurt === 'delay' && this.#chance(0.5);
    if (killedAsleep) await this.#killAsleep(heard, () => child.exitCode !== null);
    const life = await ended;
    const calls = readTrace(this.#record);
    const hit = calls.find((one) => one.name === call && one.nth === nth);
    if (!hit || !this.#isOurs(hit) || (hurt !== 'kill' && !hit.injected)) return false;
    // Node's own pipes and modules are not the disk.
    if (calls.some((one) => one.injected && !this.#isOurs(one))) return false;
    const detail = `${call} ${when} of ${hit.path.slice(this.#home.length)}`;
    const kind = SYNCS.includes(call)
      ? 'a sync'
      : WRITES.includes(call)
        ? 'a write'
        : 'an open, rename or removal';
    const books = this.#heard(false, wholeLines(life.out));
    if (hurt === 'kill') {
      if (life.status === 0) throw new Error(`${detail}: the kill came to nothing`);
      this.#check(`killed at ${kind}`, this.#home, books, detail);
      return true;
    }
    if (killedAsleep && !books.isDone) {
      this.#check(`killed while ${kind} was delayed`, this.#home, books, detail);
      return true;
    }
    this.#outlived(life, books, detail);
    // The disk as the error left it, had the power gone some time later: first, since the check writes on.
    if (SYNCS.includes(call) && hurt === 'EIO') {
      const from = calls.indexOf(hit);
      const at = from + Math.floor(this.#random() * (calls.length - from));
      this.#cut(false, calls, at, UNSYNCED[nth % UNSYNCED.length]!, ' after a sync that failed');
    }
    this.#check(hurt === 'delay' ? `${kind} delayed` : `${hurt} from ${kind}`, this.#home, books, detail);
    return true;
  }

  /** Kills the process within the delay: once it has told nothing for a while. */
  async #killAsleep(heard: () => string, isOver: () => boolean): Promise<void> {
    for (let length = -1; !isOver(); ) {
      await sleep(DELAY_MS / 2);
      const now = heard();
      if (now.length === length && length > 0) {
        endLife(pidOf(now));
        return;
      }
      length = now.length;
    }
  }

  /** Files may grow to a size that chance picks and no further: a write is short there, the next one fails. Then there is room. */
  async #fullDisks(count: number): Promise<void> {
    const largest = 400_000;
    for (let left = count, tries = 0; left > 0; tries++) {
      if (tries > 5 * count + 20) throw new Error('no write was too long for the files that may not grow');
      this.#fresh(false);
      const limit = Math.floor(512 + this.#random() * largest);
      const { ended, heard } = startLife(this.#home, ROUNDS, [PRLIMIT, `--fsize=${limit}:`]);
      let over = false;
      const done = ended.finally(() => {
        over = true;
      });
      while (!over && !heard().includes('"failed"')) await Promise.race([sleep(5), done]);
      const pid = pidOf(heard());
      if (!over && pid !== undefined) spawnSync(PRLIMIT, ['--pid', `${pid}`, '--fsize=unlimited:']);
      const life = await done;
      const books = this.#heard(false, wholeLines(life.out));
      if (books.failures === 0) continue;
      left -= 1;
      this.#outlived(life, books, `files of at most ${limit} bytes`);
      this.#check('a write cut short, then no room', this.#home, books, `at ${limit} bytes`);
    }
  }

  async #kills(count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      const bare = n % 4 === 3;
      this.#fresh(bare);
      const { ended, heard } = startLife(this.#home, ROUNDS * 2);
      let over = false;
      const done = ended.finally(() => {
        over = true;
      });
      while (!over && pidOf(heard()) === undefined) await Promise.race([sleep(1), done]);
      await Promise.race([sleep(this.#random() * 200), done]);
      if (!over) endLife(pidOf(heard()));
      const life = await done;
      this.#check(
        'SIGKILL at any time',
        this.#home,
        this.#heard(bare, wholeLines(life.out)),
        `kill ${n}${life.err}`,
      );
    }
  }

  /** It told of every error, and went on when there were no more. */
  #outlived({ err, status, signal }: Life, books: Books, detail: string): void {
    if (!books.isDone) throw new Error(`${detail}: it did not go on (${status ?? signal}): ${err}`);
    this.#errorsTold += books.failures;
  }

  async #recorded(bare: boolean): Promise<readonly Call[]> {
    this.#fresh(bare);
    const life = await startLife(this.#home, ROUNDS, straceTo(this.#record)).ended;
    if (!this.#heard(bare, life.out).isDone) throw new Error(`a life without faults failed: ${life.err}`);
    return readTrace(this.#record);
  }

  #fresh(bare: boolean): void {
    rmSync(this.#home, { recursive: true, force: true });
    cpSync(bare ? this.#bare : this.#base, this.#home, { recursive: true });
  }

  #heard(bare: boolean, out: string): Books {
    const books = (bare ? this.#bareBooks : this.#books).copy();
    books.hear(out);
    this.#told += out.split('\n').length - 1;
    return books;
  }

  #check(kind: string, home: string, books: Books, detail: string): void {
    try {
      books.check(home);
    } catch (cause) {
      this.#keep = true;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${kind} (${detail}): ${why}; the files are in ${this.#folder}`, { cause });
    }
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
    this.#done += 1;
    if (this.#done % 50 === 0) this.#say(`${this.#done} faults`);
  }

  #isOurs({ path, name }: Call): boolean {
    return path.startsWith(`${this.#home}/`) && !path.endsWith('-shm') && name !== 'close';
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }

  #shuffled<T>(items: readonly T[]): T[] {
    return items
      .map((item) => [this.#random(), item] as const)
      .toSorted(([a], [b]) => a - b)
      .map(([, item]) => item);
  }
}

/** A kill may cut the last line. */
const wholeLines = (out: string): string => out.slice(0, out.lastIndexOf('\n') + 1);

/** Of the life itself: ending strace would only let it go. */
function endLife(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
