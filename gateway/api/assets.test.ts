import { gunzipSync } from 'node:zlib';
import Fastify from 'fastify';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Asset, assetRoute } from './assets.ts';

const long = Buffer.from('a heartbeat '.repeat(500));
const assets = new Map<string, Asset>([
  ['/a.js', { body: long, contentType: 'text/javascript; charset=utf-8', immutable: true }],
  ['/a.png', { body: long, contentType: 'image/png', immutable: true }],
  ['/', { body: Buffer.from('<p>short'), contentType: 'text/html', immutable: false }],
]);

function served() {
  const app = Fastify();
  onTestFinished(() => app.close());
  assetRoute(app as never, async () => assets);
  return (url: string, accepted?: string) =>
    app.inject({ url, ...(accepted !== undefined && { headers: { 'accept-encoding': accepted } }) });
}

describe('the page’s files', () => {
  it.each(['gzip', 'gzip, deflate, br', 'br;q=1.0, gzip;q=0.8', 'GZIP'])(
    'go compressed to whoever takes %s',
    async (accepted) => {
      const ask = served();
      for (const _ of [1, 2]) {
        const answer = await ask('/a.js', accepted);
        expect(answer.headers).toMatchObject({
          'content-encoding': 'gzip',
          vary: 'accept-encoding',
          'content-type': 'text/javascript; charset=utf-8',
          'cache-control': 'public, max-age=31536000, immutable',
        });
        expect(answer.rawPayload.length).toBeLessThan(long.length / 10);
        expect(gunzipSync(answer.rawPayload).equals(long)).toBe(true);
      }
    },
  );

  it.each([undefined, '', 'br', 'gzip;q=0', 'gzip;q=0.000', 'notgzip'])(
    'go as they are to whoever takes %s',
    async (accepted) => {
      const answer = await served()('/a.js', accepted);
      expect(answer.headers['content-encoding']).toBeUndefined();
      expect(answer.headers['vary']).toBe('accept-encoding');
      expect(answer.rawPayload.equals(long)).toBe(true);
    },
  );

  it('go as they are where they are pictures or short, and one that is not there is 404', async () => {
    const ask = served();
    expect((await ask('/a.png', 'gzip')).headers['content-encoding']).toBeUndefined();
    expect((await ask('/', 'gzip')).body).toBe('<p>short');
    expect((await ask('/b.js', 'gzip')).statusCode).toBe(404);
  });
});
