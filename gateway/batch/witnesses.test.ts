import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { formatVerifierKey, KEY_TYPES, type Signer, type VerifierKey, verifyBundle } from '@heartwood/anchor';
import {
  createWitnessKeys,
  nodeVerifyEd25519,
  openWitness,
  startWitnessServer,
} from '@heartwood/anchor/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hubCalls } from '../hub/calls.ts';
import type { RunningHub } from '../hub/start.ts';
import { Home, heartRate } from '../testing.ts';

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
});
