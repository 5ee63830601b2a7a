// Templates: what messages of one shape share, so that each of them is one number. docs/spec/segment.md has the bytes.

import {
  ABSENT_CODES,
  type AbsentReason,
  clockCode,
  clockOf,
  KIND_CODES,
  KINDS,
  type Kind,
  type Measurement,
  ORIGIN_CODES,
  QUALITY_CODES,
  type Reading,
  type Source,
} from '@heartwood/vitals';
import { type ByteReader, ByteWriter } from './varint.ts';

/** A reading as the store keeps it: whose it is follows from the row, and its device is a number. */
export type KeptReading = Omit<Reading, 'subject' | 'device'> & { readonly device: number };

export const PANEL_PARTS: readonly ['systolic', 'diastolic', 'mean'] = ['systolic', 'diastolic', 'mean'];
/** What two messages of one template share: everything but numbers and times. */
export type TemplatePart = {
  readonly kind: Kind;
  readonly index: number;
  readonly hasBoot: boolean;
  readonly hasAt: boolean;
  readonly origin: Reading['origin'];
  readonly quality: Measurement['quality'];
  readonly absent: AbsentReason | undefined;
  readonly panel: readonly (typeof PANEL_PARTS)[number][];
  readonly wave: { lead: string; rateHz: number; gain: number; baseline: number } | undefined;
  readonly source: SourcePart | undefined;
};

/** Of a source: everything but its octets and the size of its shift. */
export type SourcePart = Omit<Source, 'octets' | 'shiftMs'> & {
  readonly length: number;
  readonly shifted: boolean;
};

const HAS_BOOT = 1;
const HAS_AT = 2;
/** The index does not follow on the one before: it is given. */
const INDEX_GIVEN = 4;
const ABSENT = 8;
/** Two bits, the code of the quality; 0: nothing said. */
const QUALITY_SHIFT = 4;
const QUALITY_MASK = 3;
const HAS_SOURCE = 64;
/** Beside the code of a source's clock. */
const STORED = 16;
const SHIFTED = 32;

export function formatTemplate(readings: readonly KeptReading[]): Uint8Array {
  const out = new ByteWriter();
  out.unsigned(readings.length);
  out.byte(ORIGIN_CODES.codeOf.get((readings[0] as KeptReading).origin) as number);
  let next = 0;
  for (const { measurement, index, boot, at, source } of readings) {
    out.byte(KINDS[measurement.kind].code);
    const quality =
      measurement.quality === undefined ? 0 : (QUALITY_CODES.codeOf.get(measurement.quality) as number);
    out.byte(
      (boot === undefined ? 0 : HAS_BOOT) |
        (at === undefined ? 0 : HAS_AT) |
        (index === next ? 0 : INDEX_GIVEN) |
        ('absent' in measurement ? ABSENT : 0) |
        (quality << QUALITY_SHIFT) |
        (source === undefined ? 0 : HAS_SOURCE),
    );
    if (index !== next) out.unsigned(index);
    next = index + 1;
    if (source !== undefined) formatSource(out, source);
    if ('absent' in measurement) {
      out.byte(ABSENT_CODES.codeOf.get(measurement.absent) as number);
      continue;
    }
    if ('wave' in measurement) {
      const { lead, rateHz, gain, baseline } = measurement.wave;
      out.text(lead);
      out.float(rateHz);
      out.float(gain);
      out.signed(baseline);
    } else if (!('value' in measurement)) {
      out.byte(
        PANEL_PARTS.reduce((mask, part, bit) => mask | (measurement[part] === undefined ? 0 : 1 << bit), 0),
      );
    }
  }
  return out.take();
}

function formatSource(out: ByteWriter, source: Source): void {
  out.unsigned(source.characteristic);
  out.byte(source.version);
  out.byte(clockCode(source.clock) | (source.stored ? STORED : 0) | (source.shiftMs === 0 ? 0 : SHIFTED));
  out.unsigned(source.octets.length);
}

function parseSource(from: ByteReader): SourcePart {
  const characteristic = from.unsigned();
  const version = from.byte();
  const said = from.byte();
  return {
    characteristic,
    version,
    clock: clockOf(said & (STORED - 1)),
    stored: (said & STORED) !== 0,
    shifted: (said & SHIFTED) !== 0,
    length: from.unsigned(),
  };
}

export function parseTemplate(from: ByteReader): readonly TemplatePart[] {
  const count = from.unsigned();
  const origin = ORIGIN_CODES.wordOf.get(from.byte()) as Reading['origin'];
  let next = 0;
  return Array.from({ length: count }, () => {
    const kind = KIND_CODES.wordOf.get(from.byte()) as Kind;
    const flags = from.byte();
    const index = (flags & INDEX_GIVEN) === 0 ? next : from.unsigned();
    next = index + 1;
    const source = (flags & HAS_SOURCE) === 0 ? undefined : parseSource(from);
    const quality = QUALITY_CODES.wordOf.get((flags >> QUALITY_SHIFT) & QUALITY_MASK);
    const absent = (flags & ABSENT) === 0 ? undefined : ABSENT_CODES.wordOf.get(from.byte());
    const there = absent === undefined;
    const { shape } = KINDS[kind];
    const wave =
      there && shape === 'wave'
        ? { lead: from.text(), rateHz: from.float(), gain: from.float(), baseline: from.signed() }
        : undefined;
    const mask = there && shape === 'panel' ? from.byte() : 0;
    const panel = PANEL_PARTS.filter((_, bit) => mask & (1 << bit));
    return {
      kind,
      index,
      hasBoot: (flags & HAS_BOOT) !== 0,
      hasAt: (flags & HAS_AT) !== 0,
      origin,
      quality,
      absent,
      panel,
      wave,
      source,
    };
  });
}
