import { encodeMessageCbor, encodeMessageJson, KINDS, type Message, parseMessage } from '@heartwood/vitals';
import { describe, expect, it } from 'vitest';
import { type Body, createBody } from '../body/body.ts';
import { beatsOf } from '../body/heart.ts';
import { SCENARIOS } from '../body/scenario.ts';
import { isMessage, messagesOf, takeUntil } from '../delivery.ts';
import { seededRandom } from '../random.ts';
import { kindsOf, WEARABLES, type WearableModel, wearableStream } from './wearable.ts';

const START = Date.UTC(2026, 10, 21, 8);
const bodyOf = (seed: number, scenario: (typeof SCENARIOS)[number] = 'well'): Body =>
  createBody({ random: seededRandom(seed), startAtMs: START, scenario });
const sent = (body: Body, model: WearableModel, forMs: number, waveforms = true) =>
  takeUntil(wearableStream(body, { model, id: `${model}-0001`, waveforms }), START + forMs);

describe.each(WEARABLES)('a %s', (model) => {
  it('sends the same stream for the same seed, bit for bit, and another for another', () => {
    const bytes = (seed: number) =>
      sent(bodyOf(seed), model, 600_000).map((d) =>
        isMessage(d) ? Buffer.from(encodeMessageCbor(d.message)).toString('hex') : '',
      );
    expect(bytes(1)).toEqual(bytes(1));
    expect(bytes(1)).not.toEqual(bytes(2));
  });

  it('sends messages that the hub understands, in JSON and CBOR, unchanged: values lie on their grid', () => {
    for (const scenario of SCENARIOS) {
      const messages = messagesOf(sent(bodyOf(3, scenario), model, 300_000));
      expect(messages.length).toBeGreaterThan(0);
      for (const message of messages) {
        for (const encode of [encodeMessageJson, encodeMessageCbor]) {
          expect(parseMessage(encode(message))).toEqual({ kind: 'message', message });
        }
      }
    }
  });

  it('numbers its messages by one, in time, and says every kind that it promises and no other', () => {
    const deliveries = sent(bodyOf(4), model, 26 * 3_600_000, false);
    let previousMs = 0;
    const kinds = new Set<string>();
    deliveries.forEach((delivery, i) => {
      expect(delivery.sendAtMs).toBeGreaterThanOrEqual(previousMs);
      previousMs = delivery.sendAtMs;
      if (!isMessage(delivery)) return;
      if (delivery.message.seq !== i) expect(delivery.message.seq).toBe(i);
      for (const { at, measurement } of delivery.message.readings) {
        kinds.add(measurement.kind);
        if (!(at! <= delivery.sendAtMs)) expect(at).toBeLessThanOrEqual(delivery.sendAtMs);
      }
    });
    expect([...kinds].sort()).toEqual([...kindsOf(model, false)].sort());
  });
});

const valuesOf = (messages: readonly Message[], kind: string): number[] =>
  messages
    .flatMap((m) => m.readings)
    .flatMap(({ measurement }) =>
      measurement.kind === kind && 'value' in measurement ? [measurement.value] : [],
    );

describe('several wearables on one body', () => {
  it('sense the same heart, however they are interleaved', () => {
    const body = bodyOf(5);
    const alone = sent(bodyOf(5), 'chest-strap', 120_000);
    const strap = wearableStream(body, { model: 'chest-strap', id: 'chest-strap-0001', waveforms: true })[
      Symbol.iterator
    ]();
    const watch = wearableStream(body, { model: 'watch', id: 'watch-0001', waveforms: true })[
      Symbol.iterator
    ]();
    const together = alone.map(() => {
      watch.next();
      return strap.next().value;
    });
    expect(together).toEqual(alone);
  });

  it('report every beat once: the intervals of strap and watch are the intervals of the heart', () => {
    const body = bodyOf(6);
    const beats: number[] = [];
    for (const beat of beatsOf(body)) {
      if (beat.atMs >= START + 60_000) break;
      beats.push(Math.round(beat.rrMs * 10) / 10);
    }
    for (const model of ['chest-strap', 'watch'] as const) {
      const said = valuesOf(messagesOf(sent(body, model, 70_000, false)), 'rr-interval');
      expect(said.slice(0, beats.length)).toEqual(beats);
    }
  });

  it('report a heart rate that agrees with the intervals', () => {
    const messages = messagesOf(sent(bodyOf(7), 'chest-strap', 600_000, false));
    const mean = (list: number[]) => list.reduce((a, b) => a + b) / list.length;
    const rate = mean(valuesOf(messages, 'heart-rate'));
    expect(Math.abs(60_000 / mean(valuesOf(messages, 'rr-interval')) - rate)).toBeLessThan(0.6);
  });
});

describe('waveform frames', () => {
  it('follow one another without a gap: one second each, 250 ECG or 50 pleth samples', () => {
    for (const [model, kind, count] of [
      ['chest-strap', 'ecg', 250],
      ['watch', 'ppg', 50],
    ] as const) {
      const frames = messagesOf(sent(bodyOf(8), model, 61_000))
        .flatMap((m) => m.readings)
        .flatMap(({ at, measurement }) => ('wave' in measurement ? [{ at, ...measurement }] : []));
      expect(frames.length).toBe(60);
      frames.forEach((frame, i) => {
        expect(frame.at).toBe(START + i * 1000);
        expect(frame.kind).toBe(kind);
        expect(frame.wave.samples.length).toBe(count);
        expect(frame.wave.rateHz).toBe(count);
      });
    }
  });

  it('join: the step across the border of two frames is no larger than within them', () => {
    const samples = messagesOf(sent(bodyOf(9), 'chest-strap', 121_000))
      .flatMap((m) => m.readings)
      .flatMap(({ measurement }) => ('wave' in measurement ? [...measurement.wave.samples] : []));
    const step = (i: number) => Math.abs(samples[i]! - samples[i - 1]!);
    let inside = 0;
    let border = 0;
    for (let i = 1; i < samples.length; i++) {
      if (i % 250 === 0) border = Math.max(border, step(i));
      else inside = Math.max(inside, step(i));
    }
    expect(border).toBeLessThanOrEqual(inside);
  });

  it('are drawn only where a device carries them', () => {
    const kinds = new Set(
      messagesOf(sent(bodyOf(1), 'oximeter', 60_000, false)).flatMap((m) =>
        m.readings.map((r) => r.measurement.kind),
      ),
    );
    for (const kind of kinds) expect(KINDS[kind].shape).not.toBe('wave');
  });
});

describe('a day of one person', () => {
  it('without waveforms takes well under a few seconds to make', () => {
    const beganMs = performance.now();
    let messages = 0;
    for (const model of WEARABLES) messages += sent(bodyOf(1), model, 86_400_000, false).length;
    expect(messages).toBeGreaterThan(150_000);
    // About 0.5 s measured alone on two cores; the bound leaves room for a busy machine.
    expect(performance.now() - beganMs).toBeLessThan(8000);
  });
});
