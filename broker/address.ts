// Which addresses count as one party, and which never leave this machine.

import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether a host to listen on is reachable from this machine only: `localhost`, 127.0.0.0/8 or ::1. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  const family = isIP(host);
  return family !== 0 && loopback.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

/**
 * The key under which an address is counted: an IPv4 address whole (also when mapped into IPv6), an IPv6
 * address by its /64, since one host gets all of those 2^64 addresses from its router (RFC 6177).
 */
export function addressKey(address: string): string {
  const plain = unmapped(address);
  if (isIP(plain) !== 6) return plain;
  const [head = '', tail] = (plain.split('%')[0] ?? '').split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail ? tail.split(':') : [];
  const zeros = tail === undefined ? 0 : 8 - front.length - back.length;
  const groups = [...front, ...Array<string>(Math.max(0, zeros)).fill('0'), ...back];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

const unmapped = (address: string): string =>
  address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;

const onLink = new BlockList();
onLink.addSubnet('fe80::', 10, 'ipv6'); // link-local (RFC 4291 2.5.6)
onLink.addSubnet('fc00::', 7, 'ipv6'); // unique local (RFC 4193)
onLink.addAddress('::1', 'ipv6');

/**
 * The key under which wrong logins are counted: as `addressKey`, but on the hub's own network, where a whole house shares
 * one /64, the address itself. Whoever is there may change it; what they open a second is still counted by the /64.
 */
export function failureKey(address: string, ownPrefixes: () => ReadonlySet<string>): string {
  const key = addressKey(address);
  if (!key.endsWith('/64')) return key;
  const [plain = ''] = address.split('%');
  return onLink.check(plain, 'ipv6') || ownPrefixes().has(key) ? plain : key;
}

const PREFIXES_MS = 60_000;

/** The /64s of this machine's networks, looked up once a minute: a router may give others. @param now ms */
export function ownPrefixes(now: () => number): () => ReadonlySet<string> {
  let prefixes: ReadonlySet<string> = new Set();
  let until = Number.NEGATIVE_INFINITY;
  let from = until;
  return () => {
    const at = now();
    if (at >= until || at < from) {
      const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
      prefixes = new Set(
        all.filter(({ family }) => family === 'IPv6').map(({ address }) => addressKey(address)),
      );
      [from, until] = [at, at + PREFIXES_MS];
    }
    return prefixes;
  };
}
