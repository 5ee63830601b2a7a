// The small parts alone: order, back-off, addresses, places, sessions.

import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { topicOf } from '@heartwood/vitals';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressKey, isLoopback } from './address.ts';
import { Crowd } from './crowd.ts';
import { distinguish } from './filters.ts';
import { type Held, InOrder } from './in-order.ts';
import { LoginGate } from './login-gate.ts';
import { type Command, SessionStore } from './session-store.ts';
import { Share, Shares } from './share.ts';

describe('InOrder', () => {
  it('releases each once, in the order held, as soon as nothing before it waits', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 60 }), (picks) => {
        const order = new InOrder();
        const released: number[] = [];
        const open: { n: number; held: Held }[] = [];
        const settled = new Set<number>();
        let next = 0;
        const settle = (at: number): void => {
          const [one] = open.splice(at, 1);
          if (!one) return;
          settled.add(one.n);
          order.settle(one.held);
          let free = 0;
          while (settled.has(free)) free++;
          expect(released).toEqual(Array.from({ length: free }, (_, n) => n));
          expect(order.length).toBe(next - free);
        };
        for (const pick of picks) {
          if (pick % 3 === 0 && open.length > 0) settle(pick % open.length);
          else {
            const n = next++;
            open.push({ n, held: order.hold(() => released.push(n)) });
          }
        }
        while (open.length > 0) settle(open.length - 1);
        expect(order.length).toBe(0);
      }),
    );
  });

  it('stays right over many thousands while the head waits and goes on', () => {
    const order = new InOrder();
    let released = 0;
    let before = order.hold(() => released++);
    for (let n = 0; n < 5000; n++) {
      const held = order.hold(() => released++);
      order.settle(before);
      before = held;
    }
    expect(released).toBe(5000);
    expect(order.length).toBe(1);
  });

  it('releases nothing after drop', () => {
    const order = new InOrder();
    const held = order.hold(() => expect.unreachable());
    order.drop();
    order.settle(held);
    expect(order.length).toBe(0);
  });
});

describe('LoginGate', () => {
  const gate = (): LoginGate =>
    new LoginGate({ failuresMax: 3, firstMs: 1000, longestMs: 60_000, keysMax: 10 });

  it('doubles the wait from the third failure on, up to the longest', () => {
    const one = gate();
    const waits: number[] = [];
    for (let n = 0; n < 11; n++) {
      one.failed('a', 5);
      waits.push(one.waitMs('a', 5));
    }
    expect(waits).toEqual([0, 0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    expect(one.waitMs('b', 5)).toBe(0);
    expect(one.waitMs('a', 60_005)).toBe(0);
  });

  it('forgets after quiet, after a right login, and never waits longer because the clock was set back', () => {
    const one = gate();
    for (let n = 0; n < 3; n++) one.failed('a', 1_000_000);
    expect(one.waitMs('a', 0)).toBe(0);
    one.failed('a', 1_200_000);
    expect(one.waitMs('a', 1_200_000)).toBe(0);
    for (let n = 0; n < 3; n++) one.failed('a', 1_200_000);
    one.succeeded('a');
    expect(one.waitMs('a', 1_200_000)).toBe(0);
  });

  it('remembers a bounded number of keys', () => {
    const one = gate();
    for (let n = 0; n < 100; n++) one.failed(`key ${n}`, 5);
    expect(one.size).toBe(10);
  });
});

it('knows loopback and counts an IPv6 host by its /64', () => {
  expect(['localhost', '127.0.0.1', '127.9.9.9', '::1'].every(isLoopback)).toBe(true);
  expect(['0.0.0.0', '::', '10.0.0.1', 'localhost.evil', '', '128.0.0.1', 'fe80::1'].some(isLoopback)).toBe(
    false,
  );
  expect(addressKey('::ffff:192.168.1.7')).toBe('192.168.1.7');
  expect(addressKey('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
  expect(addressKey('2001:db8:1:2::9')).toBe(addressKey('2001:0db8:0001:0002:ffff::1'));
  expect(addressKey('fe80::1%eth0')).toBe('fe80:0:0:0::/64');
  expect(addressKey('::1')).toBe('0:0:0:0::/64');
  expect(addressKey('2001:db8:1:3::9')).not.toBe(addressKey('2001:db8:1:2::9'));
});

it('Crowd gives back every place', () => {
  const crowd = new Crowd({ connectionsMax: 3, connectionsPerAddressMax: 2 });
  const socket = (remoteAddress: string): Socket =>
    Object.assign(new EventEmitter(), { remoteAddress }) as Socket;
  const [a, b, c, d, e] = [
    socket('10.0.0.1'),
    socket('10.0.0.1'),
    socket('10.0.0.1'),
    socket('10.0.0.2'),
    socket('::1'),
  ];
  expect([a, b, c, d, e].map((one) => crowd.enter(one as Socket))).toEqual([
    undefined,
    undefined,
    'connections-per-address-max',
    undefined,
    'connections-max',
  ]);
  a?.emit('close');
  expect(crowd.size).toBe(2);
  expect(crowd.enter(socket('10.0.0.1'))).toBeUndefined();
});

describe('Share', () => {
  it('serves first and is paid afterwards, whatever it costs', () => {
    const share = new Share({ perSecond: 10, burst: 20 }, 0);
    share.spend(20, 0);
    expect(share.waitMs(0)).toBe(0);
    share.spend(100, 0);
    expect(share.waitMs(0)).toBe(10_000);
    expect(share.waitMs(4_000)).toBe(6_000);
    expect(share.waitMs(10_000)).toBe(0);
    share.spend(1, 1_000_000);
    expect(share.full(1_000_000)).toBe(false);
    share.spend(20, 1_000_000);
    expect(share.waitMs(1_000_000)).toBe(100);
  });

  it('gives and takes nothing when the clock is set back', () => {
    const share = new Share({ perSecond: 10, burst: 10 }, 5_000);
    share.spend(20, 5_000);
    expect(share.waitMs(0)).toBe(1_000);
    expect(share.waitMs(500)).toBe(500);
  });

  it('never lets more through in any time than its rate and one burst', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ pause: fc.nat(500), cost: fc.integer({ min: 1, max: 5 }) })),
        (steps) => {
          const share = new Share({ perSecond: 10, burst: 20 }, 0);
          let now = 0;
          let spent = 0;
          for (const { pause, cost } of steps) {
            now += pause;
            if (share.waitMs(now) > 0) continue;
            share.spend(cost, now);
            spent += cost;
          }
          expect(spent).toBeLessThanOrEqual(20 + now / 100 + 5);
        },
      ),
    );
  });

  it('is remembered for a bounded number, a spent one longer than a full one', () => {
    const shares = new Shares({ perSecond: 1, burst: 10 }, 3);
    shares.of('spender', 0).spend(1000, 0);
    for (let n = 0; n < 100; n++) shares.of(`passer-${n}`, n);
    expect(shares.size).toBeLessThanOrEqual(3);
    expect(shares.of('spender', 100).waitMs(100)).toBeGreaterThan(900_000);
  });
});

