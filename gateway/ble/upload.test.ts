import { decodeRecordRequest, encodeRecordAnswer } from '@heartwood/vitals/gatt';
import { describe, expect, it } from 'vitest';
import { type RecordName, recordName } from '../ingest/record-name.ts';
import { BusFault } from './bus-fault.ts';
import { type Begins, upload } from './upload.ts';

const octetsOf = (number: number, value = 99): Uint8Array =>
  Uint8Array.of(2, number & 0xff, number >>> 8, 0xea, 7, 11, 21, 13, 15, 59, value, 0xb0, 0x11);

const nameOf = (octets: Uint8Array): RecordName => recordName({ characteristic: 0x2a18, octets });

/** A meter with records of these numbers; `knows` are the filters that it can do. */
function meter(numbers: readonly number[], knows: readonly string[] = ['all', 'from', 'last'], value = 99) {
  const asked: string[] = [];
  const passed: number[] = [];
  let held: Uint8Array[] | undefined;
  let gate: { isKnown(octets: Uint8Array): boolean; begins: Begins } | undefined;
  const tell = (n: number): void => {
    const octets = octetsOf(n, value);
    if (held !== undefined) held.push(octets);
    else if (gate === undefined) passed.push(n);
    else {
      if (gate.begins === 'nothing') gate.begins = gate.isKnown(octets) ? 'known' : 'other';
      if (gate.begins === 'known') passed.push(n);
    }
  };
  let response: Uint8Array = new Uint8Array();
  return {
    asked,
    passed,
    known: (names: readonly number[], last: number | undefined) => ({
      isKnown: ({ name }: RecordName) => names.some((n) => nameOf(octetsOf(n)).name === name),
      last,
    }),
    ports: {
      write: async (bytes: Uint8Array) => {
        const request = decodeRecordRequest(bytes);
        if (request.kind === 'refused' || request.value.procedure === 'abort') throw new Error('no request');
        const { filter } = request.value;
        const mark = 'mark' in filter ? filter.mark : 'low' in filter ? filter.low : undefined;
        asked.push(mark?.by === 'number' ? `${filter.which} ${mark.number}` : filter.which);
        const from = mark?.by === 'number' ? mark.number : 0;
        const told = filter.which === 'last' ? numbers.slice(-1) : numbers.filter((n) => n >= from);
        const can = knows.includes(filter.which);
        if (can) for (const n of told) tell(n);
        response = encodeRecordAnswer({
          kind: 'response',
          to: 'report',
          response: can ? (told.length > 0 ? 'success' : 'no-records') : 'operator-unsupported',
        });
      },
      answer: () => Promise.resolve(response),
      probe: (on: boolean) => {
        const before = held ?? [];
        held = on ? [] : undefined;
        return before;
      },
      names: (octets: Uint8Array) => [nameOf(octets)],
      gate: (isKnown: (octets: Uint8Array) => boolean) => {
        const own = { isKnown, begins: 'nothing' as Begins };
        gate = own;
        return () => {
          gate = undefined;
          return own.begins;
        };
      },
    },
  };
}

