// What an anchor refuses, and what hostile or broken nodes get out of it: a clear error, in time, and never a coin, a
// wrong proof or a word of a secret.

import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AnchorError } from '../error.ts';
import type { Fetch } from '../log-client.ts';
import { confirmWithNode } from './confirm-with-node.ts';
import { deployRegistry } from './deploy.ts';
import { SAMPLE_EVIDENCE, SAMPLE_TEXT } from './evidence-sample.ts';
import { createEvmAnchor, type EvmAnchorOptions } from './evm-anchor.ts';
import { ANVIL } from './node-anvil.ts';
import {
  digestOf,
  evidenceOf,
  SAMPLE_CHAIN,
  SAMPLE_KEY,
  type SampleChain,
  sampleChain,
} from './node-home-sample.ts';

const DIGEST = digestOf('checkpoint 1');
const OPTIONS: EvmAnchorOptions = {
  rpcUrl: 'http://127.0.0.1:9/v3/SECRET-TOKEN',
  chainId: SAMPLE_CHAIN,
  contract: `0x${'ab'.repeat(20)}`,
  keyText: `0x${SAMPLE_KEY}\n`,
  feeCapGwei: 20,
  fetch: fetch as Fetch,
  timeoutMs: 500,
};

/** All that an error shows, its causes too. */
function shown(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.message}\n${error.stack}\n${error.cause === undefined ? '' : shown(error.cause)}`;
}

async function refusal(work: Promise<unknown>): Promise<AnchorError> {
  const error = await work.then(
    () => new Error('it was not refused'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AnchorError);
  expect(shown(error)).not.toContain(SAMPLE_KEY);
  expect(shown(error)).not.toContain('SECRET-TOKEN');
  return error as AnchorError;
}

describe('settings that are none are refused before anything is asked', () => {
  it.each<[string, Partial<EvmAnchorOptions>]>([
    ['key file', { keyText: '' }],
    ['key file', { keyText: SAMPLE_KEY.slice(1) }],
    ['key file', { keyText: `${SAMPLE_KEY}\n\n` }],
    ['key file', { keyText: `x${SAMPLE_KEY}` }],
    ['no key', { keyText: '00'.repeat(32) }],
    ['no key', { keyText: 'ff'.repeat(32) }],
    ['address', { contract: '0x1234' }],
    ['address', { contract: 'AnchorRegistry' }],
    ['chain id', { chainId: 0 }],
    ['chain id', { chainId: 1.5 }],
    ['fee cap', { feeCapGwei: 0 }],
    ['fee cap', { feeCapGwei: Number.NaN }],
    ['fee cap', { feeCapGwei: -1 }],
    ['fee cap', { feeCapGwei: Number.POSITIVE_INFINITY }],
    ['address of the node', { rpcUrl: 'SECRET-TOKEN' }],
    ['user name or password', { rpcUrl: 'http://SECRET-TOKEN@127.0.0.1/' }],
    ['user name or password', { rpcUrl: 'http://ada:SECRET-TOKEN@127.0.0.1/' }],
    ['address of the node', { rpcUrl: 'ws://127.0.0.1/SECRET-TOKEN' }],
  ])('%s: %j', async (words, wrong) => {
    const made = Promise.resolve().then(() => createEvmAnchor({ ...OPTIONS, ...wrong }));
    expect(await refusal(made)).toMatchObject({
      code: 'anchor-refused',
      message: expect.stringContaining(words),
    });
  });

  it('takes addresses in any case, and has one id', () => {
    const upper = createEvmAnchor({ ...OPTIONS, contract: `0x${'AB'.repeat(20)}` });
    expect(upper.id).toBe(createEvmAnchor(OPTIONS).id);
    expect(upper.id).toBe(`evm:${SAMPLE_CHAIN}:0x${'ab'.repeat(20)}`);
    expect(upper.account).toMatch(/^0x[0-9a-f]{40}$/);
  });
});

describe('a node that', () => {
  let answer: (response: ServerResponse, id: number, method: string) => void;
  const server = createServer((request, response) => {
    if (request.url === '/elsewhere') {
      response.end('{}');
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { id, method } = JSON.parse(Buffer.concat(chunks).toString()) as { id: number; method: string };
      answer(response, id, method);
    });
  });
  let anchorOptions: EvmAnchorOptions;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    anchorOptions = { ...OPTIONS, rpcUrl: `http://127.0.0.1:${port}/v3/SECRET-TOKEN` };
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const json = (result: unknown) => (response: ServerResponse, id: number) =>
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));

  it.each<[string, RegExp, typeof answer]>([
    ['answers with a page', /no JSON/, (response) => response.end('<html>Bad gateway</html>')],
    ['answers with nothing', /no JSON/, (response) => response.end()],
    ['answers what is not UTF-8', /no JSON/, (response) => response.end(Buffer.from([0xff, 0xfe]))],
    ['is broken', /status 502/, (response) => response.writeHead(502).end('{}')],
    ['asks for a login', /status 401/, (response) => response.writeHead(401).end('{}')],
    [
      'sends elsewhere',
      /does not answer/,
      (response) => response.writeHead(302, { Location: '/elsewhere' }).end(),
    ],
    ['hangs up', /does not answer/, (response) => response.destroy()],
    [
      'hangs up in the middle',
      /does not answer/,
      (response) => {
        response.write('{"jsonrpc"');
        setTimeout(() => response.destroy(), 10);
      },
    ],
    ['says nothing', /within 500 ms/, () => {}],
    [
      'speaks without end, slowly',
      /within 500 ms/,
      (response) => {
        const drip = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(drip));
      },
    ],
    [
      'speaks without end, fast',
      /longer than 1000000 bytes/,
      (response) => {
        const more = (): void => {
          while (response.writable && response.write(' '.repeat(65_536)));
        };
        response.on('drain', more);
        more();
      },
    ],
    [
      'answers another question',
      /no answer to the question/,
      (response, id) => response.end(JSON.stringify({ jsonrpc: '2.0', id: id + 1, result: '0x7a69' })),
    ],
    ['answers with a list', /no answer to the question/, (response) => response.end('[]')],
    ['answers without a result', /no result/, (response, id) => response.end(JSON.stringify({ id }))],
    ['answers with a number', /no quantity/, json(31337)],
    ['answers with a word', /no quantity/, json('0xzz')],
    ['answers with a number beyond all', /no quantity/, json(`0x${'f'.repeat(65)}`)],
    ['answers with a number beyond 2^53', /2\^53/, json('0xffffffffffffffff')],
    ['answers with null', /no quantity/, json(null)],
    [
      'answers with what pollutes',
      /no quantity/,
      (response, id) => response.end(`{"id":${id},"result":{"__proto__":"0x7a69"}}`),
    ],
    ['answers with brackets only', /no JSON/, (response) => response.end('['.repeat(900_000))],
    [
      'refuses in many words',
      /refuses eth_chainId: go away +\[31m x/,
      (response, id) =>
        response.end(
          JSON.stringify({ id, error: { code: -1, message: `go away \u001b[31m ${'x'.repeat(9_000)}` } }),
        ),
    ],
    [
      'refuses without a word',
      /does not say why/,
      (response, id) => response.end(JSON.stringify({ id, error: 7 })),
    ],
  ])('%s is not reached, and nothing hangs', async (_, words, how) => {
    answer = how;
    const anchor = createEvmAnchor(anchorOptions);
    const start = performance.now();
    const error = await refusal(anchor.submit(DIGEST));
    expect(error.code).toBe('anchor-unreachable');
    expect(error.message).toMatch(words);
    expect(error.message.length).toBeLessThan(400);
    const asked = await refusal(
      confirmWithNode(SAMPLE_EVIDENCE, anchorOptions.rpcUrl, { fetch: fetch as Fetch, timeoutMs: 500 }),
    );
    expect(asked.code).toBe('anchor-unreachable');
    const { sleep } = { sleep: async () => undefined };
    expect((await refusal(deployRegistry({ ...anchorOptions, sleep }))).code).toBe('anchor-unreachable');
    expect(performance.now() - start).toBeLessThan(4_000);
  });

  it('is on another chain is named', async () => {
    answer = json('0x1');
    const anchor = createEvmAnchor(anchorOptions);
    const other = { code: 'anchor-refused', message: expect.stringMatching(/is on chain 1\b/) };
    expect(await refusal(anchor.submit(DIGEST))).toMatchObject(other);
    const { sleep } = { sleep: async () => undefined };
    expect(await refusal(deployRegistry({ ...anchorOptions, sleep }))).toMatchObject(other);
    expect(
      await confirmWithNode(SAMPLE_EVIDENCE, anchorOptions.rpcUrl, { fetch: fetch as Fetch }),
    ).toMatchObject({
      state: 'not-in-chain',
      why: 'the node is on chain 1, and the anchor on chain 31337',
    });
  });
});

