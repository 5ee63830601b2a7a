// One POST to somebody else's server, and the status of its answer. By TLS unless it is this machine; no redirection is
// followed (it could lead a signed message anywhere), the answer's body is not read, and a name is resolved once, so that
// what was looked at is what is connected to.

import { lookup as lookUp } from 'node:dns';
import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { isLoopback } from './contact.ts';
import { connectionFault, NotDelivered } from './message.ts';

export type Post = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: string | Uint8Array;
  /** PEM of authorities that are believed besides the well-known ones. */
  readonly ca?: readonly string[] | undefined;
  /** The address was chosen by somebody who does not run the hub: nothing of this house may be called by it. */
  readonly outsideOnly?: boolean;
};

/**
 * Addresses that are nobody's on the internet (RFC 6890 and IANA's special-purpose registries), and those of IPv6 that lead
 * to an IPv4 address which they hold: a relay or a gateway of the house would take a call there.
 */
const INSIDE = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  INSIDE.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  // IETF protocols, of which Teredo is one; the documents' own; 6to4.
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const)
  INSIDE.addSubnet(net, bits, 'ipv6');

/** Whether an IP address is of this machine or of a network of this house. */
export const isInside = (address: string): boolean =>
  INSIDE.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** @returns the status of the answer @throws NotDelivered */
export function post({ url, headers, body, ca, outsideOnly }: Post, signal: AbortSignal): Promise<number> {
  const to = URL.parse(url);
  if (to === null || (to.protocol !== 'https:' && !(to.protocol === 'http:' && isLoopback(to.hostname))))
    return Promise.reject(
      new NotDelivered('address-refused', 'Only https:// is called beyond this machine.'),
    );
  const literal = to.hostname.replace(/^\[|\]$/g, '');
  if (outsideOnly === true && (isLoopback(to.hostname) || (isIP(literal) !== 0 && isInside(literal))))
    return Promise.reject(insideRefused());
  const options: RequestOptions = {
    method: 'POST',
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    signal,
    agent: false,
    maxHeaderSize: 8192,
    ...(outsideOnly === true && { lookup: outsideLookup }),
    ...(ca !== undefined && to.protocol === 'https:' && { ca: [...ca] }),
  };
  return new Promise((resolve, reject) => {
    const request = (to.protocol === 'https:' ? httpsRequest : httpRequest)(to, options);
    request.on('response', (response) => {
      // Whatever else it says is not wanted.
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', (error) => reject(connectionFault(error, signal)));
    request.end(body);
  });
}

/** What the status of an answer means. @throws NotDelivered */
export function checkStatus(status: number): void {
  if (status >= 200 && status < 300) return;
  if (status === 404 || status === 410)
    throw new NotDelivered('gone', `There is nobody at that address any more (${status}).`);
  if (status === 401 || status === 403)
    throw new NotDelivered('login-refused', `The other side does not let the hub in (${status}).`);
  if (status === 408 || status === 425 || status === 429 || status >= 500)
    throw new NotDelivered('busy', `The other side cannot take it now (${status}).`);
  if (status >= 300 && status < 400)
    throw new NotDelivered('refused', `The other side points elsewhere (${status}), which is not followed.`);
  throw new NotDelivered('refused', `The other side refuses it (${status}).`);
}

const insideRefused = (): NotDelivered =>
  new NotDelivered('address-refused', 'That address is of this house, and nothing here is called by it.');

/** Resolves a name, and refuses where any address of it is inside: rebinding between two looks would be a way in. */
const outsideLookup: LookupFunction = (hostname, options, done) => {
  lookUp(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return done(error, '');
    if (addresses.some(({ address }) => isInside(address))) return done(insideRefused(), '');
    const first = addresses[0];
    if (options.all === true) return done(null, addresses);
    return first === undefined ? done(insideRefused(), '') : done(null, first.address, first.family);
  });
};
