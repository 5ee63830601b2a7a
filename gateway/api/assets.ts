// The page's files: public, and compressed once for all who take them so.

import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';

export type Asset = { readonly body: Uint8Array; readonly contentType: string; readonly immutable: boolean };

/** Shorter ones fit a packet; pictures are compressed already. */
const GZIP_FROM_BYTES = 1024;
const GZIPPED = /^text\/|javascript|json|svg/;
const compress = promisify(gzip);

/** @param assets the page's files, by path (`/`, `/assets/…`) */
export function assetRoute(app: FastifyInstance, assets: () => Promise<ReadonlyMap<string, Asset>>): void {
  const packed = new WeakMap<Asset, Promise<Uint8Array>>();
  const gzipOf = (asset: Asset): Promise<Uint8Array> => {
    const known = packed.get(asset) ?? compress(asset.body, { level: 9 });
    packed.set(asset, known);
    return known;
  };
  app.get('/*', async (request, reply) => {
    const asset = (await assets()).get(request.url.split('?', 1)[0] as string);
    if (asset === undefined) return reply.callNotFound();
    const cache = asset.immutable ? 'public, max-age=31536000, immutable' : 'no-cache';
    reply.header('content-type', asset.contentType).header('cache-control', cache);
    if (asset.body.length < GZIP_FROM_BYTES || !GZIPPED.test(asset.contentType))
      return reply.send(Buffer.from(asset.body));
    reply.header('vary', 'accept-encoding');
    if (!takesGzip(request.headers['accept-encoding'])) return reply.send(Buffer.from(asset.body));
    return reply.header('content-encoding', 'gzip').send(Buffer.from(await gzipOf(asset)));
  });
}

/** RFC 9110 section 12.5.3, as far as browsers go: named, and not with a weight of 0. */
function takesGzip(accepted: string | string[] | undefined): boolean {
  const codings = String(accepted ?? '').split(',');
  return codings.some((one) => /^\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*$)[\d.]+\s*)?$/i.test(one));
}
