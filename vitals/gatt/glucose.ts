// Glucose Measurement, 2A18 (notified, asked for through the Record Access Control Point). Records are ordered by
// sequence number: the meter's clock may be set back, and then its times go back too.

import { TIME_MAX_MS } from '../limit.ts';
import type { TimedMeasurement } from '../reading.ts';
import { momentOf, readSaidTime, type SaidTime, writeSaidTime } from './date-time.ts';
import { type DeviceClock, scalarOfFloat, timed, type Verdict } from './measured.ts';
import { type MedicalFloat, readSfloat, writeSfloat } from './medical-float.ts';
import { decodeWith, present } from './octet-reader.ts';
import { flagsOf, OctetWriter } from './octet-writer.ts';
import type { Decoded } from './refusal.ts';

/** In the order of their codes; 0 and those above 10 are reserved. */
const FLUIDS = [
  'reserved',
  'capillary-whole-blood',
  'capillary-plasma',
  'venous-whole-blood',
  'venous-plasma',
  'arterial-whole-blood',
  'arterial-plasma',
  'undetermined-whole-blood',
  'undetermined-plasma',
  'interstitial-fluid',
  'control-solution',
] as const;
export type GlucoseFluid = (typeof FLUIDS)[number];

/** By their codes; the rest is reserved. */
const SITES = ['reserved', 'finger', 'alternate-site', 'earlobe', 'control-solution'] as const;
const SITE_UNKNOWN = 15;
export type GlucoseSite = (typeof SITES)[number] | 'not-available';

/** Bits 0 to 11 of the sensor's status. */
export const GLUCOSE_STATUS_BITS = {
  batteryLow: 0x001,
  malfunction: 0x002,
  sampleTooSmall: 0x004,
  stripInsertion: 0x008,
  stripType: 0x010,
  tooHigh: 0x020,
  tooLow: 0x040,
  tooHot: 0x080,
  tooCold: 0x100,
  readInterrupted: 0x200,
  fault: 0x400,
  timeFault: 0x800,
} as const;
const S = GLUCOSE_STATUS_BITS;
const FAILED =
  S.malfunction | S.sampleTooSmall | S.stripInsertion | S.stripType | S.readInterrupted | S.fault;

export type GlucoseSample = {
  readonly unit: 'kg/L' | 'mol/L';
  readonly concentration: MedicalFloat;
  readonly fluid: GlucoseFluid;
  readonly site: GlucoseSite;
};
export type Glucose = {
  readonly sequence: number;
  readonly baseTime: SaidTime;
  /** Minutes by which the meter's user-facing time is ahead of `baseTime`. */
  readonly offsetMinutes?: number;
  readonly sample?: GlucoseSample;
  /** Bits: GLUCOSE_STATUS_BITS. */
  readonly status?: number;
  /** A context (2A34) of the same sequence number follows. */
  readonly contextFollows: boolean;
};

/** 2A18. */
export function decodeGlucose(bytes: Uint8Array): Decoded<Glucose> {
  return decodeWith(bytes, (octets) => {
    const flags = octets.flags8(0x1f);
    return present<Glucose>({
      sequence: octets.u16(),
      baseTime: readSaidTime(octets),
      offsetMinutes: octets.when(flags & 1, () => octets.s16()),
      sample: octets.when(flags & 2, () => {
        const concentration = readSfloat(octets);
        const codes = octets.u8();
        const site = codes >> 4;
        return {
          unit: (flags & 4) === 0 ? 'kg/L' : 'mol/L',
          concentration,
          fluid: FLUIDS[codes & 15] ?? 'reserved',
          site: site === SITE_UNKNOWN ? 'not-available' : (SITES[site] ?? 'reserved'),
        };
      }),
      status: octets.when(flags & 8, () => octets.u16()),
      contextFollows: (flags & 16) !== 0,
    });
  });
}

/** 2A18. */
export function encodeGlucose(value: Glucose): Uint8Array {
  const { sequence, baseTime, offsetMinutes, sample, status, contextFollows } = value;
  const flags = flagsOf(
    offsetMinutes !== undefined,
    sample !== undefined,
    sample?.unit === 'mol/L',
    status !== undefined,
    contextFollows,
  );
  const octets = new OctetWriter().u8(flags).u16(sequence);
  writeSaidTime(baseTime, octets);
  return octets
    .when(offsetMinutes, (minutes, into) => into.s16(minutes))
    .when(sample, ({ concentration, fluid, site }, into) => {
      writeSfloat(concentration, into);
      const siteCode = site === 'not-available' ? SITE_UNKNOWN : SITES.indexOf(site);
      into.u8(FLUIDS.indexOf(fluid) + siteCode * 16);
    })
    .when(status, (bits, into) => into.u16(bits))
    .done();
}

function verdictOf(status: number | undefined): Verdict {
  if (status === undefined) return {};
  if ((status & FAILED) !== 0) return { absent: 'device-error' };
  if ((status & (S.tooHigh | S.tooLow)) !== 0) return { absent: 'out-of-range' };
  return { quality: (status & (S.tooHot | S.tooCold)) !== 0 ? 'uncertain' : 'ok' };
}

/** Minutes that say "more than this field can hold". */
const OFFSET_OVERRUN = [32767, -32768];

function momentOfGlucose(value: Glucose, clock: DeviceClock): number | undefined {
  const { offsetMinutes = 0, status = 0 } = value;
  if ((status & S.timeFault) !== 0 || OFFSET_OVERRUN.includes(offsetMinutes)) return undefined;
  const base = momentOf(value.baseTime, clock.offsetMinutes);
  const moment = base === undefined ? undefined : base + offsetMinutes * 60_000;
  return moment === undefined || moment < 0 || moment > TIME_MAX_MS ? undefined : moment;
}

/**
 * The glucose, at base time + offset. A control solution is nobody's blood and gives nothing, nor does a record
 * without a concentration, unless its status says that the measurement failed.
 */
export function measureGlucose(value: Glucose, clock: DeviceClock): readonly TimedMeasurement[] {
  const verdict = verdictOf(value.status);
  const at = momentOfGlucose(value, clock);
  const { sample } = value;
  if (sample === undefined) {
    const { absent } = verdict;
    return absent === undefined ? [] : [timed({ kind: 'glucose', absent }, at)];
  }
  if (sample.fluid === 'control-solution' || sample.site === 'control-solution') return [];
  const [unit, decimals] = sample.unit === 'kg/L' ? (['mg/dL', 5] as const) : (['mmol/L', 3] as const);
  return [timed(scalarOfFloat('glucose', shifted(sample.concentration, decimals), unit, verdict), at)];
}

/** The float times 10^decimals, exactly: kg/L x 10^5 = mg/dL, mol/L x 10^3 = mmol/L. */
function shifted(float: MedicalFloat, decimals: number): MedicalFloat {
  return float.kind === 'number' ? { ...float, exponent: float.exponent + decimals } : float;
}
