// Who is known to the hub: patients, devices, and whose a device was at which time. On disk every name and id
// is sealed; in memory the registry is small (a home) and held whole.

import { randomBytes } from 'node:crypto';
import { HUB_SLOT, SLOTS_MAX } from '@heartwood/anchor';
import { isDeviceId, type Origin } from '@heartwood/vitals';
import type { Statement } from 'better-sqlite3';
import { HeartwoodError } from '../error.ts';
import type { Credential } from '../keys/credential.ts';
import type { Keyring } from '../keys/keyring.ts';
import { place } from '../keys/seal.ts';
import type { Db } from '../store/database.ts';

export type Patient = { readonly slot: number; readonly subject: Uint8Array; readonly name: string };

export type Device = {
  readonly number: number;
  readonly id: string;
  readonly label: string;
  readonly origin: Origin;
  /** Undefined for a device that has certificates: each logs in by one way alone. */
  readonly credential: Credential | undefined;
  readonly certificates: DeviceCertificates | undefined;
  readonly revoked: boolean;
  /**
   * By what a Bluetooth device is known: its identity address (`C0:FF:EE:00:12:34`), or where that changes
   * `serial:` and its serial number. Undefined for a device that connects by MQTT.
   */
  readonly radio?: string;
};

/** One certificate of this hub's authority, by the SHA-256 of its DER bytes (hex). */
export type CertificateMark = { readonly fingerprint: string; readonly notAfterMs: number };

/**
 * The certificates that a device may log in by: the one it got last, and until it has come with that, the one before. An
 * answer that was lost on its way to the device locks nobody out.
 */
export type DeviceCertificates = {
  readonly current: CertificateMark;
  readonly previous?: CertificateMark | undefined;
};

/** How a device logs in from now on. */
export type DeviceLogin =
  | { readonly credential: Credential; readonly certificates?: undefined }
  | { readonly certificates: DeviceCertificates; readonly credential?: undefined };

/** From `fromMs` (inclusive) until `untilMs` (exclusive; undefined: still) the device was this slot's. */
export type Assignment = {
  readonly id: number;
  readonly device: number;
  readonly slot: number;
  readonly fromMs: number;
  readonly untilMs: number | undefined;
};

const STILL = -1;

type PatientRow = { slot: number; subject: Buffer; sealed: Buffer };
type DeviceRow = { number: number; mac: Buffer; sealed: Buffer };
type AssignmentRow = {
  id: number;
  device: number;
  slot: number;
  from_ms: number;
  until_ms: number;
  sealed: Buffer;
};

const SQL = {
  patients: 'SELECT slot, subject, sealed FROM patient ORDER BY slot',
  devices: 'SELECT number, mac, sealed FROM device ORDER BY number',
  assignments: 'SELECT id, device, slot, from_ms, until_ms, sealed FROM assignment ORDER BY from_ms, id',
  addPatient: 'INSERT INTO patient (slot, subject, sealed) VALUES (?, ?, ?)',
  addDevice: 'INSERT INTO device (number, mac, sealed) VALUES (?, ?, ?)',
  changeDevice: 'UPDATE device SET sealed = ? WHERE number = ?',
  addAssignment:
    'INSERT INTO assignment (id, device, slot, from_ms, until_ms, sealed) VALUES (?, ?, ?, ?, ?, ?)',
  endAssignment: 'UPDATE assignment SET until_ms = ?, sealed = ? WHERE id = ?',
} as const;

const NOTHING = new Uint8Array();

export class Registry {
  readonly #db: Db;
  readonly #keyring: Keyring;
  readonly #versionNow: Statement<[], number>;
  #version: number | undefined;
  #patients = new Map<number, Patient>();
  #devices = new Map<string, Device>();
  #byNumber = new Map<number, Device>();
  #assignments = new Map<number, Assignment[]>();

  constructor(db: Db, keyring: Keyring) {
    this.#db = db;
    this.#keyring = keyring;
    this.#versionNow = db.prepare<[], number>('PRAGMA data_version').pluck();
    this.reload();
  }

