// The way back, for the simulator: a generic health observation to its octets, lengths counting the whole.

import { writeElapsedTime } from './elapsed-time.ts';
import {
  BUNDLE_CODE,
  CLASS_CODES,
  HEAD_BYTES,
  type HealthObservation,
  type HealthObservations,
  type ObservationHeader,
  type ObservationValue,
  type SimpleValue,
  type StoredObservations,
} from './health-observation.ts';
import { writeFloat } from './medical-float.ts';
import { flagsOf, OctetWriter } from './octet-writer.ts';

function writeList(codes: readonly number[], octets: OctetWriter): void {
  octets.u8(codes.length);
  for (const code of codes) octets.u32(code);
}

function headerFlags(header: ObservationHeader): number {
  return flagsOf(
    header.type !== undefined,
    header.time !== undefined,
    header.duration !== undefined,
    header.status !== undefined,
    header.id !== undefined,
    header.patient !== undefined,
    header.supplement !== undefined,
    header.derivedFrom !== undefined,
    header.members !== undefined,
  );
}

function headerFields(header: ObservationHeader): OctetWriter {
  return new OctetWriter()
    .when(header.type, (type, octets) => octets.u32(type))
    .when(header.time, writeElapsedTime)
    .when(header.duration, writeFloat)
    .when(header.status, (bits, octets) => octets.u16(bits))
    .when(header.id, (id, octets) => octets.u32(id))
    .when(header.patient, (patient, octets) => octets.u8(patient))
    .when(header.supplement, writeList)
    .when(header.derivedFrom, writeList)
    .when(header.members, writeList);
}

function writeSimple(value: SimpleValue, octets: OctetWriter): void {
  switch (value.class) {
    case 'numeric':
      writeFloat(value.number, octets.u32(value.unit));
      break;
    case 'discrete':
      octets.u32(value.code);
      break;
    case 'text': {
      const text = new TextEncoder().encode(value.text);
      octets.u16(text.length).bytes(text);
      break;
    }
    case 'samples':
      octets.u32(value.unit);
      for (const float of [value.scale, value.offset, value.period]) writeFloat(float, octets);
      octets.u8(value.samplesPerPeriod).u8(value.bytesPerSample).u32(value.count).bytes(value.data);
      break;
    case 'events':
      writeList(value.codes, octets);
      break;
    case 'states':
      octets.u8(value.set.length).bytes(value.supported).bytes(value.isState).bytes(value.set);
      break;
  }
}

function writeValue(value: ObservationValue, octets: OctetWriter): void {
  if (value.class !== 'compound') {
    writeSimple(value, octets);
    return;
  }
  octets.u8(value.components.length);
  for (const component of value.components) {
    writeSimple(component.value, octets.u32(component.type).u8(CLASS_CODES[component.value.class]));
  }
}

function framed(code: number, header: ObservationHeader, content: OctetWriter): Uint8Array {
  const fields = headerFields(header).done();
  const rest = content.done();
  return new OctetWriter()
    .u8(code)
    .u16(HEAD_BYTES + fields.length + rest.length)
    .u16(headerFlags(header))
    .bytes(fields)
    .bytes(rest)
    .done();
}

function encodeOne(observation: HealthObservation): Uint8Array {
  const content = new OctetWriter();
  writeValue(observation.value, content);
  return framed(CLASS_CODES[observation.value.class], observation, content);
}

/** One observation or bundle, whole; `splitSegments` makes notifications of it. RangeError above 65535 octets. */
export function encodeHealthObservations(value: HealthObservations): Uint8Array {
  if (value.kind === 'single') return encodeOne(value.observation);
  const content = new OctetWriter().u8(value.observations.length);
  for (const observation of value.observations) content.bytes(encodeOne(observation));
  return framed(BUNDLE_CODE, value.header, content);
}

/** 2BDD, whole. */
export function encodeStoredObservations(value: StoredObservations): Uint8Array {
  return new OctetWriter().u32(value.record).bytes(encodeHealthObservations(value.said)).done();
}
