import { copyFileSync, cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { formatVerifierKey, type VerifierKey, verifyBundle } from '@heartwood/anchor';
import {
  type EmbeddedLedger,
  LedgerQueue,
  type LedgerServer,
  nodeSigner,
  nodeVerifyEd25519,
  openEmbeddedLedger,
  postQuantumSigner,
  startLedgerServer,
} from '@heartwood/anchor/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openNewEpoch } from '../hub/new-epoch.ts';
import { policyPath, type RunningHub } from '../hub/start.ts';
import { fsck } from '../inspect/fsck.ts';
import { proveReading } from '../inspect/prove.ts';
import { Home, heartRate } from '../testing.ts';
import { type Sent, TwoHistories } from './elsewhere.ts';
import { readLedgerChoice } from './elsewhere-choice.ts';
import { ProofCache } from './proof-cache.ts';

const LEDGER = nodeSigner('ledger.example/shared', new Uint8Array(32).fill(9));

/** Somebody else's ledger on loopback, which can go away and come back on the same port, with another file or other hubs. */
class Shared {
  readonly path: string;
  readonly hubs: VerifierKey[] = [];
  ledger: EmbeddedLedger | undefined;
  #server: LedgerServer | undefined;
  #port = 0;

  constructor(path: string) {
    this.path = path;
  }

  async open(path: string = this.path): Promise<void> {
    const ledger = openEmbeddedLedger({ path, signer: LEDGER, hubKeys: this.hubs });
    const queue = new LedgerQueue(ledger, setImmediate);
    this.ledger = ledger;
    this.#server = await startLedgerServer({
      host: '127.0.0.1',
      port: this.#port,
      reader: ledger.reader,
      published: () => ledger.latest().checkpoint,
      submit: (notes) => queue.submit(notes),
    });
    this.#port = Number(new URL(this.#server.url).port);
  }

  async close(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
    this.ledger?.close();
    this.ledger = undefined;
  }

  get policy(): string {
    return `log ${formatVerifierKey(LEDGER)} http://127.0.0.1:${this.#port}\nquorum none\n`;
  }
}

let home: Home;
let shared: Shared;
beforeEach(async () => {
  home = new Home();
  await home.start();
  await home.enroll('Ada Lovelace', 'strap-1');
  shared = new Shared(join(home.folder, 'shared.db'));
  shared.hubs.push(home.hub.vault.identity.signer);
  home.crash();
  await shared.open();
});
afterEach(async () => {
  await home.running?.release();
  await shared.close();
  rmSync(home.folder, { recursive: true, force: true });
});

const start = (): Promise<RunningHub> => home.start({ ledgerPolicy: shared.policy });
const stop = async (): Promise<void> => {
  await home.running?.release();
  home.running = undefined;
};
const send = (): Promise<Sent> => {
  if (home.running?.elsewhere === undefined) throw new Error('no ledger elsewhere');
  return home.running.elsewhere.send(home.hub.vault);
};
const verify = async (batch: number) => {
  const bundle = await proveReading(home.hub.vault, home.hub.source, { batch, slot: 1, index: 0 });
  return verifyBundle(bundle, readFileSync(policyPath(home.settings.directory), 'utf8'), {
    verify: nodeVerifyEd25519,
  });
};
/** Closes a batch of one reading. */
const beat = (seq: number): Promise<number> => {
  home.send('strap-1', heartRate(seq, 60 + (seq % 40)));
  return home.interval();
};
/** What is in the folder of evidence, read. */
const evidence = (name: string): unknown =>
  JSON.parse(readFileSync(join(home.settings.directory, 'evidence', name), 'utf8'));

