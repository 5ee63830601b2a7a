import { describe, expect, it } from 'vitest';
import { type HubEventTold, parseEvents } from './event.ts';
import { markOf, markWords } from './mark.ts';

const NOW = 1_795_262_400_000;
const raised = {
  id: '57.0.3',
  at: NOW,
  name: 'alarm-raised',
  detail: {
    slot: 1,
    condition: 'heart-rate-high',
    priority: 'medium',
    episode: 3,
    measure: 'heart-rate',
    limit: 130,
    value: 141,
  },
};

/** The mark of an event and what it says; undefined where there is none. */
function both(over: object) {
  const event = { ...raised, device: undefined, ...over };
  const mark = markOf(event);
  return mark === undefined ? undefined : { ...mark, words: markWords(event) };
}

describe('what happened', () => {
  it('is taken as the hub tells it, and left out in any other form', () => {
    const { from, events } = parseEvents({
      from: NOW - 1,
      events: [
        raised,
        7,
        null,
        { ...raised, id: '57.1.3' },
        { ...raised, at: 'then' },
        { ...raised, detail: null },
      ],
    });
    expect(from).toBe(NOW - 1);
    expect(events).toEqual([{ ...raised, device: undefined }]);
    for (const json of [undefined, 'x', {}, { from: 'x', events: {} }])
      expect(parseEvents(json)).toEqual({ from: 0, events: [] });
  });

  it('names what was held back, and what spoke against it', () => {
    const held = (detail: HubEventTold['detail']) =>
      both({ name: 'alarm-held-back', detail: { slot: 1, priority: 'high', ...detail } });
    expect(held({ condition: 'asystole', because: 'pulse', seconds: 5, pulse: 72 })).toMatchObject({
      kind: 'note',
      sign: '⊘',
      priority: undefined,
      words: 'Held back: No heartbeat in the ECG for 5 s; the finger had a regular pulse of 72 /min',
    });
    const words = [
      held({ condition: 'ecg-tachycardia', because: 'poor-signal', value: 188, limit: 150 }),
      held({
        condition: 'heart-rate-very-high',
        because: 'ecg',
        measure: 'heart-rate',
        value: 188,
        limit: 150,
        ecg: 71,
      }),
      held({ condition: 'asystole', because: 'lead-off', seconds: 9 }),
      held({ condition: 'asystole', because: 'something newer', seconds: 9 }),
    ].map((mark) => mark?.words);
    expect(words).toEqual([
      'Held back: ECG: heart rate 188 /min, above 150; the ECG could not be read',
      'Held back: Heart rate 188 /min, above 150; a good ECG showed 71 /min',
      'Held back: No heartbeat in the ECG for 9 s; the ECG showed a flat line: an electrode that is off, as far as can be seen',
      'Held back: No heartbeat in the ECG for 9 s; something newer',
    ]);
  });

  it('tells that nobody knows of an alarm any more, or that it came back', () => {
    const resumed = (was: string) => both({ name: 'alarm-resumed', detail: { ...raised.detail, was } });
    expect(resumed('acknowledged')).toMatchObject({
      kind: 'raised',
      sign: '!!',
      words: 'Nobody knows of it any more: Heart rate above 130 /min',
    });
    expect(resumed('latched')?.words).toBe('Came back: Heart rate above 130 /min');
  });

  it('is told in words, with the sign of its priority', () => {
    const mark = both;
    expect(mark({})).toMatchObject({
      kind: 'raised',
      sign: '!!',
      priority: 'medium',
      words: 'Alarm: Heart rate 141 /min, above 130',
    });
    const acknowledged = {
      name: 'alarm-acknowledged',
      detail: { ...raised.detail, by: 'Nurse Okafor', why: 'With the patient' },
    };
    expect(mark(acknowledged)?.words).toBe(
      'Nurse Okafor knows: Heart rate above 130 /min (With the patient)',
    );
    expect(mark({ name: 'device-assigned', detail: { slot: 1, device: 2 }, device: 'watch-1' })?.words).toBe(
      'watch-1 measures this patient',
    );
    // A record of an older hub has the number of the end here.
    expect(mark({ name: 'alarm-over', detail: { ...raised.detail, value: 80 } })?.words).toBe(
      'Over: Heart rate above 130 /min',
    );
    expect(mark({ name: 'alarm-ended' })).toBeUndefined();
    expect(mark({ name: 'device-enrolled', detail: { device: 2 } })).toBeUndefined();
    expect(mark({ name: 'note-written', detail: { slot: 1, text: 'slept well' } })).toMatchObject({
      kind: 'note',
      words: 'somebody wrote: slept well',
    });
  });
});
