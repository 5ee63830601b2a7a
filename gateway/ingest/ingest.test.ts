// Decisions about arrivals, through a hub: what is stored, for whom, and what is kept apart.
import { encodeMessageJson, type Message } from '@heartwood/vitals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportReadings } from '../inspect/export.ts';
import { AT, Home, heartRate, message } from '../testing.ts';

let home: Home;
beforeEach(async () => {
  home = new Home();
  await home.start();
  await home.enroll('Ada', 'strap-1');
});
afterEach(() => home.remove());

const reasons = (): string[] => [...home.hub.vault.store.quarantined()].map((one) => one.reason);
const exported = () => [...exportReadings(home.hub.vault)];

describe('an arrival', () => {
  it('is refused with its reason, and kept whole for whoever looks', () => {
    const body = Buffer.from('{"seq": 1, "readings": [{"kind": "heart-rate", "value": 7200}]}');
    expect(home.sendBytes('strap-1', Buffer.alloc(0), Buffer.from('\u0001'), body).outcomes).toEqual([
      'quarantined',
      'quarantined',
      'quarantined',
    ]);
    home.send('stranger', heartRate(1, 70));
    home.send('strap-1', heartRate(1, 70));
    home.send('strap-1', heartRate(1, 71));
    expect(reasons()).toEqual([
      'empty',
      'unknown-format',
      'implausible',
      'unknown-device',
      'sequence-reused',
    ]);
    const [, , kept] = [...home.hub.vault.store.quarantined()];
    expect(kept).toMatchObject({ device: 'strap-1', received: AT, body });
    expect(exported().map((one) => one.value)).toEqual([70]);
  });

  it('of a device that was nobody’s at the time, or was revoked, is kept apart', async () => {
    await home.enroll('Bea', 'late-1', AT);
    expect(home.send('late-1', heartRate(1, 70, AT - 60_000)).refused).toMatchObject([
      { reason: 'unassigned-device' },
    ]);
    expect(home.send('late-1', heartRate(1, 70, AT)).outcomes).toEqual(['stored']);
    const { registry, store } = home.hub.vault;
    const device = registry.device('late-1');
    if (device === undefined) throw new Error('not enrolled');
    store.transaction(() => registry.changeDevice(device, { revoked: true }));
    expect(home.send('late-1', heartRate(2, 70, AT)).refused).toMatchObject([{ reason: 'unknown-device' }]);
  });

  it('is a duplicate within its own group too, and a number used twice there is a fault', () => {
    const { outcomes, refused } = home.send('strap-1', heartRate(1, 70), heartRate(1, 70), heartRate(1, 71));
    expect(outcomes).toEqual(['stored', 'duplicate', 'quarantined']);
    expect(refused).toMatchObject([{ reason: 'sequence-reused' }]);
    expect(exported()).toHaveLength(1);
  });

  it('of a device that names its runs is judged within the run', () => {
    const run = (boot: number, value: number): Message => ({ boot, ...heartRate(0, value) });
    expect(home.send('strap-1', run(1, 70), run(2, 71), run(1, 70), heartRate(0, 72)).outcomes).toEqual([
      'stored',
      'stored',
      'duplicate',
      'stored',
    ]);
    expect(exported().map(({ boot, seq, index }) => [boot, seq, index])).toEqual([
      [1, 0, 0],
      [2, 0, 0],
      [undefined, 0, 0],
    ]);
  });
});

describe('a reading', () => {
  it('belongs to whoever had the device when it was measured, also within one message', async () => {
    const bea = await home.enroll('Bea', 'other-1');
    home.nowMs = AT + 60_000;
    home.hand('strap-1', bea);
    home.nowMs = AT + 120_000;
    const one: Message = {
      seq: 5,
      readings: [AT + 61_000, AT + 59_999, AT + 60_000].map((at, i) => ({
        at,
        measurement: { kind: 'heart-rate', value: 60 + i },
      })),
    };
    expect(home.send('strap-1', one).outcomes).toEqual(['stored']);
    const told = () =>
      exported()
        .map(({ id, index, value }) => [id, index, value])
        .sort();
    const expected = [
      ['0.1.0', 1, 61],
      ['0.2.0', 0, 60],
      ['0.2.1', 2, 62],
    ];
    expect(told()).toEqual(expected);
    // Divided between two patients it is still one message: a redelivery is known, staged and closed alike.
    expect(home.send('strap-1', one).outcomes).toEqual(['duplicate']);
    home.crash();
    await home.start();
    expect(home.send('strap-1', one).outcomes).toEqual(['duplicate']);
    home.crash();
    await home.start();
    expect(home.send('strap-1', one).outcomes).toEqual(['duplicate']);
    expect(told()).toEqual(expected);
  });

  it('with a clock not to be believed belongs to whoever has the device now, and keeps its word', async () => {
    const bea = await home.enroll('Bea', 'other-1');
    home.nowMs = AT + 60_000;
    home.hand('strap-1', bea);
    const ahead = home.nowMs + 6 * 60_000;
    const unset = 1_000;
    const slightlyAhead = home.nowMs + 4 * 60_000;
    home.send('strap-1', heartRate(1, 61, ahead), heartRate(2, 62, unset), heartRate(3, 63, slightlyAhead));
    home.sendBytes(
      'strap-1',
      encodeMessageJson({ seq: 4, readings: [{ measurement: { kind: 'heart-rate', value: 64 } }] }),
    );
    home.send('strap-1', heartRate(5, 65, AT));
    expect(exported().map(({ id, at, received }) => [id, at, received])).toEqual([
      ['0.2.0', ahead, home.nowMs],
      ['0.2.1', unset, home.nowMs],
      ['0.2.2', slightlyAhead, home.nowMs],
      ['0.2.3', undefined, home.nowMs],
      ['0.1.0', AT, home.nowMs],
    ]);
  });

  it('that comes late or out of order keeps its time, and goes into the batch of now', async () => {
    home.send('strap-1', heartRate(10, 70, AT));
    await home.interval();
    home.send(
      'strap-1',
      heartRate(12, 72, AT + 9_000),
      heartRate(11, 71, AT - 86_400_000),
      heartRate(9, 69, AT - 1),
    );
    expect(exported().map(({ id, seq, at }) => [id, seq, at])).toEqual([
      ['0.1.0', 10, AT],
      ['1.1.0', 12, AT + 9_000],
      ['1.1.1', 11, AT - 86_400_000],
      ['1.1.2', 9, AT - 1],
    ]);
  });
});

it('recalls the fingerprints of every kind after a restart, staged or closed', async () => {
  const samples = Int32Array.from({ length: 50 }, (_, i) => i * 3);
  const messages: Message[] = [
    heartRate(1, 70),
    message(2, { kind: 'blood-pressure', systolic: 120, mean: 93.3, quality: 'uncertain' }),
    message(3, { kind: 'ecg', wave: { lead: 'I', rateHz: 250, gain: 200.5, baseline: -3, samples } }),
    message(4, { kind: 'spo2', absent: 'sensor-off' }),
    message(5, { kind: 'body-temperature', value: 36.65 }),
  ];
  home.send('strap-1', ...messages);
  for (let restart = 0; restart < 2; restart++) {
    home.crash();
    await home.start();
    expect(home.send('strap-1', ...messages).outcomes).toEqual(messages.map(() => 'duplicate'));
    const other = message(5, { kind: 'body-temperature', value: 36.66 });
    expect(home.send('strap-1', other).outcomes).toEqual(['quarantined']);
  }
});
