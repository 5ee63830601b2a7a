// Where a commit ends, by counts: whoever waits behind a flood waits for one message of it.

import { encodeMessageCbor, encodeMessageJson, type Message } from '@heartwood/vitals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Arrival } from '../ingest/ingest.ts';
import { Home, heartRate } from '../testing.ts';
import { COMMIT_UNITS, PART_UNITS, Parts } from './work.ts';

const dense = (seq: number, readings = 512): Message => ({
  seq,
  readings: Array.from({ length: readings }, (_, i) => ({
    measurement: { kind: 'heart-rate', value: 60 + (i % 40) },
  })),
});
const wave = (seq: number, length: number): Message => ({
  seq,
  readings: [
    {
      measurement: {
        kind: 'ecg',
        wave: { lead: 'II', rateHz: 500, gain: 200, baseline: 0, samples: new Int32Array(length).fill(seq) },
      },
    },
  ],
});

describe('a commit', () => {
  let home: Home;
  beforeEach(async () => {
    home = new Home();
    await home.start();
    for (const device of ['flood', 'other']) await home.enroll('Anna', device);
  });
  afterEach(() => home.remove());

  const from = (device: string, ...messages: Message[]): Arrival[] =>
    messages.map((one) => ({ device, received: home.nowMs, body: encodeMessageCbor(one) }));
  /** How many of the arrivals each commit took, until all are stored. */
  const commits = (arrivals: readonly Arrival[]): number[] => {
    const counts: number[] = [];
    for (let left = arrivals; left.length > 0; ) {
      const { outcomes } = home.hub.commit(left, undefined, undefined, new Parts());
      expect(new Set(outcomes)).toEqual(new Set(['stored']));
      counts.push(outcomes.length);
      left = left.slice(outcomes.length);
    }
    return counts;
  };

  it('ends before the second message of a device whose first was heavy', () => {
    expect(commits(from('flood', dense(1), dense(2), dense(3)))).toEqual([1, 1, 1]);
    expect(commits(from('flood', wave(4, 65_536), heartRate(5, 70), heartRate(6, 71)))).toEqual([1, 2]);
    // What others sent before it is in, and behind it goes first into the next.
    const mixed = [
      ...from('flood', dense(7)),
      ...from('other', heartRate(1, 60), heartRate(2, 61)),
      ...from('flood', dense(8)),
      ...from('other', heartRate(3, 62)),
    ];
    expect(commits(mixed)).toEqual([3, 2]);
  });

  it('takes what usual devices send all at once', () => {
    const vitals = Array.from({ length: 42 }, (_, n) => dense(n + 1, 5));
    expect(commits([...from('flood', ...vitals), ...from('other', ...vitals)])).toEqual([84]);
    // Twelve leads of two seconds at 250 Hz, and the numbers beside them.
    const leads: Message = {
      seq: 100,
      readings: Array.from({ length: 12 }, (_, i) => ({
        measurement: {
          kind: 'ecg',
          wave: { lead: `V${i}`, rateHz: 250, gain: 200, baseline: 0, samples: new Int32Array(500) },
        },
      })),
    };
    expect(
      commits([...from('flood', leads, heartRate(101, 70)), ...from('other', heartRate(100, 70))]),
    ).toEqual([3]);
  });

  it('counts what is refused, or was there already, by its bytes', () => {
    const body = new Uint8Array(200_000).fill(0x20);
    const rubbish = Array.from({ length: 3 }, () => ({ device: 'flood', received: home.nowMs, body }));
    expect(home.hub.commit(rubbish, undefined, undefined, new Parts()).outcomes).toEqual(['quarantined']);
    const again = from('flood', ...Array.from({ length: 20 }, () => dense(1)));
    expect(home.hub.commit(again.slice(0, 1)).outcomes).toEqual(['stored']);
    const { outcomes } = home.hub.commit(again, undefined, undefined, new Parts());
    expect(new Set(outcomes)).toEqual(new Set(['duplicate']));
    expect(outcomes.length).toBeLessThanOrEqual(1 + PART_UNITS / 32);
  });

  it('ends for everybody when it is large, whoever made it so', () => {
    const parts = new Parts();
    let devices = 0;
    const { body } = from('flood', dense(1))[0] as Arrival;
    const decision = { kind: 'quarantine', reason: 'not-cbor', detail: '' } as const;
    while (!parts.endsBefore('new')) parts.add(`device ${devices++}`, 100 * body.length, decision);
    expect(devices).toBeGreaterThan(1);
    expect(devices).toBeLessThanOrEqual(COMMIT_UNITS);
  });

  it('tells which device costs more than its bytes, and no other', () => {
    const parts = new Parts();
    home.hub.commit(
      [...from('other', heartRate(1, 60), heartRate(2, 61)), ...from('flood', dense(1))],
      undefined,
      undefined,
      parts,
    );
    expect(parts.heavy()).toEqual([{ device: 'flood', bytes: expect.any(Number) }]);
    expect(parts.heavy()[0]?.bytes).toBeGreaterThan(8_000);
    const usual = new Parts();
    const body = encodeMessageJson(dense(50, 7));
    home.hub.commit([{ device: 'other', received: home.nowMs, body }], undefined, undefined, usual);
    home.hub.commit(from('other', wave(51, 65_536)), undefined, undefined, usual);
    expect(usual.heavy()).toEqual([]);
  });
});
