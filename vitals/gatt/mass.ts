// Masses as scales send them: a count of 0.005 kg or of 0.01 lb, and 0xFFFF where the measurement did not succeed.

import type { Measurement } from '../reading.ts';
import { scalarOf } from './measured.ts';
import type { OctetReader } from './octet-reader.ts';

export type MassUnit = 'kg' | '[lb_av]';
/** A mass in the unit of its message. */
export type Mass = number;
export const UNSUCCESSFUL = 0xffff;

/** Counts that make one unit. */
const COUNTS: Readonly<Record<MassUnit, number>> = { kg: 200, '[lb_av]': 100 };

export function massUnit(flag: number): MassUnit {
  return flag === 0 ? 'kg' : '[lb_av]';
}

/** A mass where 0xFFFF has no meaning of its own. */
export function readMass(octets: OctetReader, unit: MassUnit): Mass {
  return octets.u16() / COUNTS[unit];
}

/** A mass, or word that the device did not arrive at one. */
export function readWeight(octets: OctetReader, unit: MassUnit): Mass | 'unsuccessful' {
  const count = octets.u16();
  return count === UNSUCCESSFUL ? 'unsuccessful' : count / COUNTS[unit];
}

/** The count of a mass, to the nearest. */
export function massCount(mass: Mass | 'unsuccessful', unit: MassUnit): number {
  return mass === 'unsuccessful' ? UNSUCCESSFUL : Math.round(mass * COUNTS[unit]);
}

/** The weight of a body, absent as device-error where the scale says that it failed. */
export function measureMass(mass: Mass | 'unsuccessful', unit: MassUnit): Measurement {
  if (mass === 'unsuccessful') return { kind: 'weight', absent: 'device-error' };
  return scalarOf('weight', mass, unit);
}
