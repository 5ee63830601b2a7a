// The wearables there are, by name.

import { heartRateStrap } from './peripheral/heart-rate-strap.ts';
import type { Peripheral } from './peripheral.ts';

/** All simulated Bluetooth devices. */
export const PERIPHERALS = {
  'heart-rate-strap': heartRateStrap,
} as const satisfies Readonly<Record<string, Peripheral>>;
export type PeripheralModel = keyof typeof PERIPHERALS;
