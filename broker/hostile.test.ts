// Broken and hostile input: whatever one socket does, the process lives, nothing is left unhandled (vitest
// fails a run on an unhandled error or rejection) and a well-behaved device beside it is served.

import { topicOf } from '@heartwood/vitals';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFirstPacket } from './doorstep.ts';
import {
  connectPacket,
  packet,
  publishPacket,
  raw,
  type TestBroker,
  testBroker,
  testClient,
  until,
} from './testing.ts';

const id = 'watch-1';
const readings = topicOf(id, 'readings');

/** A device beside the trouble that must still be served. */
async function neighbourIsServed(test: TestBroker): Promise<void> {
  const neighbour = await testClient(test.port, 'neighbour', { protocolVersion: 5 });
  await neighbour.publishAsync(topicOf('neighbour', 'readings'), 'fine', { qos: 1 });
  expect(Buffer.from(test.waiting.at(-1)?.arrival.body ?? []).toString()).toBe('fine');
}

describe('before the login, the connection is closed for', () => {
  const huge = packet(0x10, Buffer.alloc(5000));
  const cases: [string, Buffer][] = [
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a TLS hello at a plain port', Buffer.from('160301020001000200', 'hex')],
    ['a PUBLISH first', publishPacket(readings, 'x', 1)],
    ['a PINGREQ first', Buffer.from([0xc0, 0])],
    ['reserved header flags in CONNECT', Buffer.concat([Buffer.from([0x1f]), connectPacket(id).subarray(1)])],
    ['a CONNECT that claims 256 MB', Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f])],
    ['a length of five bytes', Buffer.from([0x10, 0x80, 0x80, 0x80, 0x80, 0x01])],
    ['a CONNECT of 5 kB', huge],
    ['an empty CONNECT', Buffer.from([0x10, 0])],
    ['a protocol name of its own', packet(0x10, [0, 4], Buffer.from('EVIL'), [4, 2, 0, 60, 0, 0])],
    ['a protocol version of its own', packet(0x10, [0, 4], Buffer.from('MQTT'), [9, 2, 0, 60, 0, 0])],
    [
      'strings longer than the packet',
      packet(0x10, [0, 4], Buffer.from('MQTT'), [4, 0xc2, 0, 60, 0xff, 0xff, 65]),
    ],
    ['a reserved connect flag', packet(0x10, [0, 4], Buffer.from('MQTT'), [4, 3, 0, 60, 0, 0])],
    ['properties longer than the packet', packet(0x10, [0, 4], Buffer.from('MQTT'), [5, 2, 0, 60, 0x7f, 17])],
    ['an unknown property', packet(0x10, [0, 4], Buffer.from('MQTT'), [5, 2, 0, 60, 2, 0x7a, 1, 0, 0])],
    ['an enhanced authentication', connectPacket(id, 5, [21, 0, 1, 65])],
  ];
  it.each(cases)('%s', async (_name, bytes) => {
    const test = await testBroker();
    const stranger = await raw(test.port);
    stranger.socket.write(bytes);
    await until(stranger.closed, 'closed');
    await neighbourIsServed(test);
    expect(test.broker.stats().devices).toBe(1);
  });
});

describe('after the login, the connection is closed for', () => {
  const cases: [string, Buffer][] = [
    ['a second CONNECT', connectPacket(id)],
    ['# in a topic', publishPacket('heartwood/v1/#', 'x', 1)],
    ['+ in a topic', publishPacket('heartwood/+/watch-1/readings', 'x', 1)],
    ['an empty topic', publishPacket('', 'x', 1)],
    ['a topic of 2,000 levels', publishPacket('a/'.repeat(2000), 'x', 1)],
    ['a topic that is not UTF-8', publishPacket(Buffer.from([0x68, 0xff, 0xfe, 0xc0, 0x80]), 'x', 1)],
    ['NUL in a topic', publishPacket('heartwood/v1/watch-1/\0', 'x', 1)],
    ['QoS 3', packet(0x36, [0, 1, 65, 0, 1])],
    ['a topic longer than its packet', packet(0x32, [0xff, 0xff, 65])],
    ['SUBSCRIBE without filters', packet(0x82, [0, 1])],
    ['SUBSCRIBE with wrong flags', packet(0x80, [0, 1, 0, 1, 65, 0])],
    ['a CONNACK', Buffer.from([0x20, 2, 0, 0])],
    ['packet type 0', Buffer.from([0x00, 0])],
    ['AUTH', Buffer.from([0xf0, 2, 0x18, 0])],
    ['a length of five bytes', Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01])],
    ['garbage', Buffer.from('5f9a0ed1c7b2448812aa90fe', 'hex')],
  ];
  it.each(cases)('%s', async (_name, bytes) => {
    const test = await testBroker();
    const device = await raw(test.port);
    device.socket.write(connectPacket(id));
    await until(() => device.received().length === 4, 'CONNACK');
    device.socket.write(bytes);
    await until(device.closed, 'closed');
    await neighbourIsServed(test);
    expect(test.waiting).toHaveLength(1);
  });
});

