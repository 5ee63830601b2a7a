// A hub that keeps its ledger's checkpoints outside: at an OpenTimestamps calendar, and in the log of a contract on a real
// chain. A proof made then carries the evidence; it is checked far from the hub, by headers and a node of the verifier's
// own; and it holds without.

import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bitcoinHeights, formatBundle, parseBundle } from '@heartwood/anchor';
import { ANVIL, SAMPLE_CHAIN, SAMPLE_KEY, sampleChain } from '@heartwood/anchor/evm-sample';
import { SampleCalendar } from '@heartwood/anchor/opentimestamps-sample';
import { encodeMessageJson } from '@heartwood/vitals';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Home } from './home.ts';
import { type HubProcess, heartwood, JOURNEY, until } from './program.ts';
import { sender } from './sender.ts';

type Calendar = { readonly sample: SampleCalendar; away: boolean };

let home: Home;
let calendar: Calendar;
beforeEach(async () => {
  home = new Home();
  calendar = await serve();
});
afterEach(() => home.close());

/** A calendar on the loopback address that can be away. */
async function serve(): Promise<Calendar> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (one.away) return void request.socket.destroy();
      const { method = '', url = '' } = request;
      const { status, body } = one.sample.answer(method, url, new Uint8Array(Buffer.concat(chunks)));
      response.writeHead(status).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const one: Calendar = { sample: new SampleCalendar(url), away: false };
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return one;
}

const start = (...more: readonly string[]): Promise<HubProcess> =>
  home.start(
    ...['--interval-ms', '400', '--opentimestamps', calendar.sample.uri, '--opentimestamps-every', '2s'],
    ...more,
  );

/** One reading, stored. @returns its id */
async function reading(hub: HubProcess): Promise<string> {
  const password = await home.enroll('strap-1', 'Ada');
  const strap = await sender((await hub.ready).mqtt ?? '', 'strap-1', password);
  await strap.send(
    encodeMessageJson({ seq: 1, readings: [{ measurement: { kind: 'heart-rate', value: 72 } }] }),
  );
  await strap.end();
  const [one] = await home.exported();
  return one?.id ?? '';
}

/** The proof, once it has evidence of these kinds; `inBitcoin`: that names a block. @returns its path */
async function anchoredProof(id: string, kinds: readonly string[], inBitcoin = false): Promise<string> {
  let path = '';
  await until(
    async () => {
      const { status, out } = await home.run('prove', id);
      if (status !== 0) return false;
      path = home.write('proof.json', out);
      const anchors = parseBundle(out).anchors ?? [];
      const found = anchors.map(({ kind }) => kind);
      const blocks = anchors.filter(
        ({ kind, evidence }) => kind === 'opentimestamps' && bitcoinHeights(evidence).length > 0,
      );
      if (inBitcoin && blocks.length === 0) return false;
      return kinds.every((kind) => found.includes(kind as (typeof found)[number]));
    },
    `a proof with ${kinds.join(' and ')}`,
  );
  return path;
}

const verify = (...args: readonly string[]) =>
  heartwood(['verify', ...args, '--policy', home.policy], { cwd: home.folder });

