import Fastify from 'fastify';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Delays } from '../stream/delays.ts';
import { metricsRoute } from './metrics.ts';

const TOKEN = 'a token of the owner';

function served() {
  const app = Fastify();
  onTestFinished(() => app.close());
  const delays = new Delays();
  delays.observe('store', 3, 2);
  delays.observe('store', 70_000);
  metricsRoute(app as never, { token: TOKEN, delays, counts: () => ({ connections: 3, loginsRefused: 4 }) });
  return (authorization?: string) =>
    app.inject({ url: '/metrics', ...(authorization !== undefined && { headers: { authorization } }) });
}

describe('metrics', () => {
  it.each([undefined, '', 'Bearer', 'Bearer wrong', TOKEN, `bearer ${TOKEN}x`])(
    'are told nobody without the token: %s',
    async (authorization) => {
      const { statusCode, body } = await served()(authorization);
      expect(statusCode).toBe(401);
      expect(body).not.toContain('heartwood_');
    },
  );

  it('are the text that Prometheus reads: cumulative buckets in seconds, counters and gauges', async () => {
    const ask = served();
    const { statusCode, headers, body } = await ask(`Bearer ${TOKEN}`);
    expect(statusCode).toBe(200);
    expect(headers['content-type']).toContain('text/plain; version=0.0.4');
    const lines = body.split('\n');
    for (const line of [
      '# TYPE heartwood_broker_connections gauge',
      'heartwood_broker_connections 3',
      '# TYPE heartwood_broker_logins_refused_total counter',
      'heartwood_broker_logins_refused_total 4',
      '# TYPE heartwood_delay_seconds histogram',
      'heartwood_delay_seconds_bucket{leg="store",le="0.002"} 0',
      'heartwood_delay_seconds_bucket{leg="store",le="0.005"} 2',
      'heartwood_delay_seconds_bucket{leg="store",le="30"} 2',
      'heartwood_delay_seconds_bucket{leg="store",le="+Inf"} 3',
      'heartwood_delay_seconds_sum{leg="store"} 70.006',
      'heartwood_delay_seconds_count{leg="store"} 3',
      'heartwood_delay_seconds_count{leg="page"} 0',
    ])
      expect(lines).toContain(line);
    expect(body).toMatch(/^process_cpu_user_seconds_total /m);
    for (const line of lines.filter((one) => one !== '' && !one.startsWith('#')))
      expect(line).toMatch(/^[a-z_]+(\{[a-zA-Z_]+="[^"]*"(,[a-zA-Z_]+="[^"]*")*\})? [-0-9.e+]+$|^nodejs_/);
    expect((await ask(`Bearer ${TOKEN}`)).statusCode).toBe(200);
  });
});
