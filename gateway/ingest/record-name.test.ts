import { describe, expect, it } from 'vitest';
import { DeviceCursor } from './cursor.ts';
import { recordName } from './record-name.ts';

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
    for (let n = 0; n < 1_100; n++) cursor.addRecord(recordName(glucose(n, 99)));
    cursor.add(7, 1, 1);
    const back = DeviceCursor.parse(cursor.format());
    expect(back.hasRecord(recordName(glucose(1_099, 99)))).toBe(true);
    expect(back.hasRecord(recordName(glucose(0, 99)))).toBe(false);
    expect(back.records.names).toHaveLength(1_024);
    expect(back.records.last).toEqual([[0x2a18, 1_099]]);
    expect(back.look(7, 1, 1)).toBe('reused');
  });
});
