// The numbers of a segment without its readings: time and value of each, straight from the columns. A history needs
// nothing else, and a reading as an object, with names, device and sequence, costs ten times as much as its number.
// Which columns there are follows from the order in which messages first use them, as in segment-codec.ts: so that
// order is walked here too, and a test holds the two together.

import { KINDS } from '@heartwood/vitals';
import { ColumnReader, predictable } from './segment-column.ts';
import { decompress } from './segment-compress.ts';
import { parseTemplate, type TemplatePart } from './segment-template.ts';
import { ByteReader } from './varint.ts';

/**
 * A line of a chart: the code of a kind, times 4; for a pressure plus 1 systolic, 2 diastolic, 3 mean. Waveforms have none.
 */
export type Series = number;

/**
 * Device time (undefined: it has no clock) and the hub's, ms since 1970; the value in steps of the kind's grid; the number of
 * the device.
 */
export type VisitNumber = (
  series: Series,
  at: number | undefined,
  received: number,
  value: number,
  device: number,
) => void;

const PART = { systolic: 1, diastolic: 2, mean: 3 } as const;

/** One line of one device, or a column beside it. What it is stays; the column is that of the segment being read. */
type Line = {
  readonly series: Series;
  readonly isWanted: boolean;
  /** How many columns it has: a waveform's has its counts too. */
  readonly columns: number;
  /** The segment in which its column was begun last. */
  segment: number;
  last: number;
  column: ColumnReader | undefined;
};
type Part = { readonly hasAt: boolean; readonly lines: readonly Line[] };
/** What a message of one template and device brings: whether each reading has a time of its own, and its lines. */
type Shape = {
  readonly parts: readonly Part[];
  /** Those that have a line that is wanted. */
  readonly wanted: readonly Part[];
  readonly hasAt: boolean;
  readonly pace: Pace;
  segment: number;
};
type Pace = { segment: number; at: number; step: number; offset: number };
/** The templates of a segment as they stand in it, and what they mean. Most segments of a patient have the same. */
type Templates = {
  readonly bytes: Uint8Array;
  readonly parts: readonly (readonly TemplatePart[])[];
  readonly hasSource: boolean;
  readonly shapes: Map<number, Shape>;
};

/** So many are remembered: a patient with several devices has as many orders in which their messages first come. */
const TEMPLATES_MAX = 8;

/** Every number of one segment, in stored order. @param wanted one series, or undefined for all of them */
export const readNumbers = (bytes: Uint8Array, wanted: Series | undefined, visit: VisitNumber): void =>
  new NumberReader(wanted, visit).read(bytes);

/**
 * Reads many segments of one patient. Absent readings and waveforms have no numbers. What segments share is made once: of
 * 10 s at 1 Hz, templates and names cost more than the numbers.
 */
export class NumberReader {
  readonly #wanted: Series | undefined;
  readonly #visit: VisitNumber;
  readonly #lines = new Map<string, Line>();
  readonly #paces = new Map<number, Pace>();
  #known: Templates[] = [];
  /** How many segments were begun: what bears another number is left from an earlier one. */
  #segment = 0;

  /** @param wanted one series, or undefined for all of them */
  constructor(wanted: Series | undefined, visit: VisitNumber) {
    this.#wanted = wanted;
    this.#visit = visit;
  }

  /** Visits the numbers of a segment, in stored order. */
  read(bytes: Uint8Array): void {
    this.#segment += 1;
    const from = new ByteReader(decompress(bytes));
    const messages = from.unsigned();
    const templates = this.#templates(from);
    const templateColumn = new ColumnReader(from);
    const deviceColumn = new ColumnReader(from);
    ColumnReader.skip(from); // boot
    ColumnReader.skip(from); // seq
    const atColumn = new ColumnReader(from);
    const receivedColumn = new ColumnReader(from);
    const offsetColumn = new ColumnReader(from);
    if (templates.hasSource) ColumnReader.skip(from);
    let [template, device] = [-1, 0];
    let shape: Shape | undefined;
    let nextTemplate = 0;
    let lastReceived = 0;
    for (let n = 0; n < messages; n++) {
      nextTemplate += templateColumn.next();
      const nextDevice = device + deviceColumn.next();
      if (shape === undefined || nextTemplate !== template || nextDevice !== device) {
        [template, device] = [nextTemplate, nextDevice];
        shape = this.#shape(templates, template, device, from);
      }
      let base = 0;
      if (shape.hasAt) {
        const { pace } = shape;
        const step = pace.step + atColumn.next();
        base = pace.at + step;
        const offset = pace.offset + receivedColumn.next();
        pace.at = base;
        pace.step = predictable(step);
        pace.offset = predictable(offset);
        lastReceived = base + offset;
      } else lastReceived += receivedColumn.next();
      // Nearly always all readings of a message have one time: then those that nobody wants are not gone through.
      for (const { hasAt, lines } of offsetColumn.isZero ? shape.wanted : shape.parts) {
        const at = hasAt ? base + offsetColumn.next() : undefined;
        for (const line of lines) {
          if (line.column === undefined) continue;
          line.last += line.column.next();
          this.#visit(line.series, at, lastReceived, line.last, device);
        }
      }
    }
  }

