// Asking an Ethereum node (JSON-RPC 2.0 over HTTP). Everything that it answers is chosen by whoever runs the node or sits
// between: it is bounded in size and time, and read field by field. The address may hold somebody's access key, so that
// no message repeats more of it than the host.

import { joinBytes, textOf, utf8 } from '../bytes.ts';
import { AnchorError } from '../error.ts';
import type { Fetch } from '../log-client.ts';
import { bytesOfHex, type Hex, quantityOf } from './hex.ts';

/** A block with 60 million gas of call data is 12 MB in this JSON at worst, and some 500 kB on most days. */
const BLOCK_BYTES_MAX = 16_000_000;
const ANSWER_BYTES_MAX = 1_000_000;
const LARGE: readonly string[] = ['eth_getBlockByNumber', 'eth_getBlockByHash', 'eth_getBlockReceipts'];

export type NodeOptions = {
  /** `http:` or `https:`; may hold an access key. */
  readonly rpcUrl: string;
  readonly fetch: Fetch;
  /** Longest wait for one whole answer. 10,000 where it is not given. */
  readonly timeoutMs?: number;
};

/** The node answered, and the answer is an error of its own. `text` is the node's, cut short, without control characters. */
export class NodeRefusal extends AnchorError {
  readonly text: string;

  constructor(host: string, method: string, text: string) {
    super('anchor-unreachable', `the node at ${host} refuses ${method}: ${text}`);
    this.name = 'NodeRefusal';
    this.text = text;
  }
}

export class JsonRpc {
  /** All of the address that may be shown. */
  readonly host: string;
  readonly #options: NodeOptions;
  #asked = 0;

  /** Throws `anchor-refused` for an address that is none. */
  constructor(options: NodeOptions) {
    this.#options = options;
    const url = URL.parse(options.rpcUrl);
    if (!url || !['http:', 'https:'].includes(url.protocol)) {
      throw new AnchorError(
        'anchor-refused',
        'the address of the node is none: it reads https://HOST/… or http://HOST:PORT',
      );
    }
    if (url.username !== '' || url.password !== '')
      throw new AnchorError(
        'anchor-refused',
        'the address of the node must not hold a user name or password',
      );
    this.host = url.host;
  }

  /** The `result` of an answer, as JSON. Throws `anchor-unreachable`; a `NodeRefusal` where the node answered with an error. */
  async ask(method: string, ...params: readonly unknown[]): Promise<unknown> {
    const id = ++this.#asked;
    const body = utf8(JSON.stringify({ jsonrpc: '2.0', id, method, params })) as Uint8Array<ArrayBuffer>;
    const answer = await this.#send(method, body);
    if (typeof answer !== 'object' || answer === null || !('id' in answer) || answer.id !== id) {
      throw this.nonsense(method, 'it is no answer to the question');
    }
    if ('error' in answer && answer.error !== null && answer.error !== undefined) {
      throw new NodeRefusal(this.host, method, refusalText(answer.error));
    }
    if (!('result' in answer)) throw this.nonsense(method, 'it has no result');
    return answer.result;
  }

  async #send(method: string, body: Uint8Array<ArrayBuffer>): Promise<unknown> {
    const { rpcUrl, fetch, timeoutMs = 10_000 } = this.#options;
    const bytesMax = LARGE.includes(method) ? BLOCK_BYTES_MAX : ANSWER_BYTES_MAX;
    const signal = AbortSignal.timeout(timeoutMs);
    const headers = { 'Content-Type': 'application/json' };
    let bytes: Uint8Array;
    try {
      const response = await fetch(rpcUrl, { method: 'POST', headers, body, redirect: 'error', signal });
      if (response.status !== 200) {
        await response.body?.cancel();
        throw this.#noAnswer(`answers with status ${response.status}`);
      }
      bytes = await this.#bounded(response, bytesMax);
    } catch (cause) {
      if (cause instanceof AnchorError) throw cause;
      // The cause is not handed on: what fetch throws may repeat the address.
      throw this.#noAnswer(
        signal.aborted ? `gave no whole answer within ${timeoutMs} ms` : 'does not answer: no connection',
      );
    }
    try {
      return JSON.parse(textOf(bytes) ?? '');
    } catch {
      throw this.nonsense(method, 'it is no JSON');
    }
  }

  async #bounded(response: Response, bytesMax: number): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > bytesMax) throw this.#noAnswer(`gave an answer longer than ${bytesMax} bytes`);
      chunks.push(chunk);
    }
    return joinBytes(...chunks);
  }

  #noAnswer(why: string): AnchorError {
    return new AnchorError('anchor-unreachable', `the node at ${this.host} ${why}`);
  }

  /** The error for an answer that cannot be what the node was asked for. */
  nonsense(method: string, why: string): AnchorError {
    return new AnchorError(
      'anchor-unreachable',
      `the node at ${this.host} answers ${method} with something else: ${why}`,
    );
  }
}

function refusalText(error: unknown): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : error;
  const text = typeof message === 'string' ? message : 'it does not say why';
  return text.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 200);
}

/** An object of an answer, read field by field; each reader throws `anchor-unreachable` with the field's name. */
export class Fields {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #refuse: (why: string) => AnchorError;

  constructor(value: unknown, refuse: (why: string) => AnchorError) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw refuse('it is not an object');
    this.#fields = value as Record<string, unknown>;
    this.#refuse = refuse;
  }

  /** Absent or null: both are written by nodes that exist. */
  has(name: string): boolean {
    const value = this.#get(name);
    return value !== undefined && value !== null;
  }

  #get(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
  }

  bytes(name: string, length?: number): Uint8Array {
    const value = bytesOfHex(lowerCase(this.#get(name)), length);
    if (value === undefined) throw this.#refuse(`its "${name}" is no ${length ?? ''} bytes in hexadecimal`);
    return value;
  }

  hex(name: string, length: number): Hex {
    this.bytes(name, length);
    return lowerCase(this.#get(name)) as Hex;
  }

  quantity(name: string): bigint {
    const value = quantityOf(lowerCase(this.#get(name)));
    if (value === undefined) throw this.#refuse(`its "${name}" is no quantity`);
    return value;
  }

  /** A quantity that a JavaScript number holds exactly. */
  count(name: string): number {
    const value = this.quantity(name);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.#refuse(`its "${name}" is beyond 2^53-1`);
    return Number(value);
  }

  list(name: string): readonly unknown[] {
    const value = this.#get(name);
    if (!Array.isArray(value)) throw this.#refuse(`its "${name}" is no list`);
    return value;
  }

  /** Each item of a list as an object. */
  each(name: string): Fields[] {
    return this.list(name).map((item) => new Fields(item, this.#refuse));
  }

  /** Each item of a list as bytes of that length. */
  eachBytes(name: string, length: number): Uint8Array[] {
    return this.list(name).map((item) => {
      const value = bytesOfHex(lowerCase(item), length);
      if (value === undefined) throw this.#refuse(`an item of its "${name}" is no ${length} bytes`);
      return value;
    });
  }
}

/** Some nodes write addresses with their mixed-case checksum. */
function lowerCase(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase() : value;
}
