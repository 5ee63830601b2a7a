import type { EcgLook, PlethLook } from '@heartwood/vitals';
import { describe, expect, it } from 'vitest';
import type { Observed } from './condition.ts';
import { CrossCheck, type HeldBack, type RateLimits } from './cross-check.ts';
import { AlarmEngine } from './engine.ts';
import type { CountedRate, SignalsLook } from './signals.ts';

const START = 1_795_000_000_000;
const LIMITS = { high: 150, low: 35 };

const ecg = (rate: number, change: Partial<EcgLook> = {}): EcgLook => ({
  quality: 'good',
  sinceBeatMs: 400,
  intervalsMs: Array.from({ length: 17 }, () => 60_000 / rate),
  bSqi: 1,
  kSqi: 12,
  basSqi: 0.9,
  likeness: 0.99,
  restMv: 0.02,
  ...change,
});
const standing = (seconds: number, change: Partial<EcgLook> = {}): EcgLook =>
  ecg(70, { sinceBeatMs: seconds * 1000, ...change });
const pulse = (rate: number): PlethLook => ({ state: 'pulse', rate, sincePulseMs: 500, likeness: 0.97 });
const lost: PlethLook = { state: 'lost', sincePulseMs: 6000, likeness: 0 };
const rate = (device: number, value: number): CountedRate => ({ device, value, poor: false });

type Scene = {
  ecg?: EcgLook;
  ecg2?: EcgLook;
  pleth?: PlethLook;
  plethAgeMs?: number;
  rates?: readonly CountedRate[];
  saidOff?: boolean;
};
const look = ({
  ecg: lead,
  ecg2: other,
  pleth,
  plethAgeMs = 500,
  rates = [],
  saidOff = false,
}: Scene): SignalsLook => ({
  ecg: [lead, other].flatMap((one) => (one === undefined ? [] : [{ device: 1, look: one, ageMs: 0 }])),
  pleth: pleth === undefined ? [] : [{ device: 2, look: pleth, ageMs: plethAgeMs }],
  rates,
  ecgSaidOff: saidOff,
});
/** As the limits see it. */
const counted = (id: 'heart-rate-very-high' | 'heart-rate-very-low', value: number): Observed => ({
  id,
  priority: 'high',
  timing: { raiseAfterMs: 6000, clearAfterMs: 10_000, latching: true },
  evidence: 'violated',
  facts: { measure: 'heart-rate', value },
});

/** A bed at which each second is one scene. */
class Bed {
  check = new CrossCheck();
  engine = new AlarmEngine();
  limits: RateLimits = LIMITS;
  readonly told: string[] = [];
  readonly held: HeldBack[] = [];
  #second = 0;

  for(seconds: number, scene: Scene, seen: readonly Observed[] = []): this {
    for (let i = 0; i < seconds; i += 1) {
      this.#second += 1;
      const nowMs = START + this.#second * 1000;
      const checked = this.check.check(seen, look(scene), this.limits, nowMs);
      for (const { condition, change, priority } of this.engine.observe(1, checked.observed, nowMs))
        this.told.push(`${condition} ${change} ${priority} @${this.#second}`);
      this.held.push(...checked.heldBack);
      checked.keep();
    }
    return this;
  }
  /** Of the hub: it knows what was on disk. */
  restart(): this {
    this.engine = new AlarmEngine(JSON.parse(JSON.stringify([...this.engine.all()])));
    this.check = new CrossCheck();
    return this;
  }
  get heldBack(): string[] {
    return this.held.map(({ condition, facts }) => `${condition} by ${facts['because']}`);
  }
}

