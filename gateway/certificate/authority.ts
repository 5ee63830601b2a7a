// The hub's own certificate authority. A home has no name that a public authority would vouch for, so the hub vouches
// for itself: devices and browsers are given `authority.pem` once, and trust every certificate that the hub makes from
// then on. The authority's key lies sealed in the database and is used on the hub's thread alone.
//
// P-256 with SHA-256, since that is what small devices and browsers all verify (RFC 5480, RFC 5758).

import 'reflect-metadata';
import { createHash, createPrivateKey, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  type PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { Keyring } from '../keys/keyring.ts';
import type { Db } from '../store/database.ts';
import { type KeptAuthority, keepAuthority, loadAuthority } from './authority-row.ts';

/** A certificate with its key and the authority that signed it, PEM. */
export type ServerCertificate = {
  readonly cert: string;
  readonly key: string;
  /** What devices and browsers are given to trust. */
  readonly authority: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
};

/** A device's certificate, PEM, with what the hub knows it by: the SHA-256 of its DER bytes, hex. */
export type DeviceCertificate = {
  readonly cert: string;
  readonly fingerprint: string;
  readonly notAfterMs: number;
  readonly authority: string;
};

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 20 * 365;
/** Short: what is stolen with the memory of a hub is worth little for long. */
const SERVER_DAYS = 30;
/** A device renews itself long before; one that was away for longer needs a new claim. */
const DEVICE_DAYS = 30;
/** A device's clock may be a day behind. */
const EARLIER_MS = DAY_MS;
/** The authority's beginning: a hub whose clock was ahead at its first start must not be distrusted until then. */
const AUTHORITY_FROM_MS = Date.UTC(2026, 0, 1);

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

export class Authority {
  readonly #cert: X509Certificate;
  readonly #key: webcrypto.CryptoKey;

  private constructor(cert: X509Certificate, key: webcrypto.CryptoKey) {
    this.#cert = cert;
    this.#key = key;
  }

  /** The hub's authority; made where there is none. @throws SealBroken when its row was altered */
  static async open(db: Db, keyring: Keyring, origin: string, nowMs: number): Promise<Authority> {
    let kept = loadAuthority(db, keyring);
    if (kept === undefined) {
      const made = await create(origin, nowMs);
      // Another call may have made one meanwhile: the first stays.
      kept = loadAuthority(db, keyring) ?? made;
      if (kept === made) keepAuthority(db, keyring, made);
    }
    const key = await webcrypto.subtle.importKey('pkcs8', Buffer.from(kept.key, 'base64'), ALGORITHM, false, [
      'sign',
    ]);
    return new Authority(new X509Certificate(kept.cert), key);
  }

  /** PEM of the authority's certificate: public. */
  get pem(): string {
    return this.#cert.toString('pem');
  }

  /** A certificate for a server under these names (DNS names and IP addresses), with a new key that is kept nowhere. */
  async issueServer(names: readonly string[], nowMs: number): Promise<ServerCertificate> {
    const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const notBeforeMs = nowMs - EARLIER_MS;
    const notAfterMs = nowMs + SERVER_DAYS * DAY_MS;
    const cert = await X509CertificateGenerator.create({
      serialNumber: serial(),
      subject: `CN=${names[0] ?? 'heartwood'}`,
      issuer: this.#cert.subject,
      notBefore: new Date(notBeforeMs),
      notAfter: new Date(notAfterMs),
      publicKey: keys.publicKey,
      signingKey: this.#key,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension(names.map(generalName)),
        await AuthorityKeyIdentifierExtension.create(this.#cert),
        await SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
    const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
    return {
      cert: cert.toString('pem'),
      key: key.export({ format: 'pem', type: 'pkcs8' }).toString(),
      authority: this.pem,
      notBeforeMs,
      notAfterMs,
    };
  }

  /** A certificate by which a device shows that it is `id` and has this key; for logging in, and nothing else. */
  async issueDevice(id: string, publicKey: PublicKey, nowMs: number): Promise<DeviceCertificate> {
    // X.509 counts whole seconds.
    const notAfterMs = Math.floor((nowMs + DEVICE_DAYS * DAY_MS) / 1000) * 1000;
    const cert = await X509CertificateGenerator.create({
      serialNumber: serial(),
      subject: [{ CN: [id] }],
      issuer: this.#cert.subject,
      notBefore: new Date(nowMs - EARLIER_MS),
      notAfter: new Date(notAfterMs),
      publicKey,
      signingKey: this.#key,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
        new SubjectAlternativeNameExtension([{ type: 'url', value: deviceUrn(id) }]),
        await AuthorityKeyIdentifierExtension.create(this.#cert),
        await SubjectKeyIdentifierExtension.create(publicKey),
      ],
    });
    const fingerprint = createHash('sha256').update(new Uint8Array(cert.rawData)).digest('hex');
    return { cert: cert.toString('pem'), fingerprint, notAfterMs, authority: this.pem };
  }
}

/** A device's name in its certificate, besides its common name. */
const deviceUrn = (id: string): string => `urn:heartwood:device:${id}`;

async function create(origin: string, nowMs: number): Promise<KeptAuthority> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const cert = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    // Neutral, as the origin is: whoever connects sees it.
    name: `CN=Heartwood ${origin.split('/').at(-1)}`,
    notBefore: new Date(Math.min(nowMs - EARLIER_MS, AUTHORITY_FROM_MS)),
    notAfter: new Date(nowMs + AUTHORITY_DAYS * DAY_MS),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return { cert: cert.toString('pem'), key };
}

/** 16 random bytes, positive (RFC 5280 section 4.1.2.2). */
function serial(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes.toString('hex');
}

const generalName = (name: string): { type: 'ip' | 'dns'; value: string } => ({
  type: isIP(name) === 0 ? 'dns' : 'ip',
  value: name,
});