describe.skipIf(!ANVIL)('on a chain (skipped where npm brought no anvil)', () => {
  let chain: SampleChain;
  beforeAll(async () => {
    chain = await sampleChain();
  });
  afterAll(() => chain.anvil.stop());

  it('a wrong chain, a wrong contract and an account without funds are named', async () => {
    expect(await refusal(chain.anchor({ chainId: 1 }).submit(DIGEST))).toMatchObject({
      code: 'anchor-refused',
      message: expect.stringMatching(/on chain 31337, and the settings say 1$/),
    });
    expect(await refusal(chain.anchor({ contract: chain.account }).submit(DIGEST))).toMatchObject({
      code: 'anchor-refused',
      message: expect.stringContaining('is no contract'),
    });
    await chain.anvil.ask('anvil_setCode', OPTIONS.contract, '0x6000');
    expect(await refusal(chain.anchor({ contract: OPTIONS.contract }).submit(DIGEST))).toMatchObject({
      code: 'anchor-refused',
      message: expect.stringContaining('another contract than AnchorRegistry'),
    });
    const poor = chain.anchor({ keyText: '33'.repeat(32) });
    expect(await refusal(poor.submit(DIGEST))).toMatchObject({
      code: 'anchor-refused',
      message: expect.stringMatching(new RegExp(`^account ${poor.account} .* has 0 and .* send it funds$`)),
    });
    const { sleep } = { sleep: async () => undefined };
    const poorDeploy = { ...OPTIONS, rpcUrl: chain.anvil.url, keyText: '33'.repeat(32), sleep };
    expect(await refusal(deployRegistry(poorDeploy))).toMatchObject({
      message: expect.stringContaining('send it funds'),
    });
    expect(
      await refusal(deployRegistry({ ...poorDeploy, keyText: SAMPLE_KEY, feeCapGwei: 0.001 })),
    ).toMatchObject({
      code: 'anchor-waits',
    });
    expect(await chain.spent()).toBe(0);
  });

  it('evidence of another contract, or that is none, is refused', async () => {
    const elsewhere = chain.anchor({ chainId: 1 }).advance(digestOf(SAMPLE_TEXT), SAMPLE_EVIDENCE);
    expect(await refusal(elsewhere)).toMatchObject({
      code: 'anchor-refused',
      message: expect.stringContaining('on chain 31337'),
    });
    const anchor = chain.anchor();
    const sent = evidenceOf(await anchor.submit(digestOf('one')));
    await chain.mine(3);
    const proved = evidenceOf(await anchor.advance(digestOf('one'), sent));
    for (const evidence of [proved, sent]) {
      expect(await refusal(anchor.advance(digestOf('another'), evidence))).toMatchObject({
        code: 'bad-anchor',
        message: expect.stringContaining('no such digest'),
      });
    }
    for (const evidence of [
      '',
      'null',
      '{}',
      '[]',
      '{"format":"heartwood-evm-sent/v1"}',
      SAMPLE_EVIDENCE.slice(0, -1),
    ])
      expect((await refusal(chain.anchor().advance(DIGEST, evidence))).code).toBe('bad-anchor');
  });

  it('an answer that was lost after sending counts as sent; one that was swallowed is lost, and sent again', async () => {
    const digest = digestOf('the answer was lost');
    const deaf =
      (forward: boolean): Fetch =>
      async (url, init) => {
        if (!new TextDecoder().decode(init.body).includes('eth_sendRawTransaction')) return fetch(url, init);
        if (forward) await fetch(url, init);
        throw new TypeError('fetch failed');
      };
    const before = await chain.spent();
    const swallowed = await chain.anchor({ fetch: deaf(false) }).submit(digest);
    expect(swallowed.state).toBe('pending');
    await chain.mine(3);
    expect((await chain.anchor().advance(digest, evidenceOf(swallowed))).state).toBe('lost');
    const sent = await chain.anchor({ fetch: deaf(true) }).submit(digest);
    await chain.mine(3);
    expect((await chain.anchor().advance(digest, evidenceOf(sent))).state).toBe('confirmed');
    expect(await chain.spent()).toBe(before + 1);
  });

  it('a node that refuses a long search is asked for a shorter one', async () => {
    const digest = digestOf('a long search');
    await chain.anchor().submit(digest);
    const spans: number[] = [];
    const short: (spanMax: number) => Fetch = (spanMax) => async (url, init) => {
      const { id, method, params } = JSON.parse(new TextDecoder().decode(init.body)) as {
        id: number;
        method: string;
        params: [{ fromBlock: string }];
      };
      if (method !== 'eth_getLogs') return fetch(url, init);
      const span = Number(await chain.anvil.ask('eth_blockNumber')) - Number(params[0].fromBlock);
      spans.push(span);
      return span > spanMax ? Response.json({ id, error: { message: 'range too large' } }) : fetch(url, init);
    };
    await chain.mine(30);
    const before = await chain.spent();
    expect(
      await refusal(chain.anchor({ fetch: short(1), searchBlocks: 3_000 }).submit(digest)),
    ).toMatchObject({
      message: expect.stringContaining('range too large'),
    });
    const found = await chain.anchor({ fetch: short(35), searchBlocks: 320 }).submit(digest);
    expect(found.state).toBe('pending');
    expect(spans.at(-1)).toBe(32);
    expect(await chain.spent()).toBe(before);
  });

  it('a transaction that the node refuses was not sent', async () => {
    const strict: Fetch = (url, init) => {
      const { id, method } = JSON.parse(new TextDecoder().decode(init.body)) as {
        id: number;
        method: string;
      };
      if (method !== 'eth_sendRawTransaction') return fetch(url, init);
      return Promise.resolve(Response.json({ id, error: { message: 'transaction underpriced' } }));
    };
    const error = await refusal(chain.anchor({ fetch: strict }).submit(digestOf('refused')));
    expect(error).toMatchObject({
      code: 'anchor-unreachable',
      message: expect.stringContaining('refuses eth_sendRawTransaction: transaction underpriced'),
    });
  });

  it('a chain whose blocks cannot be computed again is refused before anything is paid', async () => {
    const odd: Fetch = async (url, init) => {
      const { id, method } = JSON.parse(new TextDecoder().decode(init.body)) as {
        id: number;
        method: string;
      };
      if (method !== 'eth_getBlockReceipts') return fetch(url, init);
      return Response.json({ id, result: [] });
    };
    await chain.anchor().submit(digestOf('so that the newest block is not empty'));
    const before = await chain.spent();
    const error = await refusal(chain.anchor({ fetch: odd }).submit(digestOf('odd')));
    expect(error).toMatchObject({
      code: 'anchor-refused',
      message: expect.stringContaining('nothing can be proved'),
    });
    expect(await chain.spent()).toBe(before);
  });

  it('one wrong answer, wherever it comes, makes an error of ours or no difference, never a wrong proof', async () => {
    const digest = digestOf('one wrong answer');
    const sent = evidenceOf(await chain.anchor().submit(digest));
    await chain.mine(3);
    const right = await chain.anchor().advance(digest, sent);
    const wrong = fc.oneof(
      fc.json({ maxDepth: 2 }).map((text) => JSON.parse(text) as unknown),
      fc.constantFrom(
        null,
        '0x',
        '0x0',
        '0x1',
        '0xffffffff',
        [],
        {},
        [null],
        [{}],
        `0x${'0'.repeat(64)}`,
        'x',
      ),
    );
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(12), wrong, fc.boolean(), async (at, result, again) => {
        let asked = 0;
        const lying: Fetch = async (url, init) => {
          const { id } = JSON.parse(new TextDecoder().decode(init.body)) as { id: number };
          return asked++ === at ? Response.json({ jsonrpc: '2.0', id, result }) : fetch(url, init);
        };
        const anchor = chain.anchor({ fetch: lying });
        const work = again ? anchor.submit(digest) : anchor.advance(digest, sent);
        const outcome = await work.catch((error: unknown) => error);
        if (outcome instanceof Error) {
          expect(outcome).toBeInstanceOf(AnchorError);
          refused++;
        } else if (!again && (outcome as typeof right).state === 'confirmed') expect(outcome).toEqual(right);
      }),
      { numRuns: 150 },
    );
    expect(refused).toBeGreaterThan(30);
  });
});