describe('a hub with a ledger elsewhere', () => {
  it('tells it every statement, in order, and is proved by it alone', async () => {
    const { started } = await start();
    expect(started.elsewhere).toBeUndefined();
    const batch = await beat(1);
    expect(await send()).toEqual({ statements: batch + 1, size: batch + 1 });
    expect(await send()).toEqual({ statements: 0, size: batch + 1 });
    expect(await verify(batch)).toMatchObject({ ok: true });
    const policy = readFileSync(policyPath(home.settings.directory), 'utf8');
    expect(policy.match(/^log .*$/gm)).toEqual([shared.policy.split('\n')[0]]);
    expect(fsck(home.hub.vault, () => undefined).problems).toEqual([]);
    await stop();
    // Without the setting the hub's own ledger counts again, and the choice is forgotten.
    await home.start();
    expect(await verify(batch)).toMatchObject({ ok: true });
    expect(fsck(home.hub.vault, () => undefined).problems).toEqual([]);
  });

  it('starts and goes on without it, and tells it all of a week away in calls of 1,024', async () => {
    await shared.close();
    const { started } = await start();
    expect(started.elsewhere).toMatch(/no connection/);
    home.hub.vault.db.pragma('synchronous = OFF');
    for (let n = 0; n < 2_600; n++) {
      home.nowMs += 10_000;
      if (n === 2_599) home.send('strap-1', heartRate(n, 60));
      home.hub.closeBatch();
    }
    await expect(send()).rejects.toThrow(expect.objectContaining({ code: 'ledger-unreachable' }));
    await shared.open();
    const asked: number[] = [];
    const ledger = shared.ledger as EmbeddedLedger;
    const append = ledger.append.bind(ledger);
    ledger.append = (notes) => {
      asked.push(notes.length);
      return append(notes);
    };
    const batches = (home.hub.vault.store.lastBatch()?.sequence ?? -1) + 1;
    // Two intervals that pass meanwhile ask for the same.
    expect(await Promise.all([send(), send()])).toEqual([
      { statements: batches, size: batches },
      { statements: batches, size: batches },
    ]);
    expect(asked).toEqual([1024, 1024, batches - 2048]);
    expect(await verify(batches - 1)).toMatchObject({ ok: true });
  }, 60_000);

  it('proves what it took with the internet down, as far back as it keeps proofs', async () => {
    await start();
    const batch = await beat(1);
    await send();
    await shared.close();
    expect(await verify(batch)).toMatchObject({ ok: true });
    await beat(2);
    await expect(verify(batch + 1)).rejects.toThrow(expect.objectContaining({ code: 'not-ready' }));
    const cache = new ProofCache(join(home.folder), 3);
    cache.put(Array.from({ length: 5 }, (_, sequence) => ({ origin: 'a', sequence, proof: `${sequence}` })));
    expect([0, 1, 2, 3, 4].map((sequence) => cache.get('a', sequence))).toEqual([
      undefined,
      undefined,
      '2',
      '3',
      '4',
    ]);
    cache.close();
  });

  it('that does not know the hub is no reason to stop: it says what its owner must do', async () => {
    await shared.close();
    shared.hubs.splice(0, 1, nodeSigner('somebody/else', new Uint8Array(32).fill(4)));
    await shared.open();
    await start();
    await beat(1);
    await expect(send()).rejects.toThrow(/must add the line of heartwood\/hub\/.* to the file of its --hubs/);
    await shared.close();
    shared.hubs.push(home.hub.vault.identity.signer);
    await shared.open();
    expect((await send()).statements).toBeGreaterThan(0);
  });

  it('that shows what it made up under the hub’s name stops nothing', async () => {
    await shared.close();
    const forged = nodeSigner(home.look().identity.origin, new Uint8Array(32).fill(66));
    shared.hubs.splice(0, 1, forged);
    await shared.open();
    const other = new Home();
    await other.start();
    other.hub.closeBatch();
    const { statementText, signedNote } = await import('./statement.ts');
    const { utf8 } = await import('@heartwood/anchor');
    const row = other.hub.vault.store.batch(0);
    if (row === undefined) throw new Error('no batch');
    const text = statementText(
      other.hub.vault,
      { ...row, endMs: row.end_ms, startMs: other.hub.vault.startOf(0) },
      new Map(),
    ).replace(other.hub.vault.identity.origin, forged.name);
    const identity = {
      ...other.hub.vault.identity,
      epochs: other.hub.vault.identity.epochs.map((epoch) => ({ ...epoch, hubKey: forged })),
    };
    expect(shared.ledger?.append([signedNote(identity, 0, text, forged.sign(utf8(text)))])).toMatchObject([
      { kind: 'appended' },
    ]);
    other.remove();
    const { started } = await start();
    expect(started.elsewhere).toMatch(/did not sign/);
    await beat(1);
    await expect(send()).rejects.toThrow(expect.objectContaining({ code: 'ledger-mismatch' }));
  });
});

