// A device with a key of its own: it makes the key, asks the hub's authority for a certificate with a claim, and later
// for the next one with the one that it has. The key never leaves the device; here it is a PEM for whoever holds it.

import 'reflect-metadata';
import { createHash, createPrivateKey, webcrypto, X509Certificate } from 'node:crypto';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import type { ClaimLink } from './claim-link.ts';

/** All PEM but the addresses: what a device keeps. */
export type DeviceCertificate = {
  readonly device: string;
  readonly key: string;
  readonly certificate: string;
  /** When it ends, ms since 1970. */
  readonly notAfter: number;
  readonly authority: string;
  readonly mqtt: readonly string[];
};
export type KeyKind = 'p-256' | 'ed25519';

/** The hub said no, or is not the one that the claim names. `status` is HTTP's. */
export class EnrolmentRefused extends Error {
  readonly status: number | undefined;
  constructor(message: string, status?: number) {
    super(message);
    this.name = 'EnrolmentRefused';
    this.status = status;
  }
}

const ALGORITHM = {
  'p-256': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  ed25519: { name: 'Ed25519' },
} as const;
const ANSWER_BYTES_MAX = 64 * 1024;
const PATIENCE_MS = 10_000;

/** A new key and a request for it; what it says of names, no hub reads. */
export async function newRequest(kind: KeyKind): Promise<{ readonly key: string; readonly csr: string }> {
  const algorithm = ALGORITHM[kind] as (typeof ALGORITHM)['p-256'];
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
  const csr = await Pkcs10CertificateRequestGenerator.create({ keys, signingAlgorithm: algorithm });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  return { key: key.export({ format: 'pem', type: 'pkcs8' }).toString(), csr: csr.toString('pem') };
}

/**
 * Asks one host of the claim. The authority comes over a connection that is not trusted yet and is taken only where its hash
 * is the one in the claim; code and request go over a second one, which that authority must vouch for.
 * @throws EnrolmentRefused, or the network's error
 */
export async function enrollByClaim(
  { hosts, port, code, sha256 }: ClaimLink,
  kind: KeyKind,
  host: string = hosts[0] as string,
): Promise<DeviceCertificate> {
  const at = { host, port };
  const authority = await ask({ ...at, path: '/authority.pem', rejectUnauthorized: false });
  if (!isThis(authority, sha256)) throw new EnrolmentRefused('this is another hub than the one in the claim');
  const { key, csr } = await newRequest(kind);
  return { ...(await asked({ ...at, ca: authority, path: '/api/enroll' }, { code, csr })), key };
}

/** The next certificate, for a new key. @throws EnrolmentRefused, or the network's error */
export async function renewCertificate(
  held: DeviceCertificate,
  at: { readonly host: string; readonly port: number },
  kind: KeyKind,
): Promise<DeviceCertificate> {
  const { key, csr } = await newRequest(kind);
  const { authority: ca, certificate: cert, key: heldKey } = held;
  return { ...(await asked({ ...at, ca, cert, key: heldKey, path: '/api/renew' }, { csr })), key };
}

async function asked(options: RequestOptions, body: object): Promise<Omit<DeviceCertificate, 'key'>> {
  return JSON.parse(await ask({ ...options, method: 'POST' }, JSON.stringify(body)));
}

function isThis(pem: string, sha256: Uint8Array): boolean {
  try {
    return createHash('sha256').update(new X509Certificate(pem).raw).digest().equals(sha256);
  } catch {
    return false;
  }
}

function ask(options: RequestOptions, body?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const given: RequestOptions = { ...options, headers, agent: false, timeout: PATIENCE_MS };
    const asking = httpsRequest({ ...given, minVersion: 'TLSv1.3' }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
        if (text.length > ANSWER_BYTES_MAX) asking.destroy(new EnrolmentRefused('the answer does not end'));
      });
      response.on('end', () => {
        const { statusCode = 0 } = response;
        if (statusCode < 300) resolve(text);
        else reject(new EnrolmentRefused(text, statusCode));
      });
    });
    asking.on('timeout', () => asking.destroy(new EnrolmentRefused('the hub does not answer')));
    asking.on('error', reject);
    asking.end(body);
  });
}
