// What the main thread may ask of the hub, besides commits: one function a call, all on plain data.

import type { Charting } from '../alarms/charting.ts';
import type { Acknowledgement } from '../alarms/episode.ts';
import { type FeedAlarm, toFeedAlarms } from '../alarms/feed-alarm.ts';
import { type FeedCare, type PatientRule, toFeedCare, toPatientRules } from '../alarms/feed-care.ts';
import type { FeedScore } from '../alarms/feed-score.ts';
import { acknowledgeHub, hubAlarms } from '../alarms/hub-alarms.ts';
import type { Asker, LimitAsked } from '../alarms/limit-change.ts';
import type { RadioTrouble } from '../alarms/radio.ts';
import type { Link } from '../alarms/watch.ts';
import type { ClockSeen } from '../ble/clock-trust.ts';
import { keepKnownClock, knownClock } from '../ble/known-clock.ts';
import { type BoardCalls, boardCalls } from '../board/calls.ts';
import type { ServerCertificate } from '../certificate/authority.ts';
import type { Issued, NotRecognized } from '../certificate/device.ts';
import { HeartwoodError } from '../error.ts';
import type { RecordsTaken } from '../ingest/cursor.ts';
import { historyJson } from '../inspect/history.ts';
import { eventAt, type PatientEvents, patientEvents, patientOf } from '../inspect/patient-events.ts';
import { proveReading } from '../inspect/prove.ts';
import type { Credential } from '../keys/credential.ts';
import type { NoteAsked } from '../notes/note.ts';
import type { FeedNote, NotePage } from '../notes/notebook.ts';
import { mayBeTold } from '../notes/told.ts';
import { type LoggedIn, logInByCode, logInByPassword, logOut, setPassword, whoIs } from '../people/access.ts';
import { createLoginCode } from '../people/login-code.ts';
import { Looks } from '../people/looks.ts';
import { type PairingSettled, recordPairing } from '../people/pairing-event.ts';
import { may, type Viewer } from '../people/permission.ts';
import { type Sight, sightOf } from '../people/sight.ts';
import { type Claim, type ClaimCode, createClaim } from '../registry/claim.ts';
import { type CommittedReading, type FeedReading, parseReadingId } from '../stream/feed-reading.ts';
import { type TellingCalls, tellingCalls } from '../telling/calls.ts';
import { chart } from './chart.ts';
import { giveBackMemory } from './give-back.ts';
import type { Hub } from './hub.ts';

export type SnapshotDevice = {
  readonly id: string;
  readonly label: string;
  readonly origin: string;
  readonly lastReceived: number | null;
};
export type SnapshotPatient = {
  readonly id: string;
  readonly name: string;
  readonly slot: number;
  readonly devices: readonly SnapshotDevice[];
  /** Those that are not off, the highest first. */
  readonly alarms: readonly FeedAlarm[];
  readonly score: FeedScore;
  readonly care?: FeedCare;
  readonly recent: Readonly<Record<string, readonly FeedReading[]>>;
};

/** A Bluetooth device as its registry knows it, for whoever connects to it. */
export type RadioDevice = {
  readonly id: string;
  readonly radio: string;
  readonly records: RecordsTaken;
  /** What was seen of its clock, also before the hub was started. */
  readonly clock?: ClockSeen;
};

/** Times in ms since 1970, from the first to before the second; about how many points at most. */
export type HistoryRange = {
  readonly kind: string;
  readonly from: number;
  readonly to: number;
  readonly points: number;
};