  /** Reads everything again. @throws SealBroken when a row was altered */
  reload(): void {
    this.#version = this.#versionNow.get();
    this.#patients = new Map();
    this.#devices = new Map();
    this.#byNumber = new Map();
    this.#assignments = new Map();
    for (const row of this.#db.prepare<[], PatientRow>(SQL.patients).all()) {
      const kept = JSON.parse(
        this.#keyring.open(place('patient', row.slot, row.subject), row.sealed).toString(),
      );
      this.#patients.set(row.slot, { slot: row.slot, subject: row.subject, name: kept.name });
    }
    for (const row of this.#db.prepare<[], DeviceRow>(SQL.devices).all())
      this.#remember(this.#openDevice(row));
    for (const row of this.#db.prepare<[], AssignmentRow>(SQL.assignments).all()) {
      this.#keyring.open(
        assignmentPlace(row.id, row.device, row.slot, row.from_ms, row.until_ms),
        row.sealed,
      );
      const untilMs = row.until_ms === STILL ? undefined : row.until_ms;
      this.#assign({ id: row.id, device: row.device, slot: row.slot, fromMs: row.from_ms, untilMs });
    }
  }

  /** Called when another process has changed something. */
  onReload: (() => void) | undefined;

  /** Another process (`heartwood enroll`) may have written: looks, and reads everything again if so. */
  refresh(): void {
    if (this.#versionNow.get() === this.#version) return;
    this.reload();
    this.onReload?.();
  }

  patients(): readonly Patient[] {
    return [...this.#patients.values()];
  }

  devices(): readonly Device[] {
    return [...this.#devices.values()];
  }

  patient(slot: number): Patient | undefined {
    return this.#patients.get(slot);
  }

  device(id: string): Device | undefined {
    return this.#devices.get(id);
  }

  deviceByNumber(number: number): Device | undefined {
    return this.#byNumber.get(number);
  }

  assignments(device: Device): readonly Assignment[] {
    return this.#assignments.get(device.number) ?? [];
  }

  /** Whose the device was at a time: the slot, or undefined when it was nobody's. */
  ownerAt(device: Device, atMs: number): number | undefined {
    const held = this.#assignments.get(device.number);
    if (held === undefined) return undefined;
    // Latest first: a device has one owner at a time, and almost always the last one is asked for.
    for (let i = held.length - 1; i >= 0; i--) {
      const one = held[i] as Assignment;
      if (one.fromMs <= atMs && (one.untilMs === undefined || atMs < one.untilMs)) return one.slot;
    }
    return undefined;
  }

  /** @throws HeartwoodError refused when the name is empty or taken */
  addPatient(name: string): Patient {
    const clean = name.trim();
    if (clean === '' || clean.length > 200)
      throw new HeartwoodError('refused', 'A patient needs a name of 1 to 200 characters.');
    if (this.patients().some((one) => one.name === clean)) {
      throw new HeartwoodError('refused', `There is a patient of that name already.`);
    }
    const slot = Math.max(HUB_SLOT, ...this.#patients.keys()) + 1;
    if (slot >= SLOTS_MAX)
      throw new HeartwoodError('refused', `A hub has room for ${SLOTS_MAX - 1} patients.`);
    const patient = { slot, subject: randomBytes(16), name: clean };
    const sealed = this.#keyring.seal(
      place('patient', slot, patient.subject),
      Buffer.from(JSON.stringify({ name: clean })),
    );
    this.#db.prepare(SQL.addPatient).run(slot, patient.subject, sealed);
    this.#patients.set(slot, patient);
    return patient;
  }

  /** @throws HeartwoodError refused when the id is malformed or taken */
  addDevice(given: { id: string; label: string; origin: Origin; radio?: string } & DeviceLogin): Device {
    if (!isDeviceId(given.id)) {
      throw new HeartwoodError(
        'refused',
        `A device id has 3 to 63 of a-z, 0-9 and "-", and does not start with "-".`,
      );
    }
    if (this.#devices.has(given.id))
      throw new HeartwoodError('refused', `The device ${given.id} is enrolled already.`);
    this.#checkRadio(given.id, given.radio);
    const number = Math.max(0, ...this.#byNumber.keys()) + 1;
    const { credential, certificates } = given;
    const device: Device = { number, ...given, credential, certificates, revoked: false };
    this.#db
      .prepare(SQL.addDevice)
      .run(number, this.#keyring.lookup('device', given.id), this.#sealDevice(device));
    this.#remember(device);
    return device;
  }

  /** Gives a device another way to log in, or revokes it. What it sent stays. */
  changeDevice(
    device: Device,
    { login = device as DeviceLogin, ...change }: { login?: DeviceLogin; revoked?: boolean; radio?: string },
  ): Device {
    this.#checkRadio(device.id, change.radio);
    const { credential, certificates } = login;
    const changed: Device = { ...device, ...change, credential, certificates };
    this.#db.prepare(SQL.changeDevice).run(this.#sealDevice(changed), device.number);
    this.#remember(changed);
    return changed;
  }

  /** Hands a device to a patient from `fromMs` on; whoever had it has it no longer. */
  assign(device: Device, patient: Patient, fromMs: number): void {
    const held = this.assignments(device);
    const last = held.at(-1);
    if (last !== undefined && last.fromMs >= fromMs) {
      throw new HeartwoodError(
        'refused',
        'A device can be handed over only after the time of its last handover.',
      );
    }
    if (last !== undefined && last.untilMs === undefined) {
      const at = assignmentPlace(last.id, last.device, last.slot, last.fromMs, fromMs);
      this.#db.prepare(SQL.endAssignment).run(fromMs, this.#keyring.seal(at, NOTHING), last.id);
    }
    const id = Math.max(0, ...[...this.#assignments.values()].flat().map((one) => one.id)) + 1;
    const sealed = this.#keyring.seal(
      assignmentPlace(id, device.number, patient.slot, fromMs, STILL),
      NOTHING,
    );
    this.#db.prepare(SQL.addAssignment).run(id, device.number, patient.slot, fromMs, STILL, sealed);
    const ended = held.map((one) =>
      one === last && one.untilMs === undefined ? { ...one, untilMs: fromMs } : one,
    );
    this.#assignments.set(device.number, [
      ...ended,
      { id, device: device.number, slot: patient.slot, fromMs, untilMs: undefined },
    ]);
  }

  #checkRadio(id: string, radio: string | undefined): void {
    const other = this.devices().find((one) => one.radio !== undefined && one.radio === radio);
    if (other !== undefined && other.id !== id && !other.revoked) {
      throw new HeartwoodError(
        'refused',
        `The Bluetooth device ${radio} is enrolled already, as ${other.id}.`,
      );
    }
  }

  #remember(device: Device): void {
    this.#devices.set(device.id, device);
    this.#byNumber.set(device.number, device);
  }

  #assign(one: Assignment): void {
    const held = this.#assignments.get(one.device);
    if (held === undefined) this.#assignments.set(one.device, [one]);
    else held.push(one);
  }

  #sealDevice(device: Device): Buffer {
    const kept = {
      id: device.id,
      label: device.label,
      origin: device.origin,
      ...(device.credential !== undefined && {
        salt: Buffer.from(device.credential.salt).toString('hex'),
        hash: Buffer.from(device.credential.hash).toString('hex'),
      }),
      ...(device.certificates !== undefined && { certificates: device.certificates }),
      revoked: device.revoked,
      ...(device.radio !== undefined && { radio: device.radio }),
    };
    const at = place('device', device.number, this.#keyring.lookup('device', device.id));
    return this.#keyring.seal(at, Buffer.from(JSON.stringify(kept)));
  }

  #openDevice(row: DeviceRow): Device {
    const kept = JSON.parse(this.#keyring.open(place('device', row.number, row.mac), row.sealed).toString());
    return {
      number: row.number,
      id: kept.id,
      label: kept.label,
      origin: kept.origin,
      credential:
        kept.certificates === undefined
          ? { salt: Buffer.from(kept.salt, 'hex'), hash: Buffer.from(kept.hash, 'hex') }
          : undefined,
      certificates: kept.certificates,
      revoked: kept.revoked,
      ...(kept.radio !== undefined && { radio: kept.radio }),
    };
  }
}

const assignmentPlace = (id: number, device: number, slot: number, fromMs: number, untilMs: number): Buffer =>
  place('assignment', id, device, slot, fromMs, untilMs);