describe('a hub with a calendar', JOURNEY, () => {
  it('proves a time by Bitcoin, and the proof holds when that part is left out', async () => {
    const hub = await start();
    const id = await reading(hub);
    const promised = await anchoredProof(id, ['opentimestamps']);
    expect((await verify(promised)).out).toContain('not in Bitcoin yet; promised by http://127.0.0.1');

    const header = calendar.sample.confirm(930_000, 1_795_000_000);
    // A checkpoint from before the reading may be confirmed first.
    const proof = await anchoredProof(id, ['opentimestamps'], true);
    expect(hub.log('second-anchor-confirmed').length).toBeGreaterThan(0);
    const headers = home.write('headers.txt', `930000 ${Buffer.from(header).toString('hex')}\n`);
    const bare = await verify(proof);
    expect(bare.status, bare.out).toBe(0);
    expect(bare.out).toMatch(/^ok {5}Second anchors: OpenTimestamps: Bitcoin block 930000 must have/m);
    const own = await verify(proof, '--bitcoin-headers', headers);
    expect(own.out).toContain('existed at 2026-11-18T11:06:40.000Z at the latest, by Bitcoin block 930000');
    const byServer = await verify(proof, '--bitcoin-headers', calendar.sample.uri);
    expect(byServer.out).toBe(own.out);

    const { anchors, ...rest } = parseBundle(readFileSync(proof));
    expect(anchors).toHaveLength(1);
    writeFileSync(proof, formatBundle(rest));
    const without = await verify(proof);
    expect([without.status, without.out.includes('Second anchors')]).toEqual([0, false]);
    expect(await hub.stop()).toBe(0);
    // The commands see what the hub had, and the record is as whole as ever.
    expect(parseBundle(readFileSync(await anchoredProof(id, ['opentimestamps']))).anchors).toHaveLength(1);
    expect((await home.run('fsck')).status).toBe(0);
  });

  it('loses no reading and says two lines while the calendar is away, also over a kill', async () => {
    calendar.away = true;
    let hub = await start();
    const id = await reading(hub);
    await until(() => hub.log('second-anchor-away').length > 0, 'it is away');
    expect((await verify(await home.prove(id))).status).toBe(0);
    await hub.kill();
    hub = await start();
    await until(() => hub.log('second-anchor-away').length > 0, 'it is still away');
    calendar.away = false;
    const backMs = Date.now();
    await anchoredProof(id, ['opentimestamps']);
    await until(() => hub.log('second-anchor-back').length > 0, 'it is back');
    expect(hub.log('second-anchor-away')).toHaveLength(1);
    // One for each turn since, and none for those that were missed.
    expect(calendar.sample.count).toBeLessThanOrEqual((Date.now() - backMs) / 2000 + 2);
    expect(await hub.stop()).toBe(0);
  });

  it('is not held up by an outside that never answers, at its end either', async () => {
    const mute = createServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      mute.closeAllConnections();
      mute.close();
    });
    const url = `http://127.0.0.1:${(mute.address() as AddressInfo).port}`;
    const hub = await home.start('--interval-ms', '400', '--opentimestamps', url);
    const id = await reading(hub);
    await until(async () => (await home.run('prove', id)).status === 0, 'a proof');
    const began = performance.now();
    expect(await hub.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(8000);
  });
});

describe.skipIf(ANVIL === undefined)(
  `a hub with a contract${ANVIL ? '' : ' (skipped: no anvil)'}`,
  JOURNEY,
  () => {
    it('proves a time by a chain, beside the one by Bitcoin', async () => {
      const chain = await sampleChain(['--block-time', '1']);
      onTestFinished(() => chain.anvil.stop());
      const key = home.write('evm.key', `${SAMPLE_KEY}\n`);
      const hub = await start(
        ...['--evm-rpc', chain.anvil.url, '--evm-chain', `${SAMPLE_CHAIN}`, '--evm-contract', chain.contract],
        ...['--evm-key', key, '--evm-every', '2s'],
      );
      const id = await reading(hub);
      const proof = await anchoredProof(id, ['evm']);
      const bare = await verify(proof);
      expect(bare.status, bare.out).toBe(0);
      expect(bare.out).toMatch(/any node of that chain tells, and until then this shows nothing/);
      const asked = await verify(proof, '--evm-rpc', chain.anvil.url);
      expect(asked.status, asked.out).toBe(0);
      expect(asked.out).toMatch(
        /- The checkpoint existed at .* by block \d+ of chain 31337, which the node at 127/,
      );
      expect(await hub.stop()).toBe(0);
      expect(hub.err).not.toContain(SAMPLE_KEY);
    });
  },
);
