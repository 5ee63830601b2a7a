// What is kept of a segment whose readings were let go: how many there were, and the RFC 6962 root over them. The segment's
// root follows from the two, so that its batch stays provable, and a range of batches tells how many readings each had.

import { HeartwoodError } from '../error.ts';
import { place } from '../keys/seal.ts';
import type { SegmentRow } from './store.ts';

export type Remainder = { readonly count: number; readonly entriesRoot: Uint8Array };

const COUNT_BYTES = 4;

type Row = Pick<SegmentRow, 'batch' | 'slot' | 'epoch' | 'root'>;

/** Apart from a segment's: neither opens in the other's place. */
export const remainderPlace = ({ batch, slot, epoch, root }: Row): Uint8Array =>
  place('let-go', batch, slot, epoch, root);

/** The count, 4 bytes big-endian, and the root. */
export function encodeRemainder({ count, entriesRoot }: Remainder): Uint8Array {
  const bytes = Buffer.alloc(COUNT_BYTES + entriesRoot.length);
  bytes.writeUInt32BE(count);
  bytes.set(entriesRoot, COUNT_BYTES);
  return bytes;
}

export function decodeRemainder(bytes: Buffer): Remainder {
  return { count: bytes.readUInt32BE(), entriesRoot: Uint8Array.from(bytes.subarray(COUNT_BYTES)) };
}

export const letGo = ({ batch }: Row): HeartwoodError =>
  new HeartwoodError(
    'let-go',
    `The readings of batch ${batch} were let go, as this hub is set to do after some days (keep-readings-days).`,
  );
