// `npm run soak -- power`: the power of a hub is cut. Lives of a real hub under load are recorded call by call
// (power-life.ts); the disk is made as a cut at a call may leave it, what was not synced lost, kept, in part or torn
// (disk.ts); and a hub is started on it, which must bear out everything that was said before the cut (power-check.ts).
// Lives are of three kinds: a hub's first start, a later one, and one on a disk that a cut has left.

import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLedgerReader } from '@heartwood/anchor/node';
import { seededRandom } from '@heartwood/device-sim';
import { ledgerPath, Vault } from '@heartwood/gateway';
import { formatTable } from '../bench/table.ts';
import { Disk, type Unsynced } from './disk.ts';
import { checkHome } from './power-check.ts';
import { Listener, nothingTold, placesIn, recordLife, type Told } from './power-life.ts';
import { type Call, hasStrace } from './trace.ts';

export type PowerOptions = {
  readonly cuts: number;
  readonly seed: string;
  readonly say: (line: string) => void;
  /** How long devices measure in each life. */
  readonly loadMs?: number;
  readonly cutsPerLife?: number;
};

export type PowerReport = {
  readonly cuts: number;
  /** By the name that the table shows. */
  readonly kinds: ReadonlyMap<string, number>;
  readonly lives: number;
  /** Calls that changed a file, and syncs among them. */
  readonly calls: number;
  readonly syncs: number;
  /** Syncs of the database itself: its log was moved into it. */
  readonly checkpoints: number;
  /** Acknowledged messages that were looked for after the cuts, and found. */
  readonly acknowledged: number;
  readonly proofs: number;
  /** Cuts so early that there was no hub yet. */
  readonly unborn: number;
  readonly seconds: number;
};

type LifeKind = 'first start' | 'later start' | 'start after a cut';
/** What a life begins with, and what was told of it. */
type Base = { readonly folder: string; readonly told: Told; readonly offered: ReadonlyMap<string, number> };
type Recorded = {
  readonly base: Base;
  readonly calls: readonly Call[];
  /** Indices of calls that change the home's files. */
  readonly ours: readonly number[];
  readonly syncs: readonly number[];
  readonly offered: ReadonlyMap<string, number>;
  readonly origin: string;
  readonly notes: readonly string[];
};

const UNSYNCED: readonly Unsynced[] = ['lost', 'torn', 'some', 'kept'];
const KINDS: readonly LifeKind[] = ['first start', 'later start', 'start after a cut'];
/** What a disk forgets is made up here: that this one forgets nothing makes a thousand starts quick. */
const MEMORY = '/dev/shm';
const SYNCS: ReadonlySet<string> = new Set(['fsync', 'fdatasync']);

/** @throws when a home does not bear out what was told; the message says which cut it was, and where its files are */
export async function cutPower(options: PowerOptions): Promise<PowerReport> {
  if (!hasStrace) throw new Error('strace is needed, and the right to trace a process');
  const soak = new PowerSoak(options);
  try {
    return await soak.run();
  } finally {
    soak.close();
  }
}

export function powerTable({ kinds, cuts }: PowerReport): string {
  return formatTable(['power cut', 'times#'], [...kinds, ['all', cuts]]);
}

