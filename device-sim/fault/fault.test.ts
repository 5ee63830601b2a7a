import { encodeMessageCbor, type Message, parseMessage } from '@heartwood/vitals';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBody } from '../body/body.ts';
import { type Delivery, isMessage, messagesOf, takeUntil } from '../delivery.ts';
import { seededRandom } from '../random.ts';
import { wearableStream } from '../wearable/wearable.ts';
import { type Fault, withFaults } from './fault.ts';

const START = Date.UTC(2026, 10, 21, 8);
const MINUTE = 60_000;
const WINDOW = { windows: [{ fromMs: START + 5 * MINUTE, toMs: START + 10 * MINUTE }] };
const sound = wearableStream(createBody({ random: seededRandom(1), startAtMs: START }), {
  model: 'watch',
  id: 'watch-0001',
});
const run = (faults: readonly Fault[], seed = 1, forMs = 20 * MINUTE): Delivery[] =>
  takeUntil(withFaults(sound, faults, seededRandom(seed)), START + forMs);
const healthy = run([]);
const insideWindow = (d: Delivery): boolean =>
  d.sendAtMs >= WINDOW.windows[0]!.fromMs && d.sendAtMs < WINDOW.windows[0]!.toMs;
const seqs = (deliveries: readonly Delivery[]): number[] => messagesOf(deliveries).map((m) => m.seq);
const withoutSeq = (deliveries: readonly Delivery[]) => messagesOf(deliveries).map((m) => m.readings);