  #templates(from: ByteReader): Templates {
    const start = from.at;
    const found = this.#known.find(({ bytes }) => isNext(from, bytes));
    if (found !== undefined) {
      from.skip(found.bytes.length);
      return found;
    }
    const parts = Array.from({ length: from.unsigned() }, () => parseTemplate(from));
    const templates = {
      bytes: from.whole.slice(start, from.at),
      parts,
      hasSource: parts.some((readings) => readings.some(({ source }) => source !== undefined)),
      shapes: new Map(),
    };
    this.#known = [templates, ...this.#known].slice(0, TEMPLATES_MAX);
    return templates;
  }

  /** A column begins where its line is first used: with the first message of a shape, those that it brings. */
  #shape(templates: Templates, template: number, device: number, from: ByteReader): Shape {
    const key = template * 0x1_0000_0000 + device;
    let shape = templates.shapes.get(key);
    if (shape === undefined) {
      shape = this.#newShape(templates.parts[template] as readonly TemplatePart[], device);
      templates.shapes.set(key, shape);
    }
    const segment = this.#segment;
    if (shape.segment === segment) return shape;
    shape.segment = segment;
    const { pace } = shape;
    if (pace.segment !== segment) {
      pace.segment = segment;
      pace.at = pace.step = pace.offset = 0;
    }
    for (const { lines } of shape.parts)
      for (const line of lines) {
        if (line.segment === segment) continue;
        line.segment = segment;
        line.last = 0;
        if (line.isWanted) line.column = new ColumnReader(from);
        else for (let n = 0; n < line.columns; n++) ColumnReader.skip(from);
      }
    return shape;
  }

  #newShape(parts: readonly TemplatePart[], device: number): Shape {
    let pace = this.#paces.get(device);
    if (pace === undefined) {
      pace = { segment: 0, at: 0, step: 0, offset: 0 };
      this.#paces.set(device, pace);
    }
    const all = parts.map((part) => ({ hasAt: part.hasAt, lines: this.#linesOf(device, part) }));
    return {
      parts: all,
      wanted: all.filter(({ lines }) => lines.some((line) => line.isWanted)),
      hasAt: parts.some((part) => part.hasAt),
      pace,
      segment: 0,
    };
  }

  #linesOf(device: number, part: TemplatePart): Line[] {
    const lines: Line[] = [];
    if (part.absent === undefined) {
      const { code, shape } = KINDS[part.kind];
      if (part.wave !== undefined) lines.push(this.#beside(`${device}.${code}.wave ${part.wave.lead}`, 2));
      else if (shape === 'panel')
        for (const name of part.panel) lines.push(this.#line(device, 4 * code + PART[name]));
      else lines.push(this.#line(device, 4 * code));
    }
    // By how much a device's times were moved: a column that stands after its reading's.
    if (part.source?.shifted) lines.push(this.#beside(`${device}.shift`, 1));
    return lines;
  }

  #line(device: number, series: Series): Line {
    const isWanted = this.#wanted === undefined || this.#wanted === series;
    return this.#once(`${device}.${series}`, { series, isWanted, columns: 1 });
  }

  #beside = (name: string, columns: number): Line =>
    this.#once(name, { series: 0, isWanted: false, columns });

  #once(name: string, what: Pick<Line, 'series' | 'isWanted' | 'columns'>): Line {
    let line = this.#lines.get(name);
    if (line === undefined) {
      line = { ...what, segment: 0, last: 0, column: undefined };
      this.#lines.set(name, line);
    }
    return line;
  }
}

/** Whether these bytes come next. Templates end by themselves: who begins alike is alike. */
function isNext(from: ByteReader, bytes: Uint8Array): boolean {
  const { whole, at } = from;
  for (let i = 0; i < bytes.length; i++) if (whole[at + i] !== bytes[i]) return false;
  return true;
}