it.each([4, 5] as const)(
  'a filter of too many levels is refused by name, one of as many as there may be is answered (version %i)',
  async (version) => {
    const test = await testBroker({ limits: { topicLevelsMax: 6 } });
    const device = await raw(test.port);
    device.socket.write(connectPacket(id, version));
    await until(() => device.received().length >= 4, 'CONNACK');
    const before = device.received().length;
    const head = [[0, 1], version === 5 ? [0] : []];
    const filter = (levels: number): Buffer => Buffer.from(Array(levels).fill('+').join('/'));
    device.socket.write(packet(0x82, ...head, [0, 11], filter(6), [0]));
    await until(() => device.received().length > before, 'SUBACK');
    expect(device.received()[before]).toBe(0x90);
    device.socket.write(packet(0xa2, ...head, [0, 13], filter(7)));
    await until(device.closed, 'closed');
    if (version === 5) expect([...device.received().subarray(-4)]).toEqual([0xe0, 2, 0x8f, 0]);
    expect(test.events.find(({ event }) => event === 'protocol-broken')).toMatchObject({
      device: id,
      step: 'topic-levels',
      reasonCode: 0x8f,
    });
    await neighbourIsServed(test);
  },
);

it('packets before the CONNACK are kept up to a number, and beyond it the connection ends', async () => {
  const answers: (() => void)[] = [];
  const test = await testBroker({
    limits: { queueLimit: 10 },
    authenticate: (device) =>
      device === 'neighbour'
        ? Promise.resolve(true)
        : new Promise((resolve) => answers.push(() => resolve(true))),
  });
  const early = (device: string, count: number): Buffer =>
    Buffer.concat([
      connectPacket(device),
      ...Array.from({ length: count }, (_, n) =>
        publishPacket(topicOf(device, 'readings'), `${n}`, 1, n + 1),
      ),
    ]);
  const few = await raw(test.port);
  few.socket.write(early(id, 10));
  await until(() => answers.length === 1, 'asked');
  answers[0]?.();
  await until(() => test.waiting.length === 10, 'all of the ten');
  expect(test.waiting.map(({ arrival }) => Buffer.from(arrival.body).toString())).toEqual(
    Array.from({ length: 10 }, (_, n) => `${n}`),
  );
  const many = await raw(test.port);
  many.socket.write(early('watch-2', 12));
  await until(many.closed, 'closed before its password is looked at');
  answers[1]?.();
  await neighbourIsServed(test);
  expect(test.waiting).toHaveLength(11);
  expect(test.broker.connected()).toEqual([id, 'neighbour']);
});

it.each([4, 5] as const)(
  'a packet too large is refused by its header, before its body (version %i)',
  async (version) => {
    const test = await testBroker({ limits: { packetBytesMax: 2048 } });
    const device = await raw(test.port);
    device.socket.write(connectPacket(id, version));
    await until(() => device.received().length >= 4, 'CONNACK');
    device.socket.write(Buffer.from([0x32, 0x80, 0x80, 0x40, 0x00])); // 1 MiB to come
    await until(device.closed, 'closed with 5 bytes sent');
    if (version === 5) expect([...device.received().subarray(-4)]).toEqual([0xe0, 2, 0x95, 0]);
    await neighbourIsServed(test);
  },
);

