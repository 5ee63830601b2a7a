// The hub's process in a house: the real hub on a real disk, started, killed, stopped and put back, with the timers of
// its thread (`worker.ts`) as events of virtual time. Every step of it goes through `step`, where the process may die, and
// after which the books are held against the disk.

import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openLedgerReader } from '@heartwood/anchor/node';
import {
  HeartwoodError,
  type Hub,
  type HubSettings,
  ledgerPath,
  openNewEpoch,
  type RunningHub,
  startHub,
  Vault,
} from '@heartwood/gateway';
import type { Books } from './books.ts';
import { Broken, insist } from './broken.ts';
import { DiskPicture } from './disk-picture.ts';
import { Faults, Killed } from './fault.ts';
import type { Schedule } from './schedule.ts';
import type { WitnessRow } from './witnesses.ts';

export type Arriving = { readonly device: string; readonly body: Uint8Array; readonly message: string };
type Early = ReturnType<RunningHub['hub']['closeBatch']>;
type Copy = { readonly picture: DiskPicture; readonly mark: string; readonly size: number };

const LEAVE_AFTER_MS = 500;

export class House {
  readonly faults: Faults = new Faults();
  readonly settings: HubSettings;
  /** Counts starts: what was asked for in an earlier life is not done. */
  life = 0;
  running: RunningHub | undefined;
  /** The hub's clock less the world's. */
  clockOffMs = 0;
  /** From the second start on: the witnesses must know the ledger's key first. */
  witnessed = false;
  /** Hears that the process is gone. */
  onEnd: () => void = () => undefined;
  // Where a rule can be broken on purpose (`mutation.ts`).
  onKilled: (why: string) => void = () => undefined;
  onBeforeAppend: () => void = () => undefined;
  beforeStart: () => Partial<HubSettings> = () => ({});
  lookAt: (hub: Hub) => ReturnType<Hub['watch']['look']> = (hub) => hub.watch.look();
  readonly counts = { starts: 0, kills: 0, refusedCommits: 0, batches: 0, restored: 0, epochs: 0, twins: 0 };
  readonly #schedule: Schedule;
  readonly #books: Books;
  readonly #witnesses: WitnessRow;
  readonly #trace: (line: string) => void;
  readonly #folder: string;
  #copy: Copy | undefined;
  #dueMs = 0;
  #early: Early | undefined;

  constructor(
    folder: string,
    intervalMs: number,
    given: { schedule: Schedule; books: Books; witnesses: WitnessRow; trace: (line: string) => void },
  ) {
    this.#folder = folder;
    this.#schedule = given.schedule;
    this.#books = given.books;
    this.#witnesses = given.witnesses;
    this.#trace = given.trace;
    this.settings = {
      directory: join(folder, 'data'),
      keySource: { keyFile: join(folder, 'data.key') },
      originPrefix: 'heartwood',
      intervalMs,
      quarantineRowsMax: 10_000,
      quarantineBytesMax: 10_000_000,
      markFile: join(folder, 'mark', 'data.mark'),
      withoutQuorum: 'publish-with-alarm',
    };
  }

  readonly clock = (): number => this.#schedule.nowMs + this.clockOffMs;

  get up(): boolean {
    return this.running !== undefined;
  }

