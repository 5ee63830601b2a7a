import { type Message, parseMessage } from '@heartwood/vitals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Delivery, type DeviceStream, messagesOf } from '../delivery.ts';
import { seededRandom } from '../random.ts';
import { systemClock } from './clock.ts';
import { type FleetDevice, type FleetOptions, type FleetSummary, runFleet } from './fleet.ts';
import { fleetOf, household } from './household.ts';
import { startTestHub, type TestHub } from './test-hub.ts';

const VIRTUAL = Date.UTC(2026, 10, 21, 8);
let hub: TestHub;
beforeEach(async () => {
  hub = await startTestHub();
});
afterEach(async () => {
  await hub.close();
});

const message = (seq: number): Message => ({
  seq,
  readings: [{ at: VIRTUAL + seq * 1000, measurement: { kind: 'heart-rate', value: 60 + (seq % 40) } }],
});
const count = (n: number, everyMs = 0): Delivery[] =>
  Array.from({ length: n }, (_, seq) => ({ sendAtMs: VIRTUAL + seq * everyMs, message: message(seq) }));
const device = (stream: DeviceStream, more: Partial<FleetDevice> = {}): FleetDevice => ({
  id: 'strap-0001',
  password: 'secret',
  stream,
  ...more,
});
const run = (devices: readonly FleetDevice[], more: Partial<FleetOptions> = {}): Promise<FleetSummary> =>
  runFleet({
    brokerUrl: hub.url,
    devices,
    startAtMs: VIRTUAL,
    drainMs: 20_000,
    backoffMs: 20,
    backoffMaxMs: 200,
    random: seededRandom(1),
    clock: systemClock,
    ...more,
  });
const parsed = (): Message[] =>
  hub.publishes.map((publish) => {
    const result = parseMessage(publish.payload);
    if (result.kind !== 'message') throw new Error(result.detail);
    return result.message;
  });
