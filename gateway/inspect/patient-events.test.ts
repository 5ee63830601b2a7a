// What happened around a patient, asked for in pieces: every event is told once, whatever the pieces are.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Home } from '../testing.ts';
import { eventAt, type PatientEvent, patientEvents } from './patient-events.ts';

describe('patientEvents', () => {
  let home: Home;
  let began: number;
  beforeEach(async () => {
    home = new Home();
    await home.start();
    began = home.nowMs;
    await home.enroll('Ada', 'strap-1');
    await home.enroll('Bea', 'strap-2');
  });
  afterEach(() => home.remove());

  /** Alarms of both, an interval apart, the last of them in no batch yet. */
  async function happen(times: number): Promise<void> {
    for (let n = 0; n < times; n++) {
      home.hub.vault.store.transaction(() => {
        for (const slot of [1, 2])
          home.hub.vault.recordEvent('alarm-raised', { slot, condition: 'x', episode: n });
        home.hub.vault.recordEvent('patient-seen', { person: 1, slot: 1 });
      });
      if (n < times - 1) await home.interval();
      else home.nowMs += 1;
    }
  }
  const told = (most: { batches: number; opened: number }): PatientEvent[] => {
    const all: PatientEvent[] = [];
    let to = home.nowMs;
    for (let asked = 0; to > began && asked < 100; asked++) {
      const { from, events } = patientEvents(home.hub.vault, 1, { from: began, to }, () => true, most);
      expect(from).toBeLessThan(to);
      all.unshift(...events);
      to = from;
    }
    expect(to).toBe(began);
    return all;
  };

  it('tells each once, in order, in any pieces, and of nobody else', async () => {
    await happen(7);
    const whole = told({ batches: 1_000, opened: 1_000 });
    const episodes = whole
      .filter(({ name }) => name === 'alarm-raised')
      .map(({ detail }) => detail['episode']);
    expect(episodes).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(whole.filter(({ name, detail }) => name === 'patient-seen' || detail['slot'] === 2)).toEqual([]);
    for (const most of [
      { batches: 1, opened: 1_000 },
      { batches: 3, opened: 1_000 },
      { batches: 1_000, opened: 1 },
      { batches: 4, opened: 2 },
    ])
      expect(told(most), JSON.stringify(most)).toEqual(whole);
  });

  it('names each by the place at which it is kept', async () => {
    await happen(3);
    for (const { id, name, at, detail } of told({ batches: 1_000, opened: 1_000 })) {
      const [batch = 0, slot = 0, index = 0] = id.split('.').map(Number);
      expect(eventAt(home.hub.vault, { batch, slot, index })).toMatchObject({ name, at, detail });
    }
    expect(eventAt(home.hub.vault, { batch: 0, slot: 1, index: 0 })).toBeUndefined();
    expect(eventAt(home.hub.vault, { batch: 9_999, slot: 0, index: 0 })).toBeUndefined();
  });
});
