// Devices with keys of their own: claim, certificate, renewal, and every way of being refused.

import 'reflect-metadata';
import { createPublicKey, webcrypto, X509Certificate } from 'node:crypto';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fsck } from '../inspect/fsck.ts';
import { createLoginCode, redeemLoginCode } from '../people/login-code.ts';
import { CLAIM_MS, createClaim, readClaimAsked } from '../registry/claim.ts';
import { enroll } from '../registry/enroll.ts';
import { revoke } from '../registry/revoke.ts';
import { Home } from '../testing.ts';
import type { Vault } from '../vault.ts';
import { formatClaimLink } from './claim-link.ts';
import { enrollByClaim, recognize, renewDevice } from './device.ts';
import { readRequest } from './request.ts';

const DAY_MS = 86_400_000;
const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const ED25519 = { name: 'Ed25519' } as const;

async function request(
  algorithm: object = P256,
  name = 'CN=somebody else, O=The Clinic',
  signing: object = algorithm,
): Promise<string> {
  const keys = (await webcrypto.subtle.generateKey(algorithm as typeof P256, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
  const made = await Pkcs10CertificateRequestGenerator.create({
    name,
    keys,
    signingAlgorithm: signing as typeof P256,
  });
  return made.toString('pem');
}

let home: Home;
let vault: Vault;
beforeEach(async () => {
  home = new Home();
  await home.start();
  vault = home.hub.vault;
});
afterEach(() => home.remove());

const claim = (device = 'watch-1', patient = 'Ada'): string =>
  createClaim(vault, { device, patient, origin: 'wearable' }).code;
const forbidden = expect.objectContaining({ code: 'forbidden' });
const unacceptable = expect.objectContaining({ code: 'unacceptable' });
const refused = expect.objectContaining({ code: 'refused' });

describe('a claim', () => {
  it('changes nothing until the device comes; then it is used up', async () => {
    const code = claim();
    expect(vault.registry.devices()).toEqual([]);
    expect(vault.registry.patients()).toEqual([]);
    const issued = await enrollByClaim(vault, code, await request());
    expect(issued.device).toBe('watch-1');
    expect(vault.registry.patients().map(({ name }) => name)).toEqual(['Ada']);
    expect(vault.registry.device('watch-1')?.credential).toBeUndefined();
    await expect(enrollByClaim(vault, code, await request())).rejects.toThrow(forbidden);
    expect(recognize(vault, 'watch-1', issued.fingerprint)).toBeUndefined();
    expect(fsck(vault, () => undefined).problems).toEqual([]);
  });

  it('is good for one of two that come with it at once', async () => {
    const code = claim();
    const both = await Promise.allSettled([
      enrollByClaim(vault, code, await request()),
      enrollByClaim(vault, code, await request()),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('is over after ten minutes, and no login code, nor is a login code a claim', async () => {
    const late = claim();
    home.nowMs += CLAIM_MS + 1;
    await expect(enrollByClaim(vault, late, await request())).rejects.toThrow(forbidden);
    const code = claim();
    expect(redeemLoginCode(vault, code)).toBeUndefined();
    await expect(enrollByClaim(vault, createLoginCode(vault), await request())).rejects.toThrow(forbidden);
    await expect(enrollByClaim(vault, 'AAAA-AAAA-AAAA', await request())).rejects.toThrow(forbidden);
    await expect(enrollByClaim(vault, code, 'no request')).rejects.toThrow(unacceptable);
    expect((await enrollByClaim(vault, code.toLowerCase(), await request())).device).toBe('watch-1');
  });

  it('is refused where the enrolment would be', async () => {
    await enroll(vault, { device: 'watch-1', label: 'watch-1', patient: 'Ada', origin: 'simulator' });
    expect(() => claim('watch-1')).toThrow(refused);
    expect(() => claim('watch-2', 'ADA')).toThrow(refused);
    expect(() => claim('watch-2', ' ')).toThrow(refused);
    expect(() => claim('watch-2', 'A\nB')).toThrow(refused);
    expect(() => claim('Watch 2')).toThrow(refused);
    expect(() => createClaim(vault, { device: 'abc', patient: 'A', origin: 'x' as never })).toThrow(refused);
  });

  it('is asked for by device and patient', () => {
    expect(readClaimAsked({ device: 'abc', patient: 'Ada' })).toEqual({
      device: 'abc',
      patient: 'Ada',
      origin: 'wearable',
    });
    for (const body of [undefined, null, 'x', {}, { device: 'abc' }, { device: 1, patient: 'Ada' }])
      expect(readClaimAsked(body)).toBeUndefined();
  });

  it('is told in a link that names the hub, its authority and the code', async () => {
    const { authority } = await enrollByClaim(vault, claim(), await request());
    const names = ['hub.local', 'hub', 'localhost', '192.168.1.7', '127.0.0.1', '::1'];
    const link = new URL(formatClaimLink({ url: 'https://hub.local:8420', names, authority }, 'ABC'));
    expect(link.origin + link.pathname).toBe('https://hub.local:8420/enroll');
    const said = new URLSearchParams(link.hash.slice(1));
    expect([said.get('code'), said.get('at')]).toEqual(['ABC', 'hub,192.168.1.7']);
    expect(
      Buffer.from(said.get('sha256') ?? '', 'base64url')
        .toString('hex')
        .toUpperCase(),
    ).toBe(new X509Certificate(authority).fingerprint256.replaceAll(':', ''));
  });
});

describe('a device’s certificate', () => {
  it.each([
    ['P-256', P256],
    ['Ed25519', ED25519],
  ])('names the device that was claimed, has its %s key, and is for clients alone', async (_name, key) => {
    const csr = await request(key);
    const issued = await enrollByClaim(vault, claim(), csr);
    const cert = new X509Certificate(issued.cert);
    expect(cert.subject).toBe('CN=watch-1');
    expect(cert.subjectAltName).toBe('URI:urn:heartwood:device:watch-1');
    expect(cert.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(cert.ca).toBe(false);
    expect(cert.verify(createPublicKey(issued.authority))).toBe(true);
    expect(cert.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(issued.fingerprint);
    expect(Date.parse(cert.validTo)).toBe(issued.notAfterMs);
    expect((issued.notAfterMs - home.nowMs) / DAY_MS).toBeCloseTo(30, 3);
    const asked = await readRequest(csr);
    expect(cert.publicKey.export({ type: 'spki', format: 'der' })).toEqual(Buffer.from(asked.rawData));
  });

  it('is renewed; the one before is good until the device has come with the next', async () => {
    const first = await enrollByClaim(vault, claim(), await request());
    const second = await renewDevice(vault, first.fingerprint, await request());
    expect(second.fingerprint).not.toBe(first.fingerprint);
    // The answer was lost: the device comes with the old one, and asks again.
    expect(recognize(vault, 'watch-1', first.fingerprint)).toBeUndefined();
    const third = await renewDevice(vault, first.fingerprint, await request());
    expect(recognize(vault, 'watch-1', second.fingerprint)).toBe('not-current');
    expect(recognize(vault, 'watch-1', third.fingerprint)).toBeUndefined();
    expect(recognize(vault, 'watch-1', first.fingerprint)).toBe('not-current');
    await expect(renewDevice(vault, first.fingerprint, await request())).rejects.toThrow(forbidden);
    home.crash();
    await home.start();
    vault = home.hub.vault;
    expect(recognize(vault, 'watch-1', third.fingerprint)).toBeUndefined();
    expect(recognize(vault, 'watch-1', first.fingerprint)).toBe('not-current');
  });

  it('is worth nothing when it has ended, its device is revoked, enrolled anew, or another', async () => {
    const issued = await enrollByClaim(vault, claim(), await request());
    const csr = await request();
    expect(recognize(vault, 'watch-2', issued.fingerprint)).toBe('unknown-device');
    home.nowMs = issued.notAfterMs + 1;
    expect(recognize(vault, 'watch-1', issued.fingerprint)).toBe('expired');
    await expect(renewDevice(vault, issued.fingerprint, csr)).rejects.toThrow(forbidden);
    home.nowMs = issued.notAfterMs;
    expect(recognize(vault, 'watch-1', issued.fingerprint)).toBeUndefined();
    revoke(vault, 'watch-1');
    expect(recognize(vault, 'watch-1', issued.fingerprint)).toBe('revoked');
    await expect(renewDevice(vault, issued.fingerprint, csr)).rejects.toThrow(forbidden);
    const again = await enrollByClaim(vault, claim(), csr);
    expect(recognize(vault, 'watch-1', issued.fingerprint)).toBe('not-current');
    expect(recognize(vault, 'watch-1', again.fingerprint)).toBeUndefined();
    await enroll(vault, { device: 'watch-1', label: 'watch-1', patient: 'Ada', origin: 'wearable' });
    expect(recognize(vault, 'watch-1', again.fingerprint)).toBe('password-device');
  });
});

describe('a request', () => {
  it.each([
    ['P-384', { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' }, undefined],
    ['P-256 with SHA-1', P256, { ...P256, hash: 'SHA-1' }],
    [
      'RSA',
      {
        name: 'RSASSA-PKCS1-v1_5',
        hash: 'SHA-256',
        modulusLength: 2048,
        publicExponent: new Uint8Array([1, 0, 1]),
      },
      undefined,
    ],
  ])('with %s is not taken', async (_name, key, signing) => {
    await expect(readRequest(await request(key, 'CN=a', signing))).rejects.toThrow('must be P-256');
  });

  it('that is altered in any byte is not taken for another key, nor does it stop anybody', async () => {
    const pem = await request();
    const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
    const armored = (bytes: Buffer): string =>
      `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
    const key = Buffer.from((await readRequest(armored(der))).rawData).toString('hex');
    /** The outermost length is not signed, and the parser does without it. */
    const outcome = async (bytes: Buffer): Promise<string> =>
      readRequest(armored(bytes)).then(
        ({ rawData }) => Buffer.from(rawData).toString('hex'),
        (error) => error.code,
      );
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const altered = Buffer.from(der);
        altered[at] = altered[at]! ^ flip;
        const became = await outcome(altered);
        expect([key, 'unacceptable']).toContain(became);
        if (became === key) taken += 1;
      }),
      { numRuns: 300 },
    );
    expect(taken).toBeLessThan(30);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        await expect(readRequest(armored(Buffer.from(bytes)))).rejects.toThrow(unacceptable);
      }),
      { numRuns: 300 },
    );
    await expect(readRequest(`${pem}${' '.repeat(4096)}`)).rejects.toThrow(unacceptable);
  });
});