describe('faults', () => {
  it('none: the stream is as it was', () => {
    expect(healthy).toEqual(takeUntil(sound, START + 20 * MINUTE));
  });

  it('drop-out: nothing is produced, and seq does not move', () => {
    const out = run([{ kind: 'drop-out', ...WINDOW }]);
    expect(out.some(insideWindow)).toBe(false);
    expect(seqs(out)).toEqual(out.map((_, i) => i));
    expect(withoutSeq(out)).toEqual(withoutSeq(healthy.filter((d) => !insideWindow(d))));
  });

  it('lost: gaps in seq, what comes is unchanged', () => {
    const out = run([{ kind: 'lost', share: 0.3 }]);
    expect(out.length).toBeLessThan(healthy.length * 0.85);
    expect(out.length).toBeGreaterThan(healthy.length * 0.55);
    expect(out).toEqual(healthy.filter((d) => seqs(out).includes(seqs([d])[0]!)));
  });

  it('everything lost: time still passes, so that an endless stream can be left', () => {
    expect(run([{ kind: 'lost', share: 1 }])).toEqual([]);
    const away = run([{ kind: 'offline', windows: [{ fromMs: 0, toMs: Number.POSITIVE_INFINITY }] }]);
    expect(away.map((d) => 'link' in d && d.link)).toEqual(['down']);
    expect(run([{ kind: 'drop-out', windows: [{ fromMs: 0, toMs: Number.POSITIVE_INFINITY }] }])).toEqual([]);
  });

  it('sensor-off: absent with its reason and poor quality, never a number, battery and steps still there', () => {
    const out = run([{ kind: 'sensor-off', ...WINDOW }]);
    expect(seqs(out)).toEqual(seqs(healthy));
    for (const delivery of out.filter(insideWindow)) {
      for (const { measurement } of messagesOf([delivery])[0]!.readings) {
        if (measurement.kind === 'steps' || measurement.kind === 'battery')
          expect('value' in measurement).toBe(true);
        else expect(measurement).toEqual({ kind: measurement.kind, absent: 'sensor-off', quality: 'poor' });
      }
    }
    expect(out.filter((d) => !insideWindow(d))).toEqual(healthy.filter((d) => !insideWindow(d)));
  });

  it('artefact: every reading of the body is either withheld or of poor quality', () => {
    const readings = messagesOf(run([{ kind: 'artefact', ...WINDOW }]).filter(insideWindow)).flatMap(
      (m) => m.readings,
    );
    const bodily = readings
      .map((r) => r.measurement)
      .filter((m) => m.kind !== 'steps' && m.kind !== 'battery');
    expect(bodily.every((m) => m.quality === 'poor')).toBe(true);
    const withheld = bodily.filter((m) => 'absent' in m && m.absent === 'artefact').length;
    expect(withheld / bodily.length).toBeGreaterThan(0.2);
    expect(withheld / bodily.length).toBeLessThan(0.4);
  });

  it('clocks: drift by parts in a million, jump by minutes, and 1970', () => {
    const times = (deliveries: readonly Delivery[]) =>
      messagesOf(deliveries).flatMap((m) => m.readings.map((r) => r.at!));
    const was = times(healthy);
    const drifted = times(run([{ kind: 'clock-drift', ppm: 500 }]));
    // 20 min at 500 ppm: 600 ms.
    expect(drifted.at(-1)! - was.at(-1)!).toBeGreaterThan(590);
    expect(drifted.at(-1)! - was.at(-1)!).toBeLessThanOrEqual(600);
    const slow = times(run([{ kind: 'clock-jump', byMs: -7 * MINUTE, ...WINDOW }]));
    expect(new Set(slow.map((at, i) => at - was[i]!))).toEqual(new Set([0, -7 * MINUTE]));
    const reset = run([{ kind: 'clock-1970', ...WINDOW }]);
    for (const at of times(reset.filter(insideWindow))) expect(at).toBeLessThan(5 * MINUTE);
    for (const at of times(reset.filter((d) => !insideWindow(d)))) expect(at).toBeGreaterThan(START - MINUTE);
    expect(reset.map((d) => d.sendAtMs)).toEqual(healthy.map((d) => d.sendAtMs));
  });

  it('restart: seq begins again under a new boot, boot and seq together never repeat', () => {
    const out = messagesOf(run([{ kind: 'restart', meanBetweenMs: 2 * MINUTE, meanLengthMs: 1000 }]));
    const boots = [...new Set(out.map((m) => m.boot))];
    expect(boots.length).toBeGreaterThan(3);
    for (const boot of boots.slice(1)) {
      const run = out.filter((m) => m.boot === boot);
      expect(run.map((m) => m.seq)).toEqual(run.map((_, i) => i));
    }
    expect(new Set(out.map((m) => `${m.boot} ${m.seq}`)).size).toBe(out.length);
  });

  it('restart-skipping: seq only rises, and skips', () => {
    const out = seqs(run([{ kind: 'restart-skipping', meanBetweenMs: 2 * MINUTE, meanLengthMs: 1000 }]));
    expect(out.every((seq, i) => i === 0 || seq > out[i - 1]!)).toBe(true);
    expect(out.at(-1)!).toBeGreaterThan(out.length);
  });

  it('duplicate: every message is there, some twice, identical', () => {
    const out = run([{ kind: 'duplicate', share: 0.2, withinMs: 0 }]);
    expect(out.length).toBeGreaterThan(healthy.length * 1.1);
    const once = new Map(messagesOf(out).map((m) => [m.seq, m]));
    expect([...once.values()]).toEqual(messagesOf(healthy));
    for (const message of messagesOf(out)) expect(message).toBe(once.get(message.seq));
  });

  it('reorder: the same messages, some later, by no more than the window', () => {
    const out = run([{ kind: 'reorder', share: 0.3, withinMs: 30_000 }], 1, 30 * MINUTE);
    const before = new Map(run([], 1, 30 * MINUTE).map((d) => [seqs([d])[0]!, d.sendAtMs]));
    expect(seqs(out)).not.toEqual([...seqs(out)].sort((a, b) => a - b));
    expect(new Set(seqs(out)).size).toBe(out.length);
    expect(out.length).toBeGreaterThan(before.size - 8);
    for (const delivery of out) {
      const late = delivery.sendAtMs - before.get(seqs([delivery])[0]!)!;
      expect(late).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThanOrEqual(30_001);
    }
  });

  it('offline: down, silence, up, then everything at once and in order', () => {
    const out = run([{ kind: 'offline', ...WINDOW }]);
    expect(messagesOf(out)).toEqual(messagesOf(healthy));
    const links = out.flatMap((d) => ('link' in d ? [d] : []));
    expect(links.map((d) => d.link)).toEqual(['down', 'up']);
    expect(links[1]!.sendAtMs).toBe(WINDOW.windows[0]!.toMs);
    expect(out.filter((d) => isMessage(d) && insideWindow(d))).toEqual([]);
    const burst = out.filter((d) => isMessage(d) && d.sendAtMs === WINDOW.windows[0]!.toMs);
    expect(burst.length).toBe(healthy.filter(insideWindow).length);
  });

  it('reconnect-storm: cuts within the window, about as often as asked, no message touched', () => {
    const out = run([{ kind: 'reconnect-storm', everyMs: 10_000, ...WINDOW }]);
    const cuts = out.filter((d) => 'link' in d && d.link === 'cut');
    expect(cuts.every(insideWindow)).toBe(true);
    expect(cuts.length).toBeGreaterThan(10);
    expect(cuts.length).toBeLessThan(40);
    expect(messagesOf(out)).toEqual(messagesOf(healthy));
  });
});

