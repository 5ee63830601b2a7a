// Every characteristic that the hub understands, by its 16-bit UUID. The hub keeps the octets that a device sent
// together with the decoder's version; when a decoder is mended its version rises, and old octets can be read again.

import type { TimedMeasurement } from '../reading.ts';
import { decodeBattery, measureBattery } from './battery.ts';
import { decodeBloodPressure, decodeCuffPressure, measureBloodPressure } from './blood-pressure.ts';
import { decodeBodyComposition, measureBodyComposition } from './body-composition.ts';
import { decodeBodySensorLocation } from './body-sensor-location.ts';
import { decodeCgm, measureCgm } from './cgm.ts';
import { decodeCgmSessionStart } from './cgm-session-start.ts';
import { decodeCurrentTime } from './current-time.ts';
import { decodeDateTime } from './date-time.ts';
import { decodeDeviceText, decodePnpId, decodeSystemId } from './device-information.ts';
import { decodeElapsedTime } from './elapsed-time.ts';
import { decodeGlucose, measureGlucose } from './glucose.ts';
import { decodeGlucoseContext } from './glucose-context.ts';
import { decodeHealthObservations, decodeStoredObservations } from './health-observation-decode.ts';
import { measureHealthObservations } from './health-observation-measure.ts';
import { decodeHeartRate, measureHeartRate } from './heart-rate.ts';
import { decodeLocalTime } from './local-time.ts';
import type { DeviceClock } from './measured.ts';
import {
  decodeContinuousOximetry,
  decodeSpotOximetry,
  measureContinuousOximetry,
  measureSpotOximetry,
} from './pulse-oximeter.ts';
import { decodeRecordAnswer } from './record-access.ts';
import type { Decoded } from './refusal.ts';
import { decodeRunning } from './running.ts';
import { decodeTemperature, measureIntermediateTemperature, measureTemperature } from './temperature.ts';
import { decodeWeight, measureWeight } from './weight.ts';

export type GattDecoder = {
  readonly uuid: number;
  readonly name: string;
  /** Rises whenever the same octets would be read in another way. */
  readonly version: number;
  /** Whether a value may be part of something longer, which is joined before it is measured. */
  readonly parts: 'whole' | 'joined-before-decoding' | 'joined-after-decoding';
  /** The structure. Whoever needs its type calls the characteristic's own function. */
  readonly decode: (bytes: Uint8Array) => Decoded<unknown>;
  /** Octets to measurements in one step; none where the house has no kind for what they say. */
  readonly measure: (bytes: Uint8Array, clock: DeviceClock) => Decoded<readonly TimedMeasurement[]>;
};

function entry<Value>(
  uuid: number,
  name: string,
  decode: (bytes: Uint8Array) => Decoded<Value>,
  measure: (value: Value, clock: DeviceClock) => readonly TimedMeasurement[] = () => [],
  parts: GattDecoder['parts'] = 'whole',
): readonly [number, GattDecoder] {
  const measureBytes = (bytes: Uint8Array, clock: DeviceClock): Decoded<readonly TimedMeasurement[]> => {
    const decoded = decode(bytes);
    return decoded.kind === 'refused' ? decoded : { kind: 'decoded', value: measure(decoded.value, clock) };
  };
  return [uuid, { uuid, name, version: 1, parts, decode, measure: measureBytes }];
}

/**
 * By 16-bit UUID. 180F is no characteristic: it stands for the level that BlueZ has read itself where it keeps the service
 * of that number to itself (`org.bluez.Battery1`), in the one octet of 2A19. 2B8B and 2BDD take a whole observation: `joinSegments` comes first.
 */
export const GATT_DECODERS: ReadonlyMap<number, GattDecoder> = new Map([
  entry(0x180f, 'Battery of BlueZ', decodeBattery, measureBattery),
  entry(0x2a08, 'Date Time', decodeDateTime),
  entry(0x2a0f, 'Local Time Information', decodeLocalTime),
  entry(0x2a18, 'Glucose Measurement', decodeGlucose, measureGlucose),
  entry(0x2a19, 'Battery Level', decodeBattery, measureBattery),
  entry(0x2a1c, 'Temperature Measurement', decodeTemperature, measureTemperature),
  entry(0x2a1e, 'Intermediate Temperature', decodeTemperature, measureIntermediateTemperature),
  entry(0x2a23, 'System ID', decodeSystemId),
  entry(0x2a24, 'Model Number', decodeDeviceText),
  entry(0x2a25, 'Serial Number', decodeDeviceText),
  entry(0x2a26, 'Firmware Revision', decodeDeviceText),
  entry(0x2a27, 'Hardware Revision', decodeDeviceText),
  entry(0x2a28, 'Software Revision', decodeDeviceText),
  entry(0x2a29, 'Manufacturer Name', decodeDeviceText),
  entry(0x2a2b, 'Current Time', decodeCurrentTime),
  entry(0x2a34, 'Glucose Measurement Context', decodeGlucoseContext),
  entry(0x2a35, 'Blood Pressure Measurement', decodeBloodPressure, measureBloodPressure),
  entry(0x2a36, 'Intermediate Cuff Pressure', decodeCuffPressure),
  entry(0x2a37, 'Heart Rate Measurement', decodeHeartRate, measureHeartRate),
  entry(0x2a38, 'Body Sensor Location', decodeBodySensorLocation),
  entry(0x2a50, 'PnP ID', decodePnpId),
  entry(0x2a52, 'Record Access Control Point', decodeRecordAnswer),
  entry(0x2a53, 'RSC Measurement', decodeRunning),
  entry(0x2a5e, 'PLX Spot-check Measurement', decodeSpotOximetry, measureSpotOximetry),
  entry(0x2a5f, 'PLX Continuous Measurement', decodeContinuousOximetry, measureContinuousOximetry),
  entry(
    0x2a9c,
    'Body Composition Measurement',
    decodeBodyComposition,
    measureBodyComposition,
    'joined-after-decoding',
  ),
  entry(0x2a9d, 'Weight Measurement', decodeWeight, measureWeight),
  entry(0x2aa7, 'CGM Measurement', decodeCgm, measureCgm),
  entry(0x2aaa, 'CGM Session Start Time', decodeCgmSessionStart),
  entry(
    0x2b8b,
    'Live Health Observations',
    decodeHealthObservations,
    measureHealthObservations,
    'joined-before-decoding',
  ),
  entry(
    0x2bdd,
    'Stored Health Observations',
    decodeStoredObservations,
    (stored, clock) => measureHealthObservations(stored.said, clock),
    'joined-before-decoding',
  ),
  entry(0x2bf2, 'Elapsed Time', decodeElapsedTime),
]);

/** The decoder of a full UUID as Bluetooth stacks write it (`00002a37-0000-1000-8000-00805f9b34fb`). */
export function gattDecoderOf(uuid: string): GattDecoder | undefined {
  const short = /^0000([0-9a-f]{4})-0000-1000-8000-00805f9b34fb$/i.exec(uuid)?.[1];
  return short === undefined ? undefined : GATT_DECODERS.get(Number.parseInt(short, 16));
}
