// Certificates of devices: given out for a claim, renewed for the one before, and asked after at every login. The list of
// what a device may log in by is in the registry, so that a certificate is worth nothing that the hub has not given
// out, has replaced, or whose device it has revoked: nobody fetches a revocation list.

import { HeartwoodError } from '../error.ts';
import { readClaim, redeemClaim } from '../registry/claim.ts';
import { admitting } from '../registry/enroll.ts';
import type { CertificateMark, Device } from '../registry/registry.ts';
import type { Vault } from '../vault.ts';
import { Authority, type DeviceCertificate } from './authority.ts';
import { readRequest } from './request.ts';

export type Issued = DeviceCertificate & { readonly device: string };

/** Why a certificate does not let a device in. */
export type NotRecognized = 'unknown-device' | 'revoked' | 'password-device' | 'not-current' | 'expired';

/**
 * The first certificate of a device that came with a claim's code. The request is looked at first: one that is no good
 * does not use the code up. @throws HeartwoodError unacceptable, forbidden, refused
 */
export async function enrollByClaim(vault: Vault, code: string, request: string): Promise<Issued> {
  const publicKey = await readRequest(request);
  const { device } = readClaim(vault, code);
  const authority = await authorityOf(vault);
  const issued = await authority.issueDevice(device, publicKey, vault.clock());
  redeemClaim(vault, code, markOf(issued));
  return { ...issued, device };
}

/**
 * The next certificate of the device that shows one, for the same key or another. The one that it showed stays good until
 * the device has come with the next. @throws HeartwoodError unacceptable, forbidden
 */
export async function renewDevice(vault: Vault, fingerprint: string, request: string): Promise<Issued> {
  const publicKey = await readRequest(request);
  vault.registry.refresh();
  const { id } = shown(vault, fingerprint).device;
  const authority = await authorityOf(vault);
  const issued = await authority.issueDevice(id, publicKey, vault.clock());
  admitting(vault, () => {
    vault.registry.refresh();
    // Looked up again: it may have been revoked meanwhile.
    const { device, mark } = shown(vault, fingerprint);
    const certificates = { current: markOf(issued), previous: mark };
    vault.registry.changeDevice(device, { login: { certificates } });
    vault.recordEvent('device-enrolled', { device: device.number, renewed: 1 });
  });
  return { ...issued, device: id };
}

/** Whether a device may log in by a certificate; with the newest, the one before is good no longer. */
export function recognize(vault: Vault, id: string, fingerprint: string): NotRecognized | undefined {
  vault.registry.refresh();
  const device = vault.registry.device(id);
  const why = refusal(device, fingerprint, vault.clock());
  if (why !== undefined || device?.certificates?.previous === undefined) return why;
  const { current } = device.certificates;
  if (current.fingerprint === fingerprint) {
    admitting(vault, () => vault.registry.changeDevice(device, { login: { certificates: { current } } }));
  }
  return undefined;
}

function refusal(device: Device | undefined, fingerprint: string, nowMs: number): NotRecognized | undefined {
  if (device === undefined) return 'unknown-device';
  if (device.revoked) return 'revoked';
  if (device.certificates === undefined) return 'password-device';
  const mark = marksOf(device).find((one) => one.fingerprint === fingerprint);
  if (mark === undefined) return 'not-current';
  return mark.notAfterMs < nowMs ? 'expired' : undefined;
}

/** @throws HeartwoodError forbidden */
function shown(vault: Vault, fingerprint: string): { device: Device; mark: CertificateMark } {
  for (const device of vault.registry.devices()) {
    const mark = marksOf(device).find((one) => one.fingerprint === fingerprint);
    if (mark !== undefined && refusal(device, fingerprint, vault.clock()) === undefined)
      return { device, mark };
  }
  throw new HeartwoodError(
    'forbidden',
    'This certificate is not good here, or not any more: the device needs a new claim.',
  );
}

const marksOf = ({ certificates }: Device): CertificateMark[] =>
  [certificates?.current, certificates?.previous].filter((mark) => mark !== undefined);

const markOf = ({ fingerprint, notAfterMs }: DeviceCertificate): CertificateMark => ({
  fingerprint,
  notAfterMs,
});

const authorityOf = ({ db, keyring, identity, clock }: Vault): Promise<Authority> =>
  Authority.open(db, keyring, identity.origin, clock());
