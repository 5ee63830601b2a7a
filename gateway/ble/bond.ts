// Bonds. A device that was reset forgets its bond; BlueZ does not know, and says Paired for ever. The other way round
// a cuff bonds only while its button is held. Both look the same at first, AuthenticationFailed, so that Paired is
// looked at before anything is thrown away, and a person confirms once before a bond is.

import { BusFault } from './bus-fault.ts';

export type BondTrouble =
  /** We have a bond that the device no longer knows: remove ours and pair anew, after one confirmation. */
  | 'stale-bond'
  /** The device wants a bond, and takes one only while a person makes it. */
  | 'wants-pairing'
  /** A person or the device said no, or nobody answered. */
  | 'pairing-refused'
  /** No trouble of bonds. */
  | 'none';

const DENIED: ReadonlySet<string> = new Set(['AuthenticationFailed', 'NotAuthorized', 'NotPermitted']);
const REFUSED: ReadonlySet<string> = new Set([
  'AuthenticationRejected',
  'AuthenticationCanceled',
  'AuthenticationTimeout',
]);

/** What a fault of a connection, a subscription or a value says of the bond. */
export function bondTrouble(error: unknown, paired: boolean): BondTrouble {
  if (!(error instanceof BusFault) || error.code !== 'remote') return 'none';
  if (REFUSED.has(error.bluez)) return 'pairing-refused';
  // bluetoothd passes ATT's "insufficient authentication" on in the words of a plain failure.
  const denied =
    DENIED.has(error.bluez) ||
    (error.bluez === 'Failed' &&
      /insufficient (authentication|encryption|authorization)|0x0[58f]/i.test(error.message));
  if (!denied) return 'none';
  return paired ? 'stale-bond' : 'wants-pairing';
}
