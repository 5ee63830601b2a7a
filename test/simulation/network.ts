// The house's radio and the broker's rule. A connection keeps its order and may break at any moment, on one side before
// the other; what was on its way is lost from some point on, or arrives although nobody waits for it. The broker hands
// a group of messages over, and acknowledges each only when the hub has said that it is on the disk. A hub that cannot
// store loses the connections of those whom it could not serve.

import type { Random } from '@heartwood/device-sim';
import type { Books } from './books.ts';
import type { Device, Lane, Waiting } from './device.ts';
import type { Arriving, House } from './house.ts';
import type { Schedule } from './schedule.ts';

type Link = {
  readonly device: string;
  /** Of each end: whether it believes in the connection. */
  atDevice: boolean;
  atBroker: boolean;
  /** TCP keeps order: nothing arrives before this. */
  lastUpMs: number;
  lastDownMs: number;
};
type Handed = Arriving & { readonly link: Link; readonly lane: Lane };

/** The broker misses a silent device after one and a half of its keepalive of 30 s. */
const KEEPALIVE_MS = 45_000;

export class Network {
  /** Of every packet, ms, on average. */
  delayMs = 40;
  /** How likely a packet's connection breaks under it. */
  breaks = 0.0005;
  /** The disk refuses once, so many transactions after the next device has come back with a memory. */
  hiccupAtReturn: number | undefined;
  /** Acknowledges what has only arrived: to see that this is found. */
  acknowledgesEarly = false;
  /** Messages behind one that was refused are stored all the same: to see that this is found. */
  keepsWaiting = false;
  readonly counts = { arrived: 0, repeated: 0, connections: 0, groups: 0 };
  readonly #links = new Map<string, Link>();
  readonly #away = new Set<string>();
  readonly #devices: ReadonlyMap<string, Device>;
  readonly #house: House;
  readonly #books: Books;
  readonly #schedule: Schedule;
  readonly #random: Random;
  #waiting: Handed[] = [];
  #committing = false;

  constructor(given: {
    devices: readonly Device[];
    house: House;
    books: Books;
    schedule: Schedule;
    random: Random;
  }) {
    this.#devices = new Map(given.devices.map((device) => [device.kind.id, device]));
    this.#house = given.house;
    this.#books = given.books;
    this.#schedule = given.schedule;
    this.#random = given.random;
    for (const id of this.#devices.keys()) this.#comeBack(id);
  }

  /** Whether the broker believes that the device is there; undefined: it never was since the hub's start. */
  linkOf(id: string): boolean | undefined {
    return this.#told.get(id);
  }

  /** What a device has is sent, as far as its connection takes it. */
  send(id: string): void {
    const device = this.#devices.get(id) as Device;
    const link = this.#links.get(id);
    if (link?.atDevice !== true) return;
    for (const one of device.take()) {
      if (this.#random.chance(this.breaks)) {
        this.cut(id);
        return;
      }
      this.#publish(link, one);
      // A careless firmware says the same thing twice.
      if (this.#random.chance(0.01)) this.#publish(link, one);
    }
  }

  /** The device's end is gone. The broker's may believe in it for a while. */
  cut(id: string): void {
    const link = this.#links.get(id);
    if (link?.atDevice !== true) return;
    link.atDevice = false;
    this.#devices.get(id)?.disconnected();
    if (this.#random.chance(0.5)) this.#ended(link);
    else this.#schedule.after(KEEPALIVE_MS, () => this.#ended(link));
    this.#comeBack(id);
  }

  away(id: string, away: boolean): void {
    if (away) {
      this.#away.add(id);
      this.cut(id);
    } else this.#away.delete(id);
  }

  /** The hub's process is gone, and every socket with it. */
  hubEnded(): void {
    this.#waiting = [];
    this.#committing = false;
    this.#told.clear();
    for (const link of this.#links.values()) {
      link.atBroker = false;
      if (!link.atDevice) continue;
      link.atDevice = false;
      this.#devices.get(link.device)?.disconnected();
      this.#comeBack(link.device);
    }
  }

  readonly #told = new Map<string, boolean>();

  #publish(link: Link, { key, body, lane }: Waiting): void {
    const atMs = Math.max(link.lastUpMs, this.#schedule.nowMs + this.#random.exponential(this.delayMs));
    link.lastUpMs = atMs;
    this.#schedule.after(atMs - this.#schedule.nowMs, () => {
      if (!link.atBroker || !this.#house.up) return;
      this.counts.arrived++;
      this.#waiting.push({ device: link.device, body, message: key, link, lane });
      if (this.acknowledgesEarly) this.#acknowledge(link, key);
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#committing || this.#waiting.length === 0) return;
    this.#committing = true;
    const { life } = this.#house;
    const group = this.#waiting;
    this.#waiting = [];
    this.counts.groups++;
    this.#schedule.after(1 + this.#random.exponential(8), async () => {
      if (life !== this.#house.life || !this.#house.up) return;
      for (const { message, lane } of group) this.#books.lanes.set(message, lane);
      const result = await this.#house.commit(group, () => {
        if (!this.acknowledgesEarly) for (const { link, message } of group) this.#acknowledge(link, message);
      });
      if (result === undefined) return;
      this.#committing = false;
      if (result === 'refused') this.#refuse(group);
      this.#pump();
    });
  }

  #acknowledge(link: Link, key: string): void {
    this.#books.acknowledge(key);
    if (!link.atBroker) return;
    const atMs = Math.max(link.lastDownMs, this.#schedule.nowMs + this.#random.exponential(this.delayMs));
    link.lastDownMs = atMs;
    this.#schedule.after(atMs - this.#schedule.nowMs, () => {
      if (!link.atDevice) return;
      this.#devices.get(link.device)?.acknowledged(key);
      this.send(link.device);
    });
  }

  /** Their connections end, and what they had sent behind it goes with them: else it would overtake. */
  #refuse(group: readonly Handed[]): void {
    const refused = new Set(group.map(({ device }) => device));
    if (!this.keepsWaiting) this.#waiting = this.#waiting.filter(({ device }) => !refused.has(device));
    for (const { link } of group) {
      if (!link.atBroker) continue;
      this.#ended(link);
      this.#schedule.after(this.#random.exponential(this.delayMs), () => this.cut(link.device));
    }
  }

  #comeBack(id: string): void {
    this.#schedule.after(250 + this.#random.exponential(3000), () => this.#connect(id));
  }

  #connect(id: string): void {
    const before = this.#links.get(id);
    if (before?.atDevice === true) return;
    if (!this.#house.up || this.#away.has(id)) {
      this.#schedule.after(2000 + this.#random.exponential(10_000), () => this.#connect(id));
      return;
    }
    // [MQTT-3.1.4-2] The one before is ended.
    if (before) before.atBroker = false;
    const nowMs = this.#schedule.nowMs;
    this.#links.set(id, { device: id, atDevice: true, atBroker: true, lastUpMs: nowMs, lastDownMs: nowMs });
    this.counts.connections++;
    this.#tell(id, true);
    if (this.hiccupAtReturn !== undefined && (this.#devices.get(id)?.pending ?? 0) > 8) {
      this.#house.faults.hiccup = this.hiccupAtReturn;
      this.hiccupAtReturn = undefined;
    }
    this.send(id);
  }

  #ended(link: Link): void {
    if (!link.atBroker) return;
    link.atBroker = false;
    if (this.#links.get(link.device) === link) this.#tell(link.device, false);
  }

  #tell(id: string, online: boolean): void {
    this.#told.set(id, online);
    this.#house.running?.hub.watch.link(id, online ? 'online' : 'offline');
  }
}
