// The feed (docs/spec/feed.md): a snapshot, then what happened since, numbered without gaps. Readings come from the store,
// after their commit; texts pass through unparsed. Pages that may see the same share one channel, which keeps the last of
// what it said: a page that comes back is told what it missed, and where that is too much it is shown everything anew.

import type { PatientAlarms } from '../alarms/feed-alarm.ts';
import { FEED_RULES, type PatientCare } from '../alarms/feed-care.ts';
import type { PatientScore } from '../alarms/feed-score.ts';
import type { SnapshotPatient } from '../hub/calls.ts';
import type { DiskNotice } from '../hub/disk-watch.ts';
import { may, type Viewer } from '../people/permission.ts';
import { Channel, type ChannelPage, type FeedSocket } from './channel.ts';
import type { DelayPort } from './delays.ts';
import { bodyOf, type FeedVersion, type Message, NO_SAMPLES } from './frame.ts';
import { joinPacked, type PackedReadings, unpackText } from './packed-readings.ts';
import type { RadioNotice } from './radio-notice.ts';

export type Link = 'online' | 'offline' | 'unknown';

export type FeedHub = { readonly origin: string; readonly startedAt: number; readonly intervalMs: number };
type Batch = {
  readonly sequence: number;
  readonly endMs: number;
  readonly entries: number;
  readonly ledgerSize: number;
};

/** What a page asks for when it comes. */
export type FeedAsked = {
  readonly version: FeedVersion;
  /** Where it was: the last message that it took, of which stream. */
  readonly resume: { readonly session: string; readonly after: number } | undefined;
};
const PLAIN: FeedAsked = { version: 1, resume: undefined };

export type FeedPorts = {
  snapshot: () => Promise<readonly SnapshotPatient[]>;
  onListeners: (any: boolean) => void;
  clock: () => number;
  delays?: DelayPort;
  /** In bytes: what one page may leave unread, and what a channel keeps of what it said. */
  bounds?: FeedBounds;
};
export type FeedBounds = { readonly unread: number; readonly kept: number };

/** Readings of one moment go out together: often enough for the eye, seldom enough for a hundred devices. */
const FLUSH_MS = 25;
const TICK_MS = 5_000;
const LINKS_MAX = 10_000;
/** How long a channel goes on when its last page left, for one that lost its link. */
const LINGER_MS = 5 * 60_000;
/** A quarter of an hour of four people, ten seconds of a ward of 200, is kept; 1 MiB unread, and a page is behind. */
const BOUNDS: FeedBounds = { unread: 1024 * 1024, kept: 4 * 1024 * 1024 };
const ALL_BYTES_MAX = 16 * 1024 * 1024;

export class Feed {
  readonly #hub: FeedHub;
  readonly #ports: FeedPorts;
  readonly #bounds: FeedBounds;
  /** By what their pages may see. */
  readonly #channels = new Map<string, Channel>();
  readonly #lingering = new Map<Channel, NodeJS.Timeout>();
  readonly #links = new Map<string, Link>();
  #batch: Batch | undefined;
  #disk: DiskNotice | undefined;
  #radio: RadioNotice | undefined;
  /** By patient: readings that wait to be sent. */
  #readings = new Map<string, PackedReadings[]>();
  /** When the oldest of them was on disk. */
  #oldestMs: number | undefined;
  #flush: NodeJS.Timeout | undefined;
  #tick: NodeJS.Timeout | undefined;
  #asking: Promise<readonly SnapshotPatient[] | undefined> | undefined;

  constructor(hub: FeedHub, ports: FeedPorts) {
    this.#hub = hub;
    this.#ports = ports;
    this.#bounds = ports.bounds ?? BOUNDS;
  }

