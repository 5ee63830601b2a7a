// Enrolling: a device gets a password of its own and a patient whom it measures. One commit; each step is an
// event in the hub's own slot, as provable as a reading.

import type { Origin } from '@heartwood/vitals';
import { HeartwoodError } from '../error.ts';
import { hashPassword, newPassword } from '../keys/credential.ts';
import type { Vault } from '../vault.ts';
import type { Device, DeviceLogin, Patient } from './registry.ts';

export type Enrollment = {
  readonly device: string;
  readonly label: string;
  readonly origin: Origin;
  /** The patient's name; a new name makes a new patient. */
  readonly patient: string;
  /** Of a Bluetooth device: identity address or `serial:…`. */
  readonly radio?: string;
};

export type Admitted = {
  readonly device: Device;
  readonly patient: Patient;
  /** What the device was before: new, or known with or without a change of hands. */
  readonly was: 'new' | 'renewed' | 'handed-over';
};

/** The password is shown once; the hub keeps its hash only. */
export type Enrolled = Admitted & { readonly password: string };

/**
 * Admits a device, or gives one that is known another password and, where it is another patient's, hands it over
 * from now on. A new device's readings are the patient's from the beginning, also those in its memory.
 * @throws HeartwoodError refused
 */
export async function enroll(vault: Vault, given: Enrollment): Promise<Enrolled> {
  const password = newPassword();
  const credential = await hashPassword(password);
  return { ...admitting(vault, () => admit(vault, given, { credential })), password };
}

/** Runs one commit that admits; where it fails, what the registry was told in memory is forgotten as on disk. */
export function admitting<T>(vault: Vault, commit: () => T): T {
  try {
    return vault.store.transaction(commit);
  } catch (error) {
    vault.registry.reload();
    throw error;
  }
}

/** Admits a device that logs in in this way. Call inside a transaction. @throws HeartwoodError refused */
export function admit(vault: Vault, given: Enrollment, login: DeviceLogin): Admitted {
  const { registry } = vault;
  // Inside the transaction: two that enroll at once must not give out one number twice.
  registry.refresh();
  const { known, patient: measured } = checkAdmission(vault, given);
  const patient = measured ?? addPatient(vault, given.patient);
  if (known === undefined) {
    const device = registry.addDevice({
      id: given.device,
      label: given.label,
      origin: given.origin,
      ...login,
      ...(given.radio !== undefined && { radio: given.radio }),
    });
    vault.recordEvent('device-enrolled', { device: device.number });
    hand(vault, device, patient, 0);
    return { device, patient, was: 'new' };
  }
  const device = registry.changeDevice(known, {
    login,
    revoked: false,
    ...(given.radio !== undefined && { radio: given.radio }),
  });
  vault.recordEvent('device-enrolled', { device: device.number });
  const nowMs = vault.clock();
  if (registry.ownerAt(device, nowMs) === patient.slot) return { device, patient, was: 'renewed' };
  hand(vault, device, patient, nowMs);
  return { device, patient, was: 'handed-over' };
}

/**
 * Whom an enrolment means: the device and the patient as far as they are known. Changes nothing.
 * @throws HeartwoodError refused where it would be refused when it comes to it
 */
export function checkAdmission(
  { registry }: Vault,
  given: Enrollment,
): { readonly known: Device | undefined; readonly patient: Patient | undefined } {
  const known = registry.device(given.device);
  if (known !== undefined && known.origin !== given.origin) {
    throw new HeartwoodError(
      'refused',
      `${known.id} is enrolled as a ${known.origin}: that cannot change. Give the ${given.origin} another id.`,
    );
  }
  const name = given.patient.trim();
  const patient = registry.patients().find((one) => one.name === name);
  // A slip of the finger would give somebody's device, and all it measures from now on, to a person who is not there.
  const near = patient ?? registry.patients().find((one) => folded(one.name) === folded(name));
  if (near !== patient) {
    throw new HeartwoodError(
      'refused',
      `There is a patient “${near?.name}” already: write the name just so, or one that differs by more than case, accents and spaces.`,
    );
  }
  return { known, patient };
}

/** How a name sounds: without case, accents and spaces. */
const folded = (name: string): string =>
  name
    .normalize('NFKD')
    .replaceAll(/[\p{M}\s]/gu, '')
    .toLowerCase();

function addPatient(vault: Vault, name: string): Patient {
  const patient = vault.registry.addPatient(name);
  vault.keyring.ensureEpoch(patient.slot, vault.openSinceMs());
  vault.recordEvent('patient-added', { slot: patient.slot });
  return patient;
}

function hand(vault: Vault, device: Device, patient: Patient, fromMs: number): void {
  vault.registry.assign(device, patient, fromMs);
  vault.recordEvent('device-assigned', { device: device.number, slot: patient.slot });
}
