import { hash } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  formatVerifierKey,
  KEY_TYPES,
  parseBundle,
  parseOtsEvidence,
  type Signer,
  type VerifierKey,
  verifyBundle,
} from '@heartwood/anchor';
import {
  createWitnessKeys,
  nodeVerifyEd25519,
  openWitness,
  startWitnessServer,
} from '@heartwood/anchor/node';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hubCalls } from '../hub/calls.ts';
import type { HubSettings } from '../hub/settings.ts';
import { type RunningHub, startHub } from '../hub/start.ts';
import { AT, Home, heartRate } from '../testing.ts';

const HOUR = 3_600_000;

/** The least that a calendar can be, byte by byte: what it is given is its promise, and then the Merkle root of a block. */
class Calendar {
  readonly #promise: Buffer;
  #block: Buffer | undefined;
  #taken: Buffer[] = [];

  constructor(url: string) {
    const tag = Buffer.from('0083dfe30d2ef90c8e', 'hex');
    this.#promise = Buffer.concat([tag, Buffer.of(url.length + 1, url.length), Buffer.from(url)]);
  }

  get count(): number {
    return this.#taken.length;
  }

  answer(method: string, url: string, body: Buffer): { status: number; body: Buffer } {
    if (method === 'POST' && url === '/digest') {
      this.#taken.push(body);
      return { status: 200, body: this.#promise };
    }
    const known = this.#taken.some((one) => url === `/timestamp/${one.toString('hex')}`);
    if (this.#block === undefined || !known) return { status: 404, body: Buffer.from('not yet') };
    return { status: 200, body: this.#block };
  }

  /** @returns the header of a block at 930,000 whose Merkle root is the first commitment, with hardly any work on it */
  confirm(): Uint8Array {
    this.#block = Buffer.from('000588960d73d7190103d0e138', 'hex');
    const header = Buffer.alloc(80);
    this.#taken[0]?.copy(header, 36);
    header.writeUInt32LE(AT / 1000, 68);
    header.writeUInt32LE(0x207fffff, 72);
    const work = (): number => hash('sha256', hash('sha256', header, 'buffer'), 'buffer')[31] ?? 0;
    while (work() > 0x7e) header.writeUInt32LE(header.readUInt32LE(76) + 1, 76);
    return header;
  }
}

describe('a hub with a calendar', () => {
  let home: Home;
  let server: Server;
  let calendar: Calendar;
  let away: boolean;
  let choice: HubSettings['secondAnchors'];

  beforeEach(async () => {
    home = new Home();
    away = false;
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        if (away) return void response.socket?.destroy();
        const { method = '', url = '' } = request;
        const { status, body } = calendar.answer(method, url, Buffer.concat(chunks));
        response.writeHead(status).end(body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    calendar = new Calendar(url);
    choice = { openTimestamps: { calendars: [url], needed: 1, everyMs: 6 * HOUR } };
  });
  afterEach(async () => {
    await home.running?.release();
    home.remove();
    server.closeAllConnections();
    server.close();
  });

  const start = async (change: Partial<HubSettings> = {}): Promise<RunningHub> => {
    const running = await home.start({ secondAnchors: choice, ...change });
    if (home.hub.vault.registry.patients().length === 0) await home.enroll('Ada Lovelace', 'strap-1');
    return running;
  };
  const step = async (running: RunningHub, passedMs = 10_000): Promise<void> => {
    await home.interval(passedMs);
    await running.secondAnchors?.step(home.nowMs);
  };
  const prove = (running: RunningHub, id: string): Promise<string> => hubCalls(running.hub).prove(id);
  const verify = (running: RunningHub, bundle: string, bitcoinHeaders?: ReadonlyMap<number, Uint8Array>) =>
    verifyBundle(bundle, running.hub.policy, { verify: nodeVerifyEd25519, bitcoinHeaders });

  it('proves a reading with the promise, then with the block, and holds without either', async () => {
    const running = await start();
    home.send('strap-1', heartRate(1, 70));
    const batch = (running.hub.vault.store.lastBatch()?.sequence ?? -1) + 1;
    await step(running);
    const promised = await prove(running, `${batch}.1.0`);
    expect(verify(running, promised).steps.at(-1)).toMatchObject({ name: 'anchors', ok: true });
    expect(parseBundle(promised).anchors?.[0]?.kind).toBe('opentimestamps');

    const header = calendar.confirm();
    await step(running, HOUR);
    // The ledger has grown far beyond the anchored checkpoint by now.
    for (let n = 0; n < 80; n++) await home.interval();
    const bundle = await prove(running, `${batch}.1.0`);
    const verdict = verify(running, bundle, new Map([[930_000, header]]));
    expect(verdict.ok, verdict.summary).toBe(true);
    expect(verdict.proves.join(' ')).toContain('by Bitcoin block 930000');
    const { anchors, ...bare } = parseBundle(bundle);
    expect(parseOtsEvidence(anchors?.[0]?.evidence ?? '').stamp.message).toHaveLength(32);
    expect(bare.ledger).toBe(parseBundle(promised).ledger);
  });

  it('gives what came later a proof as before, until its turn has come', async () => {
    const running = await start();
    await step(running);
    home.send('strap-1', heartRate(1, 70));
    const batch = (running.hub.vault.store.lastBatch()?.sequence ?? -1) + 1;
    await step(running);
    const plain = await prove(running, `${batch}.1.0`);
    expect(parseBundle(plain).anchors).toBeUndefined();
    expect(verify(running, plain).ok).toBe(true);
    await step(running, 6 * HOUR);
    expect(parseBundle(await prove(running, `${batch}.1.0`)).anchors).toHaveLength(1);
    expect(calendar.count).toBe(2);
  });

  it('anchors after a restart what it could not before, and proves by what is kept', async () => {
    away = true;
    let running = await start();
    home.send('strap-1', heartRate(1, 70));
    const batch = (running.hub.vault.store.lastBatch()?.sequence ?? -1) + 1;
    await step(running);
    expect(parseBundle(await prove(running, `${batch}.1.0`)).anchors).toBeUndefined();
    home.crash();
    away = false;
    running = await start();
    await step(running, HOUR);
    expect(parseBundle(await prove(running, `${batch}.1.0`)).anchors).toHaveLength(1);
    await running.release();
    // Without the setting nothing more is sent, and what was anchored is still shown.
    running = await start({ secondAnchors: undefined });
    expect(running.secondAnchors).toBeUndefined();
    expect(parseBundle(await prove(running, `${batch}.1.0`)).anchors).toHaveLength(1);
  });

  it('starts, proves and anchors anew where its file of anchors is damaged', async () => {
    let running = await start();
    home.send('strap-1', heartRate(1, 70));
    const batch = (running.hub.vault.store.lastBatch()?.sequence ?? -1) + 1;
    await step(running);
    await running.release();
    const path = join(home.settings.directory, 'ledger', 'anchors.db');
    const spoil = (): void => {
      rmSync(`${path}-wal`, { force: true });
      writeFileSync(path, 'x'.repeat(9000));
    };
    spoil();
    running = await start({ secondAnchors: undefined });
    expect(parseBundle(await prove(running, `${batch}.1.0`)).anchors).toBeUndefined();
    await running.release();
    const said: string[] = [];
    running = await startHub(
      { ...home.settings, secondAnchors: choice },
      () => home.nowMs,
      (_, event) => said.push(event),
    );
    home.running = running;
    await step(running);
    expect(said).toEqual(['second-anchors-set-aside']);
    expect(existsSync(`${path}.damaged`)).toBe(true);
    expect(parseBundle(await prove(running, `${batch}.1.0`)).anchors).toHaveLength(1);
  });

  it('is damaged while the hub runs: it says so once, and the hub goes on', async () => {
    const said: string[] = [];
    const running = await startHub(
      { ...home.settings, secondAnchors: choice },
      () => home.nowMs,
      (_, event) => said.push(event),
    );
    home.running = running;
    const db = new Database(join(home.settings.directory, 'ledger', 'anchors.db'));
    db.exec('DROP TABLE anchoring');
    db.close();
    for (let n = 0; n < 3; n++) await step(running);
    expect(said).toEqual(['second-anchors-not-kept']);
    await home.enroll('Ada Lovelace', 'strap-1');
    home.send('strap-1', heartRate(1, 70));
    const batch = (running.hub.vault.store.lastBatch()?.sequence ?? -1) + 1;
    await home.interval();
    expect(verify(running, await prove(running, `${batch}.1.0`)).ok).toBe(true);
  });

  /** A witness of the hub's ledger, by the line that names it. */
  const witness = async (name: string, log: Signer): Promise<{ line: string; close(): Promise<void> }> => {
    const keys = createWitnessKeys(`${name}.example`, [KEY_TYPES.cosignatureEd25519]);
    const nowS = (): number => Math.floor(Date.now() / 1000);
    const one = openWitness({ path: join(home.folder, `${name}.db`), create: true, keys, logs: [log], nowS });
    const own = await startWitnessServer({ witness: one, host: '127.0.0.1', port: 0 });
    const close = async (): Promise<void> => {
      await own.close();
      one.close();
    };
    return { line: `witness ${name} ${formatVerifierKey(one.keys[0] as VerifierKey)} ${own.url}`, close };
  };

  it('gives witnesses the first word: no proof without their quorum for an anchor’s sake', async () => {
    let running = await start();
    const { ledgerSigner } = running.hub.vault.identity;
    await running.release();
    const [ann, ben] = [await witness('ann', ledgerSigner), await witness('ben', ledgerSigner)];
    const by = (name: string, { line }: { line: string }): Partial<HubSettings> => ({
      witnessPolicy: `${line}\nquorum ${name}\n`,
      withoutQuorum: 'fail-closed',
    });
    try {
      running = await start(by('ann', ann));
      home.send('strap-1', heartRate(1, 70));
      const batch = (running.hub.vault.store.lastBatch()?.sequence ?? -1) + 1;
      // Nothing that has no quorum leaves the house.
      await step(running);
      expect(calendar.count).toBe(0);
      expect(await running.witnesses?.gather(running.ledger)).toMatchObject({ quorum: true });
      await running.secondAnchors?.step(home.nowMs);
      expect(calendar.count).toBe(1);
      for (let n = 0; n < 5; n++) await home.interval();
      const bundle = await prove(running, `${batch}.1.0`);
      expect(parseBundle(bundle).anchors).toHaveLength(1);
      expect(verify(running, bundle).ok, verify(running, bundle).summary).toBe(true);
      await running.release();

      // Another witness is asked from now on: what was anchored under the first one's cosignature does not hold by that.
      running = await start(by('ben', ben));
      await home.interval();
      expect(await running.witnesses?.gather(running.ledger)).toMatchObject({ quorum: true });
      const other = await prove(running, `${batch}.1.0`);
      expect(verify(running, other).ok, verify(running, other).summary).toBe(true);
      expect(parseBundle(other).anchors).toBeUndefined();
    } finally {
      await running.release();
      await ann.close();
      await ben.close();
    }
  });

  it('refuses what cannot be anchored at', async () => {
    const bad = expect.objectContaining({ code: 'bad-setting' });
    for (const calendars of [[], ['http://elsewhere.example'], ['x']]) {
      const openTimestamps = { calendars, needed: 1, everyMs: HOUR };
      await expect(home.start({ secondAnchors: { openTimestamps } })).rejects.toEqual(bad);
    }
    await expect(home.start({ secondAnchors: {} })).rejects.toEqual(bad);
    const evm = {
      rpcUrl: 'http://127.0.0.1:9',
      chainId: 31337,
      contract: 'nowhere',
      keyText: 'none',
      feeCapGwei: 1,
      everyMs: HOUR,
    };
    await expect(home.start({ secondAnchors: { evm } })).rejects.toEqual(bad);
  });
});
