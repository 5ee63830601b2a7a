// Octets of a whole generic health observation (`joinSegments` has put it together) to its structure. Bundles do not
// nest; the attribute list of flag bit 9 and class 8, whose layouts we do not know, are refused as unsupported.

import { readElapsedTime } from './elapsed-time.ts';
import {
  BUNDLE_CODE,
  CLASS_CODES,
  type Component,
  type HealthObservation,
  type HealthObservations,
  type ObservationHeader,
  type ObservationValue,
  type SimpleValue,
  type StoredObservations,
} from './health-observation.ts';
import { readFloat } from './medical-float.ts';
import { decodeWith, type OctetReader, present } from './octet-reader.ts';
import { type Decoded, refuse } from './refusal.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const ATTRIBUTES_FLAG = 0x200;
/** Class and length: what a length that counts only what follows it leaves out. */
const UNCOUNTED_BYTES = 3;

/** `count` of what `read` reads. Bounded by the octets that are there: every element takes one at least. */
function times<Value>(count: number, read: () => Value): readonly Value[] {
  return Array.from({ length: count }, read);
}

function readHeader(octets: OctetReader): ObservationHeader {
  const flags = octets.flags16(0x3ff);
  if ((flags & ATTRIBUTES_FLAG) !== 0) refuse('unsupported', 'an observation with a list of attributes');
  const list = () => times(octets.u8(), () => octets.u32());
  return present<ObservationHeader>({
    type: octets.when(flags & 0x01, () => octets.u32()),
    time: octets.when(flags & 0x02, () => readElapsedTime(octets)),
    duration: octets.when(flags & 0x04, () => readFloat(octets)),
    status: octets.when(flags & 0x08, () => octets.u16()),
    id: octets.when(flags & 0x10, () => octets.u32()),
    patient: octets.when(flags & 0x20, () => octets.u8()),
    supplement: octets.when(flags & 0x40, list),
    derivedFrom: octets.when(flags & 0x80, list),
    members: octets.when(flags & 0x100, list),
  });
}

function readText(octets: OctetReader): string {
  try {
    return UTF8.decode(octets.bytes(octets.u16()));
  } catch (thrown) {
    if (thrown instanceof TypeError) return refuse('bad-text', 'the text is no UTF-8');
    throw thrown;
  }
}

function readSimple(octets: OctetReader, code: number): SimpleValue {
  switch (code) {
    case CLASS_CODES.numeric:
      return { class: 'numeric', unit: octets.u32(), number: readFloat(octets) };
    case CLASS_CODES.discrete:
      return { class: 'discrete', code: octets.u32() };
    case CLASS_CODES.text:
      return { class: 'text', text: readText(octets) };
    case CLASS_CODES.samples: {
      const head = {
        unit: octets.u32(),
        scale: readFloat(octets),
        offset: readFloat(octets),
        period: readFloat(octets),
        samplesPerPeriod: octets.u8(),
        bytesPerSample: octets.u8(),
        count: octets.u32(),
      };
      const data = octets.bytes(head.count * head.bytesPerSample);
      return { class: 'samples', ...head, data };
    }
    case CLASS_CODES.events:
      return { class: 'events', codes: times(octets.u8(), () => octets.u32()) };
    case CLASS_CODES.states: {
      const size = octets.u8();
      return {
        class: 'states',
        supported: octets.bytes(size),
        isState: octets.bytes(size),
        set: octets.bytes(size),
      };
    }
    default:
      return refuse('unsupported', 'an observation of a class that this decoder does not know');
  }
}

function readComponent(octets: OctetReader): Component {
  const type = octets.u32();
  return { type, value: readSimple(octets, octets.u8()) };
}

function readValue(octets: OctetReader, code: number): ObservationValue {
  if (code !== CLASS_CODES.compound) return readSimple(octets, code);
  return { class: 'compound', components: times(octets.u8(), () => readComponent(octets)) };
}

/** A member of a bundle; its length leaves out `uncounted` octets, as the bundle's did. */
function readMember(octets: OctetReader, uncounted: number): HealthObservation {
  const leftBefore = octets.left;
  const code = octets.u8();
  const length = octets.u16() + uncounted;
  const header = readHeader(octets);
  const value = readValue(octets, code);
  if (leftBefore - octets.left !== length) refuse('bad-length', 'a member of a bundle has another length');
  return { ...header, value };
}

/** Its length counts all octets from the class on, or those after the length. */
function readObservations(octets: OctetReader): HealthObservations {
  const whole = octets.left;
  const code = octets.u8();
  const uncounted = whole - octets.u16();
  if (uncounted !== 0 && uncounted !== UNCOUNTED_BYTES) {
    refuse('bad-length', 'the observation has another length than it says');
  }
  const header = readHeader(octets);
  if (code !== BUNDLE_CODE) {
    return { kind: 'single', observation: { ...header, value: readValue(octets, code) } };
  }
  const observations = times(octets.u8(), () => readMember(octets, uncounted));
  return { kind: 'bundle', header, observations };
}

/** 2B8B: one observation or bundle, whole. */
export function decodeHealthObservations(bytes: Uint8Array): Decoded<HealthObservations> {
  return decodeWith(bytes, readObservations);
}

/** 2BDD: the same, with the number under which the device stored it. */
export function decodeStoredObservations(bytes: Uint8Array): Decoded<StoredObservations> {
  return decodeWith(bytes, (octets) => ({ record: octets.u32(), said: readObservations(octets) }));
}
