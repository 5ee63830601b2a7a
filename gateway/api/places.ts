// How many sockets the page's port keeps open, in all and for each address, and how fast an address may open new ones: a
// handshake costs the main thread a millisecond, an idle connection some 60 kB, and neither needs a login. Who is beyond it
// is cut off before the handshake.

import { BlockList, isIP, isIPv6, type Server, type Socket } from 'node:net';

export type PlaceLimits = {
  readonly inAll: number;
  /** A browser opens seven. A host has up to four addresses that count apart, which must not be all places there are. */
  readonly perAddress: number;
  /** New ones of an address a second, and at once after a rest. */
  readonly perSecond: number;
  readonly burst: number;
};

const PLACES: PlaceLimits = { inAll: 512, perAddress: 96, perSecond: 20, burst: 128 };

/** From the first octet to the end of the handshake. */
export const HANDSHAKE_MS = 10_000;

type Party = { open: number; credit: number; atMs: number };

export class Places {
  readonly #limits: PlaceLimits;
  readonly #clock: () => number;
  readonly #isOurs: (address: string) => boolean;
  readonly #parties = new Map<string, Party>();
  #ours = 0;
  #others = 0;
  #turnedAway = 0;

  /** @param clock milliseconds that never step back */
  constructor(
    clock: () => number,
    limits: PlaceLimits = PLACES,
    isOurs: (address: string) => boolean = isLoopback,
  ) {
    this.#limits = limits;
    this.#clock = clock;
    this.#isOurs = isOurs;
  }

  /** Counts every socket of `server` from now on, and destroys those without a place. */
  guard(server: Server): void {
    server.on('connection', (socket: Socket) => {
      if (!this.#enter(socket)) socket.destroy();
    });
  }

  get open(): number {
    return this.#ours + this.#others;
  }

  /** Sockets that found no place since the start. */
  get turnedAway(): number {
    return this.#turnedAway;
  }

  /** Addresses that are remembered. */
  get remembered(): number {
    return this.#parties.size;
  }

  #enter(socket: Socket): boolean {
    const address = socket.remoteAddress ?? 'unknown';
    const isIn = this.#isOurs(address) ? this.#enterOurs(socket) : this.#enterOther(socket, partyOf(address));
    if (!isIn) this.#turnedAway += 1;
    return isIn;
  }

  #enterOurs(socket: Socket): boolean {
    if (this.#ours >= this.#limits.inAll) return false;
    this.#ours += 1;
    socket.once('close', () => {
      this.#ours -= 1;
    });
    return true;
  }

  #enterOther(socket: Socket, key: string): boolean {
    const party = this.#party(key);
    const { inAll, perAddress } = this.#limits;
    if (this.#others >= inAll || party.open >= perAddress || party.credit < 1) return false;
    party.credit -= 1;
    party.open += 1;
    this.#others += 1;
    socket.once('close', () => {
      party.open -= 1;
      this.#others -= 1;
    });
    return true;
  }

  #party(key: string): Party {
    const { perSecond, burst } = this.#limits;
    const now = this.#clock();
    const known = this.#parties.get(key) ?? { open: 0, credit: burst, atMs: now };
    known.credit = Math.min(burst, known.credit + ((now - known.atMs) / 1000) * perSecond);
    known.atMs = now;
    if (!this.#parties.has(key)) this.#forgetRested(now);
    this.#parties.set(key, known);
    return known;
  }

  /** An address that has nothing open and has rested is as a new one: only so many are remembered. */
  #forgetRested(now: number): void {
    if (this.#parties.size < this.#limits.inAll * 2) return;
    const { perSecond, burst } = this.#limits;
    for (const [key, { open, credit, atMs }] of this.#parties)
      if (open === 0 && credit + ((now - atMs) / 1000) * perSecond >= burst) this.#parties.delete(key);
    // All of them came within seconds: the oldest that has nothing open goes.
    if (this.#parties.size < this.#limits.inAll * 2) return;
    for (const [key, { open }] of this.#parties) {
      if (open > 0) continue;
      this.#parties.delete(key);
      return;
    }
  }
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');
const isLoopback = (address: string): boolean =>
  isIP(address) !== 0 && loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');

/** IPv4 whole, also mapped into IPv6; IPv6 by its first four groups, all of which one host may have (RFC 6177). */
function partyOf(address: string): string {
  const plain = address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = (plain.split('%')[0] ?? '').split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - front.length - back.length;
  return [...front, ...Array<string>(Math.max(0, zeros)).fill('0'), ...back].slice(0, 4).join(':');
}