describe('a hub that was restored', () => {
  /** The folder as it is, with its mark, put back later: only the ledger elsewhere can know. */
  const keep = (): void => {
    cpSync(home.settings.directory, join(home.folder, 'copy'), { recursive: true });
    copyFileSync(home.settings.markFile, join(home.folder, 'copy.mark'));
  };
  const putBack = (): void => {
    rmSync(home.settings.directory, { recursive: true });
    cpSync(join(home.folder, 'copy'), home.settings.directory, { recursive: true });
    copyFileSync(join(home.folder, 'copy.mark'), home.settings.markFile);
  };

  it('with its mark is told by the ledger elsewhere, signs nothing, and goes on in a new epoch when that admits it', async () => {
    await start();
    const batch = await beat(1);
    await send();
    await stop();
    keep();
    await start();
    for (let n = 2; n < 6; n++) await beat(n);
    await send();
    await stop();
    putBack();
    await expect(start()).rejects.toThrow(expect.objectContaining({ code: 'ledger-ahead' }));
    home.running = undefined;
    const epoch = await openNewEpoch({ ...home.settings, clock: () => home.nowMs });
    expect(epoch.plan.contradictions).toMatchObject([{ by: 'remote-ledger', used: batch + 4 }]);
    const { from } = epoch.plan;
    expect(from).toBeGreaterThan(batch + 4);
    epoch.begin('the disk was replaced');
    epoch.close();
    await start();
    await beat(9);
    await expect(send()).rejects.toThrow(/does not know this hub/);
    await shared.close();
    shared.hubs.push(home.hub.vault.identity.signer);
    await shared.open();
    // What the hub closed since, and of the old epoch nothing: the ledger has more of that than the hub.
    expect((await send()).statements).toBe(1 + (home.hub.vault.store.lastBatch()?.sequence ?? 0) - from);
    expect(await verify(batch)).toMatchObject({ ok: true });
    expect(await verify(home.hub.vault.store.lastBatch()?.sequence ?? 0)).toMatchObject({ ok: true });
    expect(fsck(home.hub.vault, () => undefined).problems).toEqual([]);
  });

  it('while the ledger elsewhere was away is caught by its first statement: both are kept as evidence, here and there', async () => {
    await start();
    await beat(1);
    await send();
    await stop();
    keep();
    await start();
    const batch = await beat(2);
    await send();
    await stop();
    putBack();
    await shared.close();
    expect((await start()).started.elsewhere).toMatch(/no connection/);
    await beat(30);
    await shared.open();
    await expect(send()).rejects.toThrow(TwoHistories);
    expect(shared.ledger?.reader.equivocations()).toEqual([]);
    await stop();
    await expect(start()).rejects.toThrow(expect.objectContaining({ code: 'ledger-refused' }));
    home.running = undefined;
    const [held, ours] = evidence('statements.json') as string[];
    expect(held).toBe(
      shared.ledger?.reader.entry({ origin: shared.hubs[0]?.name ?? '', sequence: batch })?.note,
    );
    expect(ours).not.toBe(held);
  });

  it('as two hubs with one identity: the second one’s statement is equivocation, and the ledger keeps both notes', async () => {
    await start();
    await beat(1);
    await send();
    await stop();
    keep();
    const twin = new Home();
    cpSync(home.settings.directory, twin.settings.directory, { recursive: true });
    copyFileSync(home.settings.markFile, twin.settings.markFile);
    copyFileSync(join(home.folder, 'data.key'), join(twin.folder, 'data.key'));
    twin.nowMs = home.nowMs;
    await start();
    const second = await twin.start({ ledgerPolicy: shared.policy });
    // Both know how far the ledger is before either goes on.
    expect((await send()).statements).toBe(0);
    expect((await second.elsewhere?.send(second.hub.vault))?.statements).toBe(0);
    await beat(2);
    twin.send('strap-1', heartRate(2, 99));
    await twin.interval();
    await send();
    const refused = await second.elsewhere?.send(second.hub.vault).catch((error: unknown) => error);
    if (!(refused instanceof TwoHistories)) throw new Error('not refused');
    expect(refused.message).toContain('two hubs share one identity');
    const kept = shared.ledger?.reader.equivocations() ?? [];
    expect(kept.map(({ held, offered }) => [held.note, offered])).toEqual([refused.notes]);
    await second.release();
    twin.running = undefined;
    twin.remove();
    // The first goes on.
    await beat(3);
    expect((await send()).statements).toBe(1);
  });
});

