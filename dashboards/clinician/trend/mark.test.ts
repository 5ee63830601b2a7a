import { describe, expect, it } from 'vitest';
import { markOf, parseEvents } from './mark.ts';

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

  it('is told in words, with the sign of its priority', () => {
    const mark = (over: object) => markOf({ ...raised, device: undefined, ...over });
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
      'Nurse Okafor knows: Heart rate 141 /min, above 130 (With the patient)',
    );
    expect(mark({ name: 'device-assigned', detail: { slot: 1, device: 2 }, device: 'watch-1' })?.words).toBe(
      'watch-1 measures this patient',
    );
    expect(mark({ name: 'alarm-resumed' })).toBeUndefined();
    expect(mark({ name: 'note-written', detail: { slot: 1, text: 'slept well' } })).toMatchObject({
      kind: 'note',
      words: 'note written: text slept well',
    });
  });
});