/** First arrivals only, in order. */
const once = (): number[] => [...new Set(parsed().map((m) => m.seq))];
const allOf = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe('a wearable client', () => {
  it('says who it is, leaves a will, and tells its state by a retained message', async () => {
    const summary = await run([device(count(5))]);
    expect(hub.connects).toEqual([
      {
        clientId: 'strap-0001',
        username: 'strap-0001',
        password: 'secret',
        will: { topic: 'heartwood/v1/strap-0001/status', payload: 'offline', retain: true },
      },
    ]);
    expect(hub.retained.get('heartwood/v1/strap-0001/status')).toBe('offline');
    expect(hub.publishes.map((p) => [p.topic, p.qos])).toEqual(
      allOf(5).map(() => ['heartwood/v1/strap-0001/readings', 1]),
    );
    expect(summary).toMatchObject({ produced: 5, sent: 5, acknowledged: 5, pending: 0, connections: 1 });
  });

  it('sends in JSON or CBOR, waveforms on a topic of their own', async () => {
    const wave: Message = {
      seq: 1,
      readings: [
        {
          at: VIRTUAL,
          measurement: {
            kind: 'ecg',
            wave: { lead: 'I', rateHz: 250, gain: 400, baseline: 0, samples: Int32Array.of(1, 2) },
          },
        },
      ],
    };
    const deliveries = [...count(1), { sendAtMs: VIRTUAL, message: wave }];
    await run([device(deliveries), device(deliveries, { id: 'strap-0002', format: 'cbor' })]);
    const of = (id: string) => hub.publishes.filter((p) => p.clientId === id);
    for (const id of ['strap-0001', 'strap-0002']) {
      expect(of(id).map((p) => p.topic.split('/').at(-1))).toEqual(['readings', 'wave']);
      expect(of(id).map((p) => parseMessage(p.payload))).toEqual(
        messagesOf(deliveries).map((m) => ({ kind: 'message', message: m })),
      );
    }
    expect(of('strap-0001')[0]!.payload[0]).toBe('{'.charCodeAt(0));
    expect(of('strap-0002')[0]!.payload[0]).not.toBe('{'.charCodeAt(0));
  });

  it('keeps no more in flight than allowed', async () => {
    await run([device(count(200))], { inFlightMax: 4 });
    expect(hub.inFlightPeak).toBeLessThanOrEqual(5); // four readings, and the status
    expect(once()).toEqual(allOf(200));
  });

  it('loses nothing and keeps the order when the hub breaks the connection again and again', async () => {
    hub.onPublish = (_, nth) => (nth % 37 === 0 ? 'break' : nth % 23 === 0 ? 'ack-and-break' : 'ack');
    const summary = await run([device(count(300))], { inFlightMax: 8 });
    expect(once()).toEqual(allOf(300));
    expect(summary.acknowledged).toBe(300);
    expect(summary.pending).toBe(0);
    expect(summary.connections).toBeGreaterThan(8);
    expect(summary.sent).toBeGreaterThan(300);
  });

  it('sends again what was never acknowledged: only a PUBACK takes a message out of the outbox', async () => {
    let silent = true;
    hub.onPublish = (publish, nth) => {
      if (silent && nth === 10) {
        silent = false;
        return 'break';
      }
      return silent && publish.topic.endsWith('readings') ? 'silent' : 'ack';
    };
    const summary = await run([device(count(50))], { inFlightMax: 20 });
    expect(once()).toEqual(allOf(50));
    expect(parsed().filter((m) => m.seq < 10).length).toBe(20);
    expect(summary.acknowledged).toBe(50);
  });

  it('survives connect storms from its own stream: cuts leave the will, nothing is lost', async () => {
    const stormy: Delivery[] = count(100, 10).flatMap((d, i): Delivery[] =>
      i % 25 === 24 ? [d, { sendAtMs: d.sendAtMs, link: 'cut' }] : [d],
    );
    const summary = await run([device(stormy)]);
    expect(once()).toEqual(allOf(100));
    expect(summary.connections).toBeGreaterThan(2);
    expect(summary.pending).toBe(0);
  });

  it('stays away between down and up, and then hands over what it remembered', async () => {
    const deliveries: Delivery[] = [
      ...count(3),
      { sendAtMs: VIRTUAL + 200, link: 'down' },
      { sendAtMs: VIRTUAL + 300, message: message(3) },
      { sendAtMs: VIRTUAL + 600, link: 'up' },
      { sendAtMs: VIRTUAL + 600, message: message(4) },
    ];
    const status: (string | undefined)[] = [];
    const look = setTimeout(() => {
      status.push(hub.retained.get('heartwood/v1/strap-0001/status'), String(hub.publishes.length));
    }, 450);
    const summary = await run([device(deliveries)]);
    clearTimeout(look);
    expect(status).toEqual(['offline', '3']);
    expect(once()).toEqual(allOf(5));
    expect(summary.connections).toBe(2);
  });

  it('waits for a hub that is not there yet', async () => {
    const port = Number(new URL(hub.url).port);
    await hub.close();
    const running = run([device(count(20))]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    hub = await startTestHub(port);
    const summary = await running;
    expect(once()).toEqual(allOf(20));
    expect(summary).toMatchObject({ acknowledged: 20, pending: 0, connections: 1, refused: 0 });
  });

  it('counts refusals and gives up draining in time when the hub does not know it', async () => {
    hub.onConnect = () => 5;
    const summary = await run([device(count(3))], { drainMs: 600 });
    expect(summary).toMatchObject({ produced: 3, acknowledged: 0, pending: 3, connections: 0 });
    expect(summary.refused).toBeGreaterThan(0);
  });
});

describe('a fleet', () => {
  it('plays at the pace of its clock, and hands over the rest of a recording in one burst', async () => {
    const began = Date.now();
    const summary = await run(
      [device(count(1000, 1000), { rest: 'burst' }), device(count(1000, 1000), { id: 'strap-0002' })],
      { speed: 100, forMs: 500 },
    );
    const recorded = summary.byDevice.get('strap-0001')!;
    const simulated = summary.byDevice.get('strap-0002')!;
    expect(Date.now() - began).toBeLessThan(8000);
    expect(recorded.acknowledged).toBe(1000);
    // 500 ms at 100 times: 50 messages live, or some more where a busy machine's timer fires late.
    expect(1000 - recorded.burst).toBeGreaterThan(20);
    expect(1000 - recorded.burst).toBeLessThan(300);
    expect(simulated.produced).toBeLessThan(300);
    expect(simulated.acknowledged).toBe(simulated.produced);
    expect(simulated.burst).toBe(0);
    expect(summary.acknowledged).toBe(recorded.acknowledged + simulated.acknowledged);
  });

  it('ends when told to, also in the middle of a long wait', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 150);
    const began = Date.now();
    const summary = await run([device(count(3, 3_600_000))], { signal: stop.signal });
    expect(Date.now() - began).toBeLessThan(3000);
    expect(summary).toMatchObject({ produced: 1, acknowledged: 1, pending: 0 });
  });

  it('reads no further than its memory holds, and loses nothing by it', async () => {
    let read = 0;
    let readWhileSilent = 0;
    const counted: DeviceStream = {
      *[Symbol.iterator]() {
        for (const delivery of count(500)) {
          read++;
          yield delivery;
        }
      },
    };
    hub.onConnect = () => {
      readWhileSilent = Math.max(readWhileSilent, hub.publishes.length === 0 ? read : 0);
      return 0;
    };
    const summary = await run([device(counted)], { outboxMax: 50 });
    expect(readWhileSilent).toBeLessThanOrEqual(51);
    expect(summary.acknowledged).toBe(500);
    expect(once()).toEqual(allOf(500));
  });

  it('runs a household: every device comes on line and everything is acknowledged', async () => {
    const home = household('test');
    const devices = fleetOf(home, VIRTUAL, () => 'secret');
    expect(devices.length).toBe(14);
    const summary = await run(devices, { speed: 20, forMs: 1500 });
    expect(summary.pending).toBe(0);
    expect(summary.acknowledged).toBe(summary.produced);
    expect(summary.produced).toBeGreaterThan(100);
    expect(new Set(hub.connects.map((c) => c.clientId)).size).toBe(14);
    for (const publish of hub.publishes) expect(parseMessage(publish.payload).kind).toBe('message');
  });
});

describe('a household', () => {
  it('is data: four people, different scenarios, ids that name nobody, the same from the same seed', () => {
    const home = household('a');
    expect(JSON.parse(JSON.stringify(home.people))).toEqual(home.people);
    expect(household('a').people).toEqual(home.people);
    expect(household('b').people).not.toEqual(home.people);
    expect(new Set(home.people.map((p) => p.scenario)).size).toBe(4);
    for (const person of home.people) {
      for (const { id, origin, kinds } of person.devices) {
        expect(id).toMatch(/^(strap|watch|oximeter|cuff|patch|scale|glucose)-[0-9a-f]{4}$/);
        expect(origin).toBe('simulator');
        expect(kinds.length).toBeGreaterThan(0);
      }
    }
    expect(() => home.stream('strap-none', VIRTUAL)).toThrow(RangeError);
  });
});