describe('a heart that stands still', () => {
  it('is raised within two looks where the finger has no pulse, or there is none', () => {
    for (const pleth of [lost, undefined]) {
      const scene = { ecg: standing(5), ...(pleth && { pleth }) };
      const { told, heldBack } = new Bed().for(3, scene);
      expect(told).toEqual(['asystole raised high @2']);
      expect(heldBack).toEqual([]);
    }
  });
  it('is held back while the finger has a pulse, said once, and a technical alarm after a minute', () => {
    const bed = new Bed().for(65, { ecg: standing(5), pleth: pulse(70) });
    expect(bed.told).toEqual(['artefact:ecg raised low @61']);
    expect(bed.heldBack).toEqual(['asystole by pulse']);
    expect(bed.held[0]).toMatchObject({ priority: 'high', facts: { pulse: 70, ecg: 'good', seconds: 5 } });
  });
  it('is raised when the pulse that held it back goes', () => {
    const { told } = new Bed()
      .for(5, { ecg: standing(5), pleth: pulse(70) })
      .for(2, { ecg: standing(9), pleth: lost });
    expect(told).toEqual(['asystole raised high @7']);
  });
  it('is not held back by a pulse of more than four seconds ago', () => {
    const scene = { ecg: standing(5), pleth: pulse(70) };
    expect(new Bed().for(3, { ...scene, plethAgeMs: 4000 }).told).toEqual([]);
    expect(new Bed().for(3, { ...scene, plethAgeMs: 4001 }).told).toEqual(['asystole raised high @2']);
  });
  it('stays on when the ECG stops, over a restart, and until beats come again', () => {
    const bed = new Bed()
      .for(3, { ecg: standing(5) })
      .for(60, {})
      .restart()
      .for(60, {});
    expect(bed.told).toEqual(['asystole raised high @2']);
    expect(bed.engine.of(1)).toMatchObject([{ condition: 'asystole', state: { presence: 'on' } }]);
    bed.for(5, { ecg: ecg(70, { quality: 'learning' }) }).for(12, { ecg: ecg(70) });
    expect(bed.told.slice(1)).toEqual(['asystole over high @139']);
  });
  it('is not ended by a pulse, only by beats', () => {
    const bed = new Bed().for(3, { ecg: standing(5) }).for(30, { ecg: standing(9), pleth: pulse(70) });
    expect(bed.told).toEqual(['asystole raised high @2']);
    bed.for(12, { ecg: ecg(70), pleth: pulse(70) });
    expect(bed.told).toContain('asystole over high @44');
  });
  it('is not told from an electrode that fell off, or a signal that nobody can read', () => {
    const off = new Bed().for(12, { ecg: standing(9, { quality: 'off', why: 'flat' }) });
    expect(off.told).toEqual(['sensor-off:ecg raised medium @11']);
    expect(off.heldBack).toEqual(['asystole by lead-off']);
    const poor = new Bed().for(6, { ecg: standing(9, { quality: 'poor', why: 'noise' }) });
    expect(poor.told).toEqual(['artefact:ecg raised low @3']);
    expect(poor.heldBack).toEqual(['asystole by poor-signal']);
  });
  it('that comes back after a while is held back anew, not a moment later', () => {
    const scene = { ecg: standing(5), pleth: pulse(70) };
    const well = { ecg: ecg(70), pleth: pulse(70) };
    expect(new Bed().for(5, scene).for(3, well).for(5, scene).heldBack).toHaveLength(1);
    expect(new Bed().for(5, scene).for(15, well).for(5, scene).heldBack).toHaveLength(2);
  });
  it('is held back again when that could not be kept', () => {
    const check = new CrossCheck();
    const scene = look({ ecg: standing(5), pleth: pulse(70) });
    const at = (second: number) => check.check([], scene, LIMITS, START + second * 1000);
    at(0).keep();
    expect(at(2).heldBack).toHaveLength(1);
    expect(at(3).heldBack).toHaveLength(1);
  });
});

describe('an ECG that is off by its own word', () => {
  it('is a low alarm after half a minute', () => {
    const { told } = new Bed().for(35, { saidOff: true });
    expect(told).toEqual(['sensor-off:ecg raised low @31']);
  });
  it('is low too where somebody else counts a heart', () => {
    const off = standing(9, { quality: 'off', why: 'flat' });
    expect(new Bed().for(35, { ecg: off, rates: [rate(2, 70)] }).told).toEqual([
      'sensor-off:ecg raised low @31',
    ]);
  });
});

describe('what an ECG showed before it stopped', () => {
  it('is not over, as urgent as it was, and goes where the limit goes', () => {
    const poor = ecg(120, { quality: 'poor', why: 'noise' });
    const off = ecg(120, { quality: 'off', why: 'flat' });
    for (const [seconds, scene, id] of [
      [1, { ecg: ecg(175) }, 'ecg-tachycardia'],
      [1, { ecg: ecg(29) }, 'ecg-bradycardia'],
      [3, { ecg: poor, pleth: lost }, 'pulse-lost'],
      [70, { ecg: poor }, 'artefact:ecg'],
      [12, { ecg: off }, 'sensor-off:ecg'],
    ] as const) {
      const bed = new Bed().for(seconds, scene);
      const [before] = bed.engine.of(1);
      bed.for(60, {}).restart().for(60, {});
      expect(bed.told).toHaveLength(1);
      expect(bed.engine.of(1)).toMatchObject([{ condition: id, priority: before?.priority }]);
    }
  });
  it('raises nothing by itself, where there was nothing', () => {
    const bed = new Bed().for(120, {});
    expect([...bed.engine.all()]).toEqual([]);
    expect(bed.heldBack).toEqual([]);
  });
  it('is over where its limit is lifted', () => {
    const bed = new Bed().for(1, { ecg: ecg(175) });
    bed.limits = { high: undefined, low: 35 };
    expect(bed.for(1, {}).told).toContain('ecg-tachycardia ended high @2');
  });
});

