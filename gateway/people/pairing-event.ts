// What was asked about the pairing of a device, and who answered: an event in the hub's slot, as provable as a reading.
// The digits are no part of it.

import type { Vault } from '../vault.ts';

export type PairingSettled = {
  /** The device's id. */
  readonly device: string;
  readonly question: 'confirm-passkey' | 'enter-passkey' | 'renew-bond';
  /** Digits that were typed are a yes. */
  readonly answer: 'yes' | 'no';
  /** Nobody: the time was up, or the device had gone. */
  readonly by: 'page' | 'terminal' | 'nobody';
  /** On the page: the person's number. */
  readonly person?: number;
};

/** Writes it down. A device that was removed meanwhile is left out. */
export function recordPairing(vault: Vault, { device, question, answer, by, person }: PairingSettled): void {
  const number = vault.registry.device(device)?.number;
  vault.store.transaction(() =>
    vault.recordEvent('pairing-answered', {
      ...(number !== undefined && { device: number }),
      question,
      answer,
      by,
      ...(person !== undefined && { person }),
    }),
  );
}
