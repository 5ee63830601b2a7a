// What the main thread may ask of the hub, besides commits: one function a call, all on plain data.

import type { Acknowledgement } from '../alarms/episode.ts';
import { type FeedAlarm, toFeedAlarm } from '../alarms/feed-alarm.ts';
import type { Link } from '../alarms/watch.ts';
import type { ServerCertificate } from '../certificate/authority.ts';
import { HeartwoodError } from '../error.ts';
import type { RecordsTaken } from '../ingest/cursor.ts';
import { proveReading } from '../inspect/prove.ts';
import type { Credential } from '../keys/credential.ts';
import { createLoginCode, redeemLoginCode } from '../registry/login-code.ts';
import { type FeedReading, parseReadingId } from '../stream/feed-reading.ts';
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
  readonly recent: Readonly<Record<string, readonly FeedReading[]>>;
};

/** A Bluetooth device as its registry knows it, for whoever connects to it. */
export type RadioDevice = { readonly id: string; readonly radio: string; readonly records: RecordsTaken };

/** The calls. Arguments and results can be cloned between threads. */
export type HubCalls = {
  /** The credential of a device that may connect, or undefined. */
  credential(device: string): Credential | undefined;
  /** Devices that may not connect any more. */
  revoked(): readonly string[];
  snapshot(): readonly SnapshotPatient[];
  /** Bluetooth devices that are enrolled, and which records of their memories were stored. */
  radioDevices(): readonly RadioDevice[];
  /** The proof bundle of a reading. @throws HeartwoodError not-found, not-ready, erased */
  prove(id: string): Promise<string>;
  policy(): string;
  /** The key that signs the cookies of the page. */
  sessionKey(): Uint8Array;
  /** What the broker says of a device's connection. */
  link(device: string, link: Link): void;
  /**
   * Somebody knows of a patient's alarm; the patient by pseudonym, hex. On disk when it answers, with the patient's alarms.
   * @throws HeartwoodError not-found, unacceptable
   */
  acknowledge(patient: string, condition: string, by: Acknowledgement): readonly FeedAlarm[];
  /** A certificate of the hub's own authority for these names; the authority is made where there is none. */
  serverCertificate(names: readonly string[]): Promise<ServerCertificate>;
  createLoginCode(): string;
  redeemLoginCode(code: string): boolean;
};

export function hubCalls(hub: Hub): HubCalls {
  const { vault } = hub;
  return {
    credential: (id) => {
      vault.registry.refresh();
      const device = vault.registry.device(id);
      return device === undefined || device.revoked ? undefined : device.credential;
    },
    radioDevices: () => {
      vault.registry.refresh();
      return vault.registry
        .devices()
        .filter(({ revoked, radio }) => !revoked && radio !== undefined)
        .map(({ id, number, radio }) => ({ id, radio: radio as string, records: hub.recordsOf(number) }));
    },
    revoked: () =>
      vault.registry
        .devices()
        .filter(({ revoked }) => revoked)
        .map(({ id }) => id),
    snapshot: () => {
      vault.registry.refresh();
      return vault.registry.patients().map((patient) => snapshotOf(hub, patient.slot));
    },
    prove: (text) => {
      const place = parseReadingId(text);
      if (place === undefined) {
        throw new HeartwoodError('not-found', `"${text}" is no reading's id: it looks like 57.2.14.`);
      }
      return proveReading(vault, hub.source, place);
    },
    policy: () => hub.policy,
    sessionKey: () => vault.keyring.session,
    link: (device, link) => hub.watch.link(device, link),
    acknowledge: (patient, condition, by) => {
      const slot = vault.registry.patients().find(({ subject }) => pseudonym(subject) === patient)?.slot;
      if (slot === undefined) throw new HeartwoodError('not-found', 'There is no such patient.');
      try {
        if (hub.watch.acknowledge(slot, condition, by).length === 0)
          throw new HeartwoodError('not-found', 'This alarm is over.');
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        throw new HeartwoodError(
          'unacceptable',
          'A high alarm is silenced for an hour at most, with its end.',
        );
      }
      return alarmsOf(hub, slot);
    },
    serverCertificate: async (names) => {
      // Loaded where it is used: a hub that answers this machine alone needs no certificate.
      const { Authority } = await import('../certificate/authority.ts');
      const { db, keyring, identity, clock } = vault;
      const authority = await Authority.open(db, keyring, identity.origin, clock());
      return authority.issueServer(names, clock());
    },
    createLoginCode: () => createLoginCode(vault),
    redeemLoginCode: (code) => redeemLoginCode(vault, code),
  };
}

function snapshotOf(hub: Hub, slot: number): SnapshotPatient {
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
    recent: hub.recent.of(slot),
  };
}

/** A patient's alarms as pages get them. */
export const alarmsOf = (hub: Hub, slot: number): readonly FeedAlarm[] =>
  hub.watch.of(slot).flatMap((alarm) => toFeedAlarm(alarm) ?? []);

export const pseudonym = (subject: Uint8Array): string => Buffer.from(subject).toString('hex');