describe('a heart that races', () => {
  it('is raised at once, and held back where the finger counts fewer', () => {
    expect(new Bed().for(1, { ecg: ecg(175), pleth: pulse(172) }).told).toEqual([
      'ecg-tachycardia raised high @1',
    ]);
    const bed = new Bed().for(5, { ecg: ecg(186), pleth: pulse(70) });
    expect(bed.told).toEqual([]);
    expect(bed.heldBack).toEqual(['ecg-tachycardia by pulse']);
  });
  it('is not held back by half of an even rate: every second beat may move no blood', () => {
    expect(new Bed().for(2, { ecg: ecg(180), pleth: pulse(90) }).told).toEqual([
      'ecg-tachycardia raised high @1',
    ]);
    expect(new Bed().for(2, { ecg: ecg(180), pleth: pulse(96) }).heldBack).toEqual([
      'ecg-tachycardia by pulse',
    ]);
    const uneven = ecg(180, {
      intervalsMs: Array.from({ length: 17 }, (_, i) => (i % 2 ? 270 : 397)),
    });
    expect(new Bed().for(2, { ecg: uneven, pleth: pulse(90) }).heldBack).toEqual([
      'ecg-tachycardia by pulse',
    ]);
  });
  it('is held back where another device counts fewer, unless its own pleth is here to be judged', () => {
    const bed = new Bed().for(3, { ecg: ecg(186), rates: [rate(2, 70)] });
    expect(bed.heldBack).toEqual(['ecg-tachycardia by count']);
    expect(bed.held[0]?.facts).toMatchObject({ count: 70, value: 186 });
    expect(new Bed().for(3, { ecg: ecg(186), rates: [rate(1, 70)] }).heldBack).toEqual([]);
    expect(new Bed().for(3, { ecg: ecg(186), pleth: lost, rates: [rate(2, 70)] }).told).toEqual([
      'ecg-tachycardia raised high @1',
    ]);
    expect(new Bed().for(3, { ecg: standing(5), rates: [rate(2, 70)] }).told).toEqual([
      'asystole raised high @2',
    ]);
  });
  it('is an artefact where the ECG is poor', () => {
    const bed = new Bed().for(4, {
      ecg: ecg(190, { quality: 'poor', why: 'disagreement' }),
      pleth: pulse(70),
    });
    expect(bed.told).toEqual(['artefact:ecg raised low @3']);
    expect(bed.heldBack).toEqual(['ecg-tachycardia by poor-signal']);
  });
  it('is no ECG’s to say where the limit was lifted', () => {
    const { observed } = new CrossCheck().check(
      [],
      look({ ecg: ecg(190) }),
      { high: undefined, low: undefined },
      START,
    );
    expect(observed.map(({ id }) => id)).not.toContain('ecg-tachycardia');
  });
});

describe('a heart that is slow', () => {
  it('is raised when no beat of five came sooner, and held back where the finger counts more', () => {
    expect(new Bed().for(1, { ecg: ecg(29) }).told).toEqual(['ecg-bradycardia raised high @1']);
    const once = ecg(29, { intervalsMs: [2000, 2000, 2000, 2000, 900] });
    expect(new Bed().for(3, { ecg: once }).told).toEqual([]);
    expect(new Bed().for(3, { ecg: ecg(30), pleth: pulse(60) }).heldBack).toEqual([
      'ecg-bradycardia by pulse',
    ]);
  });
});

