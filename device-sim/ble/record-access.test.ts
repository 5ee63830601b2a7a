// Records on demand, as a glucose meter gives them: every operator, what is refused, and an upload that is cut off.

import {
  type DateTime,
  decodeGlucose,
  decodeRecordAnswer,
  encodeRecordRequest,
  type RecordRequest,
} from '@heartwood/vitals/gatt';
import { describe, expect, it } from 'vitest';
import type { DeviceWanted } from './bluez.ts';
import { hasBusDaemon } from './daemon.ts';
import { CHARACTERISTIC } from './introspection.ts';
import { longUuid } from './peripheral.ts';
import { type Bench, benches } from './test-bench.ts';
import { until } from './test-client.ts';

const start = benches();

type Meter = Bench & {
  /** Asks, and gives the answer with the numbers of the records that came before it. */
  ask(
    request: RecordRequest | Uint8Array,
  ): Promise<{ readonly answer: string; readonly records: readonly number[] }>;
  write(octets: Uint8Array): Promise<string>;
};

async function meter(more: Partial<DeviceWanted> = {}): Promise<Meter> {
  const bench = await start({
    devices: [{ id: 'it', model: 'glucose-meter', bonded: true, stored: 6, ...more }],
  });
  const { bluez, client } = bench;
  await client.connect('it');
  const paths = await Promise.all(['2A18', '2A52', '2A34'].map((uuid) => client.characteristic('it', uuid)));
  for (const path of paths) await client.call(path, CHARACTERISTIC, 'StartNotify');
  const write = (octets: Uint8Array): Promise<string> =>
    client.refusal(paths[1]!, CHARACTERISTIC, 'WriteValue', 'aya{sv}', [[...octets], {}]);
  return {
    ...bench,
    write,
    ask: async (request) => {
      const from = bluez.truth.count;
      expect(await write(request instanceof Uint8Array ? request : encodeRecordRequest(request))).toBe(
        'no error',
      );
      const since = () => bluez.truth.samples.slice(from);
      await until(() => since().some(({ uuid }) => uuid === longUuid('2A52')));
      const said = decodeRecordAnswer(since().find(({ uuid }) => uuid === longUuid('2A52'))!.value);
      if (said.kind === 'refused') throw new Error(said.detail);
      const { value } = said;
      return {
        answer:
          value.kind === 'response' ? `${value.to}: ${value.response}` : `${value.kind}: ${value.records}`,
        records: numbers(since().filter(({ uuid }) => uuid === longUuid('2A18'))),
      };
    },
  };
}

function numbers(samples: readonly { readonly value: Uint8Array }[]): readonly number[] {
  return samples.map(({ value }) => {
    const said = decodeGlucose(value);
    if (said.kind === 'refused') throw new Error(said.detail);
    return said.value.sequence;
  });
}

const report = (filter: Extract<RecordRequest, { filter: unknown }>['filter']): RecordRequest => ({
  procedure: 'report',
  filter,
});
const number = (n: number) => ({ by: 'number', number: n }) as const;

