// What doctor says of a device's clock, and of a try that ended before its end.

import { advice, type Finding, trouble, well } from '../inspect/finding.ts';
import { bondTrouble } from './bond.ts';
import { BusFault } from './bus-fault.ts';
import type { ClockSeen } from './clock-trust.ts';
import { whyOf } from './survey.ts';

/** What became of its clock. */
export function clockFinding(
  seen: { readonly clock: ClockSeen; readonly refused: boolean } | undefined,
): Finding {
  if (seen === undefined) return well('clock', 'It shows none: the time of arrival counts.');
  const { clock, refused } = seen;
  const was = clock.errorMs === undefined ? 'It had not been set' : `It was ${secondsOff(clock.errorMs)} off`;
  if (refused)
    return advice('clock', `${was}, and was not set: it took a new time and kept the old, or refused it.`);
  if (clock.set === undefined) return well('clock', `${was}, and was left as it is.`);
  return well('clock', `${was}; set, and read back: ${secondsOff(clock.set.errorMs)} off.`);
}

/** Why a try ended before its end. @param paired whether this machine has a bond with it */
export function failed(error: unknown, paired: boolean, address: string): Finding {
  switch (bondTrouble(error, paired)) {
    case 'stale-bond':
      return trouble(
        'bond',
        `This machine has a bond that the device no longer knows, as after a reset. Run: bluetoothctl remove ${address}, then this again, with its pairing button held.`,
      );
    case 'wants-pairing':
      return trouble(
        'bond',
        'It takes no bond now. Hold its pairing button until it blinks, and run this again.',
      );
    case 'pairing-refused':
      return trouble(
        'bond',
        'The pairing was refused: wrong digits, no answer in time, or the device said no.',
      );
    case 'none':
      if (error instanceof BusFault && error.code === 'closed')
        return trouble('connection', 'It was lost. Is the device near, and its battery good?');
      return trouble('connection', `It did not come about (${whyOf(error)}).`);
  }
}

const secondsOff = (ms: number): string => `${(Math.abs(ms) / 1000).toFixed(1)} s`;