const when = fc.record({
  meanBetweenMs: fc.integer({ min: 5000, max: 600_000 }),
  meanLengthMs: fc.integer({ min: 0, max: 300_000 }),
});
const share = fc.double({ min: 0, max: 1, noNaN: true });
const fault: fc.Arbitrary<Fault> = fc.oneof(
  when.map((w): Fault => ({ kind: 'drop-out', ...w })),
  share.map((s): Fault => ({ kind: 'lost', share: s })),
  when.map((w): Fault => ({ kind: 'sensor-off', ...w })),
  when.map((w): Fault => ({ kind: 'artefact', ...w })),
  fc.integer({ min: -1000, max: 1000 }).map((ppm): Fault => ({ kind: 'clock-drift', ppm })),
  fc
    .tuple(when, fc.integer({ min: -1e7, max: 1e7 }))
    .map(([w, byMs]): Fault => ({ kind: 'clock-jump', byMs, ...w })),
  when.map((w): Fault => ({ kind: 'clock-1970', ...w })),
  when.map((w): Fault => ({ kind: 'restart', ...w })),
  when.map((w): Fault => ({ kind: 'restart-skipping', ...w })),
  share.map((s): Fault => ({ kind: 'duplicate', share: s, withinMs: 20_000 })),
  share.map((s): Fault => ({ kind: 'reorder', share: s, withinMs: 20_000 })),
  when.map((w): Fault => ({ kind: 'offline', ...w })),
  when.map((w): Fault => ({ kind: 'reconnect-storm', everyMs: 3000, ...w })),
);

describe('any faults together', () => {
  it('apply in the order of a message on its way, whatever the order of the list', () => {
    const storm: Fault = { kind: 'reorder', share: 0.5, withinMs: 60_000 };
    const restart: Fault = { kind: 'restart', ...WINDOW };
    const seqsOf = (deliveries: readonly Delivery[]) =>
      messagesOf(deliveries)
        .filter((m) => m.boot === messagesOf(deliveries).at(-1)!.boot)
        .map((m) => m.seq)
        .sort((a, b) => a - b);
    const numbers = seqsOf(run([storm, restart]));
    expect(numbers.slice(0, 50)).toEqual(numbers.slice(0, 50).map((_, i) => i));
    expect(numbers.length).toBeGreaterThan(100);
  });

  it('keep time in order, stay valid messages, and repeat bit for bit from the seed', () => {
    fc.assert(
      fc.property(fc.array(fault, { maxLength: 5 }), fc.integer(), (faults, seed) => {
        const out = run(faults, seed, 5 * MINUTE);
        expect(run(faults, seed, 5 * MINUTE)).toEqual(out);
        // What the hub tells messages apart by: the same name is the same message, sent twice.
        const named = new Map<string, Message>();
        for (const message of messagesOf(out)) {
          const name = `${message.boot} ${message.seq}`;
          expect(named.get(name) ?? message).toBe(message);
          named.set(name, message);
        }
        let previousMs = 0;
        for (const delivery of out) {
          expect(delivery.sendAtMs).toBeGreaterThanOrEqual(previousMs);
          previousMs = delivery.sendAtMs;
          if (!isMessage(delivery)) continue;
          const message: Message = delivery.message;
          expect(parseMessage(encodeMessageCbor(message))).toEqual({ kind: 'message', message });
        }
      }),
      { numRuns: 40 },
    );
  });
});