describe.skipIf(!hasBusDaemon())('records of a simulated glucose meter (needs dbus-daemon)', () => {
  it('reports what each operator names', async () => {
    const { ask } = await meter();
    const ok = 'report: success';
    expect(await ask(report({ which: 'all' }))).toEqual({ answer: ok, records: [1, 2, 3, 4, 5, 6] });
    expect(await ask(report({ which: 'from', mark: number(5) }))).toEqual({ answer: ok, records: [5, 6] });
    expect(await ask(report({ which: 'up-to', mark: number(2) }))).toEqual({ answer: ok, records: [1, 2] });
    expect(await ask(report({ which: 'range', low: number(2), high: number(4) }))).toEqual({
      answer: ok,
      records: [2, 3, 4],
    });
    expect(await ask(report({ which: 'first' }))).toEqual({ answer: ok, records: [1] });
    expect(await ask(report({ which: 'last' }))).toEqual({ answer: ok, records: [6] });
  });

  it('reports by what its clock showed', async () => {
    const { ask, bluez } = await meter();
    // The records were made every four hours until noon of the 21st.
    const time: DateTime = { year: 2026, month: 11, day: 21, hour: 6, minute: 0, second: 0 };
    const mark = { by: 'time', time } as const;
    expect((await ask(report({ which: 'from', mark }))).records).toEqual([5, 6]);
    expect(bluez.now()).toBeGreaterThan(Date.UTC(2026, 10, 21, 12));
  });

  it('says that there is none, and how many there are', async () => {
    const { ask } = await meter();
    expect(await ask(report({ which: 'from', mark: number(7) }))).toEqual({
      answer: 'report: no-records',
      records: [],
    });
    expect(await ask({ procedure: 'count', filter: { which: 'from', mark: number(4) } })).toEqual({
      answer: 'count: 3',
      records: [],
    });
  });

  it('deletes, and does not give the number again', async () => {
    const { ask } = await meter();
    expect((await ask({ procedure: 'delete', filter: { which: 'up-to', mark: number(4) } })).answer).toBe(
      'delete: success',
    );
    expect((await ask(report({ which: 'all' }))).records).toEqual([5, 6]);
    expect((await ask({ procedure: 'delete', filter: { which: 'first' } })).answer).toBe('delete: success');
    expect((await ask(report({ which: 'all' }))).records).toEqual([6]);
  });

  it('stops when told to, and takes no second request meanwhile', async () => {
    const { ask, write, bluez } = await meter({ stored: 400 });
    expect(await write(encodeRecordRequest(report({ which: 'all' })))).toBe('no error');
    await until(() => bluez.truth.samples.some(({ uuid }) => uuid === longUuid('2A18')));
    expect(await write(encodeRecordRequest(report({ which: 'all' })))).toBe(
      'Failed: Operation failed with ATT error: 0xfe',
    );
    expect((await ask({ procedure: 'abort' })).answer).toBe('abort: success');
    const told = bluez.truth.samples.filter(({ uuid }) => uuid === longUuid('2A18')).length;
    expect(told).toBeLessThan(400);
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(bluez.truth.samples.filter(({ uuid }) => uuid === longUuid('2A18'))).toHaveLength(told);
  });

  it('answers what it does not understand', async () => {
    const { ask } = await meter();
    expect((await ask(Uint8Array.of(9, 1))).answer).toBe('other: operation-unsupported');
    expect((await ask(Uint8Array.of(1, 9))).answer).toBe('other: operator-unsupported');
    expect((await ask(Uint8Array.of(1, 0))).answer).toBe('other: bad-operator');
    expect((await ask(Uint8Array.of(1, 3, 1))).answer).toBe('other: bad-operand');
    expect((await ask(Uint8Array.of(7, 1))).answer).toBe('combined-report: operation-unsupported');
  });

  it('refuses a request before anybody listens', async () => {
    const { bluez, client, write } = await meter();
    await client.call(await client.characteristic('it', '2A18'), CHARACTERISTIC, 'StopNotify');
    expect(await write(encodeRecordRequest(report({ which: 'all' })))).toBe(
      'Failed: Operation failed with ATT error: 0xfd',
    );
    expect(bluez.truth.samples).toEqual([]);
  });

  it('an upload that is cut off can be taken up where it ended', async () => {
    const { bluez, client, ask, write } = await meter({ trouble: { losesLinkAfterRecords: 2 } });
    expect(await write(encodeRecordRequest(report({ which: 'all' })))).toBe('no error');
    await until(() => bluez.device('it').state === 'idle');
    expect(numbers(bluez.truth.samples.filter(({ uuid }) => uuid === longUuid('2A18')))).toEqual([1, 2]);
    await client.connect('it');
    expect(await ask(report({ which: 'from', mark: number(3) }))).toEqual({
      answer: 'report: success',
      records: [3, 4, 5, 6],
    });
  });

  it('repeats the last record in the next session, where it has that trouble', async () => {
    const { bluez, client, ask } = await meter({ trouble: { repeatsLastRecord: true } });
    expect((await ask(report({ which: 'all' }))).records).toEqual([1, 2, 3, 4, 5, 6]);
    expect((await ask(report({ which: 'from', mark: number(7) }))).answer).toBe('report: no-records');
    bluez.device('it').loseLink();
    await client.connect('it');
    expect((await ask(report({ which: 'from', mark: number(7) }))).records).toEqual([6]);
  });
});