describe('the upload of a device’s records', () => {
  it('takes all the first time', async () => {
    const { ports, known, passed } = meter([1, 2, 3]);
    expect(await upload(16, known([], undefined), ports)).toEqual({ kind: 'uploaded', asked: 'all' });
    expect(passed).toEqual([1, 2, 3]);
  });

  it('takes nothing where the last record is on disk', async () => {
    const { ports, known, asked, passed } = meter([1, 2, 3]);
    expect(await upload(16, known([1, 2, 3], 3), ports)).toEqual({ kind: 'nothing-new' });
    expect([asked, passed]).toEqual([['last'], []]);
  });

  it('goes on after the last one that is on disk', async () => {
    const { ports, known, asked, passed } = meter([1, 2, 3, 4, 5]);
    await upload(16, known([1, 2], 2), ports);
    expect([asked, passed]).toEqual([
      ['last', 'from 2'],
      [2, 3, 4, 5],
    ]);
  });

  it('takes all from a meter that numbers anew after its battery was changed', async () => {
    const { ports, known, asked } = meter([1, 2], undefined, 77);
    await upload(16, known([1, 2, 500], 500), ports);
    expect(asked).toEqual(['last', 'all']);
  });

  it('a meter that numbers anew and has overtaken the old number is asked for all: none in between is lost', async () => {
    // Twelve were on disk; then its memory was emptied, and it has numbered to 50.
    const numbers = Array.from({ length: 50 }, (_, n) => n + 1);
    const { ports, known, asked, passed } = meter(numbers, undefined, 77);
    const before = numbers.slice(0, 12);
    expect(await upload(16, known(before, 12), ports)).toEqual({ kind: 'uploaded', asked: 'all' });
    expect([asked, passed]).toEqual([['last', 'from 12', 'all'], numbers]);
  });

  it('a meter that has overwritten the last one that is on disk is asked for all that it has', async () => {
    const { ports, known, passed } = meter([20, 21, 22]);
    await upload(16, known([11, 12], 12), ports);
    expect(passed).toEqual([20, 21, 22]);
  });

  it('a record that came by itself beside older ones that did not is no reason to ask for none', async () => {
    const { ports, known, passed } = meter([1, 2, 3, 4, 5]);
    await upload(16, known([1, 2, 5], 2), ports);
    expect(passed).toEqual([2, 3, 4, 5]);
  });

  it('asks for all where the meter knows neither “last” nor “from”', async () => {
    const { ports, known, asked, passed } = meter([1, 2, 3], ['all']);
    expect(await upload(16, known([1], 1), ports)).toEqual({ kind: 'uploaded', asked: 'all' });
    expect([asked, passed]).toEqual([
      ['last', 'from 1', 'range 1', 'all'],
      [1, 2, 3],
    ]);
  });

  it('asks a meter that knows no “from” for the range, so that it does not begin with its first one each time', async () => {
    const { ports, known, passed, asked } = meter([1, 2, 3, 4], ['all', 'last', 'range']);
    expect(await upload(16, known([1, 2], 2), ports)).toEqual({ kind: 'uploaded', asked: 'range' });
    expect(asked).toEqual(['last', 'from 2', 'range 2']);
    expect(passed).toEqual([2, 3, 4]);
  });

  it('says why where the meter refuses', async () => {
    const { ports, known } = meter([1], []);
    expect(await upload(16, known([], undefined), ports)).toEqual({
      kind: 'refused',
      response: 'operator-unsupported',
    });
  });

  it('finds nothing in an empty meter, and everything in one whose last number was of another record', async () => {
    const empty = meter([]);
    expect(await upload(16, empty.known([9], 9), empty.ports)).toEqual({ kind: 'nothing-new' });
    const full = meter([65_535, 65_536], ['all', 'from']);
    await upload(16, full.known([], 65_535), full.ports);
    expect(full.asked).toEqual(['last', 'from 65535', 'all']);
  });

  it('a request in flight from before is aborted, and ours asked again, once', async () => {
    const { ports, known, passed } = meter([1, 2, 3]);
    const written: string[] = [];
    let inFlight = true;
    let answers: Uint8Array[] = [];
    const busy = {
      ...ports,
      write: async (bytes: Uint8Array) => {
        written.push(Buffer.from(bytes).toString('hex'));
        if (bytes[0] === 3) {
          inFlight = false;
          // A meter may answer both: the request that it ends, and the order to end it.
          answers = [
            encodeRecordAnswer({ kind: 'response', to: 'report', response: 'not-completed' }),
            encodeRecordAnswer({ kind: 'response', to: 'abort', response: 'success' }),
          ];
          return;
        }
        if (inFlight) throw new BusFault('remote', 'ATT error: 0xfe', 'org.bluez.Error.Failed');
        await ports.write(bytes);
        answers = [await ports.answer()];
      },
      answer: async () => answers.shift() ?? Promise.reject(new Error('no answer is left')),
    };
    expect(await upload(16, known([], undefined), busy)).toEqual({ kind: 'uploaded', asked: 'all' });
    expect([written, passed]).toEqual([
      ['0101', '0300', '0101'],
      [1, 2, 3],
    ]);
    inFlight = true;
    const stubborn = {
      ...busy,
      write: async (bytes: Uint8Array) => {
        await busy.write(bytes);
        inFlight = true;
      },
    };
    await expect(upload(16, known([], undefined), stubborn)).rejects.toThrow('0xfe');
  });

  it('a meter that falls silent over a request is told to abort it', async () => {
    const { ports, known } = meter([1]);
    const written: string[] = [];
    const silent = {
      ...ports,
      write: async (bytes: Uint8Array) => {
        written.push(Buffer.from(bytes).toString('hex'));
      },
      answer: () => Promise.reject(new BusFault('timeout', 'the device did not tell')),
    };
    await expect(upload(16, known([], undefined), silent)).rejects.toThrow('did not tell');
    expect(written).toEqual(['0101', '0300']);
  });
});
