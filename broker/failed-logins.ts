// Who must wait after wrong logins: a device at an address by itself, and an address with all behind it. A device that
// goes on with an old password waits alone, and so does not lock out the house that it is in; whoever goes through many
// names makes the address wait.

import { addressKey, failureKey } from './address.ts';
import { LoginGate } from './login-gate.ts';
import { Shares } from './share.ts';

export type FailedLoginsOptions = {
  failedLoginsMax: number;
  failedLoginsPerAddressMax: number;
  backOffFirstMs: number;
  backOffLongestMs: number;
};

/** Addresses, and pairs of a device and an address, that are remembered, each in its table. */
const KEYS_MAX = 4096;
/** Longer than any client waits before it tries again: for one that comes back later the address would be charged anew. */
const PAIR_FORGET_MS = 3_600_000;
/** Sixty devices that each wait the longest, and their first tries. Whoever fails more often at an address is guessing. */
const KNOWN_WRONG = { perSecond: 1, burst: 600 };

export class FailedLogins {
  readonly #ownPrefixes: () => ReadonlySet<string>;
  readonly #pairs: LoginGate;
  readonly #addresses: LoginGate;
  readonly #knownWrong: Shares = new Shares(KNOWN_WRONG, KEYS_MAX);

  /** @param ownPrefixes the /64s of this machine's own networks, as `addressKey` writes them */
  constructor(options: FailedLoginsOptions, ownPrefixes: () => ReadonlySet<string>) {
    const { backOffFirstMs: firstMs, backOffLongestMs: longestMs } = options;
    const gate = { firstMs, longestMs, keysMax: KEYS_MAX };
    this.#ownPrefixes = ownPrefixes;
    this.#pairs = new LoginGate({ ...gate, failuresMax: options.failedLoginsMax, forgetMs: PAIR_FORGET_MS });
    this.#addresses = new LoginGate({ ...gate, failuresMax: options.failedLoginsPerAddressMax });
  }

  /** Whether nobody at this address may connect now. */
  addressMustWait(address: string, now: number): boolean {
    return this.#addresses.waitMs(this.#keyOf(address), now) > 0;
  }

  /** Whether this device, from this address, may not try now. */
  mustWait(device: string, address: string, now: number): boolean {
    return this.#pairs.waitMs(this.#pairOf(device, address), now) > 0;
  }

  failed(device: string, address: string, now: number): void {
    const failures = this.#pairs.failed(this.#pairOf(device, address), now);
    // The address pays for each name once: a name that goes on has a wait of its own.
    if (failures > 1 && this.#isKnown(address, now)) return;
    this.#addresses.failed(this.#keyOf(address), now);
  }

  /** Whether one more failure of a name that failed already is what a house with some old passwords has. */
  #isKnown(address: string, now: number): boolean {
    const share = this.#knownWrong.of(addressKey(address), now);
    if (share.waitMs(now) > 0) return false;
    share.spend(1, now);
    return true;
  }

  succeeded(device: string, address: string): void {
    this.#pairs.succeeded(this.#pairOf(device, address));
  }

  #keyOf(address: string): string {
    return failureKey(address, this.#ownPrefixes);
  }

  #pairOf(device: string, address: string): string {
    return `${this.#keyOf(address)} ${device}`;
  }
}
