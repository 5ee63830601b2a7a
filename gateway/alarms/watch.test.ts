import { HUB_SLOT } from '@heartwood/anchor';
import { decodeEvent, type HubEvent } from '@heartwood/vitals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeEntries } from '../store/entry-list.ts';
import type { KeptReading } from '../store/segment-codec.ts';
import { Home } from '../testing.ts';
import { Watch } from './watch.ts';

let home: Home;
let slot: number;
let watch: Watch;
beforeEach(async () => {
  home = new Home();
  await home.start();
  slot = await home.enroll('Ada', 'strap-1', home.nowMs);
  watch = new Watch(home.hub.vault);
});
afterEach(() => home.remove());

const rate = (value: number): KeptReading => ({
  device: 1,
  seq: 1,
  index: 0,
  received: home.nowMs,
  origin: 'simulator',
  measurement: { kind: 'heart-rate', value },
});

/** Readings of one value, one a second, and a look after each. */
function pass(seconds: number, value?: number): string[] {
  const told: string[] = [];
  for (let second = 0; second < seconds; second += 1) {
    home.nowMs += 1000;
    if (value !== undefined) watch.take(slot, [rate(value)]);
    for (const { condition, change } of watch.look()) told.push(`${condition} ${change}`);
  }
  return told;
}

/** The hub's events that wait for their batch. */
const events = (): HubEvent[] => {
  const { store } = home.hub.vault;
  return store.stagedOf(HUB_SLOT).flatMap((row) => decodeEntries(store.openStaged(row)).map(decodeEvent));
};
const alarmEvents = (): HubEvent[] => events().filter(({ name }) => name.startsWith('alarm-'));

describe('an alarm', () => {
  it('is an event of the hub, on disk before anybody hears of it', () => {
    expect(pass(10, 170)).toEqual(['heart-rate-very-high raised']);
    expect(alarmEvents()).toEqual([
      {
        subject: home.hub.vault.identity.pseudonym,
        at: home.nowMs - 3000,
        name: 'alarm-raised',
        detail: {
          slot,
          condition: 'heart-rate-very-high',
          priority: 'high',
          episode: 1,
          measure: 'heart-rate',
          limit: 150,
          unit: '/min',
          value: 170,
        },
      },
    ]);
  });

  it('is sealed, signed and provable like a reading', async () => {
    pass(10, 170);
    const batch = await home.interval();
    const segment = home.hub.vault.store.segment(batch, HUB_SLOT);
    expect(segment).toBeDefined();
    const kept = decodeEntries(home.hub.vault.store.openSegment(segment!)).map(decodeEvent);
    expect(kept.map(({ name }) => name)).toContain('alarm-raised');
  });

  it('is acknowledged by somebody with a name, a reason and an end', () => {
    pass(10, 170);
    const untilMs = home.nowMs + 600_000;
    const by = { by: 'nurse', atMs: home.nowMs, why: 'with the patient', untilMs };
    expect(watch.acknowledge(slot, 'heart-rate-very-high', by)).toMatchObject([{ change: 'acknowledged' }]);
    expect(alarmEvents().at(-1)).toMatchObject({
      name: 'alarm-acknowledged',
      detail: { by: 'nurse', why: 'with the patient', until: untilMs },
    });
    expect(watch.of(slot)).toMatchObject([
      { condition: 'heart-rate-very-high', state: { presence: 'acknowledged' } },
    ]);
    expect(watch.acknowledge(slot, 'no-such-alarm', by)).toEqual([]);
  });

  it('goes on after a stop without warning, raised once', async () => {
    pass(10, 170);
    home.crash();
    await home.start();
    watch = new Watch(home.hub.vault);
    expect(watch.of(slot)).toMatchObject([
      { condition: 'heart-rate-very-high', state: { presence: 'on', episode: 1 } },
    ]);
    expect(pass(10, 170)).toEqual([]);
    expect(pass(15, 80)).toEqual(['heart-rate-very-high over']);
  });

  it('has not happened where it could not be written, and is found again', () => {
    const { vault } = home.hub;
    pass(5, 170);
    const { recordEvent } = vault;
    vault.recordEvent = () => {
      throw Object.assign(new Error('disk full'), { code: 'SQLITE_FULL' });
    };
    home.nowMs += 3000;
    watch.take(slot, [rate(170)]);
    expect(() => watch.look()).toThrow('disk full');
    expect(watch.of(slot)).toEqual([]);
    vault.recordEvent = recordEvent;
    expect(watch.look()).toMatchObject([{ condition: 'heart-rate-very-high', change: 'raised' }]);
    expect(alarmEvents()).toHaveLength(1);
  });
});