/** The calls. Arguments and results can be cloned between threads. */
export type HubCalls = {
  /** Collects the thread's garbage: to be asked for when nobody waits. */
  giveBackMemory(): void;
  /** The credential of a device that may connect by a password, or undefined. */
  credential(device: string): Credential | undefined;
  /** Why a device may not connect by this certificate (SHA-256 of its DER bytes, hex); undefined where it may. */
  recognize(device: string, fingerprint: string): Promise<NotRecognized | undefined>;
  /** @throws HeartwoodError forbidden, refused */
  createClaim(viewer: Viewer, asked: Omit<Claim, 'label'>): ClaimCode;
  /** A device's first certificate, for a claim's code. @throws HeartwoodError unacceptable, forbidden, refused */
  enrollByClaim(code: string, request: string): Promise<Issued>;
  /** Its next one, for the one that it shows. @throws HeartwoodError unacceptable, forbidden */
  renewDevice(fingerprint: string, request: string): Promise<Issued>;
  /** Devices whose connections are over: they are revoked, or were given a password instead of their certificate. */
  revoked(): readonly string[];
  snapshot(): readonly SnapshotPatient[];
  /** Bluetooth devices that are enrolled, and which records of their memories were stored. */
  radioDevices(): readonly RadioDevice[];
  /** What was seen of a device's clock; on disk when it answers. */
  radioClock(device: string, clock: ClockSeen): void;
  /** The proof bundle of a reading. @throws HeartwoodError not-found, not-ready, erased */
  prove(id: string): Promise<string>;
  /** The same of an event in the hub's slot; for a viewer who may not prove it there is none. */
  proveEvent(viewer: Viewer, id: string): Promise<string>;
  policy(): string;
  /**
   * What happened around a patient (by pseudonym, hex), from a time to before another, ms since 1970.
   * @throws HeartwoodError not-found (also for a patient whom the viewer may not see)
   */
  events(viewer: Viewer, patient: string, range: { from: number; to: number }): PatientEvents;
  /** Who may see a patient, and who looked. @throws HeartwoodError not-found (also for somebody who may not ask) */
  sight(viewer: LoggedIn, patient: string, range: { from: number; to: number }): Sight;
  /**
   * One vital of a patient (by pseudonym, hex) from a time to another, as JSON (docs/spec/feed.md).
   * @throws HeartwoodError not-found (also for a patient whom the viewer may not see), unacceptable
   */
  history(viewer: Viewer, patient: string, asked: HistoryRange): string;
  /** What the broker says of a device's connection. */
  link(device: string, link: Link): void;
  /** Something about Bluetooth began, or is over. */
  radio(trouble: RadioTrouble, isSo: boolean): void;
  /** What was asked about the pairing of a device has been settled. */
  pairingSettled(settled: PairingSettled): void;
  /**
   * Somebody knows of a patient's alarms; the patient by pseudonym, hex. On disk when it answers, with the patient's alarms.
   * @throws HeartwoodError not-found (also for a patient whom the viewer may not see), forbidden, unacceptable
   */
  acknowledge(
    viewer: Viewer,
    patient: string,
    conditions: readonly string[],
    by: Acknowledgement,
  ): readonly FeedAlarm[];
  /** The hub's own alarms. @throws HeartwoodError forbidden */
  hubAlarms(viewer: Viewer): readonly FeedAlarm[];
  /** Whoever runs the hub knows of some of them. On disk when it answers. @throws HeartwoodError forbidden, not-found, unacceptable */
  acknowledgeHub(viewer: Viewer, conditions: readonly string[], by: Acknowledgement): readonly FeedAlarm[];
  /**
   * The rules of limits with a patient's own; the patient by pseudonym, hex.
   * @throws HeartwoodError not-found (also for a patient whom the viewer may not see)
   */
  limits(viewer: Viewer, patient: string): readonly PatientRule[];
  /** Changes one for the patient. On disk when it answers. @throws HeartwoodError not-found, forbidden, unacceptable */
  setLimit(who: LoggedIn, patient: string, condition: string, asked: LimitAsked): FeedCare;
  /** By which scale their saturation counts. @throws HeartwoodError not-found, forbidden */
  orderScale(who: LoggedIn, patient: string, scale: 1 | 2, why: string): FeedCare;
  /** What somebody has seen of a patient. On disk when it answers. @throws HeartwoodError not-found, forbidden */
  chart(who: LoggedIn, patient: string, seen: Charting): FeedCare;
  /**
   * The notes on a patient that somebody may read, the newest first, below a number. That they looked is in the record.
   * @throws HeartwoodError not-found (also for a patient whom they may not see, or of whom they may read no note)
   */
  notes(who: LoggedIn, patient: string, before?: number): NotePage;
  /** Writes one. On disk when it answers. @throws HeartwoodError not-found, forbidden, unacceptable */
  writeNote(who: LoggedIn, patient: string, asked: NoteAsked): { note: FeedNote; care: FeedCare };
  /** A certificate of the hub's own authority for these names; the authority is made where there is none. */
  serverCertificate(names: readonly string[]): Promise<ServerCertificate>;
  createLoginCode(): string;
  /** A session's token; undefined where the code is no good. */
  logInByCode(code: string): string | undefined;
  /** The same by name and password. */
  logInByPassword(name: string, password: string): Promise<string | undefined>;
  /** @throws HeartwoodError unacceptable, refused */
  setPassword(person: number, password: string, token: string): Promise<void>;
  whoIs(token: string): LoggedIn | undefined;
  logOut(token: string): void;
  /** Writes down that somebody was shown their patients: once a day each. */
  recordSeen(who: LoggedIn): void;
} & TellingCalls &
  BoardCalls;

/** Of so many patients a snapshot holds everything that is recent, of more each its share: about 2 MB in all. */
const PATIENTS_WHOLE = 16;

