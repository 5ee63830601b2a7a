// What a device showed in the TLS handshake. The handshake has proven that it holds the key; who it is, and whether the
// hub still knows it, are steps of the login (access.ts, desk.ts).

import { TLSSocket } from 'node:tls';

export type PeerCertificate = {
  /** SHA-256 of its DER bytes, hex. */
  readonly fingerprint: string;
  /** Why the authority's signature, the dates or the purpose do not hold, as OpenSSL names it; undefined where they do. */
  readonly untrusted: string | undefined;
  /** The device that it is for; undefined where common name, URI and purpose do not say the same, and nothing else. */
  readonly device: string | undefined;
};

/** RFC 5280 section 4.2.1.12: for clients, and for nothing else. */
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const URN = 'URI:urn:heartwood:device:';

/** Undefined where the other side showed none, or speaks in the clear. Everything in it is its word until it is trusted. */
export function peerCertificate(socket: unknown): PeerCertificate | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const shown = socket.getPeerX509Certificate();
  if (shown === undefined) return undefined;
  const { subject, subjectAltName = '', keyUsage } = shown;
  const device = subjectAltName.startsWith(URN) ? subjectAltName.slice(URN.length) : undefined;
  const named = subject === `CN=${device}` && keyUsage?.length === 1 && keyUsage[0] === CLIENT_AUTH;
  return {
    fingerprint: shown.fingerprint256.replaceAll(':', '').toLowerCase(),
    untrusted: socket.authorized ? undefined : String(socket.authorizationError),
    device: named ? device : undefined,
  };
}
