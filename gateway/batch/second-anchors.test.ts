import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseBundle, parseOtsEvidence, verifyBundle } from '@heartwood/anchor';
import { nodeVerifyEd25519 } from '@heartwood/anchor/node';
import { SampleCalendar } from '@heartwood/anchor/opentimestamps-sample';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hubCalls } from '../hub/calls.ts';
import type { HubSettings } from '../hub/settings.ts';
import type { RunningHub } from '../hub/start.ts';
import { Home, heartRate } from '../testing.ts';

const HOUR = 3_600_000;

describe('a hub with a calendar', () => {
  let home: Home;
  let server: Server;
  let calendar: SampleCalendar;
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
        const { status, body } = calendar.answer(method, url, new Uint8Array(Buffer.concat(chunks)));
        response.writeHead(status).end(body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    calendar = new SampleCalendar(url);
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

    const header = calendar.confirm(930_000, home.nowMs / 1000);
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