  /** Begins to feed a page with what its viewer may see. @returns ends it */
  open(socket: FeedSocket, viewer: Viewer, { version, resume }: FeedAsked = PLAIN): () => void {
    const channel = this.#channel(version, viewer);
    const page: ChannelPage = { socket, next: undefined };
    channel.pages.add(page);
    this.#tick ??= setInterval(() => this.#beat(), TICK_MS);
    if (resume === undefined || !channel.resume(page, resume.session, resume.after))
      void this.#show(channel, page);
    return () => {
      if (!channel.pages.delete(page)) return;
      if (channel.pages.size === 0) this.#linger(channel);
      if ([...this.#channels.values()].some(({ pages }) => pages.size > 0)) return;
      clearInterval(this.#tick);
      this.#tick = undefined;
    };
  }

  /** @param durableMs hub's clock when they were on disk */
  readings(byPatient: ReadonlyMap<string, PackedReadings>, durableMs?: number): void {
    if (this.#channels.size === 0) return;
    for (const [patient, packed] of byPatient) {
      const waiting = this.#readings.get(patient);
      if (waiting === undefined) this.#readings.set(patient, [packed]);
      else waiting.push(packed);
    }
    this.#oldestMs ??= durableMs;
    this.#flush ??= setTimeout(() => this.#flushReadings(), FLUSH_MS);
  }

  batch(batch: Batch): void {
    this.#batch = batch;
    this.#flushReadings();
    for (const channel of this.#channels.values())
      tell(channel, 'batch', { batch: wireBatch(batch, channel.viewer) });
  }

  /** What Bluetooth lacks and asks: for those who may answer. */
  radio(radio: RadioNotice): void {
    this.#radio = radio;
    for (const channel of this.#channels.values())
      if (may(channel.viewer, { do: 'pair-device' })) tell(channel, 'radio', { radio });
  }

  /** The disk fails, is nearly full, or is well again: of concern to everybody. */
  disk(disk: DiskNotice): void {
    this.#disk = disk;
    for (const channel of this.#channels.values()) tell(channel, 'disk', { disk });
  }

  /** All alarms of a patient that are not off, the highest first. */
  alarms({ patient, alarms }: PatientAlarms): void {
    this.#flushReadings();
    for (const channel of this.#channels.values())
      if (channel.patients.has(patient)) tell(channel, 'alarms', { patient, alarms });
  }

  /** What people have set and seen of a patient. */
  care({ patient, care }: PatientCare): void {
    this.#flushReadings();
    for (const channel of this.#channels.values())
      if (channel.patients.has(patient)) tell(channel, 'care', { patient, care });
  }

  /** Early-warning scores that changed. */
  scores(scores: readonly PatientScore[]): void {
    this.#flushReadings();
    for (const channel of this.#channels.values()) {
      const theirs = scores.filter(({ patient }) => channel.patients.has(patient));
      if (theirs.length > 0) tell(channel, 'scores', { scores: theirs });
    }
  }

  link(device: string, link: Link): void {
    if (this.#links.get(device) === link) return;
    // At another's broker anybody may name a device: those beyond a large home's are nobody's.
    if (this.#links.size >= LINKS_MAX && !this.#links.has(device)) return;
    this.#links.set(device, link);
    for (const channel of this.#channels.values())
      if (channel.devices.has(device)) tell(channel, 'link', { device, link });
  }

  /** Somebody was enrolled: every page gets the new list. */
  async registry(): Promise<void> {
    if (this.#channels.size === 0) return;
    const patients = await this.#patients(true);
    // The hub has ended: whoever runs it hears that elsewhere.
    if (patients === undefined) return;
    this.#flushReadings();
    for (const channel of this.#channels.values())
      tell(channel, 'patients', { patients: this.#shownTo(channel, patients) });
  }

  /** The channel of those who may see what this viewer may; made where there is none. */
  #channel(version: FeedVersion, viewer: Viewer): Channel {
    const { role, patients } = viewer;
    const key = JSON.stringify([
      version,
      role,
      patients === 'all' ? patients : patients.toSorted((a, b) => a - b),
    ]);
    const there = this.#channels.get(key);
    if (there !== undefined) {
      clearTimeout(this.#lingering.get(there));
      this.#lingering.delete(there);
      return there;
    }
    const channel = new Channel(version, { role, patients }, this.#bounds, this.#ports.clock);
    this.#channels.set(key, channel);
    if (this.#channels.size === 1) this.#ports.onListeners(true);
    this.#share();
    return channel;
  }

  #linger(channel: Channel): void {
    const over = (): void => {
      this.#lingering.delete(channel);
      for (const [key, each] of this.#channels) if (each === channel) this.#channels.delete(key);
      this.#share();
      if (this.#channels.size > 0) return;
      this.#ports.onListeners(false);
      clearTimeout(this.#flush);
      this.#flush = undefined;
      this.#readings = new Map();
      this.#oldestMs = undefined;
    };
    // Nobody can come back to one whose pages do not resume.
    if (channel.version === 1) over();
    else this.#lingering.set(channel, setTimeout(over, LINGER_MS).unref());
  }

  #share(): void {
    const bytesMax = Math.min(this.#bounds.kept, Math.floor(ALL_BYTES_MAX / this.#channels.size));
    for (const channel of this.#channels.values()) {
      channel.bytesMax = bytesMax;
      channel.ring.trim(bytesMax);
    }
  }

  #flushReadings(): void {
    clearTimeout(this.#flush);
    this.#flush = undefined;
    if (this.#readings.size === 0) return;
    const waiting = [...this.#readings];
    this.#readings = new Map();
    const whole = joinPacked(waiting.flatMap(([, packed]) => packed));
    for (const channel of this.#channels.values()) {
      const theirs = waiting.every(([patient]) => channel.patients.has(patient))
        ? whole
        : joinPacked(waiting.flatMap(([patient, packed]) => (channel.patients.has(patient) ? packed : [])));
      if (theirs.text !== '') channel.say(readingsMessage(theirs, channel.version));
    }
    if (this.#oldestMs !== undefined)
      this.#ports.delays?.observe('feed', this.#ports.clock() - this.#oldestMs);
    this.#oldestMs = undefined;
  }

  /** Says that the hub lives, and looks after pages that have no place any more and can read again. */
  #beat(): void {
    for (const channel of this.#channels.values()) {
      if (channel.pages.size === 0) continue;
      tell(channel, 'tick', {});
      for (const page of channel.pages)
        if (page.next === undefined && channel.canRead(page)) void this.#show(channel, page);
    }
  }

  /** What the hub says after this snapshot is not in it, and what it said before is: both come from one thread, in order. */
  async #show(channel: Channel, page: ChannelPage): Promise<void> {
    const all = await this.#patients();
    if (all === undefined || !channel.pages.has(page) || page.next !== undefined) return;
    this.#flushReadings();
    const before = channel.told ? [...channel.patients].join() : undefined;
    const patients = this.#shownTo(channel, all);
    // Somebody was enrolled a moment ago: those who are here learn it no later than the one who comes.
    if (before !== undefined && before !== [...channel.patients].join())
      tell(channel, 'patients', { patients });
    channel.show(
      page,
      bodyOf({
        ...(channel.version > 1 && { session: channel.session }),
        hub: this.#hub,
        batch: this.#batch ? wireBatch(this.#batch, channel.viewer) : null,
        disk: this.#disk ?? null,
        radio: may(channel.viewer, { do: 'pair-device' }) ? (this.#radio ?? null) : null,
        limits: FEED_RULES,
        patients,
      }),
    );
  }

  /** One question for all who ask at once: it is the moment of the answer that counts. */
  #patients(anew = false): Promise<readonly SnapshotPatient[] | undefined> {
    if (anew || this.#asking === undefined) {
      const asking = this.#ports.snapshot().catch(() => undefined);
      this.#asking = asking;
      void asking.then(() => {
        if (this.#asking === asking) this.#asking = undefined;
      });
    }
    return this.#asking as Promise<readonly SnapshotPatient[] | undefined>;
  }

  /** The patients whom a channel's pages may see; from now on they hear of them, and of their devices. */
  #shownTo(channel: Channel, all: readonly SnapshotPatient[]): unknown[] {
    const patients = all.filter(({ slot }) => may(channel.viewer, { do: 'see', slot }));
    const ids = new Set(patients.map(({ id }) => id));
    // What was said of somebody who is gone is said to nobody again.
    if ([...channel.patients].some((id) => !ids.has(id))) channel.forget();
    channel.told = true;
    channel.patients.clear();
    channel.devices.clear();
    for (const { id, devices } of patients) {
      channel.patients.add(id);
      for (const device of devices) channel.devices.add(device.id);
    }
    return patients.map((patient) => ({
      ...patient,
      devices: patient.devices.map((device) => ({
        ...device,
        link: this.#links.get(device.id) ?? 'unknown',
      })),
    }));
  }
}

function tell(channel: Channel, type: string, fields: Readonly<Record<string, unknown>>): void {
  channel.say({ type, body: bodyOf(fields), samples: NO_SAMPLES });
}

const readingsMessage = (packed: PackedReadings, version: FeedVersion): Message =>
  version === 1
    ? { type: 'readings', body: `,"readings":[${unpackText(packed)}]`, samples: NO_SAMPLES }
    : { type: 'readings', body: `,"readings":[${packed.text}]`, samples: packed.samples };

/** How much the whole home measures is not for everybody. */
const wireBatch = ({ sequence, endMs, entries, ledgerSize }: Batch, viewer: Viewer): object => ({
  sequence,
  end: endMs,
  entries: may(viewer, { do: 'see-volume' }) ? entries : null,
  ledgerSize,
});