describe('an alarm that is held back', () => {
  /** A second of an ECG without a beat, or with one; and of a pleth at 75 /min. */
  const frame = (second: number, kind: 'ecg' | 'ppg', beats: boolean): KeptReading => {
    const rateHz = kind === 'ecg' ? 250 : 50;
    const width = kind === 'ecg' ? 0.011 : 0.07;
    const samples = Int32Array.from({ length: rateHz }, (_, i) => {
      const t = second + i / rateHz;
      const into = (t % 0.8) - 0.4;
      return Math.round(
        (beats ? 1000 * Math.exp(-0.5 * (into / width) ** 2) : 0) + 8 * Math.sin(7919 * t * t),
      );
    });
    const wave = { lead: kind, rateHz, gain: 1000, baseline: 0, samples };
    return {
      device: kind === 'ecg' ? 1 : 2,
      seq: second,
      index: 0,
      at: home.nowMs - 1000,
      received: home.nowMs,
      origin: 'simulator',
      measurement: { kind, wave },
    };
  };
  /** @param seconds of which the ECG has beats at first @param pulse the finger has one all the time */
  function live(seconds: number, beatsFor: number, pulse: boolean): string[] {
    const told: string[] = [];
    for (let second = 0; second < seconds; second += 1) {
      home.nowMs += 1000;
      const frames = [frame(second, 'ecg', second < beatsFor)];
      if (pulse) frames.push(frame(second, 'ppg', true));
      watch.take(slot, frames);
      for (const { condition, change } of watch.look()) told.push(`${condition} ${change}`);
    }
    return told;
  }

  it('is an event of the hub, once, and no alarm', () => {
    expect(live(30, 15, true)).toEqual([]);
    expect(alarmEvents()).toMatchObject([
      {
        name: 'alarm-held-back',
        detail: { slot, condition: 'asystole', priority: 'high', because: 'pulse', pulse: 75 },
      },
    ]);
  });
  it('is raised where no finger has a pulse', () => {
    expect(live(30, 15, false)).toEqual(['asystole raised']);
  });
  it('is told later where it could not be written', () => {
    const { vault } = home.hub;
    const { recordEvent } = vault;
    live(18, 15, true);
    vault.recordEvent = () => {
      throw Object.assign(new Error('disk full'), { code: 'SQLITE_FULL' });
    };
    expect(() => live(30, 0, true)).toThrow('disk full');
    vault.recordEvent = recordEvent;
    watch.look();
    expect(alarmEvents()).toMatchObject([{ name: 'alarm-held-back' }]);
  });
  it('says nothing of what a device hands over out of its memory', () => {
    live(20, 20, true);
    home.nowMs += 1000;
    watch.take(slot, [{ ...frame(3, 'ecg', false), at: home.nowMs - 3_600_000 }]);
    expect(live(20, 20, true)).toEqual([]);
    expect(alarmEvents()).toEqual([]);
  });
});

describe('a device', () => {
  it('that never said anything is missed a quarter of an hour after it was given', () => {
    expect(pass(899)).toEqual([]);
    expect(pass(5)).toEqual(['silent:strap-1 raised']);
  });
  it('that was heard before this start is missed by when it was heard', () => {
    watch.restore(slot, [
      {
        id: '0.1.0',
        patient: '',
        device: 'strap-1',
        seq: 1,
        index: 0,
        kind: 'heart-rate',
        received: home.nowMs,
        origin: 'simulator',
        value: 70,
      },
    ]);
    expect(pass(899)).toEqual(['stale:heart-rate raised']);
    expect(pass(5)).toEqual(['silent:strap-1 raised']);
  });
});

describe('the score that pages are told', () => {
  const told = (): readonly (readonly [number, unknown])[] => [...watch.newScores()];

  it('has no points for what was never seen, nor for what is too old', () => {
    expect(watch.toldScore(slot)).toEqual({ score: 0, most: 20, scale: 1, inputs: {} });
    watch.take(slot, [rate(115)]);
    const at = home.nowMs;
    expect(told()).toEqual([[slot, { score: 2, most: 19, scale: 1, inputs: { pulse: { at, points: 2 } } }]]);
    home.nowMs += 6 * 60_000;
    expect(told()).toEqual([[slot, { score: 0, most: 20, scale: 1, inputs: { pulse: { at } } }]]);
  });

  it('is told when its points change, and to a page that comes between as to the others', () => {
    watch.take(slot, [rate(115)]);
    expect(told()).toHaveLength(1);
    home.nowMs += 1000;
    watch.take(slot, [rate(116)]);
    expect(told()).toEqual([]);
    watch.take(slot, [rate(72)]);
    expect(watch.toldScore(slot).score).toBe(2);
    expect(told()).toMatchObject([[slot, { score: 0 }]]);
    expect(watch.toldScore(slot).score).toBe(0);
  });
});
