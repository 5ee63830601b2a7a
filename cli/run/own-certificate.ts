// The certificate that the hub makes for itself when it answers the home's network: made at the start, again long
// before it ends or when the machine's addresses have changed, and shown to whoever connects from then on. Its key lies
// in memory alone; what devices and browsers are given to trust lies beside the data as `authority.pem`.

import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machineNames, type ServerCertificate } from '@heartwood/gateway/home';
import type { Log } from '../log.ts';

const CHECK_MS = 60_000;
/** New with so much of a month left: a hub that was off for a while still begins with a good one. */
const RENEW_BEFORE_MS = 10 * 86_400_000;

export type OwnCertificate = {
  readonly tls: { readonly cert: string; readonly key: string };
  /** PEM of the authority's certificate. */
  readonly authority: string;
  /** All names of the certificate that is shown now, the best first. */
  names(): readonly string[];
  /** The first name that a browser at home may use. */
  readonly name: string;
  /** Path of the file that devices and browsers are given. */
  readonly authorityFile: string;
  /** SHA-256 of the authority's certificate, as browsers show it. */
  readonly fingerprint: string;
  /** Hands every new certificate on. @returns ends it */
  keep(renew: (tls: { readonly cert: string; readonly key: string }) => void): () => void;
};

/** Makes the first one. `issue` asks the hub's authority for a certificate under some names. */
export async function makeOwnCertificate(
  data: string,
  issue: (names: readonly string[]) => Promise<ServerCertificate>,
  log: Log,
  namesNow: () => readonly string[] = machineNames,
): Promise<OwnCertificate> {
  let names = namesNow();
  let current = await issue(names);
  const authorityFile = join(data, 'authority.pem');
  writeFileSync(authorityFile, current.authority, { mode: 0o644 });
  return {
    tls: current,
    authority: current.authority,
    names: () => names,
    name: names[0] ?? 'localhost',
    authorityFile,
    fingerprint: new X509Certificate(current.authority).fingerprint256,
    keep: (renew) => {
      const check = async (): Promise<void> => {
        const found = namesNow();
        // A certificate of a clock that was ahead, and was set right, is not good yet.
        const due = current.notAfterMs - Date.now() < RENEW_BEFORE_MS || Date.now() < current.notBeforeMs;
        if (!due && found.join() === names.join()) return;
        current = await issue(found);
        names = found;
        renew(current);
        log('info', 'certificate-renewed', { names: names.length });
      };
      const timer = setInterval(() => {
        check().catch((error: Error) => log('error', 'certificate-not-renewed', { why: error.message }));
      }, CHECK_MS);
      return () => clearInterval(timer);
    },
  };
}
