// Under which names this machine is reached at home: its host name, the same as multicast DNS says it, and its
// addresses.

import { hostname, type NetworkInterfaceInfo, networkInterfaces } from 'node:os';

/** The names for a certificate, sorted after the first, so that two lists of the same machine are equal. */
export function machineNames(
  host: string = hostname(),
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>> = networkInterfaces(),
): readonly string[] {
  // A certificate has no place for an address with a zone (fe80::1%eth0): such are left out.
  const addresses = Object.values(interfaces)
    .flatMap((of) => of ?? [])
    .map(({ address }) => address)
    .filter((address) => !address.startsWith('fe80:'));
  const [short = 'localhost'] = host.toLowerCase().split('.', 1);
  const names = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(short) ? [`${short}.local`, short] : [];
  return [...names, ...new Set(['localhost', ...addresses, '127.0.0.1', '::1'])].filter(
    (name, at, all) => all.indexOf(name) === at,
  );
}
