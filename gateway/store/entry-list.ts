// Entries that are no readings (the hub's own events) are few: a plain list of their canonical bytes.

import { ByteReader, ByteWriter } from './varint.ts';

export function encodeEntries(entries: readonly Uint8Array[]): Uint8Array {
  const out = new ByteWriter();
  for (const entry of entries) {
    out.unsigned(entry.length);
    out.bytes(entry);
  }
  return out.take();
}

export function decodeEntries(bytes: Uint8Array): Uint8Array[] {
  const from = new ByteReader(bytes);
  const entries: Uint8Array[] = [];
  while (!from.done) entries.push(from.bytes(from.unsigned()));
  return entries;
}