it('takes a body of 256 KiB, the largest that the format allows', async () => {
  const test = await testBroker();
  const device = await testClient(test.port, id);
  await device.publishAsync(readings, Buffer.alloc(256 * 1024, 1), { qos: 1 });
  expect(test.waiting[0]?.arrival.body).toHaveLength(256 * 1024);
});

it('repeated MQTT 5 properties cannot bring the process down', async () => {
  const test = await testBroker();
  // Session Expiry Interval (17) twice: aedes multiplies the array, and its timer throws inside `close`.
  const twice = [17, 0, 0, 0, 9, 17, 0, 0, 0, 9];
  const stranger = await raw(test.port);
  stranger.socket.write(connectPacket(id, 5, twice));
  await until(stranger.closed, 'refused at CONNECT');
  const device = await raw(test.port);
  device.socket.write(connectPacket(id, 5, [17, 0, 0, 0, 9]));
  await until(() => device.received().length > 4, 'CONNACK');
  device.socket.write(packet(0xe0, [0, twice.length, ...twice]));
  await until(device.closed, 'DISCONNECT taken');
  await neighbourIsServed(test);
});

it('a device may be called like a part of every object', async () => {
  const test = await testBroker();
  const device = await testClient(test.port, 'constructor');
  await device.publishAsync(topicOf('constructor', 'readings'), 'x', { qos: 1 });
  expect(test.broker.connected()).toEqual(['constructor']);
});

it.each([4, 5] as const)(
  'a filter may be called like one too, to subscribe to or to leave (version %i)',
  async (version) => {
    const test = await testBroker();
    const device = await raw(test.port);
    device.socket.write(connectPacket(id, version));
    await until(() => device.received().length >= 4, 'CONNACK');
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      const filter = [[0, 1], version === 5 ? [0] : [], [0, name.length], Buffer.from(name)];
      device.socket.write(packet(0xa2, ...filter));
      device.socket.write(packet(0x82, ...filter, [1]));
    }
    device.socket.write(Buffer.from([0xc0, 0]));
    await until(
      () =>
        device
          .received()
          .subarray(-2)
          .equals(Buffer.from([0xd0, 0])),
      'PINGRESP',
    );
    expect(test.broker.stats()).toMatchObject({ subscribesDenied: 4, protocolBroken: 0 });
    await neighbourIsServed(test);
  },
);

