// What other rooms see of the Bluetooth decoders, as @heartwood/vitals/gatt.
export { decodeBattery, encodeBattery, measureBattery } from './battery.ts';
export {
  type BloodPressure,
  type CuffPressure,
  type CuffStatus,
  decodeBloodPressure,
  decodeCuffPressure,
  encodeBloodPressure,
  encodeCuffPressure,
  measureBloodPressure,
  type PressureUnit,
} from './blood-pressure.ts';
export {
  type BodyComposition,
  decodeBodyComposition,
  encodeBodyComposition,
  type JoinedBodyComposition,
  joinBodyComposition,
  measureBodyComposition,
} from './body-composition.ts';
export {
  type BodySensorLocation,
  decodeBodySensorLocation,
  encodeBodySensorLocation,
} from './body-sensor-location.ts';
export {
  CGM_CALIBRATION_BITS,
  CGM_STATUS_BITS,
  CGM_WARNING_BITS,
  type CgmRecord,
  decodeCgm,
  encodeCgm,
  measureCgm,
} from './cgm.ts';
export {
  type CgmSessionStart,
  decodeCgmSessionStart,
  encodeCgmSessionStart,
  sessionStartMs,
} from './cgm-session-start.ts';
export { crc16 } from './crc.ts';
export {
  type CurrentTime,
  currentTimeAt,
  decodeCurrentTime,
  encodeCurrentTime,
} from './current-time.ts';
export {
  type DateTime,
  dateTimeAt,
  decodeDateTime,
  encodeDateTime,
  type SaidTime,
  toEpochMs,
} from './date-time.ts';
export {
  decodeDeviceText,
  decodePnpId,
  decodeSystemId,
  encodeDeviceText,
  encodePnpId,
  encodeSystemId,
  type PnpId,
  type SystemId,
} from './device-information.ts';
export {
  decodeElapsedTime,
  type ElapsedTime,
  elapsedMoment,
  encodeElapsedTime,
  type SyncSource,
} from './elapsed-time.ts';
export {
  decodeGlucose,
  encodeGlucose,
  GLUCOSE_STATUS_BITS,
  type Glucose,
  type GlucoseFluid,
  type GlucoseSample,
  type GlucoseSite,
  measureGlucose,
} from './glucose.ts';
export { decodeGlucoseContext, encodeGlucoseContext, type GlucoseContext } from './glucose-context.ts';
export {
  type Component,
  type HealthObservation,
  type HealthObservations,
  OBSERVATION_STATUS_BITS,
  type ObservationHeader,
  type ObservationValue,
  type SimpleValue,
  type StoredObservations,
} from './health-observation.ts';
export { decodeHealthObservations, decodeStoredObservations } from './health-observation-decode.ts';
export { encodeHealthObservations, encodeStoredObservations } from './health-observation-encode.ts';
export { measureHealthObservations } from './health-observation-measure.ts';
export { decodeHeartRate, encodeHeartRate, type HeartRate, measureHeartRate } from './heart-rate.ts';
export { decodeLocalTime, encodeLocalTime, type LocalTime, localOffsetMinutes } from './local-time.ts';
export type { Mass, MassUnit } from './mass.ts';
export type { DeviceClock } from './measured.ts';
export {
  decodeFloat,
  decodeSfloat,
  encodeFloat,
  encodeSfloat,
  type FloatSpecial,
  floatDecimals,
  floatOf,
  floatValue,
  type MedicalFloat,
  sfloatOf,
} from './medical-float.ts';
export { OXIMETER_MEASUREMENT_BITS, OXIMETER_SENSOR_BITS } from './oximeter-status.ts';
export {
  type ContinuousOximetry,
  decodeContinuousOximetry,
  decodeSpotOximetry,
  encodeContinuousOximetry,
  encodeSpotOximetry,
  measureContinuousOximetry,
  measureSpotOximetry,
  type OximeterPair,
  type SpotOximetry,
} from './pulse-oximeter.ts';
export {
  decodeRecordAnswer,
  decodeRecordRequest,
  encodeRecordAnswer,
  encodeRecordRequest,
  type RecordAnswer,
  type RecordBits,
  type RecordFilter,
  type RecordMark,
  type RecordProcedure,
  type RecordRequest,
  type RecordResponse,
} from './record-access.ts';
export { type Decoded, GATT_REFUSALS, type GattRefusal } from './refusal.ts';
export { GATT_DECODERS, type GattDecoder, gattDecoderOf } from './registry.ts';
export { decodeRunning, encodeRunning, type Running } from './running.ts';
export {
  type HeldSegments,
  type JoinedSegments,
  joinSegments,
  OBSERVATION_MAX_BYTES,
  splitSegments,
} from './segment.ts';
export {
  decodeTemperature,
  encodeTemperature,
  measureIntermediateTemperature,
  measureTemperature,
  type Temperature,
  type TemperatureSite,
} from './temperature.ts';
export { decodeWeight, encodeWeight, measureWeight, type Weight } from './weight.ts';
