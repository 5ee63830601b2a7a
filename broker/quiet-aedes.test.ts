// The parts of aedes that its types do not show and we stand on. When aedes is updated and one of these
// fails, read its source again before changing the number in package.json.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Duplex } from 'node:stream';
import { Aedes, type Client } from 'aedes';
import { expect, it } from 'vitest';
import { type ClientInside, QuietAedes, startQuietAedes } from './quiet-aedes.ts';

it('the pinned version is the one that was read', () => {
  const manifest = createRequire(import.meta.url).resolve('./package.json');
  const { dependencies } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    dependencies: Record<string, string>;
  };
  expect(dependencies['aedes']).toBe('2.0.0-beta.1');
  expect((new Aedes() as unknown as { version: string }).version).toBe('2.0.0-beta.1');
});

it('no Buffer is kept for each number that a packet may have', () => {
  const packets = createRequire(createRequire(import.meta.url).resolve('aedes'));
  const { writeToStream } = packets('mqtt-packet') as { writeToStream: (packet: object, to: object) => void };
  const written: Buffer[] = [];
  writeToStream({ cmd: 'puback', messageId: 0x1234 }, { write: (chunk: Buffer) => written.push(chunk) });
  expect(Buffer.concat(written).toString('hex')).toBe('40021234');
  expect((packets('mqtt-packet/numbers.js') as { cache: object }).cache).toEqual({});
});

it('aedes still has the methods that are narrowed', () => {
  for (const name of ['publish', 'unregisterClient', 'scheduleSessionExpiry', 'clampSessionExpiry']) {
    expect(typeof Reflect.get(Aedes.prototype, name), name).toBe('function');
    expect(Object.hasOwn(QuietAedes.prototype, name), name).toBe(true);
  }
});

it('relays, retains and beats nothing', async () => {
  const aedes = await startQuietAedes({});
  let matched = 0;
  const { mq } = aedes as unknown as { mq: { emit: () => void } };
  mq.emit = () => {
    matched += 1;
  };
  await new Promise<void>((resolve, reject) => {
    const packet = {
      cmd: 'publish' as const,
      topic: 'any',
      payload: 'x',
      qos: 1 as const,
      retain: true,
      dup: false,
    };
    aedes.publish(packet, (error: unknown) => (error ? reject(error) : resolve()));
  });
  expect(matched).toBe(0);
  await new Promise<void>((resolve) => aedes.close(resolve));
});

it('an old connection that finishes late does not strike the new one off', async () => {
  const aedes = await startQuietAedes({});
  const old = { id: 'watch-1' } as unknown as Client;
  const next = { id: 'watch-1' } as unknown as Client;
  aedes.clients['watch-1'] = next;
  aedes.unregisterClient(old);
  expect(aedes.clients['watch-1']).toBe(next);
  aedes.unregisterClient(next);
  expect(aedes.clients['watch-1']).toBeUndefined();
  await new Promise<void>((resolve) => aedes.close(resolve));
});

it('a client still has the parts that front.ts and tap.ts stand on', async () => {
  const aedes = await startQuietAedes({});
  const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  const client = aedes.handle(socket as never) as ClientInside;
  expect(socket.listeners('readable')).toContain(client._nextBatch);
  expect(client._parser.listeners('packet')).toHaveLength(1);
  expect(client._parser.listeners('error')).toHaveLength(1);
  expect(client._keepaliveTimer).toBeNull();
  expect(typeof client.waitForDrain).toBe('function');
  expect([client.connecting, client.connected]).toEqual([false, false]);
  client.close();
  await new Promise<void>((resolve) => aedes.close(resolve));
});
