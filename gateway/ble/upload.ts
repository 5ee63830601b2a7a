// The upload of records that a device has stored, through its Record Access Control Point: new ones only, oldest
// first, each on disk before the next is taken for done.
//
//   1. Ask for the last record. Where it is on disk already there is nothing new: real meters send it again in every
//      session.
//   2. Its number is beyond the last one that is on disk: ask for those from there on. It is not: the meter numbers
//      anew, after a battery was changed or its memory emptied, so ask for all.
//   3. A meter that knows no "last", or no "from", is asked for all. Whatever comes twice is stored once, for records
//      are told apart by what they say.
//   4. A request that is under way already, from before, is aborted; so is ours when the device falls silent over it.
// A link that breaks leaves what came stored, and the next session goes on after it.

import { decodeRecordAnswer, encodeRecordRequest, type RecordFilter } from '@heartwood/vitals/gatt';
import { recordName } from '../ingest/record-name.ts';
import { BusFault, isFault } from './bus-fault.ts';

/** Of one device: which records are on disk, as the hub knows (`HubCalls.radioDevices`). */
export type RecordsKnown = {
  has(name: number): boolean;
  /** The device's number of the record that was stored last. */
  readonly last: number | undefined;
};

export type UploadPorts = {
  /** Writes to the control point, with response. */
  write(request: Uint8Array): Promise<void>;
  /** The next indication of the control point. Rejects where none comes in time, or the link ends. */
  answer(): Promise<Uint8Array>;
  /** From now on records are `held` and given to `take`, or `passed` on to be stored. */
  probe(on: boolean): readonly Uint8Array[];
};

export type Uploaded =
  | { readonly kind: 'nothing-new' }
  | { readonly kind: 'uploaded'; readonly asked: RecordFilter['which'] }
  | { readonly kind: 'refused'; readonly response: string };

/**
 * Uploads what is new of one characteristic. Subscribe to the records and to the control point before.
 * @throws BusFault where the link ends or the device falls silent
 */
export async function upload(
  characteristic: number,
  bits: 16 | 32,
  known: RecordsKnown,
  ports: UploadPorts,
): Promise<Uploaded> {
  const filter = await newRecords(characteristic, bits, known, ports);
  if (filter === undefined) return { kind: 'nothing-new' };
  const response = await ask(filter, bits, ports);
  if (response === 'success') return { kind: 'uploaded', asked: filter.which };
  if (response === 'no-records') return { kind: 'nothing-new' };
  if (filter.which === 'all') return { kind: 'refused', response };
  const all = await ask({ which: 'all' }, bits, ports);
  if (all === 'no-records') return { kind: 'nothing-new' };
  return all === 'success' ? { kind: 'uploaded', asked: 'all' } : { kind: 'refused', response: all };
}

/** What to ask for; undefined where the last record is on disk, or there is none. */
async function newRecords(
  characteristic: number,
  bits: 16 | 32,
  known: RecordsKnown,
  ports: UploadPorts,
): Promise<RecordFilter | undefined> {
  if (known.last === undefined) return { which: 'all' };
  const next: RecordFilter = { which: 'from', mark: { by: 'number', number: (known.last + 1) % 2 ** bits } };
  ports.probe(true);
  let response: string;
  let held: readonly Uint8Array[];
  try {
    response = await ask({ which: 'last' }, bits, ports);
  } finally {
    held = ports.probe(false);
  }
  if (response === 'no-records') return undefined;
  const octets = held.at(-1);
  if (octets === undefined) return next;
  const last = recordName({ characteristic, octets });
  if (known.has(last.name)) return undefined;
  return last.number !== undefined && last.number > known.last ? next : { which: 'all' };
}

async function ask(filter: RecordFilter, bits: 16 | 32, ports: UploadPorts): Promise<string> {
  const request = encodeRecordRequest({ procedure: 'report', filter }, bits);
  try {
    await ports.write(request);
  } catch (error) {
    if (!isInFlight(error)) throw error;
    // From before this hub was started anew, or of another collector: it is ended, and ours is asked again, once.
    await ports.write(ABORT);
    await answerTo('abort', ports);
    await ports.write(request);
  }
  try {
    return await answerTo('report', ports);
  } catch (error) {
    // What comes after this is nobody's: the device is told to stop, or it would be taken for live.
    if (isFault(error, 'timeout')) await ports.write(ABORT).catch(() => undefined);
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
