// The memory of a device: measurements that it made by itself, whether somebody listened or not. Record n is made at a
// moment that follows from n alone, so the memory is the same however often and whenever it is looked at.

import type { Host } from './peripheral.ts';

export type StoredRecord = {
  /** From 1; a device numbers without gaps. */
  readonly number: number;
  /** True time, ms since 1970. */
  readonly atMs: number;
};

export type RecordMemory = {
  readonly everyMs: number;
  /** Everything made until now and not deleted, oldest first. */
  records(): readonly StoredRecord[];
  delete(numbers: ReadonlySet<number>): void;
};

/** A memory that holds `stored` records from before the start and gets another one every `everyMs`. */
export function createRecordMemory(
  host: Host,
  standard: { readonly everyMs: number; readonly stored: number },
): RecordMemory {
  const everyMs = host.everyMs ?? standard.everyMs;
  const stored = host.stored ?? standard.stored;
  const held: StoredRecord[] = [];
  let made = 0;
  return {
    everyMs,
    records: () => {
      for (;;) {
        const atMs = host.body.startAtMs + (made + 1 - stored) * everyMs;
        if (atMs > host.now()) return held;
        made++;
        held.push({ number: made, atMs });
      }
    },
    delete: (numbers) => {
      const kept = held.filter(({ number }) => !numbers.has(number));
      held.splice(0, held.length, ...kept);
    },
  };
}

/** Whether this measurement is one of those that have no number. */
export function hasNoNumber(host: Host, number: number): boolean {
  return host.random.fork('no number').at(number) < host.trouble.nanShare;
}
