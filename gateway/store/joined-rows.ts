// Many segment rows as one row: a day of 10 s intervals is 8,640 rows, and SQLite gives one buffer with 360 of them in a
// fifth of the time that 360 objects with two buffers each take (1.7 ms a day instead of 9.5). SQLite joins bytes as
// text, unchanged: the database is UTF-8, and no text is looked into. What it would change does not open.

import type { SegmentRow } from './store.ts';

/** What `segmentsJoined` of store.ts gives: lists with commas between; then root and sealed part of each row. Null where there is none. */
export type JoinedRows =
  | { readonly ids: string; readonly epochs: string; readonly lengths: string; readonly bytes: Buffer }
  | { readonly ids: null };

const ROOT_BYTES = 32;
/** Few at first: who asks for minutes needs no day, and segments with waveforms are large. */
export const JOINED_FIRST = 32;
const ROWS_MAX = 360;
const BYTES_MAX = 0x4_0000;

/** How many to ask for next, by what these came to. */
export const nextJoined = (joined: JoinedRows, rows: number): number =>
  joined.ids === null
    ? JOINED_FIRST
    : Math.max(1, Math.min(ROWS_MAX, Math.floor((BYTES_MAX * rows) / joined.bytes.length)));

/** The rows again, in their order. Their bytes are parts of one buffer. */
export function splitRows(joined: JoinedRows): SegmentRow[] {
  if (joined.ids === null) return [];
  const { bytes } = joined;
  const epochs = joined.epochs.split(',');
  const lengths = joined.lengths.split(',');
  let at = 0;
  return joined.ids.split(',').map((text, i) => {
    const id = Number(text);
    const start = at + ROOT_BYTES;
    const root = bytes.subarray(at, start);
    at = start + Number(lengths[i]);
    const sealed = bytes.subarray(start, at);
    return { batch: Math.floor(id / 65_536), slot: id % 65_536, epoch: Number(epochs[i]), root, sealed };
  });
}