describe('a ledger elsewhere that was restored or forked', () => {
  /** It forgets what it took after a copy was made of its file. */
  async function rolledBack(): Promise<void> {
    await start();
    await beat(1);
    await send();
    await shared.close();
    copyFileSync(shared.path, join(home.folder, 'shared-old.db'));
    await shared.open();
    for (let n = 2; n < 5; n++) await beat(n);
    await send();
    await shared.close();
    await shared.open(join(home.folder, 'shared-old.db'));
  }

  it('is noticed, also after a restart, and its checkpoints are kept; the hub goes on', async () => {
    await rolledBack();
    const behind = expect.objectContaining({ code: expect.stringMatching(/^ledger-(behind|mismatch)$/) });
    await expect(home.running?.elsewhere?.look()).rejects.toThrow(behind);
    const held = shared.ledger?.latest().size;
    await stop();
    expect((await start()).started.elsewhere).toMatch(/restored from an old copy|two histories/);
    await beat(6);
    // It is told nothing.
    await expect(send()).rejects.toThrow(behind);
    expect(shared.ledger?.latest().size).toBe(held);
    const files = readdirSync(join(home.settings.directory, 'evidence'));
    expect(files).toEqual(['ledger-elsewhere.json']);
    const [known, shown] = evidence('ledger-elsewhere.json') as string[];
    expect(known?.split('\n')[0]).toBe(LEDGER.name);
    expect(Number(known?.split('\n')[1])).toBeGreaterThan(Number(shown?.split('\n')[1]));
    expect(await beat(9)).toBeGreaterThan(0);
  });

  it('that took other statements since is found at its next answer', async () => {
    await rolledBack();
    const stranger = new Home();
    await stranger.start();
    await stranger.interval();
    await shared.close();
    shared.hubs.push(stranger.hub.vault.identity.signer);
    await shared.open(join(home.folder, 'shared-old.db'));
    const held = stranger.hub.ledger.lastOf(stranger.hub.vault.identity.origin);
    shared.ledger?.append([(await held)?.note ?? '']);
    stranger.remove();
    for (let n = 5; n < 9; n++) await beat(n);
    await expect(home.running?.elsewhere?.look()).rejects.toThrow(/signed|restored/);
    expect(existsSync(join(home.settings.directory, 'evidence'))).toBe(true);
  });
});

describe('the choice of a ledger elsewhere', () => {
  const log = `log ${formatVerifierKey(LEDGER)}`;
  it.each([
    ['quorum none', 'names 0 ledgers'],
    [`${log}\nquorum none`, 'names 0 ledgers'],
    [`${log} http://ledger.example\nquorum none`, 'https'],
    [`${log} ftp://127.0.0.1/x\nquorum none`, 'https'],
    [`${log} https://ledger.example`, 'quorum'],
    ['log nonsense https://ledger.example\nquorum none', 'ledger-policy'],
  ])('%j is refused', (text, why) => {
    expect(() => readLedgerChoice(text)).toThrow(expect.objectContaining({ code: 'bad-setting' }));
    expect(() => readLedgerChoice(text)).toThrow(why);
  });

  it('is TLS, or on this machine; comments are nothing to it', () => {
    for (const url of [
      'https://ledger.example/log',
      'http://127.0.0.1:8430',
      'http://[::1]:1',
      'http://localhost:1',
    ])
      expect(readLedgerChoice(`# a\n${log} ${url}\nquorum none\n`)).toMatchObject({
        url,
        lines: [`${log} ${url}`, 'quorum none'],
      });
  });

  it('names a mistyped line, and takes both keys of one ledger', () => {
    const url = 'https://ledger.example/log';
    expect(() => readLedgerChoice(`${log} ${url}\nwitnes foo bar\nquorum none\n`)).toThrow('line 2');
    const second = `log ${formatVerifierKey(postQuantumSigner('ledger.example/shared', new Uint8Array(32).fill(9)))} ${url}`;
    expect(readLedgerChoice(`${log} ${url}\n${second}\nquorum none\n`)).toMatchObject({
      url,
      key: { name: LEDGER.name },
    });
    expect(() => readLedgerChoice(`${log} ${url}\n${log} https://other.example\nquorum none\n`)).toThrow();
  });
});