describe('what a device counts', () => {
  const high = [counted('heart-rate-very-high', 180)];
  it('is raised where nothing else is there, or it shows the same', () => {
    expect(new Bed().for(8, { rates: [rate(2, 180)] }, high).told).toEqual([
      'heart-rate-very-high raised high @7',
    ]);
    expect(new Bed().for(8, { rates: [rate(2, 180)], pleth: pulse(178) }, high).told).toHaveLength(1);
  });
  it('is held back, after the same delay, where a good signal has another rate', () => {
    for (const [scene, by] of [
      [{ pleth: pulse(70) }, 'pulse'],
      [{ ecg: ecg(72) }, 'ecg'],
    ] as const) {
      const bed = new Bed().for(6, { ...scene, rates: [rate(2, 180)] }, high);
      expect(bed.heldBack).toEqual([]);
      bed.for(2, { ...scene, rates: [rate(2, 180)] }, high);
      expect(bed.heldBack).toEqual([`heart-rate-very-high by ${by}`]);
      expect(bed.told).toEqual([]);
    }
  });
  it('and an ECG shows too is not held back by a third', () => {
    const scene = { ecg: ecg(178), pleth: pulse(100), rates: [rate(2, 180)] };
    const bed = new Bed().for(8, scene, high);
    expect(bed.told).toEqual(['ecg-tachycardia raised high @1']);
    expect(bed.heldBack).toEqual([]);
    expect(new Bed().for(8, { ...scene, rates: [] }).heldBack).toEqual(['ecg-tachycardia by pulse']);
  });
  it('from an ECG that comes here too is the ECG’s to say: one fact is one alarm', () => {
    const { told } = new Bed().for(20, { ecg: ecg(178), rates: [rate(1, 178)] }, high);
    expect(told).toEqual(['ecg-tachycardia raised high @1']);
    const poor = new Bed().for(20, { ecg: ecg(180, { quality: 'poor' }), rates: [rate(1, 180)] }, high);
    expect(poor.told).toEqual(['artefact:ecg raised low @3']);
    expect(poor.heldBack).toContain('heart-rate-very-high by poor-signal');
  });
  it('from an ECG that nobody can read is held back, unless a pulse or another device agrees', () => {
    const poor = ecg(100, { quality: 'poor', why: 'noise' });
    const rates = [rate(1, 180)];
    const heldBy = (scene: Scene) => new Bed().for(8, { rates, ...scene }, high).heldBack;
    expect(heldBy({ ecg: poor })).toEqual(['heart-rate-very-high by poor-signal']);
    expect(heldBy({ ecg: ecg(100, { quality: 'off', why: 'flat' }) })).toEqual([
      'heart-rate-very-high by lead-off',
    ]);
    expect(heldBy({ ecg: ecg(72) })).toEqual(['heart-rate-very-high by ecg']);
    for (const scene of [
      { ecg: poor, pleth: pulse(172) },
      { ecg: poor, rates: [rate(1, 180), rate(2, 177)] },
      { ecg: ecg(100, { quality: 'learning' }) },
    ]) {
      const bed = new Bed().for(8, { rates, ...scene }, high);
      expect(bed.heldBack).toEqual([]);
      expect(bed.told).toContain('heart-rate-very-high raised high @7');
    }
  });
  it('that is slow is raised unless a good signal has more', () => {
    const low = [counted('heart-rate-very-low', 30)];
    expect(new Bed().for(8, { rates: [rate(2, 30)] }, low).told).toEqual([
      'heart-rate-very-low raised high @7',
    ]);
    expect(new Bed().for(8, { rates: [rate(2, 30)], pleth: pulse(66) }, low).told).toEqual([]);
    expect(new Bed().for(8, { rates: [rate(2, 30)], ecg: ecg(66) }, low).told).toEqual([]);
  });
});

