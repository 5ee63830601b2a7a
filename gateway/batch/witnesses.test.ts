import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  formatVerifierKey,
  KEY_TYPES,
  type Signer,
  type VerifierKey,
  verifyBundle,
  verifyRange,
} from '@heartwood/anchor';
import {
  createWitnessKeys,
  NODE_PRIMITIVES,
  nodeVerifyEd25519,
  openWitness,
  startWitnessServer,
} from '@heartwood/anchor/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hubCalls } from '../hub/calls.ts';
import type { RunningHub } from '../hub/start.ts';
import { openProofSource } from '../inspect/folder-source.ts';
import { proveReading } from '../inspect/prove.ts';
import { proveRange } from '../inspect/prove-range.ts';
import { Home, heartRate } from '../testing.ts';
import { silenceIsOver } from './silence.ts';
import { readWitnessChoice, Witnesses } from './witnesses.ts';

const nowS = (): number => Math.floor(Date.now() / 1000);

describe('a hub with three witnesses, of which two must cosign', () => {
  let home: Home;
  let policy: string;
  let stops: (() => Promise<void>)[];

  const witness = async (name: string, log: Signer): Promise<string> => {
    const keys = createWitnessKeys(`${name}.example`, [KEY_TYPES.cosignatureEd25519]);
    const path = join(home.folder, `${name}.db`);
    const running = openWitness({ path, create: true, keys, logs: [log], nowS });
    const server = await startWitnessServer({ witness: running, host: '127.0.0.1', port: 0 });
    stops.push(async () => {
      await server.close();
      running.close();
    });
    return `witness ${name} ${formatVerifierKey(running.keys[0] as VerifierKey)} ${server.url}`;
  };

  /** A first start tells the ledger's key, which the witnesses must know. */
  beforeEach(async () => {
    home = new Home();
    stops = [];
    await home.start();
    await home.enroll('Ada Lovelace', 'strap-1');
    const { ledgerSigner } = home.hub.vault.identity;
    home.crash();
    const lines = await Promise.all(['ann', 'ben', 'cem'].map((name) => witness(name, ledgerSigner)));
    policy = [...lines, 'group two 2 ann ben cem', 'quorum two', ''].join('\n');
  });
  afterEach(async () => {
    await home.running?.release();
    await Promise.all(stops.map((stop) => stop()));
    rmSync(home.folder, { recursive: true, force: true });
  });

  const start = (how: 'fail-closed' | 'publish-with-alarm'): Promise<RunningHub> =>
    home.start({ witnessPolicy: policy, withoutQuorum: how });
  const closeAndGather = async ({ ledger, witnesses }: RunningHub) => {
    await home.interval();
    return witnesses?.gather(ledger);
  };

  it('proves a reading by a checkpoint that they cosigned, and asks for them in its policy', async () => {
    const running = await start('fail-closed');
    home.send('strap-1', heartRate(1, 70));
    const batch = running.hub.vault.store.lastBatch()?.sequence ?? -1;
    await home.interval();
    await expect(async () => hubCalls(running.hub).prove(`${batch + 1}.1.0`)).rejects.toThrow(
      'waits for the ledger',
    );
    expect(await running.witnesses?.gather(running.ledger)).toMatchObject({
      quorum: true,
      alarm: undefined,
      evidence: [],
    });
    const bundle = await hubCalls(running.hub).prove(`${batch + 1}.1.0`);
    const verify = (text: string) => verifyBundle(bundle, text, { verify: nodeVerifyEd25519 });
    expect(verify(running.hub.policy).ok).toBe(true);
    expect(verify(running.hub.policy.replace('group two 2', 'group two 3')).ok).toBe(true);
  });

  it('goes on without them, says so, and proves by what they signed last', async () => {
    const running = await start('publish-with-alarm');
    expect(await closeAndGather(running)).toMatchObject({ quorum: true });
    await Promise.all(stops.splice(0, 2).map((stop) => stop()));
    home.send('strap-1', heartRate(1, 70));
    const batch = running.hub.vault.store.lastBatch()?.sequence ?? -1;
    const said = await closeAndGather(running);
    expect(said).toMatchObject({ quorum: false });
    expect(said?.alarm).toBeTruthy();
    const verdict = verifyBundle(await hubCalls(running.hub).prove(`${batch + 1}.1.0`), running.hub.policy, {
      verify: nodeVerifyEd25519,
    });
    expect(verdict.ok).toBe(false);
    expect(verdict.steps.find(({ ok }) => !ok)?.name).toBe('witnesses');
  });

  it('is told by them that it was restored, also when its mark was put back with it', async () => {
    expect(await closeAndGather(await start('publish-with-alarm'))).toMatchObject({ quorum: true });
    await home.running?.release();
    cpSync(home.settings.directory, join(home.folder, 'copy'), { recursive: true });
    expect(await closeAndGather(await start('publish-with-alarm'))).toMatchObject({ quorum: true });
    await home.running?.release();
    rmSync(home.settings.directory, { recursive: true });
    rmSync(home.settings.markFile);
    cpSync(join(home.folder, 'copy'), home.settings.directory, { recursive: true });
    await expect(start('publish-with-alarm')).rejects.toThrow(
      expect.objectContaining({ code: 'ledger-ahead' }),
    );
    home.running = undefined;
  });

  it('refuses a policy that names nobody to ask', async () => {
    await expect(home.start({ witnessPolicy: 'quorum none\n' })).rejects.toThrow('names no witness');
    await expect(home.start({ witnessPolicy: 'witness ann nonsense\nquorum ann\n' })).rejects.toThrow(
      'line 1',
    );
    home.running = undefined;
  });

  it('proves nothing without them from its folder either, where it is to fail closed', async () => {
    const running = await start('fail-closed');
    home.send('strap-1', heartRate(1, 70));
    expect(await closeAndGather(running)).toMatchObject({ quorum: true });
    const { sequence } = running.hub.vault.store.lastBatch()!;
    await Promise.all(stops.splice(0, 3).map((stop) => stop()));
    home.send('strap-1', heartRate(2, 71));
    await closeAndGather(running);
    await home.running?.release();
    home.running = undefined;
    const vault = home.look();
    const { source, close } = openProofSource(vault, home.settings.markFile);
    expect(await proveReading(vault, source, { batch: sequence, slot: 1, index: 0 })).toContain(
      'heartwood-proof/v1',
    );
    await expect(proveReading(vault, source, { batch: sequence + 1, slot: 1, index: 0 })).rejects.toThrow(
      'waits for',
    );
    // A range without an end ends where its witnesses do.
    const lines = [
      ...(await proveRange(vault, source, { slot: 1, fromMs: undefined, toMs: undefined })),
    ].join('');
    expect(verifyRange(lines, running.hub.policy, NODE_PRIMITIVES).ok).toBe(true);
    await close();
    vault.close();
  });

  it('signs nothing while so few answer that the others could know more, and goes on when they do', async () => {
    const running = await start('fail-closed');
    await closeAndGather(running);
    await running.release();
    const [, ...others] = stops;
    const away = await Promise.all([others[0]?.(), others[1]?.()]);
    expect(away).toHaveLength(2);
    stops = stops.slice(0, 1);
    const alone = await start('fail-closed');
    expect(alone.started.silence).toEqual({ asked: 3, answered: 1, held: true });
    expect(await silenceIsOver(alone.witnesses!, alone.ledger)).toBe(false);
    home.send('strap-1', heartRate(9, 72));
    await alone.hub.stop(false);
    expect(alone.hub.vault.store.staged().length).toBeGreaterThan(0);
    await alone.release();
    const warned = await start('publish-with-alarm');
    expect(warned.started.silence).toMatchObject({ held: false });
  });

  it('finds out, when they answer again, that it was restored from an old copy', async () => {
    const first = await start('fail-closed');
    await closeAndGather(first);
    await first.release();
    const old = join(home.folder, 'old');
    cpSync(home.settings.directory, old, { recursive: true });
    cpSync(home.settings.markFile, `${old}.mark`);
    const second = await start('fail-closed');
    await closeAndGather(second);
    await second.release();
    rmSync(home.settings.directory, { recursive: true });
    cpSync(old, home.settings.directory, { recursive: true });
    cpSync(`${old}.mark`, home.settings.markFile);
    // All are silent at this start, as after a power cut; then they are there.
    const ledgerUrls = policy;
    let port = 9;
    policy = policy.replaceAll(/127\.0\.0\.1:\d+/g, () => `127.0.0.1:${port++}`);
    const restored = await start('fail-closed');
    expect(restored.started.silence).toEqual({ asked: 3, answered: 0, held: true });
    const again = new Witnesses(readWitnessChoice(ledgerUrls), 'fail-closed', () => home.nowMs);
    await expect(silenceIsOver(again, restored.ledger)).rejects.toMatchObject({ code: 'ledger-ahead' });
    await again.close();
  });
});
