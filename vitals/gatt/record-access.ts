// Record Access Control Point, 2A52 (written, answered by indication): how the records that a device stored are
// counted, fetched and deleted. Subscribe to the records and to 2A52 first, then write, with response.
//
// A glucose meter numbers records in 16 bits, a generic health sensor in 32; an operand's length tells which.

import { type DateTime, readDateTime, writeSaidTime } from './date-time.ts';
import { decodeWith, type OctetReader } from './octet-reader.ts';
import { OctetWriter } from './octet-writer.ts';
import { type Decoded, refuse } from './refusal.ts';

/** Where a record stands: its number, or (glucose meters) its user-facing time. */
export type RecordMark =
  | { readonly by: 'number'; readonly number: number }
  | { readonly by: 'time'; readonly time: DateTime };
export type RecordFilter =
  | { readonly which: 'all' | 'first' | 'last' }
  | { readonly which: 'up-to' | 'from'; readonly mark: RecordMark }
  | { readonly which: 'range'; readonly low: RecordMark; readonly high: RecordMark };
/** Codes 1, 2, 4 and 7; `combined-report` also counts what it reports, and is for health sensors. */
export type RecordProcedure = 'report' | 'delete' | 'count' | 'combined-report';
export type RecordRequest =
  | { readonly procedure: RecordProcedure; readonly filter: RecordFilter }
  | { readonly procedure: 'abort' };

/** In the order of their codes, from 1. */
const RESPONSES = [
  'success',
  'operation-unsupported',
  'bad-operator',
  'operator-unsupported',
  'bad-operand',
  'no-records',
  'abort-failed',
  'not-completed',
  'operand-unsupported',
  'busy',
] as const;
export type RecordResponse = (typeof RESPONSES)[number];
export type RecordAnswer =
  | { readonly kind: 'count'; readonly records: number }
  | { readonly kind: 'combined-report'; readonly records: number }
  | {
      readonly kind: 'response';
      readonly to: RecordProcedure | 'abort' | 'other';
      readonly response: RecordResponse;
    };
/** Bits of a record number. */
export type RecordBits = 16 | 32;

const OPERATIONS = { report: 1, delete: 2, abort: 3, count: 4, 'combined-report': 7 } as const;
const ANSWER_COUNT = 5;
const ANSWER_RESPONSE = 6;
const ANSWER_COMBINED = 8;
const OPERATORS = ['null', 'all', 'up-to', 'from', 'range', 'first', 'last'] as const;
const BY_NUMBER = 1;
const BY_TIME = 2;

function procedureOf(code: number): RecordProcedure | 'abort' | undefined {
  const entry = Object.entries(OPERATIONS).find(([, known]) => known === code);
  return entry?.[0] as RecordProcedure | 'abort' | undefined;
}

function writeMark(mark: RecordMark, bits: RecordBits, octets: OctetWriter): void {
  if (mark.by === 'number') octets.unsigned(mark.number, bits / 8);
  else writeSaidTime(mark.time, octets);
}

/** 2A52, what a collector writes. */
export function encodeRecordRequest(request: RecordRequest, bits: RecordBits = 16): Uint8Array {
  const octets = new OctetWriter().u8(OPERATIONS[request.procedure]);
  if (request.procedure === 'abort') return octets.u8(0).done();
  const { filter } = request;
  octets.u8(OPERATORS.indexOf(filter.which));
  const marks: readonly RecordMark[] =
    filter.which === 'range' ? [filter.low, filter.high] : 'mark' in filter ? [filter.mark] : [];
  if (new Set(marks.map((mark) => mark.by)).size > 1) {
    throw new RangeError('both ends of a range are of one sort');
  }
  if (marks[0] !== undefined) octets.u8(marks[0].by === 'number' ? BY_NUMBER : BY_TIME);
  for (const mark of marks) writeMark(mark, bits, octets);
  return octets.done();
}

function readMarks(octets: OctetReader, count: 1 | 2): readonly [RecordMark, RecordMark] {
  const by = octets.u8();
  if (by !== BY_NUMBER && by !== BY_TIME) refuse('reserved-value', 'a filter is by number or by time');
  const wide = octets.left >= 4 * count;
  const read = (): RecordMark =>
    by === BY_TIME
      ? { by: 'time', time: readDateTime(octets) }
      : { by: 'number', number: wide ? octets.u32() : octets.u16() };
  const low = read();
  return [low, count === 1 ? low : read()];
}

/** 2A52, what a device reads: for the simulator. */
export function decodeRecordRequest(bytes: Uint8Array): Decoded<RecordRequest> {
  return decodeWith(bytes, (octets): RecordRequest => {
    const procedure = procedureOf(octets.u8()) ?? refuse('reserved-value', 'no such operation');
    const which = OPERATORS[octets.u8()] ?? refuse('reserved-value', 'no such operator');
    if (procedure === 'abort') {
      return which === 'null' ? { procedure } : refuse('reserved-value', 'abort takes no operator');
    }
    switch (which) {
      case 'null':
        return refuse('reserved-value', 'this operation takes an operator');
      case 'all':
      case 'first':
      case 'last':
        return { procedure, filter: { which } };
      case 'up-to':
      case 'from':
        return { procedure, filter: { which, mark: readMarks(octets, 1)[0] } };
      case 'range': {
        const [low, high] = readMarks(octets, 2);
        return { procedure, filter: { which, low, high } };
      }
    }
  });
}

/** 2A52, what a collector receives. */
export function decodeRecordAnswer(bytes: Uint8Array): Decoded<RecordAnswer> {
  return decodeWith(bytes, (octets): RecordAnswer => {
    const code = octets.u8();
    octets.u8();
    switch (code) {
      case ANSWER_COUNT:
        return { kind: 'count', records: readCount(octets) };
      case ANSWER_COMBINED:
        return { kind: 'combined-report', records: readCount(octets) };
      case ANSWER_RESPONSE: {
        const to = procedureOf(octets.u8()) ?? 'other';
        const response = RESPONSES[octets.u8() - 1] ?? refuse('reserved-value', 'no such response');
        return { kind: 'response', to, response };
      }
      default:
        return refuse('reserved-value', 'no such answer');
    }
  });
}

function readCount(octets: OctetReader): number {
  return octets.left >= 4 ? octets.u32() : octets.u16();
}

/** 2A52, what a device answers: for the simulator. */
export function encodeRecordAnswer(answer: RecordAnswer, bits: RecordBits = 16): Uint8Array {
  if (answer.kind === 'response') {
    const to = answer.to === 'other' ? 0 : OPERATIONS[answer.to];
    const response = RESPONSES.indexOf(answer.response) + 1;
    return Uint8Array.of(ANSWER_RESPONSE, 0, to, response);
  }
  return new OctetWriter()
    .u8(answer.kind === 'count' ? ANSWER_COUNT : ANSWER_COMBINED)
    .u8(0)
    .unsigned(answer.records, bits / 8)
    .done();
}