class PowerSoak {
  readonly #options: Required<PowerOptions>;
  readonly #random: () => number;
  readonly #folder = realpathSync(
    mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'heartwood-power-')),
  );
  readonly #home = join(this.#folder, 'home');
  readonly #kinds = new Map<string, number>();
  readonly #sums = { lives: 0, calls: 0, syncs: 0, checkpoints: 0, acknowledged: 0, proofs: 0, unborn: 0 };
  #done = 0;
  #keep = false;

  constructor(options: PowerOptions) {
    this.#options = { loadMs: 3000, cutsPerLife: 50, ...options };
    this.#random = seededRandom(options.seed).next;
  }

  async run(): Promise<PowerReport> {
    const { cuts, cutsPerLife } = this.#options;
    const began = Date.now();
    let [stopped, cut]: (Base | undefined)[] = [];
    for (let life = 0; this.#done < cuts; life++) {
      const kind = KINDS[life % KINDS.length]!;
      const base = (kind === 'later start' ? stopped : kind === 'start after a cut' ? cut : undefined) ?? {
        folder: this.#made('nothing'),
        told: nothingTold(),
        offered: new Map(),
      };
      const recorded = await this.#record(base);
      if (kind === 'first start') {
        stopped = this.#keepStopped(recorded);
        cut = this.#keepCut(recorded);
      }
      for (let n = 0; n < cutsPerLife && this.#done < cuts; n++) {
        await this.#cut(kind, recorded, this.#cutPlace(recorded), UNSYNCED[n % UNSYNCED.length]!);
      }
    }
    const seconds = Math.round((Date.now() - began) / 1000);
    return { cuts: this.#done, kinds: this.#kinds, ...this.#sums, seconds };
  }

  close(): void {
    if (!this.#keep) rmSync(this.#folder, { recursive: true, force: true });
  }

  async #record(base: Base): Promise<Recorded> {
    rmSync(this.#home, { recursive: true, force: true });
    cpSync(base.folder, this.#home, { recursive: true });
    const { calls, offered } = await recordLife({
      home: this.#home,
      record: join(this.#folder, 'calls'),
      before: base.told,
      offered: base.offered,
      loadMs: this.#options.loadMs,
    });
    const ours = calls.flatMap((call, i) => (this.#isOurs(call) ? [i] : []));
    const syncs = ours.filter((i) => SYNCS.has(calls[i]!.name));
    this.#sums.lives += 1;
    this.#sums.calls += ours.length;
    this.#sums.syncs += syncs.length;
    this.#sums.checkpoints += syncs.filter((i) => calls[i]!.path.endsWith('/hub.db')).length;
    return { base, calls, ours, syncs, offered, ...this.#whatWasSigned() };
  }

  /** The hub's name, and all statements of its ledger, as the life that nothing hurt has left them. */
  #whatWasSigned(): { origin: string; notes: string[] } {
    const { data: directory, key: keyFile } = placesIn(this.#home);
    const vault = Vault.open({ directory, keySource: { keyFile }, clock: Date.now }, 'read');
    const reader = openLedgerReader(ledgerPath(directory));
    try {
      const notes = Array.from({ length: reader.latest().size }, (_, index) => reader.entry({ index })!.note);
      return { origin: vault.identity.origin, notes };
    } finally {
      reader.close();
      vault.close();
    }
  }

  #keepStopped(recorded: Recorded): Base {
    const folder = this.#made('stopped');
    cpSync(this.#home, folder, { recursive: true });
    return { folder, told: this.#heard(recorded, recorded.calls.length), offered: recorded.offered };
  }

  /** The disk after a cut somewhere in the second half of a life. */
  #keepCut(recorded: Recorded): Base {
    const { syncs, offered } = recorded;
    const at = syncs[Math.floor(syncs.length * (0.5 + 0.4 * this.#random()))]! + 1;
    const folder = this.#made('cut');
    this.#leave(recorded, at, 'torn', folder);
    return { folder, told: this.#heard(recorded, at), offered };
  }

  /** How many calls the power lasts: half of the time to a sync, or right after it. */
  #cutPlace({ ours, syncs }: Recorded): number {
    const among = this.#random() < 0.5 ? syncs : ours;
    return among[Math.floor(this.#random() * among.length)]! + (this.#random() < 0.5 ? 1 : 0);
  }

  async #cut(kind: LifeKind, recorded: Recorded, at: number, unsynced: Unsynced): Promise<void> {
    const home = this.#made('after');
    this.#leave(recorded, at, unsynced, home);
    const { origin, notes, offered, calls } = recorded;
    const told = this.#heard(recorded, at);
    const name = `${kind}, what was not synced ${unsynced}`;
    try {
      const random = this.#random;
      const found = await checkHome({ home, told, origin, notes, offered, random });
      this.#sums.acknowledged += found.acknowledged;
      this.#sums.proofs += found.proofs;
      if (!found.known) this.#sums.unborn += 1;
    } catch (cause) {
      this.#keep = true;
      // As the cut left it: the check has gone on with the other.
      this.#leave(recorded, at, unsynced, this.#made('left'));
      const why = cause instanceof Error ? cause.message : String(cause);
      const { name: call, path } = calls[at - 1] ?? {};
      const where = `after ${at} of ${calls.length} calls, the last ${call} of ${path}`;
      throw new Error(`${name} (${where}): ${why}; the files are in ${this.#folder}`, { cause });
    }
    this.#kinds.set(name, (this.#kinds.get(name) ?? 0) + 1);
    this.#done += 1;
    if (this.#done % 50 === 0) this.#options.say(`${this.#done} cuts`);
  }

  #leave({ base, calls }: Recorded, at: number, unsynced: Unsynced, folder: string): void {
    const disk = new Disk(base.folder, this.#home, this.#random);
    for (const call of calls.slice(0, at)) disk.run(call);
    disk.cut(unsynced);
    disk.writeTo(folder);
  }

  #heard({ base, calls }: Recorded, at: number): Told {
    const listener = new Listener(this.#home, base.told);
    for (const call of calls.slice(0, at)) listener.hear(call);
    return listener.told;
  }

  /** An empty folder of that name. */
  #made(name: string): string {
    const folder = join(this.#folder, name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    return folder;
  }

  #isOurs({ path, name }: Call): boolean {
    return path.startsWith(`${this.#home}/`) && !path.endsWith('-shm') && name !== 'close';
  }
}
