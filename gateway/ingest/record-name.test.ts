import type { TimedMeasurement } from '@heartwood/vitals';
import { describe, expect, it } from 'vitest';
import { DeviceCursor } from './cursor.ts';
import { RecordMemory } from './record-memory.ts';
import { recordName, recordOf } from './record-name.ts';

const glucose = (number: number, value: number): { characteristic: number; octets: Uint8Array } => ({
  characteristic: 0x2a18,
  octets: Uint8Array.of(2, number & 0xff, number >>> 8, 0xea, 7, 11, 21, 13, 15, 59, value, 0xb0, 0x11),
});

describe('a record out of a device’s memory', () => {
  it('is named by its octets and numbered as the device numbers it', () => {
    const one = recordName(glucose(300, 99));
    expect(one.number).toBe(300);
    expect(recordName(glucose(300, 99)).name).toBe(one.name);
    expect(recordName(glucose(300, 98)).name).not.toBe(one.name);
    expect(recordName({ ...glucose(300, 99), characteristic: 0x2aa7 }).name).not.toBe(one.name);
    expect(one.name).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER);
  });

  it('is known again after a restart, and so is the number to go on from', () => {
    const cursor = new DeviceCursor();
    for (let n = 0; n < 3_000; n++) cursor.addRecord(recordName(glucose(n, 99)));
    cursor.add(7, 1, 1);
    const back = DeviceCursor.parse(cursor.format());
    // A meter of 3,000 records that can only be asked for all of them doubles none.
    for (let n = 0; n < 3_000; n++) expect(back.hasRecord(recordName(glucose(n, 99)))).toBe(true);
    expect(back.hasRecord(recordName(glucose(3_000, 99)))).toBe(false);
    expect(back.records.last).toEqual([[0x2a18, 2_999]]);
    expect(cursor.format().length / 3_000).toBeLessThan(10);
    expect(back.look(7, 1, 1)).toBe('reused');
  });

  it('is known as it was written before names were kept by characteristic', () => {
    const { name } = recordName(glucose(7, 99));
    const back = DeviceCursor.parse(JSON.stringify({ runs: [], names: [name], last: [[0x2a18, 7]] }));
    expect(back.hasRecord(recordName(glucose(7, 99)))).toBe(true);
    expect(DeviceCursor.parse(back.format()).hasRecord(recordName(glucose(7, 99)))).toBe(true);
  });

  it('remembers 65,536 of a meter, and a session of a glucose sensor', () => {
    const memory = new RecordMemory();
    for (let name = 0; name <= 65_536; name++) {
      memory.add({ characteristic: 0x2a18, name });
      memory.add({ characteristic: 0x2aa7, name });
    }
    expect([
      memory.has({ characteristic: 0x2a18, name: 0 }),
      memory.has({ characteristic: 0x2a18, name: 1 }),
    ]).toEqual([false, true]);
    expect(memory.size).toBe(65_536 + 4_096);
  });

  it('remembers 1,024 of what is told unasked, also of what was written before: the row stays small', () => {
    const memory = new RecordMemory(new Map([[0x2a1c, Array.from({ length: 65_536 }, (_, name) => name)]]));
    expect(memory.size).toBe(1_024);
    const cursor = new DeviceCursor(new Map(), memory);
    for (let name = 65_536; name < 80_000; name++)
      cursor.addRecord({ characteristic: 0x2a1c, name, number: undefined });
    expect(cursor.format().length).toBeLessThan(10_000);
    const back = DeviceCursor.parse(cursor.format());
    const has = (name: number) => back.hasRecord({ characteristic: 0x2a1c, name, number: undefined });
    expect([has(80_000 - 1_025), has(80_000 - 1_024), has(79_999)]).toEqual([false, true, true]);
  });
});

describe('a record of continuous glucose', () => {
  const octets = Uint8Array.of(6, 0, 0x64, 0, 0x73, 0);
  const reading = (at: number | undefined, stored: boolean): TimedMeasurement => ({
    ...(at !== undefined && { at }),
    measurement: { kind: 'glucose', value: 100 },
    source: { characteristic: 0x2aa7, version: 1, octets, clock: 'device', stored, shiftMs: 0 },
  });

  it('is the same live and out of the memory; an upload goes on from the latter alone', () => {
    const live = recordOf([reading(1e12, false)]);
    const stored = recordOf([reading(1e12, true)]);
    expect(live?.name).toBe(stored?.name);
    expect([live?.number, stored?.number]).toEqual([undefined, 0x73]);
  });

  it('is another one at the same minute of another session', () => {
    expect(recordOf([reading(1e12, true)])?.name).not.toBe(recordOf([reading(2e12, true)])?.name);
    // A moment that was not believed is told as less than nothing.
    const [untold] = [reading(undefined, true)];
    const source = untold.source && { ...untold.source, clock: 'arrival' as const, shiftMs: -1e12 };
    expect(recordOf([{ ...untold, ...(source && { source }) }])?.name).toBe(
      recordOf([reading(1e12, true)])?.name,
    );
    expect(recordOf([reading(undefined, true)])?.name).toBe(recordOf([reading(undefined, false)])?.name);
  });
});
