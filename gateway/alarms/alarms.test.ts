import type { Measurement } from '@heartwood/vitals';
import { describe, expect, it } from 'vitest';
import type { KeptReading } from '../store/segment-codec.ts';
import { AlarmEngine, type AlarmNotice } from './engine.ts';
import { DEFAULT_LIMITS, type OwnLimits, observeLimits } from './limits.ts';
import { Picture } from './picture.ts';
import { type Charted, observeScore, scoreOf } from './score.ts';
import { observeTechnical, type WatchedDevice } from './technical.ts';

const START = 1_795_000_000_000;
const at = (seconds: number): number => START + seconds * 1000;
const watch: WatchedDevice = { id: 'watch', number: 1, sinceMs: START, link: 'online' };

const kept = (seconds: number, measurement: Measurement, measuredAt?: number): KeptReading => ({
  device: 1,
  seq: seconds,
  index: 0,
  received: at(seconds),
  origin: 'simulator',
  ...(measuredAt !== undefined && { at: measuredAt }),
  measurement,
});
const rate = (seconds: number, value: number, measuredAt?: number): KeptReading =>
  kept(seconds, { kind: 'heart-rate', value }, measuredAt);

/** A patient with one watch, observed every second. */
class Bedside {
  readonly picture = new Picture();
  engine = new AlarmEngine();
  readonly told: string[] = [];
  devices: WatchedDevice[] = [watch];
  own: OwnLimits = {};
  charted: Charted = {};
  #second = 0;

