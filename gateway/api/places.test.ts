import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type PlaceLimits, Places } from './places.ts';

const enders: (() => void)[] = [];
afterEach(() => {
  for (const end of enders.splice(0)) end();
});

const OURS = '127.0.0.99';
const LIMITS: PlaceLimits = { inAll: 5, perAddress: 3, perSecond: 1, burst: 4 };

/** A server whose sockets are counted, and a way to come from any of the addresses of this machine. */
async function guarded(limits: PlaceLimits, clock: () => number) {
  const server: Server = createServer();
  const places = new Places(clock, limits, (address) => address === OURS);
  places.guard(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  enders.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  /** @returns the socket where it stays, undefined where it was cut off */
  const come = async (from: string): Promise<Socket | undefined> => {
    const socket = connect({ host: '127.0.0.1', port, localAddress: from });
    enders.push(() => socket.destroy());
    socket.on('error', () => undefined);
    const before = places.open + places.turnedAway;
    const turnedAway = places.turnedAway;
    await vi.waitFor(() => expect(places.open + places.turnedAway).toBeGreaterThan(before));
    return places.turnedAway === turnedAway ? socket : undefined;
  };
  return { places, come };
}

describe('places at the page’s port', () => {
  it('an address has so many, and what closes makes room', async () => {
    let now = 0;
    const { places, come } = await guarded(LIMITS, () => now);
    const first = await come('127.0.0.1');
    await come('127.0.0.1');
    await come('127.0.0.1');
    expect(await come('127.0.0.1')).toBeUndefined();
    first?.destroy();
    await vi.waitFor(() => expect(places.open).toBe(2));
    now += 10_000;
    expect(await come('127.0.0.1')).toBeDefined();
  });

  it('all together have so many, whoever they are', async () => {
    const { places, come } = await guarded(LIMITS, () => 0);
    for (const from of ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'])
      expect(await come(from)).toBeDefined();
    expect(await come('127.0.0.6')).toBeUndefined();
    expect([places.open, places.turnedAway]).toEqual([5, 1]);
  });

  it('an address that comes and goes waits for its next second, and others do not', async () => {
    let now = 0;
    const { places, come } = await guarded(LIMITS, () => now);
    for (let n = 0; n < LIMITS.burst; n++) {
      (await come('127.0.0.1'))?.destroy();
      await vi.waitFor(() => expect(places.open).toBe(0));
    }
    expect(await come('127.0.0.1')).toBeUndefined();
    expect(await come('127.0.0.2')).toBeDefined();
    now += 1000;
    expect(await come('127.0.0.1')).toBeDefined();
  });

  it('what comes from the machine itself has places of its own', async () => {
    const { come } = await guarded({ ...LIMITS, inAll: 2, burst: 1 }, () => 0);
    for (const from of ['127.0.0.1', '127.0.0.2']) expect(await come(from)).toBeDefined();
    expect(await come('127.0.0.3')).toBeUndefined();
    for (let n = 0; n < 2; n++) expect(await come(OURS)).toBeDefined();
    expect(await come(OURS)).toBeUndefined();
  });

  it('addresses without end fill no memory', async () => {
    const { places, come } = await guarded({ ...LIMITS, inAll: 2 }, () => 0);
    for (let n = 1; n <= 20; n++) {
      (await come(`127.0.1.${n}`))?.destroy();
      await vi.waitFor(() => expect(places.open).toBe(0));
    }
    expect(places.remembered).toBeLessThanOrEqual(4);
  });
});
