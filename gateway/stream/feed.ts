// The feed (docs/spec/feed.md): a snapshot, then what happened since, numbered without gaps on each connection.
// Readings come from the store, after their commit; texts pass through unparsed. A page that reads too slowly is
// dropped to a fresh snapshot: nothing is buffered for it without bound, and nobody else waits.

import type { PatientAlarms } from '../alarms/feed-alarm.ts';
import type { PatientScore } from '../alarms/feed-score.ts';
import type { SnapshotPatient } from '../hub/calls.ts';
import type { DiskNotice } from '../hub/disk-watch.ts';
import { may, type Viewer } from '../people/permission.ts';
import type { RadioNotice } from './radio-notice.ts';

export type Link = 'online' | 'offline' | 'unknown';

/** What a page's socket must be able to do: `ws` does. */
export type FeedSocket = { send(text: string): void; readonly bufferedAmount: number };

export type FeedHub = { readonly origin: string; readonly startedAt: number; readonly intervalMs: number };
type Batch = {
  readonly sequence: number;
  readonly endMs: number;
  readonly entries: number;
  readonly ledgerSize: number;
};

/** Readings of one moment go out together: often enough for the eye, seldom enough for a hundred devices. */
const FLUSH_MS = 25;
const TICK_MS = 5_000;
const LINKS_MAX = 10_000;
/** A page with this much unread is behind. */
const UNREAD_BYTES_MAX = 1024 * 1024;

type Page = {
  readonly socket: FeedSocket;
  readonly viewer: Viewer;
  /** Patients and devices that this page was shown: it hears of no others. */
  readonly patients: Set<string>;
  readonly devices: Set<string>;
  number: number;
  live: boolean;
};

export class Feed {
  readonly #hub: FeedHub;
  readonly #snapshot: () => Promise<readonly SnapshotPatient[]>;
  readonly #onListeners: (any: boolean) => void;
  readonly #clock: () => number;
  readonly #pages = new Set<Page>();
  readonly #links = new Map<string, Link>();
  #batch: Batch | undefined;
  #disk: DiskNotice | undefined;
  #radio: RadioNotice | undefined;
  /** By patient: texts of readings that wait to be sent. */
  #readings = new Map<string, string[]>();
  #flush: NodeJS.Timeout | undefined;
  #tick: NodeJS.Timeout | undefined;

  constructor(
    hub: FeedHub,
    ports: {
      snapshot: () => Promise<readonly SnapshotPatient[]>;
      onListeners: (any: boolean) => void;
      clock: () => number;
    },
  ) {
    this.#hub = hub;
    this.#snapshot = ports.snapshot;
    this.#onListeners = ports.onListeners;
    this.#clock = ports.clock;
  }

