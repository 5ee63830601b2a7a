// Revoking: a device may not connect any more, and nothing that it sends is taken. What it sent stays.

import { HeartwoodError } from '../error.ts';
import type { Vault } from '../vault.ts';
import type { Device } from './registry.ts';

/**
 * Turns a device away from now on; a hub that runs ends its connection within a second. To admit it again, enroll it.
 * @throws HeartwoodError not-found, refused
 */
export function revoke(vault: Vault, id: string): Device {
  const { registry, store } = vault;
  try {
    return store.transaction(() => {
      registry.refresh();
      const known = registry.device(id);
      if (known === undefined) throw new HeartwoodError('not-found', `There is no device ${id}.`);
      if (known.revoked) throw new HeartwoodError('refused', `${id} is revoked already.`);
      const device = registry.changeDevice(known, { revoked: true });
      vault.recordEvent('device-revoked', { device: device.number });
      return device;
    });
  } catch (error) {
    registry.reload();
    throw error;
  }
}