describe('filters of one SUBSCRIBE', () => {
  const names = (filters: string[], version5 = false) => {
    const subscriptions = filters.map((topic) => ({ topic, qos: 0 as const }));
    const renamed = new WeakMap<object, string>();
    distinguish(subscriptions, version5, renamed);
    // As aedes collects them.
    const kept = Object.values(Object.fromEntries(subscriptions.map((one) => [one.topic, one])));
    return kept.map((one) => renamed.get(one) ?? one.topic);
  };

  it('are all answered, in their order, whatever they are called', () => {
    const odd = ['b', '7', 'a', '__proto__', '1', 'a', 'constructor', '$share/g/a', '$share/g/a', 'b'];
    expect(names(odd)).toEqual(odd);
    expect(names(odd, true)).toEqual(odd);
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b', '0', '1', '__proto__', ' 0', ' 1', '$share/x', '$share/ 0')),
        (filters) => {
          expect(names(filters)).toEqual(filters);
        },
      ),
    );
  });
});

describe('SessionStore', () => {
  const device = { id: 'watch-1' };
  const store = (): SessionStore =>
    new SessionStore({
      commandsKeptMax: 2,
      commandBytesKeptMax: 10,
      commandAgeMaxMs: 1000,
      unreleasedMax: 2,
    });
  const command = (bytes: number, at: number): Command => ({
    body: new Uint8Array(bytes),
    at,
    id: 0,
    sentOn: undefined,
  });

  it('is what aedes asks for: its setup is an async function', () => {
    expect(store().setup.constructor.name).toBe('AsyncFunction');
  });

  it('keeps the own command topic only', async () => {
    const one = store();
    await one.addSubscriptions(device, [
      { topic: '#', qos: 1 },
      { topic: topicOf('watch-2', 'command'), qos: 1 },
    ]);
    expect(one.hears('watch-1')).toBe(false);
    await one.addSubscriptions(device, [
      { topic: '#', qos: 1 },
      { topic: topicOf('watch-1', 'command'), qos: 1 },
    ]);
    expect(await one.subscriptionsByClient(device)).toEqual([
      { topic: topicOf('watch-1', 'command'), qos: 1 },
    ]);
    await one.removeSubscriptions(device, [topicOf('watch-1', 'command')]);
    expect(one.hears('watch-1')).toBe(false);
  });

  it('keeps a few commands, a few bytes of them, for a while; what was sent gives no room', () => {
    const one = store();
    const [a, b, c] = [command(1, 0), command(1, 10), command(1, 20)];
    for (const each of [a, b, c]) expect(one.keep('watch-1', each, each.at)).toBe(true);
    expect(one.commands('watch-1', 20)).toEqual([b, c]);
    const large = command(10, 30);
    expect(one.keep('watch-1', large, 30)).toBe(true);
    expect(one.commands('watch-1', 30)).toEqual([large]);
    large.sentOn = {};
    expect(one.keep('watch-1', command(1, 40), 40)).toBe(false);
    expect(one.commands('watch-1', 1029)).toEqual([large]);
    expect(one.commands('watch-1', 1030)).toEqual([]);
    expect(one.commands('nobody', 0)).toEqual([]);
  });

  it('gives no packet identifier twice while it is in use, and never 0', () => {
    const one = store();
    const kept = command(1, 0);
    one.keep('watch-1', kept, 0);
    kept.id = 2;
    const ids = Array.from({ length: 0x10000 }, () => one.nextId('watch-1'));
    expect(ids.slice(0, 3)).toEqual([1, 3, 4]);
    expect(ids.slice(-2)).toEqual([1, 3]);
    expect(ids).not.toContain(0);
  });

  it('bounds QoS 2 ids and forgets them at a clean start', async () => {
    const one = store();
    await one.incomingStorePacket(device, { messageId: 1 });
    await one.incomingStorePacket(device, { messageId: 2 });
    expect([one.isFull('watch-1'), one.holds('watch-1', 1), one.holds('watch-1', 3)]).toEqual([
      true,
      true,
      false,
    ]);
    await one.incomingDelPacket(device, { messageId: 1 });
    expect(one.isFull('watch-1')).toBe(false);
    await one.cleanSubscriptions(device);
    expect(one.size).toBe(0);
    await expect(one.incomingGetPacket(device, { messageId: 2 })).rejects.toThrow();
  });
});
