// What stands in a claim's QR code, as a device reads it (docs/spec/enrolment.md).

export type ClaimLink = {
  /** Names and addresses to try, the best first. */
  readonly hosts: readonly string[];
  readonly port: number;
  readonly code: string;
  /** SHA-256 of the authority's certificate (DER): whom to trust. */
  readonly sha256: Uint8Array;
};

const SHA256_BYTES = 32;

/** `https://hub.local:8420/enroll#code=…&sha256=…&at=…`. @throws RangeError where it is none */
export function parseClaimLink(link: string): ClaimLink {
  const url = URL.canParse(link) ? new URL(link) : undefined;
  const said = new URLSearchParams(url?.hash.slice(1));
  const code = said.get('code');
  const sha256 = Buffer.from(said.get('sha256') ?? '', 'base64url');
  if (url?.protocol !== 'https:' || url.pathname !== '/enroll' || !code || sha256.length !== SHA256_BYTES)
    throw new RangeError('this is no claim of a Heartwood hub');
  const others = (said.get('at') ?? '').split(',').filter((host) => host !== '');
  return { hosts: [url.hostname, ...others], port: Number(url.port || 443), code, sha256 };
}
