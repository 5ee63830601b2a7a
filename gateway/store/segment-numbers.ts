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

/** Device time (undefined: it has no clock) and the hub's, ms since 1970; the value in steps of the kind's grid. */
export type VisitNumber = (series: Series, at: number | undefined, received: number, value: number) => void;

const PART = { systolic: 1, diastolic: 2, mean: 3 } as const;

/** One line of one device. Its column is undefined where nobody wants its numbers. */
type Line = { last: number; readonly series: Series; readonly column: ColumnReader | undefined };
/** What a message of one template and device brings: whether each reading has a time of its own, and its lines. */
type Shape = {
  readonly parts: readonly { readonly hasAt: boolean; readonly lines: readonly Line[] }[];
  readonly hasAt: boolean;
};

/**
 * Every number of a segment, in stored order. Absent readings and waveforms have none.
 * @param wanted one series, or undefined for all of them
 */
export function readNumbers(bytes: Uint8Array, wanted: Series | undefined, visit: VisitNumber): void {
  const from = new ByteReader(decompress(bytes));
  const messages = from.unsigned();
  const templates = Array.from({ length: from.unsigned() }, () => parseTemplate(from));
  const templateColumn = new ColumnReader(from);
  const deviceColumn = new ColumnReader(from);
  skip(from); // boot
  skip(from); // seq
  const atColumn = new ColumnReader(from);
  const receivedColumn = new ColumnReader(from);
  const offsetColumn = new ColumnReader(from);
  if (templates.some((parts) => parts.some((part) => part.source !== undefined))) skip(from);
  const shapes = new Shapes(from, wanted);
  const paces = new Map<number, { at: number; step: number; offset: number }>();
  let template = 0;
  let device = 0;
  let lastReceived = 0;
  for (let n = 0; n < messages; n++) {
    template += templateColumn.next();
    device += deviceColumn.next();
    const shape = shapes.of(template, device, templates[template] as readonly TemplatePart[]);
    let base = 0;
    if (shape.hasAt) {
      let pace = paces.get(device);
      if (pace === undefined) {
        pace = { at: 0, step: 0, offset: 0 };
        paces.set(device, pace);
      }
      const step = pace.step + atColumn.next();
      base = pace.at + step;
      const offset = pace.offset + receivedColumn.next();
      pace.at = base;
      pace.step = predictable(step);
      pace.offset = predictable(offset);
      lastReceived = base + offset;
    } else lastReceived += receivedColumn.next();
    for (const { hasAt, lines } of shape.parts) {
      const at = hasAt ? base + offsetColumn.next() : undefined;
      for (const line of lines) {
        if (line.column === undefined) continue;
        line.last += line.column.next();
        visit(line.series, at, lastReceived, line.last);
      }
    }
  }
}

/** The lines of each template and device. A column begins where its line is first used. */
class Shapes {
  readonly #from: ByteReader;
  readonly #wanted: Series | undefined;
  readonly #lines = new Map<string, Line>();
  readonly #shapes = new Map<number, Shape>();

  constructor(from: ByteReader, wanted: Series | undefined) {
    this.#from = from;
    this.#wanted = wanted;
  }

  of(template: number, device: number, parts: readonly TemplatePart[]): Shape {
    const key = template * 0x1_0000_0000 + device;
    let shape = this.#shapes.get(key);
    if (shape === undefined) {
      shape = {
        parts: parts.map((part) => ({ hasAt: part.hasAt, lines: this.#linesOf(device, part) })),
        hasAt: parts.some((part) => part.hasAt),
      };
      this.#shapes.set(key, shape);
    }
    return shape;
  }

  #linesOf(device: number, part: TemplatePart): Line[] {
    const lines: Line[] = [];
    if (part.absent === undefined) {
      const { code, shape } = KINDS[part.kind];
      if (part.wave !== undefined) this.#waveform(`${device}.${code}.wave ${part.wave.lead}`);
      else if (shape === 'panel')
        for (const name of part.panel) lines.push(this.#line(device, 4 * code + PART[name]));
      else lines.push(this.#line(device, 4 * code));
    }
    // By how much a device's times were moved: a column that stands after its reading's.
    if (part.source?.shifted) this.#once(`${device}.shift`, () => this.#skipped(0));
    return lines;
  }

  #line(device: number, series: Series): Line {
    const isWanted = this.#wanted === undefined || this.#wanted === series;
    return this.#once(`${device}.${series}`, () =>
      isWanted ? { last: 0, series, column: new ColumnReader(this.#from) } : this.#skipped(series),
    );
  }

  /** Samples, and how many each reading has. */
  #waveform(name: string): void {
    this.#once(name, () => {
      skip(this.#from);
      return this.#skipped(0);
    });
  }

  #skipped(series: Series): Line {
    skip(this.#from);
    return { last: 0, series, column: undefined };
  }

  #once(name: string, make: () => Line): Line {
    let line = this.#lines.get(name);
    if (line === undefined) {
      line = make();
      this.#lines.set(name, line);
    }
    return line;
  }
}

const skip = (from: ByteReader): void => void from.bytes(from.unsigned());
