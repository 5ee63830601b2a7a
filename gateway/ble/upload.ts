// The upload of records that a device has stored, through its Record Access Control Point: new ones only, oldest
// first, each on disk before the next is taken for done.
//
//   1. Ask for the last record. Where it is on disk already there is nothing new: real meters send it again in every
//      session.
//   2. Its number is beyond the last one that is on disk: ask for those from that one on. It comes again, and is known;
//      where another record has its number, or the meter's last number is behind it, the meter numbers anew, after a
//      battery was changed, its memory emptied or a sensor replaced: ask for all.
//   3. A meter that knows no "from" is asked for the range up to the highest number, and one that knows no "last", or no
//      range either, for all. Whatever comes twice is stored once, for records are told apart by what they say; and
//      where its turn is over before all has come, its next is twice as long (`wearing.ts`).
//   4. A request that is under way already, from before, is aborted; so is ours when the device falls silent over it.
// A link that breaks leaves what came stored, and the next session goes on after it.

import {
  decodeRecordAnswer,
  encodeRecordRequest,
  type RecordFilter,
  type RecordMark,
} from '@heartwood/vitals/gatt';
import type { RecordName } from '../ingest/record-name.ts';
import { BusFault, isFault } from './bus-fault.ts';

/** Of one device: which records are on disk, as the hub knows (`HubCalls.radioDevices`). */
export type RecordsKnown = {
  isKnown(record: RecordName): boolean;
  /** The device's number of the record that was stored last. */
  readonly last: number | undefined;
};

/** With which record an answer to "from" began. */
export type Begins = 'known' | 'other' | 'nothing';

export type UploadPorts = {
  /** Writes to the control point, with response. @param asks for records; it is no abort */
  write(request: Uint8Array, asks: boolean): Promise<void>;
  /** The next indication of the control point. Rejects where none comes in time, or the link ends. */
  answer(): Promise<Uint8Array>;
  /** From now on records are held back; or, they are stored again. @returns those that were held back */
  probe(on: boolean): readonly Uint8Array[];
  /** The names of the records in a value, oldest first. */
  names(octets: Uint8Array): readonly RecordName[];
  /** Lets records through only where the first of them is known. @returns ends that, and says what it was */
  gate(isKnown: (octets: Uint8Array) => boolean): () => Begins;
};

export type Uploaded =
  | { readonly kind: 'nothing-new' }
  | { readonly kind: 'uploaded'; readonly asked: RecordFilter['which'] }
  | { readonly kind: 'refused'; readonly response: string };

/**
 * Uploads what is new of one characteristic, whose numbers have so many bits. Subscribe to the records and to the control point before.
 * @throws BusFault where the link ends or the device falls silent
 */
export async function upload(bits: 16 | 32, known: RecordsKnown, ports: UploadPorts): Promise<Uploaded> {
  const wanted = await newRecords(bits, known, ports);
  if (wanted === 'nothing') return { kind: 'nothing-new' };
  for (const way of wanted === 'all' ? [] : waysFrom(wanted, bits)) {
    const opened = ports.gate((octets) => ports.names(octets).slice(0, 1).some(known.isKnown));
    let begins: Begins;
    let response: string;
    try {
      response = await ask(way, bits, ports);
    } finally {
      begins = opened();
    }
    // A meter that has emptied its memory since shows the first one that it has.
    if (begins === 'known' && response === 'success') return { kind: 'uploaded', asked: way.which };
    if (begins === 'nothing' && response === 'no-records') return { kind: 'nothing-new' };
    if (begins !== 'nothing' || !UNKNOWN_FILTER.has(response)) break;
  }
  const response = await ask({ which: 'all' }, bits, ports);
  if (response === 'no-records') return { kind: 'nothing-new' };
  return response === 'success' ? { kind: 'uploaded', asked: 'all' } : { kind: 'refused', response };
}

/** A meter does not know this filter: it may know another. */
const UNKNOWN_FILTER: ReadonlySet<string> = new Set(['operator-unsupported', 'operand-unsupported']);

type From = { readonly which: 'from'; readonly mark: RecordMark };

/** The filters that ask for the same records. */
const waysFrom = (from: From, bits: 16 | 32): readonly RecordFilter[] => [
  from,
  { which: 'range', low: from.mark, high: { by: 'number', number: 2 ** bits - 1 } },
];

/** What to ask for; nothing where the last record is on disk, or there is none. */
async function newRecords(
  bits: 16 | 32,
  known: RecordsKnown,
  ports: UploadPorts,
): Promise<From | 'nothing' | 'all'> {
  if (known.last === undefined) return 'all';
  const from: From = { which: 'from', mark: { by: 'number', number: known.last } };
  ports.probe(true);
  let response: string;
  let held: readonly Uint8Array[];
  try {
    response = await ask({ which: 'last' }, bits, ports);
  } finally {
    held = ports.probe(false);
  }
  if (response === 'no-records') return 'nothing';
  const last = held.flatMap((octets) => ports.names(octets)).at(-1);
  if (last === undefined) return from;
  // One that came by itself, when it was measured, says nothing of those before it.
  if (last.number !== undefined && last.number > known.last) return from;
  return known.isKnown(last) ? 'nothing' : 'all';
}

async function ask(filter: RecordFilter, bits: 16 | 32, ports: UploadPorts): Promise<string> {
  const request = encodeRecordRequest({ procedure: 'report', filter }, bits);
  try {
    await ports.write(request, true);
  } catch (error) {
    if (!isInFlight(error)) throw error;
    // From before this hub was started anew, or of another collector: it is ended, and ours is asked again, once.
    await ports.write(ABORT, false);
    await answerTo('abort', ports);
    await ports.write(request, true);
  }
  try {
    return await answerTo('report', ports);
  } catch (error) {
    // What comes after this is nobody's: the device is told to stop, or it would be taken for live.
    if (isFault(error, 'timeout')) await ports.write(ABORT, false).catch(() => undefined);
    throw error;
  }
}

/** What came of a procedure; an answer to one that was ended is passed over. */
async function answerTo(procedure: 'report' | 'abort', ports: UploadPorts): Promise<string> {
  for (;;) {
    const answer = decodeRecordAnswer(await ports.answer());
    if (answer.kind === 'refused')
      throw new BusFault('remote', `the control point answered nonsense: ${answer.reason}`);
    if (answer.value.kind !== 'response') return 'success';
    const { to, response } = answer.value;
    if (to === procedure || to === 'other') return response;
  }
}

const ABORT = encodeRecordRequest({ procedure: 'abort' });

/** ATT's "procedure already in progress", as bluetoothd passes on what it has no name for. */
const isInFlight = (error: unknown): boolean =>
  isFault(error, 'Failed') && /0xfe\b/i.test((error as BusFault).message);