  until(second: number, readings: (second: number) => KeptReading | undefined = () => undefined): this {
    for (; this.#second <= second; this.#second += 1) {
      const reading = readings(this.#second);
      if (reading) this.picture.take(reading);
      this.note(this.engine.observe(1, this.seen(), at(this.#second)));
    }
    return this;
  }

  *seen() {
    const now = at(this.#second);
    const limits = [...observeLimits(this.picture, this.own, now)];
    yield* limits;
    yield* observeTechnical(this.picture, this.devices, limits, now);
    yield* observeScore(scoreOf(this.picture, this.charted, now));
  }

  note(notices: readonly AlarmNotice[]): void {
    for (const { condition, change, atMs } of notices)
      this.told.push(`${condition} ${change} @${(atMs - START) / 1000}`);
  }

  restart(): this {
    const kept = JSON.parse(JSON.stringify([...this.engine.all()]));
    this.engine = new AlarmEngine(kept);
    return this;
  }
}

describe('limits', () => {
  it('raise after the validation delay and end behind the hysteresis', () => {
    const { told } = new Bedside()
      .until(9, (second) => rate(second, 72))
      .until(59, (second) => rate(second, 160))
      .until(99, (second) => rate(second, 148))
      .until(140, (second) => rate(second, 80));
    expect(told.filter((line) => line.startsWith('heart-rate'))).toEqual([
      'heart-rate-very-high raised @16',
      'heart-rate-high raised @40',
      'heart-rate-very-high over @110',
      'heart-rate-high over @110',
      'heart-rate-high ended @110',
    ]);
  });
  it('are not moved by one bad beat', () => {
    expect(new Bedside().until(60, (second) => rate(second, second % 10 === 0 ? 190 : 75)).told).toEqual([]);
  });
  it('may be a patient’s own, or lifted, which ends what they had raised', () => {
    const athlete = new Bedside();
    athlete.own = { 'heart-rate-low': { limit: 38, by: 'Dr Vale', atMs: START } };
    expect(athlete.until(120, (second) => rate(second, 41)).told).toEqual([]);
    athlete.own = {};
    athlete.until(200, (second) => rate(second, 41));
    athlete.own = { 'heart-rate-low': { limit: 'off', by: 'Dr Vale', atMs: at(200) } };
    athlete.until(201, (second) => rate(second, 41));
    expect(athlete.told).toEqual([
      'heart-rate-low raised @151',
      'heart-rate-low over @201',
      'heart-rate-low ended @201',
    ]);
  });
  it('each have a measure, a hysteresis and an unlike name', () => {
    expect(new Set(DEFAULT_LIMITS.map(({ id }) => id)).size).toBe(DEFAULT_LIMITS.length);
    for (const { hysteresis } of DEFAULT_LIMITS) expect(hysteresis).toBeGreaterThan(0);
  });
  it('go by a present value of a device whose clock is 16 minutes slow', () => {
    const slow = 16 * 60_000;
    const { told } = new Bedside().until(20, (second) => rate(second, 170, at(second) - slow));
    expect(told).toContain('heart-rate-very-high raised @6');
  });
  it('are not raised by yesterday’s readings that arrive now', () => {
    const bedside = new Bedside().until(30, (second) => rate(second, 70, at(second)));
    bedside.until(60, (second) => rate(second, 170, at(second) - 86_400_000));
    expect(bedside.told.filter((line) => line.startsWith('heart'))).toEqual([]);
  });
});

describe('numbers that stop', () => {
  it('are missed, and end no alarm', () => {
    const { told, engine } = new Bedside().until(20, (second) => rate(second, 170)).until(1000);
    expect(told).toEqual([
      'heart-rate-very-high raised @6',
      // The last number counts until it is stale.
      'heart-rate-high raised @30',
      'news2-extreme raised @60',
      'stale:heart-rate raised @81',
      'silent:watch raised @921',
    ]);
    expect(engine.of(1)).toHaveLength(5);
    expect(engine.of(1)[0]).toMatchObject({ condition: 'heart-rate-very-high', priority: 'high' });
  });
  it('are missed from a device that never said anything', () => {
    const { told, engine } = new Bedside().until(901);
    expect(told).toEqual(['silent:watch raised @901']);
    expect(engine.of(1)[0]?.facts).toMatchObject({ heard: 'never' });
  });
  it('are missed sooner where the link is known to be down', () => {
    const bedside = new Bedside();
    bedside.devices = [{ ...watch, link: 'offline' }];
    expect(bedside.until(301).told).toEqual(['silent:watch raised @301']);
  });
  it('are over when the device is taken away', () => {
    const bedside = new Bedside().until(901);
    bedside.devices = [];
    expect(bedside.until(902).told).toEqual([
      'silent:watch raised @901',
      'silent:watch over @902',
      'silent:watch ended @902',
    ]);
  });
});

describe('sensor and battery', () => {
  it('tell a sensor that is off from a bad signal', () => {
    const { told } = new Bedside()
      .until(60, (second) => kept(second, { kind: 'spo2', absent: 'sensor-off' }))
      .until(200, (second) => kept(second, { kind: 'spo2', absent: 'artefact' }));
    expect(told).toEqual([
      'sensor-off:spo2 raised @30',
      'sensor-off:spo2 over @66',
      'sensor-off:spo2 ended @66',
      'artefact:spo2 raised @121',
    ]);
  });
  it('say when a battery is low, and when it is empty', () => {
    const { told } = new Bedside().until(30, (second) =>
      kept(second, { kind: 'battery', value: 30 - second }),
    );
    expect(told).toEqual(['battery-low raised @10', 'battery-empty raised @25']);
  });
});

describe('the early-warning score', () => {
  const ill = (second: number): KeptReading | undefined =>
    [
      kept(second, { kind: 'respiratory-rate', value: 26 }),
      kept(second, { kind: 'spo2', value: 92 }),
      kept(second, { kind: 'heart-rate', value: 115 }),
    ][second % 3];

  it('raises what it reaches with the inputs that it has, and says how many', () => {
    const bedside = new Bedside().until(120, ill);
    expect(bedside.told).toContain('news2-emergency raised @62');
    const alarm = bedside.engine.of(1).find(({ condition }) => condition === 'news2-emergency');
    expect(alarm?.facts).toMatchObject({ score: 7, inputs: 3, of: 7, scale: 1 });
  });
  it('calms nobody when its inputs grow old', () => {
    const { told } = new Bedside().until(120, ill).until(4000);
    expect(told.some((line) => /^news2-(emergency|urgent) over/.test(line))).toBe(false);
  });
  it('takes scale 2, oxygen and consciousness from a person, with their age', () => {
    const bedside = new Bedside().until(6, ill);
    bedside.charted = {
      scale2: { by: 'Dr Vale', atMs: START },
      oxygen: { value: true, by: 'nurse', atMs: START },
      consciousness: { value: 'confusion', by: 'nurse', atMs: START - 13 * 3_600_000 },
    };
    const scored = scoreOf(bedside.picture, bedside.charted, at(6));
    expect(scored).toMatchObject({ scale: 2, points: { spo2: 0, oxygen: 2 }, agesMs: { oxygen: 6000 } });
    expect(scored.missing).toContain('consciousness');
    expect(scored.agesMs.consciousness).toBe(13 * 3_600_000 + 6000);
  });
});

describe('acknowledging and restarting', () => {
  it('never silences a high alarm without an end', () => {
    const { engine } = new Bedside().until(20, (second) => rate(second, 170));
    const by = { by: 'nurse', atMs: at(20), why: 'on the way' };
    expect(() => engine.acknowledge(1, 'heart-rate-very-high', by)).toThrow(RangeError);
    expect(() =>
      engine.acknowledge(1, 'heart-rate-very-high', { ...by, untilMs: at(20) + 3_600_001 }),
    ).toThrow(RangeError);
    expect(engine.acknowledge(1, 'heart-rate-very-high', { ...by, untilMs: at(620) })).toHaveLength(1);
  });
  it('is the same after a restart at every second', () => {
    const straight = new Bedside();
    const stopped = new Bedside();
    for (let second = 0; second <= 200; second += 1) {
      const reading = (): KeptReading => rate(second, second % 70 < 40 ? 170 : 70);
      straight.until(second, reading);
      stopped.restart().until(second, reading);
    }
    expect(straight.told.length).toBeGreaterThan(3);
    expect(stopped.told).toEqual(straight.told);
  });
  it('knows after a restart what had been measured before', () => {
    const picture = new Picture();
    picture.restore({ kind: 'heart-rate', value: 170, received: START });
    picture.restore({ kind: 'blood-pressure', systolic: 120, received: START });
    expect(picture.present('heart-rate', at(10))?.value).toBe(170);
    expect(picture.present('systolic', at(10))?.value).toBe(120);
    expect(picture.newest('mean')).toBeUndefined();
  });
});