  /** @returns whether it runs; false where its mark cannot be written now */
  async start(): Promise<boolean> {
    insist(this.running === undefined, () => 'started twice');
    try {
      this.running = await this.#open();
    } catch (error) {
      if (this.#markIsAway() && error instanceof HeartwoodError && error.code === 'bad-setting') {
        this.#trace('start: the mark is away');
        return false;
      }
      throw new Broken(`the hub does not start: ${said(error)}`);
    }
    this.life++;
    this.counts.starts++;
    this.#wrap(this.running);
    const { hub, ledger, started } = this.running;
    this.#books.sync(hub.vault);
    // What the start itself has sent could not be seen leaving.
    const { size } = ledger.latest();
    this.#books.sent(ledger.reader.notes(Math.min(size, this.#books.disk.frontier.size), size));
    this.#books.ledger(ledger, this.settings.markFile);
    this.#books.anchored(hub.vault, ledger);
    this.#books.shown(hub);
    this.#trace(
      `start ${this.counts.starts}: ${started.recovery.readings} readings found, ${started.recovery.anchored} statements sent`,
    );
    this.#early = undefined;
    this.#dueMs = this.#tickAfter(this.clock());
    this.#arm(this.life);
    return true;
  }

  /** One step of the process. Undefined where it died, or was not running. */
  async step<T>(work: (running: RunningHub) => T | Promise<T>): Promise<T | undefined> {
    const { running } = this;
    if (running === undefined) return undefined;
    try {
      const result = await work(running);
      this.#books.sync(running.hub.vault);
      return result;
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      await this.kill(error.message);
      return undefined;
    }
  }

  /** Stores what has arrived. `refused`: the disk did not take it. Undefined: the process died. */
  commit(group: readonly Arriving[], acknowledge: () => void): Promise<'stored' | 'refused' | undefined> {
    return this.step(({ hub }) => {
      let done = false;
      try {
        this.#closeIfDue();
        const received = this.clock();
        hub.commit(
          group.map(({ device, body }) => ({ device, body, received })),
          () => {
            done = true;
            this.#books.sync(hub.vault);
            acknowledge();
          },
        );
        return 'stored';
      } catch (error) {
        if (done || !isDiskFault(error)) throw error;
        this.counts.refusedCommits++;
        return 'refused';
      }
    });
  }

  /** Looks at every alarm. */
  async look(onLook: (running: RunningHub) => void): Promise<void> {
    await this.step((running) => {
      const { hub } = running;
      this.#survive(() => {
        this.#closeIfDue();
        this.#books.sync(hub.vault);
        const notices = this.lookAt(hub);
        this.#books.sync(hub.vault);
        this.#books.told(notices);
        this.#books.shown(hub);
        onLook(running);
      });
    });
  }

  async kill(why: string): Promise<void> {
    const { running } = this;
    if (running === undefined) return;
    this.running = undefined;
    this.counts.kills++;
    this.#trace(`killed: ${why}`);
    this.faults.kill = undefined;
    this.faults.killLedger = undefined;
    this.#books.sync(running.hub.vault);
    await running.release();
    this.onKilled(why);
    this.#lookAtLedger();
    this.onEnd();
  }

  /** A clean end. A disk that refuses makes it a kill. */
  async stop(): Promise<void> {
    const { running } = this;
    const stopped = await this.step(
      async ({ hub }) => (await this.#surviving(() => hub.stop())) !== undefined,
    );
    if (running === undefined || this.running === undefined) return;
    this.#trace(stopped ? 'stopped' : 'stopped, and the disk refused');
    this.running = undefined;
    this.#books.sync(running.hub.vault);
    await running.release();
    this.#lookAtLedger();
    this.onEnd();
  }

  /** Keeps a copy of the disk, as a backup of a hub that rests does. */
  keepCopy(): void {
    const old = join(this.#folder, 'old');
    rmSync(old, { recursive: true, force: true });
    cpSync(this.settings.directory, old, { recursive: true });
    const { markFile } = this.settings;
    const mark = this.#markIsAway() || !existsSync(markFile) ? '' : readFileSync(markFile, 'utf8');
    this.#copy = { picture: new DiskPicture(this.#books.disk), mark, size: this.#books.disk.frontier.size };
    this.#trace('copied');
  }

  /** Whether an older copy could be told from the newest one: it holds less, and somebody knows. */
  get copyIsOlder(): boolean {
    return (
      this.#copy !== undefined && this.#copy.size < this.#books.disk.frontier.size && !this.#markIsAway()
    );
  }

  /** Of a hub that rests: an old copy takes the disk's place. It must refuse to start, and go on in a new epoch. */
  async putBack(withMark: boolean): Promise<void> {
    const copy = this.#copy as Copy;
    const { directory, markFile } = this.settings;
    const { origin } = await this.#peek();
    const known = this.#witnesses.knownSize(origin);
    const seen = withMark && known > copy.size && copy.mark !== '';
    rmSync(directory, { recursive: true, force: true });
    cpSync(join(this.#folder, 'old'), directory, { recursive: true });
    if (seen) writeFileSync(markFile, copy.mark);
    this.#books.disk = new DiskPicture(copy.picture);
    this.counts.restored++;
    this.#trace(
      `an old copy of ${copy.size} statements is put back, ${seen ? 'mark and all' : 'without its mark'}`,
    );
    const refused = await this.#open().then(
      async (running) => {
        await running.release();
        return undefined;
      },
      (error: unknown) => error,
    );
    insist(
      refused instanceof HeartwoodError && refused.code === 'ledger-ahead',
      () => `on an old copy the hub says ${said(refused)}`,
    );
    const epoch = await openNewEpoch({ ...this.settings, clock: this.clock });
    const begun = epoch.begin('the newest copy is gone');
    epoch.close();
    this.#witnesses.serve(begun.ledgerKeys);
    this.counts.epochs++;
    const { vault } = await this.#peek();
    this.#books.moved(vault);
    vault.close();
    this.#copy = undefined;
  }

  /** The same card in another box, where nothing remembers: the witnesses must refuse it. */
  async twin(ask: (running: RunningHub) => Promise<boolean>): Promise<void> {
    const folder = join(this.#folder, 'twin');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    cpSync(join(this.#folder, 'old'), join(folder, 'data'), { recursive: true });
    const settings = {
      ...this.settings,
      directory: join(folder, 'data'),
      markFile: join(folder, 'mark'),
      witnessPolicy: undefined,
    };
    const running = await startHub(settings, this.clock);
    try {
      running.hub.closeBatch();
      await running.hub.anchor();
      insist(await ask(running), () => 'no witness noticed that two boxes have one identity');
      this.counts.twins++;
      this.#trace('a twin was refused');
    } finally {
      await running.release();
    }
  }

  /** The medium of the mark is gone, or there again. */
  markAway(away: boolean): void {
    const draft = `${this.settings.markFile}.new`;
    rmSync(draft, { recursive: true, force: true });
    // A folder in the place of its draft: nothing can be written there.
    if (away) mkdirSync(draft, { recursive: true });
  }

  /** The whole disk, by another reader. */
  checkpoint(): void {
    const vault = Vault.open({ ...this.settings, clock: this.clock }, 'read');
    try {
      this.#books.checkpoint(vault);
    } finally {
      vault.close();
    }
  }

  #open(): Promise<RunningHub> {
    const witnessPolicy = this.witnessed ? this.#witnesses.policy : undefined;
    const settings = { ...this.settings, witnessPolicy, ...this.beforeStart() };
    return startHub(settings, this.clock, undefined, this.#witnesses.call);
  }

  #markIsAway(): boolean {
    return existsSync(`${this.settings.markFile}.new`);
  }

  async #peek(): Promise<{ vault: Vault; origin: string }> {
    const vault = Vault.open({ ...this.settings, clock: this.clock }, 'write');
    return { vault, origin: vault.identity.ledgerSigner.name };
  }

  #lookAtLedger(): void {
    const reader = openLedgerReader(ledgerPath(this.settings.directory));
    try {
      this.#books.ledger({ reader } as Parameters<Books['ledger']>[0], this.settings.markFile);
    } finally {
      reader.close();
    }
  }

  /** The disk and the ledger go through the faults; what leaves for the ledger is written down. */
  #wrap({ hub, ledger }: RunningHub): void {
    const { store } = hub.vault;
    const transaction = store.transaction.bind(store);
    store.transaction = <T>(work: () => T): T => this.faults.transaction<T>(transaction, work);
    const append = ledger.append.bind(ledger);
    ledger.append = (notes) => {
      this.#books.sent(notes);
      this.onBeforeAppend();
      return this.faults.append(() => append(notes));
    };
  }

  // From here on as the hub's thread does it.

  #closeDue(): Early {
    const { hub } = this.running as RunningHub;
    const endMs = this.#tickAfter(this.clock()) - this.settings.intervalMs;
    this.#dueMs = endMs + this.settings.intervalMs;
    const closed = hub.closeBatch(endMs);
    this.counts.batches++;
    return closed;
  }

  #closeIfDue(): void {
    if (this.#early === undefined && this.clock() >= this.#dueMs) this.#early = this.#closeDue();
  }

  #arm(life: number): void {
    const nowMs = this.clock();
    const nextMs = this.#tickAfter(nowMs);
    const waitMs =
      (this.#early === undefined && this.#dueMs > nowMs ? Math.min(this.#dueMs, nextMs) : nowMs) - nowMs;
    this.#schedule.after(Math.max(1, waitMs), async () => {
      if (life !== this.life || !this.up) return;
      await this.#interval();
      if (life === this.life && this.up) this.#arm(life);
    });
  }

  async #interval(): Promise<void> {
    await this.step(async ({ hub, ledger }) => {
      const closed = this.#early ?? this.#survive(() => this.#closeDue());
      this.#early = undefined;
      this.#books.sync(hub.vault);
      const anchored = await this.#surviving(() => hub.anchor());
      if (closed === undefined || anchored === undefined) return;
      this.#books.ledger(ledger, this.settings.markFile);
      this.#books.anchored(hub.vault, ledger);
      const { life } = this;
      this.#schedule.after(LEAVE_AFTER_MS, () => (life === this.life ? this.#leave() : undefined));
    });
  }

  async #leave(): Promise<void> {
    await this.step(async ({ witnesses, ledger }) => {
      const gathered = await this.#surviving(async () => witnesses?.gather(ledger));
      const [evidence] = gathered?.evidence ?? [];
      insist(evidence === undefined, () => `a witness accuses the hub of a ${evidence?.kind}`);
    });
  }

  #survive<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!isDiskFault(error)) throw error;
      this.#trace(`survived: ${briefly(error)}`);
      return undefined;
    }
  }

  async #surviving<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!isDiskFault(error)) throw error;
      this.#trace(`survived: ${briefly(error)}`);
      return undefined;
    }
  }

  #tickAfter(ms: number): number {
    const { intervalMs } = this.settings;
    return (Math.floor(ms / intervalMs) + 1) * intervalMs;
  }
}

const isDiskFault = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  /^SQLITE_(FULL|IOERR|READONLY|BUSY|CANTOPEN)|^mark-unreadable$/.test(String(error.code));

/** In full, for whoever reads why a run broke. */
const said = (error: unknown): string => (error instanceof Error ? error.message : 'nothing');

/** For the trace, without what differs from run to run: a folder's name, a key. */
const briefly = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'an error';
