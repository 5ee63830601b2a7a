// The instruments themselves: what they would get wrong would be wrong in every table.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePolicy, parseTlogProof, verifyBundle } from '@heartwood/anchor';
import { nodeSigner, openEmbeddedLedger } from '@heartwood/anchor/node';
import { parseMessage } from '@heartwood/vitals';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEEP_POLICY, DEEP_SIZE, deepProof } from './deep-proof.ts';
import { Histogram, median } from './histogram.ts';
import { BenchHub, HUBS, hubsFile } from './ledger-hubs.ts';
import {
  packetAt,
  publishBytes,
  publishTemplate,
  SEQUENCE_FIRST,
  writeAcknowledgement,
  writeDigits,
} from './mqtt-bytes.ts';
import { alarmTime, drawnTimes, frameTimes } from './screen-times.ts';
import { formatTable, number } from './table.ts';
import { replaceSection } from './write-page.ts';

describe('the histogram', () => {
  it('gives every quantile to within 1.6 % and a microsecond', () => {
    const durations = fc.array(fc.double({ min: 0, max: 3_000_000, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(durations, fc.double({ min: 0.01, max: 1, noNaN: true }), (ms, share) => {
        const histogram = new Histogram();
        for (const one of ms) histogram.record(one);
        const exact = ms.toSorted((a, b) => a - b)[Math.ceil(share * ms.length) - 1] as number;
        const got = histogram.quantile(share);
        expect(got).toBeGreaterThanOrEqual(exact - 0.001);
        expect(got).toBeLessThanOrEqual(exact * 1.016 + 0.001);
      }),
    );
  });

  it('knows count and maximum, and nothing of nothing', () => {
    const histogram = new Histogram();
    expect(histogram.summary()).toEqual({ count: 0, p50: Number.NaN, p99: Number.NaN, max: Number.NaN });
    for (const ms of [1, 2, 700]) histogram.record(ms);
    expect(histogram.summary()).toMatchObject({ count: 3, max: 700 });
    histogram.clear();
    expect(histogram.summary().count).toBe(0);
  });

  it('takes the lower middle', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([])]).toEqual([2, 2, Number.NaN]);
  });
});

describe('a patched PUBLISH', () => {
  it('is one packet whose body the hub takes, with the numbers that were written', () => {
    const { bytes, idAt, sequenceAt, timeAt, pulseAt } = publishTemplate('bench-001');
    bytes.writeUInt16BE(517, idAt);
    writeDigits(bytes, sequenceAt, 10, SEQUENCE_FIRST + 123);
    writeDigits(bytes, timeAt, 13, 1_795_262_400_123.75);
    writeDigits(bytes, pulseAt, 2, 88);
    const [header, end] = packetAt(bytes, 0);
    expect(end).toBe(bytes.length);
    const topicBytes = bytes.readUInt16BE(header);
    expect(bytes.toString('latin1', header + 2, header + 2 + topicBytes)).toBe(
      'heartwood/v1/bench-001/readings',
    );
    const parsed = parseMessage(bytes.subarray(idAt + 2));
    expect(parsed).toMatchObject({
      kind: 'message',
      message: {
        seq: SEQUENCE_FIRST + 123,
        readings: [
          { at: 1_795_262_400_123, measurement: { kind: 'heart-rate', value: 88 } },
          { measurement: { kind: 'spo2', value: 97 } },
          { measurement: { kind: 'respiratory-rate', value: 16 } },
        ],
      },
    });
    const answer = Buffer.alloc(4);
    expect(writeAcknowledgement(bytes, header, answer, 0)).toBe(4);
    expect([...answer]).toEqual([0x40, 2, 517 >> 8, 517 & 0xff]);
  });

  it('is not taken for whole while its end is missing', () => {
    const { bytes } = publishTemplate('bench-001');
    for (const length of [0, 1, 2, 3, bytes.length - 1]) {
      expect(packetAt(bytes.subarray(0, length), 0)[1]).toBeGreaterThan(length);
    }
  });
});

describe('the tables', () => {
  it('are aligned, and Markdown', () => {
    expect(
      formatTable(
        ['who', 'ms#'],
        [
          ['hub', 1.234],
          ['aedes – bare', 12_345.6],
        ],
      ),
    ).toBe(
      [
        '| who          |     ms |',
        '| ------------ | -----: |',
        '| hub          |   1.23 |',
        '| aedes – bare | 12,346 |',
      ].join('\n'),
    );
  });

  it('show three digits where they are known, and a dash where nothing is', () => {
    expect([0.0123, 0.5, 12.34, 123.4, 7, Number.NaN].map(number)).toEqual([
      '0.012',
      '0.50',
      '12.3',
      '123',
      '7',
      '-',
    ]);
  });

  it('are put between their own marks, and nowhere else', () => {
    const page = 'a <!-- bench:x -->old<!-- /bench:x --> b <!-- bench:y -->kept<!-- /bench:y -->';
    const written = replaceSection(page, 'x', 'new');
    expect(written).toContain('<!-- bench:x -->\n\nnew\n\n<!-- /bench:x --> b <!-- bench:y -->kept');
    expect(replaceSection(written, 'x', 'new')).toBe(written);
    expect(() => replaceSection(page, 'z', 'new')).toThrow('no place for z');
  });
});

