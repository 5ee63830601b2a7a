// A claim: somebody says that a device is about to come and whom it will measure, and gets a code for it. Nothing of the
// hub changes until the device has come with the code and a key of its own; then device, patient and certificate are
// written in one commit, and the code is used up in the same.

import { isDeviceId, ORIGINS, type Origin } from '@heartwood/vitals';
import { HeartwoodError } from '../error.ts';
import { createCode, readCode, redeemCode } from '../keys/one-time-code.ts';
import type { Vault } from '../vault.ts';
import { type Admitted, admit, admitting, checkAdmission, type Enrollment } from './enroll.ts';
import type { CertificateMark } from './registry.ts';

export const CLAIM_MS: number = 10 * 60_000;
const NAME_CHARS_MAX = 100;

export type Claim = Pick<Enrollment, 'device' | 'label' | 'origin' | 'patient'>;
export type ClaimCode = { readonly code: string; readonly expiresMs: number };

/** @throws HeartwoodError refused, also for what would be refused when the device comes */
export function createClaim(vault: Vault, given: Omit<Claim, 'label'>): ClaimCode {
  const { device, origin } = given;
  const patient = given.patient.trim();
  if (!isDeviceId(device)) {
    throw new HeartwoodError('refused', 'A device’s name takes 3 to 63 of a-z, 0-9 and "-", no dash first.');
  }
  if (!ORIGINS.includes(origin)) throw new HeartwoodError('refused', 'There is no such origin.');
  if (patient === '' || patient.length > NAME_CHARS_MAX || /\p{Cc}/u.test(patient)) {
    throw new HeartwoodError('refused', 'A patient’s name is one line of 1 to 100 characters.');
  }
  const claim: Claim = { device, label: device, origin, patient };
  vault.registry.refresh();
  checkAdmission(vault, claim);
  const expiresMs = vault.clock() + CLAIM_MS;
  return { code: createCode(vault, 'claim-code', claim, expiresMs), expiresMs };
}

/** What a code was made for; it stays good. @throws HeartwoodError forbidden */
export const readClaim = (vault: Vault, code: string): Claim => asClaim(readCode(vault, 'claim-code', code));

/** Admits the device of a claim with its first certificate. @throws HeartwoodError forbidden, refused */
export function redeemClaim(vault: Vault, code: string, current: CertificateMark): Admitted {
  return admitting(vault, () => {
    // Of two that come with one code at once, the second finds it used.
    const claim = asClaim(redeemCode(vault, 'claim-code', code));
    return admit(vault, claim, { certificates: { current } });
  });
}

function asClaim(content: unknown): Claim {
  if (content === undefined) {
    throw new HeartwoodError('forbidden', 'This code is wrong, used, or older than ten minutes.');
  }
  return content as Claim;
}

/** As one may ask on the page: a wearable, unless said otherwise. Undefined where it is none. */
export function readClaimAsked(body: unknown): Omit<Claim, 'label'> | undefined {
  const { device, patient, origin = 'wearable' } = (body ?? {}) as Record<string, unknown>;
  if (typeof device !== 'string' || typeof patient !== 'string') return undefined;
  return { device, patient, origin: origin as Origin };
}
