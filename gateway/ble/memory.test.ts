import { encodeRecordAnswer } from '@heartwood/vitals/gatt';
import { describe, expect, it } from 'vitest';
import { BusFault } from './bus-fault.ts';
import { Memory } from './memory.ts';
import type { CharacteristicView } from './objects.ts';

const CONTROL: CharacteristicView = {
  path: '/c',
  uuid: 0x2a52,
  service: 0x1808,
  flags: ['write'],
  notifying: false,
};

/** A meter whose control point answers each request with these, all at once. */
function memoryOf(answersTo: (request: Uint8Array) => readonly Uint8Array[]): {
  memory: Memory;
  written: string[];
} {
  const written: string[] = [];
  const memory: Memory = new Memory({
    records: () => Promise.resolve({ names: [], last: [] }),
    write: (_, request) => {
      written.push(Buffer.from(request).toString('hex'));
      const answers = answersTo(request);
      // One read of the socket: one turn.
      if (answers.length > 0) setImmediate(() => answers.map((answer) => memory.takes(0x2a52, answer)));
      else return Promise.reject(new BusFault('remote', 'ATT error: 0xfe', 'org.bluez.Error.Failed'));
      return Promise.resolve();
    },
    patiently: (what) => what,
    lastMs: () => 0,
    isBroken: () => false,
    names: () => [],
  });
  return { memory, written };
}

describe('the memory of a device', () => {
  it('two answers that come in one read of the socket are two', async () => {
    let aborted = false;
    const { memory, written } = memoryOf(([operation]) => {
      if (operation === 3) {
        aborted = true;
        return [
          encodeRecordAnswer({ kind: 'response', to: 'report', response: 'not-completed' }),
          encodeRecordAnswer({ kind: 'response', to: 'abort', response: 'success' }),
        ];
      }
      return aborted ? [encodeRecordAnswer({ kind: 'response', to: 'report', response: 'success' })] : [];
    });
    expect(await memory.upload([CONTROL])).toEqual([{ kind: 'uploaded', asked: 'all' }]);
    expect(written).toEqual(['0101', '0300', '0101']);
    expect(memory.stageOf(0x2a18)).toBe('done');
  });

  it('an oximeter is not asked, though it has a control point: its records cannot be told apart', async () => {
    const { memory, written } = memoryOf(() => []);
    const oximeter = [{ ...CONTROL, service: 0x1822 }];
    expect([memory.isBehind([CONTROL]), memory.isBehind(oximeter)]).toEqual([true, false]);
    expect(await memory.upload(oximeter)).toEqual([]);
    expect(written).toEqual([]);
  });

  it('answers that nobody asked for do not pile up', async () => {
    const { memory } = memoryOf(() => [
      encodeRecordAnswer({ kind: 'response', to: 'report', response: 'no-records' }),
    ]);
    for (let n = 0; n < 1_000; n++) expect(memory.takes(0x2a52, Uint8Array.of(6, 0, 1, 9))).toBe(true);
    // Any of them would be taken for the answer to this.
    expect(await memory.upload([CONTROL])).toEqual([{ kind: 'nothing-new' }]);
  });
});