describe('the ledger’s instruments', () => {
  it('are hubs whose statements a ledger takes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'heartwood-bench-'));
    const hubs = [new BenchHub(0), new BenchHub(HUBS - 1)];
    const signer = nodeSigner('heartwood/ledger/0000000000000001', new Uint8Array(32));
    const { hubs: hubKeys } = parsePolicy(hubsFile());
    const ledger = openEmbeddedLedger({ path: join(folder, 'ledger.db'), signer, hubKeys });
    const outcomes = Array.from({ length: 3 }, () => ledger.append(hubs.map((hub) => hub.next()))).flat();
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array(6).fill('appended'));
    ledger.close();
    rmSync(folder, { recursive: true });
  });

  it('are proofs from anywhere in a ledger of a year, which hold, and not under another policy', () => {
    for (const n of [0, 1, 2, 3, 1000]) {
      const { bundle, tlogProof } = deepProof(n);
      expect(verifyBundle(bundle, DEEP_POLICY)).toMatchObject({ ok: true });
      const { index, path } = parseTlogProof(tlogProof);
      expect(index).toBeLessThan(DEEP_SIZE);
      expect(path.length).toBeLessThanOrEqual(25);
      const without = bundle.replace(/(— witness\.example\/w2 .{20})[A-Za-z0-9]/, '$1-');
      expect(without).not.toBe(bundle);
      expect(verifyBundle(without, DEEP_POLICY)).toMatchObject({ ok: false });
    }
  });
});

describe('the way to the screen', () => {
  const sent = [60, 61, 62].map((rate, n) => ({ rate, sentMs: 1000 * (n + 1) }));

  it('is told by the first number that is as new as the message, and by none that stood before', () => {
    const device = { patient: 'Patient 1', sent };
    const stood = [990, 'Patient 1', 60] as const;
    const anothers = [1010, 'Patient 2', 60] as const;
    const one = (at: number, rate: number) => [at, 'Patient 1', rate] as const;
    expect(drawnTimes({ rates: [stood, anothers, one(1250, 60), one(3100, 62)] }, device)).toEqual([
      250, 1100, 100,
    ]);
    expect(drawnTimes({ rates: [stood, anothers, one(1250, 60)] }, device)).toEqual([
      250,
      undefined,
      undefined,
    ]);
  });

  it('is told of each message by its own frame', () => {
    const reading = (seq: number, kind: string) => ({ device: 'bench-001', seq, kind });
    const frame = (at: number, ...readings: readonly object[]) =>
      [at, JSON.stringify({ type: 'readings', readings })] as const;
    const frames = [
      [1, '{"type":"tick"}'] as const,
      frame(20, reading(0, 'heart-rate'), reading(0, 'glucose'), reading(1, 'heart-rate')),
      frame(30, reading(2, 'glucose')),
    ];
    expect([...frameTimes({ frames })]).toEqual([
      ['bench-001 0', 20],
      ['bench-001 1', 20],
    ]);
  });

  it('of an alarm is less the delay that it waits out, and of no line but its own', () => {
    const first = { patient: 'Patient 1', sentMs: 1000 };
    const lines = ['high latched Glucose', 'medium on Glucose', 'high on Heart rate', 'high on Glucose'];
    const alarms = lines.map((line, n) => [7100 + n, 'Patient 1', line] as const);
    const others = [
      [7050, 'Patient 2', 'high on Glucose'] as const,
      [900, 'Patient 1', 'high on Glucose'] as const,
    ];
    expect(alarmTime({ alarms: [...others, ...alarms] }, first, /glucose/i, 6000)).toBe(103);
    expect(alarmTime({ alarms: others }, first, /glucose/i, 6000)).toBeUndefined();
    expect(alarmTime({ alarms }, first, /glucose/i, 0)).toBeUndefined();
  });

  it('begins with a packet that says its topic, its number and its body', () => {
    const bytes = publishBytes('a/b', 517, '{"seq":0}');
    const [header, end] = packetAt(bytes, 0);
    expect([bytes[0], end, bytes.toString('latin1', header + 2, header + 5)]).toEqual([
      0x32,
      bytes.length,
      'a/b',
    ]);
    expect([bytes.readUInt16BE(header + 5), bytes.toString('latin1', header + 7)]).toEqual([
      517,
      '{"seq":0}',
    ]);
  });
});
