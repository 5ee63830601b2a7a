// What a claim's QR code says: where the hub is, by what to know it, and the code. All but the address stands in the
// fragment, which a browser sends to nobody (docs/spec/enrolment.md).

import { X509Certificate } from 'node:crypto';

/** Names that lead back to whoever asks. */
const ONLY_HERE = new Set(['localhost', '127.0.0.1', '::1']);
/** A QR code that nobody's camera reads serves nobody. */
const OTHER_NAMES_MAX = 3;

export type ClaimPlace = {
  /** Of the page, by the hub's first name: `https://hub.local:8420`. */
  readonly url: string;
  /** All names of the hub's certificate. */
  readonly names: readonly string[];
  /** PEM. */
  readonly authority: string;
};

/** `https://hub.local:8420/enroll#code=…&sha256=…&at=…`; the hash is that of the authority's DER bytes, base64url. */
export function formatClaimLink({ url, names, authority }: ClaimPlace, code: string): string {
  const { hostname } = new URL(url);
  const others = names.filter((name) => !ONLY_HERE.has(name) && name !== hostname).slice(0, OTHER_NAMES_MAX);
  const hash = new X509Certificate(authority).fingerprint256.replaceAll(':', '');
  const sha256 = Buffer.from(hash, 'hex').toString('base64url');
  const at = others.length === 0 ? '' : `&at=${others.join()}`;
  return `${url}/enroll#code=${code}&sha256=${sha256}${at}`;
}
