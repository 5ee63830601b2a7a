// By which names a browser may ask for the page. A stranger's site can let its own name lead to this machine (DNS
// rebinding) and then reads what the hub answers as its own: so a name that is not ours gets nothing. An address needs no
// list, since nobody can let one lead elsewhere.

import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

export class HostNames {
  #certificate: X509Certificate | undefined;
  readonly #more: ReadonlySet<string>;

  /**
   * @param cert PEM, of a listener with TLS: the names that it vouches for
   * @param more others, as of a proxy in front
   */
  constructor(cert: string | undefined, more: readonly string[] = []) {
    if (cert !== undefined) this.renew(cert);
    this.#more = new Set(more.map((name) => name.toLowerCase()));
  }

  /** The certificate (PEM) that is shown from now on. */
  renew(cert: string): void {
    this.#certificate = new X509Certificate(cert);
  }

  /** @param host the Host header (RFC 9110 section 7.2); whoever sends none is no browser */
  answersTo(host: string | undefined): boolean {
    if (host === undefined) return true;
    if (!URL.canParse(`http://${host}`)) return false;
    const { hostname } = new URL(`http://${host}`);
    const name = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
    if (isIP(name) > 0 || name === 'localhost') return true;
    return this.#more.has(name) || this.#certificate?.checkHost(name) !== undefined;
  }
}