it('a CONNECT that drips in byte by byte is read, one that stops is dropped in time', async () => {
  const test = await testBroker({ limits: { connectTimeoutMs: 300 } });
  const slow = await raw(test.port);
  slow.socket.setNoDelay(true);
  for (const byte of connectPacket(id)) {
    slow.socket.write(Buffer.from([byte]));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await until(() => slow.received().equals(Buffer.from([0x20, 2, 0, 0])), 'CONNACK');
  const stopped = await raw(test.port);
  stopped.socket.write(connectPacket('watch-2').subarray(0, 20));
  const silent = await raw(test.port);
  await until(() => stopped.closed() && silent.closed(), 'both dropped');
  expect(
    test.events.filter((event) => event.event === 'connection-refused' && event.reason === 'connect-timeout'),
  ).toHaveLength(2);
  expect(slow.closed()).toBe(false);
});

it('a socket that vanishes in the middle of a packet, or of a login, leaves nothing behind', async () => {
  let answer = (_right: boolean): void => undefined;
  const test = await testBroker({
    authenticate: (device) =>
      device === 'slow' ? new Promise((resolve) => (answer = resolve)) : Promise.resolve(true),
  });
  const half = await raw(test.port);
  half.socket.write(
    Buffer.concat([connectPacket(id), publishPacket(readings, 'x'.repeat(100), 1).subarray(0, 60)]),
  );
  await until(() => half.received().length === 4, 'CONNACK');
  half.socket.resetAndDestroy();
  const unsure = await raw(test.port);
  unsure.socket.write(connectPacket('slow'));
  await until(() => test.broker.stats().connections === 1, 'the login is asked');
  await new Promise((resolve) => setTimeout(resolve, 20));
  unsure.socket.resetAndDestroy();
  await until(() => test.broker.stats().connections === 0, 'both sockets gone');
  answer(true);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(test.broker.stats()).toMatchObject({ connections: 0, devices: 0, arrivals: 0 });
});

it.each([0, 1] as const)(
  'a device that does not read its commands at QoS %i holds up nobody',
  async (qos) => {
    const test = await testBroker({ limits: { drainTimeoutMs: 300, commandBytesKeptMax: 64 * 1024 * 1024 } });
    const deaf = await raw(test.port);
    const filter = Buffer.from(topicOf(id, 'command'));
    deaf.socket.write(
      Buffer.concat([connectPacket(id), packet(0x82, [0, 1, 0, filter.length], filter, [qos])]),
    );
    await until(() => deaf.received().length === 9, 'SUBACK');
    deaf.socket.pause();
    const ends: Promise<string>[] = [];
    for (let n = 0; n < 200; n++) {
      const end = test.broker.command(id, Buffer.alloc(1_000_000));
      ends.push(
        end.then(
          () => 'sent',
          (error: { code?: string }) => error.code ?? 'dropped',
        ),
      );
    }
    await neighbourIsServed(test);
    await until(() => test.broker.stats().devices === 1, 'the deaf one is dropped');
    // Most of them were never buffered.
    const busy = (await Promise.all(ends)).filter((end) => end === 'BUSY');
    expect(busy.length).toBeGreaterThan(180);
  },
);

it('random bytes on a fresh connection and after the login', async () => {
  const test = await testBroker();
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 });
  // A right header with random content reaches the parsers behind it.
  const framed = fc
    .tuple(fc.integer({ min: 0, max: 255 }), bytes)
    .map(([head, body]) => packet(head, Buffer.from(body)));
  const property = fc.asyncProperty(
    fc.array(fc.oneof(bytes, framed), { minLength: 1, maxLength: 4 }),
    fc.constantFrom(undefined, 4 as const, 5 as const),
    async (chunks, login) => {
      const socket = await raw(test.port);
      if (login) socket.socket.write(connectPacket(id, login));
      for (const chunk of chunks) socket.socket.write(chunk);
      socket.socket.end();
      await until(socket.closed, 'closed');
    },
  );
  await fc.assert(property, { numRuns: 400 });
  await neighbourIsServed(test);
  expect(test.broker.stats()).toMatchObject({ devices: 1, connections: 1, waiting: 0 });
  expect(test.waiting).toHaveLength(test.broker.stats().arrivals);
});

it('one changed byte in a right conversation', async () => {
  // Changed passwords are many here: without this the address would soon be told to wait.
  const test = await testBroker({ limits: { failedLoginsMax: 1e9, failedLoginsPerAddressMax: 1e9 } });
  const properties = [17, 0, 0, 0, 9, 33, 0, 20, 38, 0, 1, 65, 0, 1, 66];
  const talk = Buffer.concat([
    connectPacket(id, 5, properties),
    packet(0x32, [0, readings.length], Buffer.from(readings), [0, 1, 4, 3, 0, 1, 65], Buffer.from('body')),
    packet(0xe0, [0, 5, 17, 0, 0, 0, 9]),
  ]);
  const property = fc.asyncProperty(
    fc.nat(talk.length - 1),
    fc.integer({ min: 1, max: 255 }),
    async (at, change) => {
      const socket = await raw(test.port);
      const changed = Buffer.from(talk);
      changed[at] = (changed[at] ?? 0) ^ change;
      socket.socket.end(changed);
      await until(socket.closed, 'closed');
    },
  );
  await fc.assert(property, { numRuns: 300 });
  await neighbourIsServed(test);
});

it('reads the first packet the same however it is cut', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const whole = readFirstPacket(bytes, 30);
      for (let cut = 0; cut < bytes.length; cut++) {
        const part = readFirstPacket(bytes.subarray(0, cut), 30);
        if (part.kind !== 'incomplete') expect(part).toEqual(whole);
      }
    }),
  );
  expect(readFirstPacket(connectPacket(id), 4096)).toEqual({ kind: 'whole' });
});
