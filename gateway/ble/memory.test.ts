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
  stored: string[];
} {
  const written: string[] = [];
  const stored: string[] = [];
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
    store: (_, octets) => void stored.push(Buffer.from(octets).toString('hex')),
    names: () => [],
  });
  return { memory, written, stored };
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

  it('records left over from a request of a hub that was killed are not gone on from: they come when asked for', async () => {
    let aborted = false;
    const left = Uint8Array.of(0x02, 77, 0);
    const asked = Uint8Array.of(0x02, 14, 0);
    const { memory, stored } = memoryOf(([operation]) => {
      // While it is being asked, and refuses for it is at an old request.
      if (!aborted) expect(memory.takes(0x2a18, left)).toBe(true);
      if (operation === 3) aborted = true;
      else if (!aborted) return [];
      else expect(memory.takes(0x2a18, asked)).toBe(true);
      return [
        encodeRecordAnswer({
          kind: 'response',
          to: operation === 3 ? 'abort' : 'report',
          response: 'success',
        }),
      ];
    });
    memory.begin();
    expect(memory.isBehind([CONTROL])).toBe(true);
    expect(memory.takes(0x2a18, left)).toBe(true);
    await memory.upload([CONTROL]);
    expect(stored).toEqual(['020e00']);
    // What comes by itself after that was measured now.
    expect(memory.takes(0x2a18, left)).toBe(false);
  });

  it('a record that had to be dropped: none behind it is stored, and the upload is begun anew', async () => {
    let full = true;
    const { memory } = memoryOf(() => {
      memory.storing(Promise.resolve(full ? 'dropped' : 'stored'));
      return [encodeRecordAnswer({ kind: 'response', to: 'report', response: 'success' })];
    });
    memory.begin();
    expect(memory.isBehind([CONTROL])).toBe(true);
    await expect(memory.upload([CONTROL])).rejects.toThrow('no room');
    expect(memory.takes(0x2a18, Uint8Array.of(0x02, 9, 0))).toBe(true);
    full = false;
    expect(await memory.upload([CONTROL])).toEqual([{ kind: 'uploaded', asked: 'all' }]);
    expect(memory.takes(0x2a18, Uint8Array.of(0x02, 9, 0))).toBe(false);
  });

  it('more records than are held come before the request is accepted: what was held is stored, and nothing behind the gap', async () => {
    let count = 70;
    const record = (n: number): Uint8Array => Uint8Array.of(0x02, n, 0);
    const { memory, stored } = memoryOf(() => {
      for (let n = 0; n < count; n++) expect(memory.takes(0x2a18, record(n))).toBe(true);
      // Once it is accepted.
      setImmediate(() => {
        if (!memory.takes(0x2a18, record(count))) stored.push('late');
      });
      return [encodeRecordAnswer({ kind: 'response', to: 'report', response: 'success' })];
    });
    memory.begin();
    expect(memory.isBehind([CONTROL])).toBe(true);
    await expect(memory.upload([CONTROL])).rejects.toThrow('no room');
    expect(stored).toEqual(Array.from({ length: 64 }, (_, n) => Buffer.from(record(n)).toString('hex')));
    expect(memory.stageOf(0x2a18)).toBe('before');
    stored.length = 0;
    count = 64;
    memory.begin();
    expect(await memory.upload([CONTROL])).toEqual([{ kind: 'uploaded', asked: 'all' }]);
    expect(stored).toHaveLength(65);
    expect(stored.at(-1)).toBe('late');
  });

  it('what is left over of an old request, however much, is no gap in the new one', async () => {
    let aborted = false;
    const { memory, stored } = memoryOf(([operation]) => {
      if (operation === 3) aborted = true;
      else if (aborted) memory.takes(0x2a18, Uint8Array.of(0x02, 14, 0));
      else {
        for (let n = 0; n < 200; n++) memory.takes(0x2a18, Uint8Array.of(0x02, n, 1));
        return [];
      }
      const to = operation === 3 ? 'abort' : 'report';
      return [encodeRecordAnswer({ kind: 'response', to, response: 'success' })];
    });
    memory.begin();
    expect(memory.isBehind([CONTROL])).toBe(true);
    expect(await memory.upload([CONTROL])).toEqual([{ kind: 'uploaded', asked: 'all' }]);
    expect(stored).toEqual(['020e00']);
  });

  it('what a meter that refuses to be asked says by itself is stored', async () => {
    const { memory } = memoryOf(() => [
      encodeRecordAnswer({ kind: 'response', to: 'report', response: 'operation-unsupported' }),
    ]);
    memory.begin();
    expect(memory.isBehind([CONTROL])).toBe(true);
    await memory.upload([CONTROL]);
    expect(memory.takes(0x2a18, Uint8Array.of(0x02, 1, 0))).toBe(false);
  });

  it('a meter without a control point tells what it measures by itself', () => {
    const { memory } = memoryOf(() => []);
    memory.begin();
    expect(memory.isBehind([{ ...CONTROL, uuid: 0x2a18 }])).toBe(false);
    expect(memory.takes(0x2a18, Uint8Array.of(0x02, 1, 0))).toBe(false);
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
