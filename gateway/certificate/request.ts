// A device's request for a certificate (PKCS #10, RFC 2986): it brings the public key, signed by its private key, which
// stays in the device. Whatever else stands in it, names above all, is the device's word and is not looked at.

import 'reflect-metadata';
import { Pkcs10CertificateRequest, type PublicKey } from '@peculiar/x509';
import { HeartwoodError } from '../error.ts';
import { REQUEST_CHARS_MAX } from './limits.ts';

const PEM =
  /^\s*-----BEGIN (NEW )?CERTIFICATE REQUEST-----[A-Za-z0-9+/=\s]+-----END \1?CERTIFICATE REQUEST-----\s*$/;

/**
 * The public key of a request whose own signature holds: ECDSA with P-256 and SHA-256 (RFC 5758), or Ed25519 (RFC 8410).
 * @throws HeartwoodError unacceptable
 */
export async function readRequest(pem: string): Promise<PublicKey> {
  if (pem.length > REQUEST_CHARS_MAX || !PEM.test(pem)) throw refused('it is no PKCS #10 request as PEM');
  let request: Pkcs10CertificateRequest;
  let holds: boolean;
  try {
    request = new Pkcs10CertificateRequest(pem);
    if (!isStrong(request)) throw refused('its key must be P-256 (signed with SHA-256) or Ed25519');
    holds = await request.verify();
  } catch (error) {
    // What the parser says of bytes that a stranger sent goes no further.
    throw error instanceof HeartwoodError ? error : refused('it cannot be read');
  }
  if (!holds) throw refused('its signature is not that of the key in it');
  return request.publicKey;
}

function isStrong({ publicKey, signatureAlgorithm }: Pkcs10CertificateRequest): boolean {
  const key = publicKey.algorithm as { name: string; namedCurve?: string };
  const signature = signatureAlgorithm as { name: string; hash?: { name: string } };
  if (key.name === 'Ed25519') return signature.name === 'Ed25519';
  return key.name === 'ECDSA' && key.namedCurve === 'P-256' && signature.hash?.name === 'SHA-256';
}

const refused = (why: string): HeartwoodError =>
  new HeartwoodError('unacceptable', `This certificate request is not taken: ${why}.`);