/** @param tell hears of readings that a call stored */
export function hubCalls(
  hub: Hub,
  tell: (readings: readonly CommittedReading[]) => void = () => undefined,
): HubCalls {
  const { vault } = hub;
  /** The slot of a patient whom the viewer may see. @throws HeartwoodError not-found */
  const seenBy = (viewer: Viewer, patient: string): number => {
    const slot = slotOf(patient);
    if (slot === undefined || !may(viewer, { do: 'see', slot }))
      throw new HeartwoodError('not-found', 'There is no such patient.');
    return slot;
  };
  const slotOf = (patient: string): number | undefined =>
    vault.registry.patients().find(({ subject }) => pseudonym(subject) === patient)?.slot;
  const careOf = (slot: number): FeedCare => toFeedCare(hub.watch.care.of(slot), hub.notes.count(slot));
  const asker = ({ name, number }: LoggedIn): Asker => ({ by: name, person: number, atMs: vault.clock() });
  const looks = new Looks(vault);
  /** Who logs in by certificate. Another process gives passwords; certificates are given here. */
  const certified = new Set(
    vault.registry.devices().flatMap(({ id, certificates }) => (certificates === undefined ? [] : [id])),
  );
  return {
    ...tellingCalls(vault, hub.teller, slotOf),
    ...boardCalls(hub, seenBy),
    giveBackMemory,
    credential: (id) => {
      vault.registry.refresh();
      const device = vault.registry.device(id);
      if (device?.credential === undefined || device.revoked) return undefined;
      // What a small Buffer lies in goes with it to the other thread: 64 kB of Node's pool for 48 bytes, at each login.
      const { salt, hash } = device.credential;
      return { salt: Uint8Array.from(salt), hash: Uint8Array.from(hash) };
    },
    recognize: async (id, fingerprint) => {
      const { recognize } = await import('../certificate/device.ts');
      return recognize(vault, id, fingerprint);
    },
    createClaim: (viewer, asked) => {
      if (!may(viewer, { do: 'admit-device' }))
        throw new HeartwoodError('forbidden', 'Whoever runs the hub has to admit a device.');
      return createClaim(vault, asked);
    },
    enrollByClaim: async (code, request) => {
      const { enrollByClaim } = await import('../certificate/device.ts');
      const issued = await enrollByClaim(vault, code, request);
      certified.add(issued.device);
      return issued;
    },
    renewDevice: async (fingerprint, request) => {
      const { renewDevice } = await import('../certificate/device.ts');
      return renewDevice(vault, fingerprint, request);
    },
    radioDevices: () => {
      vault.registry.refresh();
      return vault.registry
        .devices()
        .filter(({ revoked, radio }) => !revoked && radio !== undefined)
        .map((device) => {
          const clock = knownClock(vault, device);
          const { id, radio, number } = device;
          return {
            id,
            radio: radio as string,
            records: hub.recordsOf(number),
            ...(clock !== undefined && { clock }),
          };
        });
    },
    radioClock: (device, clock) =>
      vault.store.transaction(() => keepKnownClock(vault, vault.registry.device(device), clock)),
    revoked: () =>
      vault.registry
        .devices()
        .filter(
          ({ id, revoked, credential }) => revoked || (credential !== undefined && certified.delete(id)),
        )
        .map(({ id }) => id),
    snapshot: () => {
      vault.registry.refresh();
      const patients = vault.registry.patients();
      const share = Math.min(1, PATIENTS_WHOLE / Math.max(1, patients.length));
      return patients.map((patient) => snapshotOf(hub, patient.slot, share));
    },
    prove: (text) => {
      const place = parseReadingId(text);
      if (place === undefined) {
        throw new HeartwoodError('not-found', `"${text}" is no reading's id: it looks like 57.2.14.`);
      }
      return proveReading(vault, hub.source, place);
    },
    proveEvent: async (viewer, text) => {
      const place = parseReadingId(text);
      const event = place === undefined ? undefined : eventAt(vault, place);
      const about = event === undefined ? undefined : patientOf(vault, event);
      const told = event === undefined || mayBeTold(viewer, event);
      if (place === undefined || !told || !may(viewer, { do: 'prove-hub-event', about }))
        throw new HeartwoodError('not-found', `There is no event ${text}.`);
      return proveReading(vault, hub.source, place);
    },
    policy: () => hub.policy,
    events: (viewer, patient, range) => {
      const slot = seenBy(viewer, patient);
      return patientEvents(vault, slot, range, (event) => mayBeTold(viewer, event));
    },
    sight: (viewer, patient, range) => {
      const slot = seenBy(viewer, patient);
      if (!may(viewer, { do: 'see-sight', slot }))
        throw new HeartwoodError('not-found', 'There is nothing here.');
      return sightOf(vault, slot, viewer.number, range);
    },
    history: (viewer, patient, asked) => {
      const slot = seenBy(viewer, patient);
      return historyJson(vault, { ...asked, slot }, hub.summaries);
    },
    link: (device, link) => hub.watch.link(device, link),
    radio: (trouble, isSo) => hub.watch.radio.set(trouble, isSo),
    pairingSettled: (settled) => recordPairing(vault, settled),
    acknowledge: (viewer, patient, conditions, by) => {
      const slot = seenBy(viewer, patient);
      const alarms = hub.watch.of(slot);
      for (const condition of conditions) {
        const priority = alarms.find((alarm) => alarm.condition === condition)?.priority ?? 'high';
        if (!may(viewer, { do: 'acknowledge', slot, priority }))
          throw new HeartwoodError('forbidden', 'Somebody else has to acknowledge this alarm.');
      }
      try {
        if (hub.watch.acknowledge(slot, conditions, by).length === 0)
          throw new HeartwoodError('not-found', 'This alarm is over.');
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        throw new HeartwoodError('unacceptable', error.message);
      }
      return alarmsOf(hub, slot);
    },
    hubAlarms: (viewer) => hubAlarms(hub.watch, viewer),
    acknowledgeHub: (viewer, conditions, by) => acknowledgeHub(hub.watch, viewer, conditions, by),
    limits: (viewer, patient) => toPatientRules(hub.watch.care.of(seenBy(viewer, patient))),
    setLimit: (who, patient, condition, asked) => {
      const slot = seenBy(who, patient);
      if (!may(who, { do: 'set-limit', slot }))
        throw new HeartwoodError('forbidden', 'A clinician of this patient has to set their limits.');
      hub.watch.care.setLimit(slot, condition, asked, asker(who));
      return careOf(slot);
    },
    orderScale: (who, patient, scale, why) => {
      const slot = seenBy(who, patient);
      if (!may(who, { do: 'order', slot }))
        throw new HeartwoodError('forbidden', 'A clinician of this patient has to order the scale.');
      hub.watch.care.orderScale(slot, scale, why, asker(who));
      return careOf(slot);
    },
    chart: (who, patient, seen) => {
      const slot = seenBy(who, patient);
      if (!may(who, { do: 'chart', slot }))
        throw new HeartwoodError('forbidden', 'Somebody who looks after this patient has to chart.');
      tell(chart(hub, slot, seen, asker(who)));
      return careOf(slot);
    },
    notes: (who, patient, before) => {
      const slot = seenBy(who, patient);
      if (!may(who, { do: 'read-note', slot, shared: true }))
        throw new HeartwoodError('not-found', 'There is nothing here.');
      looks.record(who, slot);
      return hub.notes.page(slot, who, before);
    },
    writeNote: (who, patient, asked) => {
      const slot = seenBy(who, patient);
      if (!may(who, { do: 'write-note', slot }))
        throw new HeartwoodError('forbidden', 'A clinician of this patient has to write a note.');
      const note = hub.notes.write(slot, asked, asker(who));
      return { note, care: careOf(slot) };
    },
    serverCertificate: async (names) => {
      // Loaded where it is used: a hub that answers this machine alone needs no certificate.
      const { Authority } = await import('../certificate/authority.ts');
      const { db, keyring, identity, clock } = vault;
      const authority = await Authority.open(db, keyring, identity.origin, clock());
      return authority.issueServer(names, clock());
    },
    createLoginCode: () => createLoginCode(vault),
    logInByCode: (code) => logInByCode(vault, code),
    logInByPassword: (name, password) => logInByPassword(vault, name, password),
    setPassword: (person, password, token) => setPassword(vault, person, password, token),
    whoIs: (token) => whoIs(vault, token),
    logOut: (token) => logOut(vault, token),
    recordSeen: (who) => looks.record(who),
  };
}

/** @param share of the recent readings that come along, 0 to 1: the newest */
function snapshotOf(hub: Hub, slot: number, share: number): SnapshotPatient {
  const { registry, clock } = hub.vault;
  const patient = registry.patient(slot);
  if (patient === undefined) throw new Error(`slot ${slot} belongs to nobody`);
  const nowMs = clock();
  const devices = registry
    .devices()
    .filter((device) => !device.revoked && registry.ownerAt(device, nowMs) === slot)
    .map(({ id, label, origin }) => ({
      id,
      label,
      origin,
      lastReceived: hub.recent.lastReceived(id) ?? null,
    }));
  return {
    id: pseudonym(patient.subject),
    name: patient.name,
    slot,
    devices,
    alarms: alarmsOf(hub, slot),
    score: hub.watch.toldScore(slot),
    care: toFeedCare(hub.watch.care.of(slot), hub.notes.count(slot)),
    recent: hub.recent.of(slot, share),
  };
}

/** A patient's alarms as pages get them. */
export const alarmsOf = (hub: Hub, slot: number): readonly FeedAlarm[] => toFeedAlarms(hub.watch.of(slot));

export const pseudonym = (subject: Uint8Array): string => Buffer.from(subject).toString('hex');