describe('what a device counts and an ECG shows, of which the ECG’s own alarm is not sure', () => {
  /** A heart of these intervals, as one good lead has it second by second. */
  const lived = (pattern: readonly number[], of: ReturnType<typeof counted>, pleth?: PlethLook): Bed => {
    const beats = [0];
    for (let i = 0; beats.at(-1)! < 120_000; i += 1)
      beats.push(beats.at(-1)! + (pattern[i % pattern.length] as number));
    const bed = new Bed();
    for (let ms = 50_000; ms < 110_000; ms += 1000) {
      const past = beats.filter((beat) => beat <= ms - 400);
      const intervalsMs = past.slice(1).map((beat, i) => beat - (past[i] as number));
      const lead = ecg(70, { sinceBeatMs: ms - past.at(-1)!, intervalsMs: intervalsMs.slice(-17) });
      const rates = [rate(1, Number(of.facts['value']))];
      bed.for(1, { ecg: lead, rates, ...(pleth && { pleth }) }, [of]);
    }
    return bed;
  };

  it('is raised: a slow heart with premature beats, of five or fewer beats, or in one lead of two', () => {
    for (const [pattern, value] of [
      [[1600, 2200, 2200, 2200], 29],
      [[900, 2600, 2600, 2600], 28],
      [[1650, 2400], 30],
      [[600, 2400, 2400, 2400], 31],
    ] as const) {
      const { told, heldBack } = lived(pattern, counted('heart-rate-very-low', value));
      expect(told, String(pattern)).toEqual(['heart-rate-very-low raised high @7']);
      expect(heldBack).toEqual([]);
    }
    const low = [counted('heart-rate-very-low', 28)];
    const few = { ecg: ecg(28, { intervalsMs: [2140, 2140] }), rates: [rate(1, 28)] };
    expect(new Bed().for(8, few, low).told).toEqual(['heart-rate-very-low raised high @7']);
    const two: Scene = { ecg: ecg(60), ecg2: ecg(28), rates: [rate(1, 28)] };
    expect(new Bed().for(8, two, low).told).toEqual(['heart-rate-very-low raised high @7']);
  });
  it('is raised: a quick heart of fewer beats than seventeen', () => {
    const lead = ecg(180, { intervalsMs: Array.from({ length: 12 }, () => 333) });
    const high = [counted('heart-rate-very-high', 180)];
    expect(new Bed().for(8, { ecg: lead, rates: [rate(1, 180)] }, high).told).toEqual([
      'heart-rate-very-high raised high @7',
    ]);
  });
  it('is held back, and said, where the finger has another rate, unless a third counts it too', () => {
    const { told, heldBack } = lived([1600, 2200, 2200, 2200], counted('heart-rate-very-low', 29), pulse(66));
    expect(told).toEqual([]);
    expect(heldBack).toContain('heart-rate-very-low by pulse');
    const few = ecg(180, { intervalsMs: [333, 333, 333, 333, 333] });
    const scene = { ecg: few, pleth: pulse(70), rates: [rate(1, 180), rate(3, 178)] };
    expect(new Bed().for(8, scene, [counted('heart-rate-very-high', 180)]).told).toEqual([
      'heart-rate-very-high raised high @7',
    ]);
  });
  it('is the ECG’s to say where that speaks, or is held back itself', () => {
    const low = [counted('heart-rate-very-low', 27)];
    expect(new Bed().for(20, { ecg: ecg(27), rates: [rate(1, 27)] }, low).told).toEqual([
      'ecg-bradycardia raised high @1',
    ]);
    const { told, heldBack } = new Bed().for(
      20,
      { ecg: ecg(27), pleth: pulse(66), rates: [rate(1, 27)] },
      low,
    );
    expect(told).toEqual([]);
    expect(heldBack).toEqual(['ecg-bradycardia by pulse']);
  });
});

describe('a count of a device whose messages are lost on the way', () => {
  it('is raised: what is missing says nothing of the electrode', () => {
    for (const quality of ['poor', 'off'] as const) {
      const lossy = ecg(180, { quality, why: 'missing', intervalsMs: [333, 333] });
      const high = [counted('heart-rate-very-high', 180)];
      const { told, heldBack } = new Bed().for(8, { ecg: lossy, rates: [rate(1, 180)] }, high);
      expect(told).toContain('heart-rate-very-high raised high @7');
      expect(heldBack).not.toContain('heart-rate-very-high by poor-signal');
    }
  });
});

describe('a pulse that is lost', () => {
  it('is raised where nobody can read the ECG', () => {
    const poor = ecg(120, { quality: 'poor', why: 'noise' });
    expect(new Bed().for(3, { ecg: poor, pleth: lost }).told).toContain('pulse-lost raised high @2');
    expect(new Bed().for(60, { ecg: ecg(70), pleth: lost }).told).toEqual([]);
    expect(new Bed().for(60, { pleth: lost }).told).toEqual([]);
  });
});

describe('everything else', () => {
  it('passes as it came', () => {
    const other: Observed = { ...counted('heart-rate-very-high', 1), id: 'spo2-low', priority: 'medium' };
    const { observed } = new CrossCheck().check(
      [other],
      look({ ecg: ecg(72), pleth: pulse(70) }),
      LIMITS,
      START,
    );
    expect(observed[0]).toEqual(other);
  });
});
