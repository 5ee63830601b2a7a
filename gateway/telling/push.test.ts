// Web Push to a real push service on loopback. What it gets is opened here by RFC 8291 and RFC 8188 alone, without the
// library that made it, and its signature is checked by RFC 8292.
import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ServerCertificate } from '../certificate/authority.ts';
import { type Message, NotDelivered } from './message.ts';
import { makePushKey, payloadOf, pushChannel } from './push.ts';
import { certificateFor, httpsServer, type Posted, sampleMessage } from './server-sample.ts';
import { readSubscription } from './subscription.ts';

const base64url = (text: string): Buffer => Buffer.from(text, 'base64url');

/** A browser: its keys, as `PushSubscription` has them. */
class Browser {
  readonly #keys = createECDH('prime256v1');
  readonly #auth: Buffer;
  readonly #public: Buffer;

  constructor(known?: { readonly privateKey: string; readonly auth: string }) {
    if (known === undefined) this.#keys.generateKeys();
    else this.#keys.setPrivateKey(known.privateKey, 'base64url');
    this.#auth = known === undefined ? randomBytes(16) : base64url(known.auth);
    this.#public = this.#keys.getPublicKey();
  }

  subscription(endpoint: string): unknown {
    return {
      endpoint,
      expirationTime: null,
      keys: { p256dh: this.#public.toString('base64url'), auth: this.#auth.toString('base64url') },
    };
  }

  /** RFC 8188 section 2 with the key of RFC 8291 section 3.4. */
  open(body: Buffer): string {
    const salt = body.subarray(0, 16);
    const size = body.readUInt32BE(16);
    const sender = body.subarray(21, 21 + (body[20] as number));
    const sealed = body.subarray(21 + sender.length);
    expect(sealed.length).toBeLessThanOrEqual(size);
    const hkdf = (secret: Uint8Array, by: Uint8Array, info: Uint8Array, bytes: number): Buffer =>
      Buffer.from(hkdfSync('sha256', secret, by, info, bytes));
    const info = Buffer.concat([Buffer.from('WebPush: info\0'), this.#public, sender]);
    const secret = hkdf(this.#keys.computeSecret(sender), this.#auth, info, 32);
    const key = hkdf(secret, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
    const nonce = hkdf(secret, salt, Buffer.from('Content-Encoding: nonce\0'), 12);
    const decipher = createDecipheriv('aes-128-gcm', key, nonce);
    decipher.setAuthTag(sealed.subarray(-16));
    const plain = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
    const end = plain.lastIndexOf(2);
    expect(plain.subarray(end + 1).every((byte) => byte === 0)).toBe(true);
    return plain.subarray(0, end).toString();
  }
}

let certificate: ServerCertificate;
let server: Awaited<ReturnType<typeof httpsServer>>;
let status: number;
let gone: number[];
const key = makePushKey();
beforeAll(async () => {
  certificate = await certificateFor('localhost', '127.0.0.1');
});
afterEach(() => server?.close());

const start = async (): Promise<void> => {
  status = 201;
  gone = [];
  server = await httpsServer(certificate, () => ({ status }));
};
const browsers = [new Browser(), new Browser()] as const;
const send = (message: Message = sampleMessage, insideToo = true, count = 1) =>
  pushChannel({
    key: () => key,
    of: (person) =>
      browsers.slice(0, count).map((browser, i) => ({
        number: i + 1,
        ...readSubscription(person, browser.subscription(`https://localhost:${server.port}/send/${i}`)),
      })),
    onGone: (number) => gone.push(number),
    subject: 'mailto:hub@example.org',
    ca: [certificate.authority],
    insideToo,
  }).deliver('7', message, AbortSignal.timeout(20_000));
const why = (...args: Parameters<typeof send>): Promise<string> =>
  send(...args).then(
    () => 'delivered',
    (error: unknown) =>
      error instanceof NotDelivered
        ? `${error.code}${error.isFinal ? ', final' : ''}`
        : `threw ${String(error)}`,
  );

describe('the browser of this test', () => {
  it('opens the example of RFC 8291, section 5', () => {
    const browser = new Browser({
      privateKey: 'q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94',
      auth: 'BTBZMqHH6r4Tts7J_aSIgg',
    });
    const body =
      'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml' +
      'mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT' +
      'pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN';
    expect(browser.open(base64url(body))).toBe('When I grow up, I want to be a watermelon');
  });
});

describe('a push', () => {
  it('is sealed to the browser: opened by RFC 8291, it says what is told', async () => {
    await start();
    expect(await send()).toEqual({ how: 'accepted' });
    const { headers, body } = server.posted[0] as Posted;
    expect(headers['content-encoding']).toBe('aes128gcm');
    const said = JSON.parse(browsers[0].open(body));
    const { key: id, kind, priority, at, text } = sampleMessage;
    expect(said).toEqual({ id, kind, priority, at, title: 'Heartwood: an alarm of high priority', text });
    expect(() => browsers[1].open(body)).toThrow();
    expect(body.includes('Heartwood')).toBe(false);
  });

  it('is signed by the hub’s key for this push service and a day at most', async () => {
    await start();
    await send();
    const { headers } = server.posted[0] as Posted;
    const [, token, shown] = /^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(String(headers['authorization'])) ?? [];
    expect(shown).toBe(key.publicKey);
    const [head = '', claims = '', signature = ''] = String(token).split('.');
    const point = base64url(key.publicKey);
    const coordinate = (from: number): string => point.subarray(from, from + 32).toString('base64url');
    const jwk = { kty: 'EC', crv: 'P-256', x: coordinate(1), y: coordinate(33) };
    const publicKey = {
      key: createPublicKey({ key: jwk, format: 'jwk' }),
      dsaEncoding: 'ieee-p1363' as const,
    };
    expect(verify('sha256', Buffer.from(`${head}.${claims}`), publicKey, base64url(signature))).toBe(true);
    const { aud, sub, exp } = JSON.parse(base64url(claims).toString());
    expect(aud).toBe(`https://localhost:${server.port}`);
    expect(sub).toBe('mailto:hub@example.org');
    expect(exp * 1000 - Date.now()).toBeLessThanOrEqual(86_400_000);
    expect(headers).toMatchObject({ urgency: 'high', topic: sampleMessage.key, ttl: '14400' });
  });

  it('is of one size, whatever it says', async () => {
    await start();
    await send();
    await send({ ...sampleMessage, priority: 'low', text: 'short' });
    const [one, other] = server.posted;
    expect(one?.body.length).toBe(other?.body.length);
    expect(payloadOf({ ...sampleMessage, text: 'x'.repeat(10_000) }).length).toBeLessThan(3072);
  });

  it('reaches somebody when one of their browsers is there, and lets go of those that are gone', async () => {
    await start();
    status = 410;
    expect(await why(sampleMessage, true, 2)).toBe('gone, final');
    expect(gone).toEqual([1, 2]);
    status = 429;
    expect(await why()).toBe('busy');
    status = 403;
    expect(await why()).toBe('login-refused, final');
    expect(await why(sampleMessage, true, 0)).toBe('no-address, final');
  });

  it('calls nothing of this house, whatever a browser says', async () => {
    await start();
    expect(await why(sampleMessage, false)).toBe('address-refused, final');
    expect(server.posted).toEqual([]);
  });
});

describe('a subscription', () => {
  it('of another form is refused', () => {
    const good = browsers[0].subscription('https://push.example/1') as { keys: object };
    expect(readSubscription(7, good)).toMatchObject({ person: 7, endpoint: 'https://push.example/1' });
    for (const change of [
      { endpoint: 'http://push.example/1' },
      { endpoint: 'https://user:x@push.example/1' },
      { endpoint: 7 },
      { keys: { ...good.keys, auth: 'short' } },
      { keys: { ...good.keys, p256dh: 'AAAA' } },
      { keys: null },
    ])
      expect(() => readSubscription(7, { ...good, ...change }), JSON.stringify(change)).toThrow();
    expect(() => readSubscription(7, null)).toThrow();
  });
});
