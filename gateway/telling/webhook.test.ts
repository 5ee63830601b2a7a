// Webhooks to a real server on loopback, and each way that one comes to nothing.
import { createHmac } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ServerCertificate } from '../certificate/authority.ts';
import { NotDelivered } from './message.ts';
import { isInside } from './post.ts';
import { certificateFor, httpsServer, type Posted, sampleMessage } from './server-sample.ts';
import { signatureOf, webhookChannel } from './webhook.ts';

let certificate: ServerCertificate;
let server: Awaited<ReturnType<typeof httpsServer>>;
let answer: { status: number; location?: string } | undefined;
beforeAll(async () => {
  certificate = await certificateFor('localhost', '127.0.0.1');
});
afterEach(() => server?.close());

const start = async (names?: ServerCertificate): Promise<void> => {
  answer = { status: 204 };
  server = await httpsServer(names ?? certificate, () => answer);
};
const send = (url: string, timeoutMs = 20_000, believed = true) =>
  webhookChannel({
    secret: 'whsec_c2VjcmV0IG9mIHRoZSB0ZXN0IQ==',
    ca: believed ? [certificate.authority] : undefined,
    clock: () => 1_795_262_400_123,
  }).deliver(url, sampleMessage, AbortSignal.timeout(timeoutMs));
const why = (...args: Parameters<typeof send>): Promise<string> =>
  send(...args).then(
    () => 'delivered',
    (error: unknown) =>
      error instanceof NotDelivered
        ? `${error.code}${error.isFinal ? ', final' : ''}`
        : `threw ${String(error)}`,
  );
const url = (): string => `https://localhost:${server.port}/hook?token=1`;

describe('a webhook', () => {
  it('gets what is told as JSON, signed, with a key by which a repetition is known', async () => {
    await start();
    expect(await send(url())).toEqual({ how: 'accepted' });
    const { path, headers, body } = server.posted[0] as Posted;
    expect(path).toBe('/hook?token=1');
    expect(JSON.parse(body.toString())).toEqual({
      version: 1,
      id: sampleMessage.key,
      kind: 'alarm',
      priority: 'high',
      at: '2026-11-21T03:07:00.000Z',
      text: sampleMessage.text,
      alarms: sampleMessage.alarms,
    });
    expect(headers['idempotency-key']).toBe(sampleMessage.key);
    expect(headers['webhook-id']).toBe(sampleMessage.key);
    expect(headers['webhook-timestamp']).toBe('1795262400');
    const mac = createHmac('sha256', 'secret of the test!').update(
      `${sampleMessage.key}.1795262400.${body.toString()}`,
    );
    expect(headers['webhook-signature']).toBe(`v1,${mac.digest('base64')}`);
  });

  it('is signed as the specification’s own example', () => {
    // Standard Webhooks 1.0.0, https://github.com/standard-webhooks/standard-webhooks, its published test vector.
    const made = signatureOf(
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      1614265330,
      '{"test": 2432232314}',
    );
    expect(made).toBe('g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it.each([
    [200, 'delivered'],
    [400, 'refused, final'],
    [401, 'login-refused, final'],
    [404, 'gone, final'],
    [410, 'gone, final'],
    [429, 'busy'],
    [500, 'busy'],
    [503, 'busy'],
  ])('that answers %d comes to: %s', async (status, expected) => {
    await start();
    answer = { status };
    expect(await why(url())).toBe(expected);
  });

  it('that points elsewhere is not followed', async () => {
    await start();
    answer = { status: 307, location: url() };
    expect(await why(url())).toBe('refused, final');
    expect(server.posted).toHaveLength(1);
  });

  it('is not called by a certificate of another name or of nobody that is believed, nor in the clear', async () => {
    await start(await certificateFor('elsewhere.example'));
    expect(await why(url())).toBe('certificate, final');
    await server.close();
    await start();
    expect(await why(url(), 20_000, false)).toBe('certificate, final');
    expect(await why('http://example.org/hook')).toBe('address-refused, final');
    expect(await why('ftp://localhost/hook')).toBe('address-refused, final');
    expect(server.posted).toEqual([]);
  });

  it('that does not answer, or is not there, is told apart', async () => {
    await start();
    answer = undefined;
    expect(await why(url(), 300)).toBe('timeout');
    await server.close();
    expect(await why(url())).toBe('unreachable');
  });
});

describe('addresses of this house', () => {
  it.each([
    ['127.0.0.1', true],
    ['10.1.2.3', true],
    ['172.31.0.1', true],
    ['172.32.0.1', false],
    ['192.168.1.1', true],
    ['169.254.169.254', true],
    ['100.64.0.1', true],
    ['0.0.0.0', true],
    ['::1', true],
    ['::ffff:192.168.1.1', true],
    ['fd12::1', true],
    ['fe80::1', true],
    ['192.0.2.1', true],
    ['198.51.100.1', true],
    ['203.0.113.1', true],
    ['192.88.99.1', true],
    ['64:ff9b:1::a00:1', true],
    ['100::1', true],
    ['2001:0:7f00:1::', true],
    ['2001:db8::1', true],
    ['2002:a00:1::', true],
    ['3fff::1', true],
    ['fec0::1', true],
    ['2001:4860:4860::8888', false],
    ['93.184.216.34', false],
    ['2606:4700::1111', false],
  ])('%s: %s', (address, inside) => {
    expect(isInside(address)).toBe(inside);
  });
});