  /** Begins to feed a page with what its viewer may see. @returns ends it */
  open(socket: FeedSocket, viewer: Viewer): () => void {
    const page: Page = {
      socket,
      viewer,
      patients: new Set(),
      devices: new Set(),
      number: 0,
      live: false,
    };
    this.#pages.add(page);
    if (this.#pages.size === 1) {
      this.#onListeners(true);
      this.#tick = setInterval(() => this.#all({ type: 'tick' }), TICK_MS);
    }
    void this.#show(page);
    return () => {
      this.#pages.delete(page);
      if (this.#pages.size > 0) return;
      this.#onListeners(false);
      clearInterval(this.#tick);
      clearTimeout(this.#flush);
      this.#flush = undefined;
      this.#readings = new Map();
    };
  }

  readings(byPatient: ReadonlyMap<string, string>): void {
    for (const [patient, text] of byPatient) {
      const waiting = this.#readings.get(patient);
      if (waiting === undefined) this.#readings.set(patient, [text]);
      else waiting.push(text);
    }
    this.#flush ??= setTimeout(() => this.#flushReadings(), FLUSH_MS);
  }

  batch(batch: Batch): void {
    this.#batch = batch;
    this.#flushReadings();
    for (const page of this.#pages) this.#tell(page, { type: 'batch', batch: wireBatch(batch, page.viewer) });
  }

  /** What Bluetooth lacks and asks: for those who may answer. */
  radio(radio: RadioNotice): void {
    this.#radio = radio;
    for (const page of this.#pages)
      if (may(page.viewer, { do: 'pair-device' })) this.#tell(page, { type: 'radio', radio });
  }

  /** The disk fails, is nearly full, or is well again: of concern to everybody. */
  disk(disk: DiskNotice): void {
    this.#disk = disk;
    this.#all({ type: 'disk', disk });
  }

  /** All alarms of a patient that are not off, the highest first. */
  alarms({ patient, alarms }: PatientAlarms): void {
    this.#flushReadings();
    for (const page of this.#pages) {
      if (page.patients.has(patient)) this.#tell(page, { type: 'alarms', patient, alarms });
    }
  }

  /** Early-warning scores that changed. */
  scores(scores: readonly PatientScore[]): void {
    this.#flushReadings();
    for (const page of this.#pages) {
      const theirs = scores.filter(({ patient }) => page.patients.has(patient));
      if (theirs.length > 0) this.#tell(page, { type: 'scores', scores: theirs });
    }
  }

  link(device: string, link: Link): void {
    if (this.#links.get(device) === link) return;
    // At another's broker anybody may name a device: those beyond a large home's are nobody's.
    if (this.#links.size >= LINKS_MAX && !this.#links.has(device)) return;
    this.#links.set(device, link);
    for (const page of this.#pages) {
      if (page.devices.has(device)) this.#tell(page, { type: 'link', device, link });
    }
  }

  /** Somebody was enrolled: every page gets the new list. */
  async registry(): Promise<void> {
    if (this.#pages.size === 0) return;
    const patients = await this.#snapshot().catch(() => undefined);
    // The hub has ended: whoever runs it hears that elsewhere.
    if (patients === undefined) return;
    this.#flushReadings();
    for (const page of this.#pages)
      this.#tell(page, { type: 'patients', patients: this.#shownTo(page, patients) });
  }

  #flushReadings(): void {
    clearTimeout(this.#flush);
    this.#flush = undefined;
    if (this.#readings.size === 0) return;
    const waiting = [...this.#readings];
    this.#readings = new Map();
    const whole = waiting.flatMap(([, texts]) => texts).join(',');
    for (const page of this.#pages) {
      const theirs = waiting.every(([patient]) => page.patients.has(patient))
        ? whole
        : waiting.flatMap(([patient, texts]) => (page.patients.has(patient) ? texts : [])).join(',');
      if (theirs !== '') this.#send(page, 'readings', `,"readings":[${theirs}]`);
    }
  }

  #all(message: { type: string; [field: string]: unknown }): void {
    for (const page of this.#pages) this.#tell(page, message);
  }

  #tell(page: Page, { type, ...rest }: { type: string; [field: string]: unknown }): void {
    const body = JSON.stringify(rest).slice(1, -1);
    this.#send(page, type, body === '' ? '' : `,${body}`);
  }

  #send(page: Page, type: string, body: string): void {
    if (!page.live) return;
    if (page.socket.bufferedAmount > UNREAD_BYTES_MAX) {
      page.live = false;
      this.#showLater(page);
      return;
    }
    page.socket.send(`{"type":"${type}","feed":${page.number++},"now":${this.#clock()}${body}}`);
  }

  /** What the hub says after this snapshot is not in it, and what it said before is: both come from one thread, in order. */
  async #show(page: Page): Promise<void> {
    if (!this.#pages.has(page)) return;
    if (page.socket.bufferedAmount > UNREAD_BYTES_MAX) {
      this.#showLater(page);
      return;
    }
    const patients = await this.#snapshot().catch(() => undefined);
    if (!this.#pages.has(page)) return;
    if (patients === undefined) {
      this.#showLater(page);
      return;
    }
    this.#flushReadings();
    page.live = true;
    const shown = {
      hub: this.#hub,
      batch: this.#batch ? wireBatch(this.#batch, page.viewer) : null,
      disk: this.#disk ?? null,
      radio: may(page.viewer, { do: 'pair-device' }) ? (this.#radio ?? null) : null,
      patients: this.#shownTo(page, patients),
    };
    this.#send(page, 'snapshot', `,${JSON.stringify(shown).slice(1, -1)}`);
  }

  #showLater(page: Page): void {
    setTimeout(() => void this.#show(page), TICK_MS).unref();
  }

  /** The patients whom a page may see; from now on it hears of them, and of their devices. */
  #shownTo(page: Page, all: readonly SnapshotPatient[]): unknown[] {
    const patients = all.filter(({ slot }) => may(page.viewer, { do: 'see', slot }));
    page.patients.clear();
    page.devices.clear();
    for (const { id, devices } of patients) {
      page.patients.add(id);
      for (const device of devices) page.devices.add(device.id);
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

/** How much the whole home measured is not for everybody. */
const wireBatch = ({ sequence, endMs, entries, ledgerSize }: Batch, viewer: Viewer): object => ({
  sequence,
  end: endMs,
  entries: may(viewer, { do: 'see-volume' }) ? entries : null,
  ledgerSize,
});
