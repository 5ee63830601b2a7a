// What the main thread may ask of the hub, besides commits: one function a call, all on plain data.

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
  readonly recent: Readonly<Record<string, readonly FeedReading[]>>;
};

/** A Bluetooth device as its registry knows it, for whoever connects to it. */
export type RadioDevice = { readonly id: string; readonly radio: string; readonly records: RecordsTaken };

/** The calls. Arguments and results can be cloned between threads. */
export type HubCalls = {
  /** The credential of a device that may connect, or undefined. */
  credential(device: string): Credential | undefined;
  snapshot(): readonly SnapshotPatient[];
  /** Bluetooth devices that are enrolled, and which records of their memories were stored. */
  radioDevices(): readonly RadioDevice[];
  /** The proof bundle of a reading. @throws HeartwoodError not-found, not-ready, erased */
  prove(id: string): Promise<string>;
  policy(): string;
  /** The key that signs the cookies of the page. */
  sessionKey(): Uint8Array;
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
    id: Buffer.from(patient.subject).toString('hex'),
    name: patient.name,
    slot,
    devices,
    recent: hub.recent.of(slot),
  };
}
