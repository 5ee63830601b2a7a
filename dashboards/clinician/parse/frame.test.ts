import { packSamples } from '@heartwood/vitals';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOW, wireHeartRate } from '../feed-sample.ts';
import { FRAME_BYTES_MAX, parseFrame } from './frame.ts';
import { type Parsed, parseFeed } from './message.ts';

/** A frame as docs/spec/feed.md draws it. */
function frame(json: unknown, samples: Uint8Array = new Uint8Array()): ArrayBuffer {
  const text = new TextEncoder().encode(typeof json === 'string' ? json : JSON.stringify(json));
  const bytes = new Uint8Array(8 + text.length + samples.length);
  bytes[0] = 1;
  new DataView(bytes.buffer).setUint32(4, text.length, true);
  bytes.set(text, 8);
  bytes.set(samples, 8 + text.length);
  return bytes.buffer;
}
const ecg = (id: string, packed: unknown, kind = 'ecg'): Record<string, unknown> =>
  wireHeartRate(id, NOW, {
    kind,
    value: undefined,
    wave: { lead: 'II', rateHz: 250, gain: 200, baseline: 0, packed },
  });
const message = (...readings: readonly unknown[]): Record<string, unknown> => ({
  type: 'readings',
  feed: 7,
  now: NOW,
  readings,
});
const whyOf = (parsed: Parsed): string => (parsed.kind === 'malformed' ? parsed.why : 'taken');
const [first, second] = [Int32Array.of(1, -32768, 5), Int32Array.of(70_000, 0)];
const both = Uint8Array.of(...packSamples(first), ...packSamples(second));

describe('a binary frame', () => {
  it('is the message that its text is, each waveform with its samples', () => {
    const parsed = parseFrame(
      frame(message(ecg('1.1.0', 3), wireHeartRate('1.1.1', NOW), ecg('1.1.2', 2)), both),
    );
    expect(parsed).toMatchObject({
      kind: 'message',
      message: {
        type: 'readings',
        feed: 7,
        readings: [
          { id: '1.1.0', measurement: { wave: { samples: first, lead: 'II' } } },
          { measurement: { value: 72 } },
          { id: '1.1.2', measurement: { wave: { samples: second } } },
        ],
      },
    });
  });

  it('leaves out a kind of waveform younger than the page, and none of the others', () => {
    const parsed = parseFrame(frame(message(ecg('1.1.0', 3, 'eeg'), ecg('1.1.2', 2)), both));
    expect(parsed).toMatchObject({
      message: { readings: [{ id: '1.1.2', measurement: { wave: { samples: second } } }] },
    });
  });

  const good = new Uint8Array(frame(message(ecg('1.1.0', 3), ecg('1.1.2', 2)), both));
  const at = (place: number, byte: number): ArrayBuffer =>
    good.with(place, byte).slice().buffer as ArrayBuffer;
  it.each<[string, ArrayBuffer, string]>([
    ['ends in its head', new ArrayBuffer(7), 'the frame ends in its head'],
    ['has another layout', at(0, 2), 'the frame has another layout'],
    ['has a head for something else', at(2, 1), 'the frame’s head is not as it must be'],
    ['says that its text is longer', at(7, 1), 'the frame ends in its text'],
    ['is cut', good.slice(0, -1).buffer, 'the samples are fewer than the waveforms say'],
    ['has bytes behind', Uint8Array.of(...good, 0).buffer, 'there are more samples than the waveforms say'],
    ['is no UTF-8', at(12, 0xff), 'the frame’s text is not UTF-8'],
    ['is no JSON', frame('{'), 'the message is not JSON'],
    ['counts on samples of nobody', frame(message(ecg('1.1.0', 1e9))), 'wave.packed is too many'],
    ['counts in words', frame(message(ecg('1.1.0', 'many'))), 'wave.packed is not a number'],
    [
      'has samples and no waveform',
      frame({ type: 'tick', feed: 1, now: NOW }, both),
      'there are more samples than the waveforms say',
    ],
    ['is too long', new ArrayBuffer(FRAME_BYTES_MAX + 1), 'the frame is too long'],
  ])('that %s is refused with the reason', (_what, data, why) => {
    expect(whyOf(parseFrame(data))).toBe(why);
  });

  it('needs its samples: a text cannot count on any', () => {
    expect(whyOf(parseFeed(JSON.stringify(message(ecg('1.1.0', 3)))))).toMatch(/fewer/);
  });

  it('never throws, and never gives half of a message, whatever is done to its bytes', () => {
    const change = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 });
    fc.assert(
      fc.property(change, fc.nat(good.length), (changes, length) => {
        const bytes = good.slice(0, length);
        for (const [place, byte] of changes) if (place < length) bytes[place] = byte;
        const parsed = parseFrame(bytes.buffer);
        if (parsed.kind === 'malformed') expect(parsed.why).not.toBe('');
        else if (parsed.message.type === 'readings')
          for (const { measurement } of parsed.message.readings)
            if ('wave' in measurement) expect(measurement.wave.samples.length).toBeLessThanOrEqual(20_000);
      }),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void parseFrame(bytes.slice().buffer)),
    );
  });
});
