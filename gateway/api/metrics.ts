// What a Prometheus server is told (text format 0.0.4): how long each leg of a reading's way takes, what the broker counts,
// and the process itself. Nothing of anybody: no name, no device, no vital sign. Served to whoever has the token, and not
// at all where the owner gave none.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import { DELAY_BOUNDS_MS, type DelayHistogram, type Delays, LEGS } from '../stream/delays.ts';

export type Metrics = {
  /** That a request has to bring: `Authorization: Bearer …` (RFC 6750). */
  readonly token: string;
  readonly delays: Pick<Delays, 'of'>;
  /** What the broker counts, each since its start. */
  readonly counts: () => Readonly<Record<string, number>>;
};

/** What is so at this moment; everything else only grows. */
const GAUGES: ReadonlySet<string> = new Set(['connections', 'devices', 'sessions', 'notRead']);

export function metricsRoute(app: FastifyInstance, { token, delays, counts }: Metrics): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  app.addHook('onClose', async () => registry.clear());
  const expected = digest(`Bearer ${token}`);
  app.get('/metrics', async (request, reply) => {
    if (!timingSafeEqual(digest(request.headers.authorization ?? ''), expected))
      return reply
        .code(401)
        .header('www-authenticate', 'Bearer')
        .send({ error: 'The token is missing or wrong.' });
    const own = new Registry();
    for (const [name, value] of Object.entries(counts())) register(own, countOf(name, value));
    register(own, delaysOf(delays));
    const text = await Registry.merge([registry, own]).metrics();
    return reply.type(registry.contentType).send(text);
  });
}

type Shown = Awaited<ReturnType<Metric['get']>>;

/** Ready numbers: prom-client's own kinds count by themselves, and ours are counted over two threads. */
const register = (registry: Registry, shown: Shown): void =>
  registry.registerMetric({ name: shown.name, get: async () => shown } as unknown as Metric);

function countOf(name: string, value: number): Shown {
  const isGauge = GAUGES.has(name);
  const words = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const full = `heartwood_broker_${words}${isGauge ? '' : '_total'}`;
  return {
    name: full,
    help: `The broker's count: ${words.replaceAll('_', ' ')}.`,
    type: (isGauge ? 'gauge' : 'counter') as unknown as Shown['type'],
    values: [{ labels: {}, value }],
    aggregator: 'sum',
  } as unknown as Shown;
}

const DELAY = 'heartwood_delay_seconds';

function delaysOf(delays: Pick<Delays, 'of'>): Shown {
  return {
    name: DELAY,
    help: 'How long each leg of a reading takes, from the sensor to the page.',
    type: 'histogram' as unknown as Shown['type'],
    values: LEGS.flatMap((leg) => valuesOf(leg, delays.of(leg))),
    aggregator: 'sum',
  } as unknown as Shown;
}

/** Buckets of Prometheus hold all that is below them too. */
function valuesOf(leg: string, { counts, count, sumMs }: DelayHistogram) {
  let below = 0;
  const buckets = counts.map((here, i) => {
    below += here;
    const bound = DELAY_BOUNDS_MS[i];
    const le = bound === undefined ? '+Inf' : `${bound / 1000}`;
    return { metricName: `${DELAY}_bucket`, labels: { leg, le }, value: below };
  });
  return [
    ...buckets,
    { metricName: `${DELAY}_sum`, labels: { leg }, value: sumMs / 1000 },
    { metricName: `${DELAY}_count`, labels: { leg }, value: count },
  ];
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
