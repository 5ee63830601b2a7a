// What other rooms see of the language.
export {
  decodeReading,
  ENTRY_EVENT,
  ENTRY_READING,
  encodeReading,
  lendReading,
  SUBJECT_BYTES,
} from './canonical.ts';
export { EntryError, type EntryErrorCode } from './cbor-reader.ts';
export { ABSENT_CODES, type Codes, KIND_CODES, ORIGIN_CODES, QUALITY_CODES } from './code.ts';
export { describeMeasured, describeReading } from './describe.ts';
export {
  decodeEntry,
  decodeEvent,
  type Entry,
  encodeEvent,
  HUB_EVENT_NAMES,
  type HubEvent,
  type HubEventName,
} from './event.ts';
export * from './freshness.ts';
export { fromGrid, type Grid, plausibleOnGrid, STEPS_MAX, stepsPerUnit, toGrid } from './grid.ts';
export * from './kind.ts';
export * from './limit.ts';
export { CONTENT_TYPES, type ContentType, type ParsedMessage, parseMessage } from './message.ts';
export { encodeMessageCbor, encodeMessageJson } from './message-encode.ts';
export { isLead } from './message-waveform.ts';
export * from './news2.ts';
export * from './quality/index.ts';
export * from './reading.ts';
export { REFUSAL_REASONS, type RefusalReason } from './refusal.ts';
export {
  CLOCK_TRUSTS,
  type ClockTrust,
  clockCode,
  clockOf,
  DECODER_VERSION_MAX,
  SOURCE_OCTETS_MAX,
  type Source,
} from './source.ts';
export { CHANNELS, type Channel, DEVICE_ID, isDeviceId, parseTopic, topicOf } from './topic.ts';
export { acceptedUnits, type Conversion, conversionFrom } from './unit.ts';
export { packSamples, unpackSamples } from './wave-pack.ts';
