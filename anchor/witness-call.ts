// One request to a witness, and its answer, over HTTP or HTTPS. Connections are kept for the next request. A witness may
// be anybody: an answer is bounded in time and size, no redirection is followed, and plain HTTP goes to this machine only.

import { request as httpRequest, Agent as PlainAgent } from 'node:http';
import { request as httpsRequest, Agent as TlsAgent } from 'node:https';
import { AnchorError } from './error.ts';
import { safeUrl } from './safe-url.ts';

/** Ample for a checkpoint with a dozen ML-DSA-44 lines. */
const ANSWER_BYTES_MAX = 65_536;

export type WitnessReply = { readonly status: number; readonly type: string; readonly body: Uint8Array };

export type WitnessCall = {
  /** POSTs `body` where there is one, GETs otherwise. Rejects where there is no whole answer. */
  send(url: string, body: string | undefined, signal: AbortSignal): Promise<WitnessReply>;
  /** Ends kept connections. */
  close(): void;
};

/** `ca`: PEM of the authorities to believe instead of the system's, for witnesses with certificates of their own. */
export function httpCall(ca?: string): WitnessCall {
  const plain = new PlainAgent({ keepAlive: true, maxSockets: 4 });
  const tls = new TlsAgent({ keepAlive: true, maxSockets: 4, ...(ca !== undefined && { ca }) });
  const send = (
    url: string,
    body: string | undefined,
    signal: AbortSignal,
    kept: boolean,
  ): Promise<WitnessReply> =>
    new Promise((resolve, reject) => {
      const isTls = url.startsWith('https:');
      const headers =
        body === undefined
          ? {}
          : { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(body) };
      const request = (isTls ? httpsRequest : httpRequest)(url, {
        method: body === undefined ? 'GET' : 'POST',
        headers,
        signal,
        agent: kept && (isTls ? tls : plain),
        maxHeaderSize: 8192,
        ...(isTls && ca !== undefined && { ca }),
      });
      request.on('error', (error) => {
        // The witness ended the quiet connection just as it was to be used: nothing of the request was read, and
        // asking twice does no harm.
        if (request.reusedSocket && !signal.aborted) resolve(send(url, body, signal, false));
        else reject(error);
      });
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length <= ANSWER_BYTES_MAX) chunks.push(chunk);
          else response.destroy(new Error(`its answer is longer than ${ANSWER_BYTES_MAX} bytes`));
        });
        response.on('error', reject);
        response.on('end', () => {
          const type = response.headers['content-type'] ?? '';
          resolve({ status: response.statusCode ?? 0, type, body: new Uint8Array(Buffer.concat(chunks)) });
        });
        // A connection that ends within the body is no answer.
        response.on('close', () => reject(new Error('its answer was cut off')));
      });
      request.end(body);
    });
  return {
    send: (url, body, signal) => send(url, body, signal, true),
    close: () => {
      plain.destroy();
      tls.destroy();
    },
  };
}

/** The URL of a witness as a policy gives it, without a slash at the end. Throws `bad-policy` for one that is not to be called. */
export function witnessUrl(text: string): string {
  const url = safeUrl(text);
  if (url !== undefined) return url;
  throw new AnchorError(
    'bad-policy',
    `"${text}" is no address of a witness: https://HOST[:PORT][/PATH], or http:// on this machine`,
  );
}
