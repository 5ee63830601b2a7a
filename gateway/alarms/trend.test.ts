import { describe, expect, it } from 'vitest';
import { Course, type TrendMeasure, trendOf } from './trend.ts';

const AT = 1_795_262_400_000;
const MINUTE = 60_000;

/** A seeded generator: noise that is the same each time (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Body = Partial<Record<TrendMeasure, (minute: number) => number | undefined>>;
const well: Body = { 'heart-rate': () => 72, 'respiratory-rate': () => 15, spo2: () => 97 };

/** Three numbers a minute of each. @returns what holds at the end, or `unknown` */
function worsens(minutes: number, body: Body, scale: 1 | 2 = 1): string[] {
  const course = new Course();
  for (let minute = 0; minute < minutes; minute += 1)
    for (const [measure, value] of Object.entries({ ...well, ...body })) {
      const one = value(minute);
      if (one !== undefined)
        for (const second of [5, 25, 45])
          course.take(measure as TrendMeasure, one, AT + minute * MINUTE + second * 1000);
    }
  return course
    .observe(AT + minutes * MINUTE, scale)
    .filter(({ evidence }) => evidence === 'violated')
    .map(({ id }) => id);
}
const ramp = (from: number, to: number) => (minute: number) => from + ((to - from) * minute) / 240;

describe('worsening over four hours', () => {
  it.each<[what: string, body: Body, seen: string[]]>([
    ['is not somebody who is well', {}, []],
    ['is a pulse that climbs from 75 to 105', { 'heart-rate': ramp(75, 105) }, ['worsening:heart-rate']],
    ['is no pulse that climbs from 55 asleep to 85 awake', { 'heart-rate': ramp(55, 85) }, []],
    ['is no pulse that climbs by less than 20', { 'heart-rate': ramp(85, 102) }, []],
    ['is no pulse that falls', { 'heart-rate': ramp(120, 85) }, []],
    [
      'is breathing that climbs from 16 to 24',
      { 'respiratory-rate': ramp(16, 24) },
      ['worsening:respiratory-rate'],
    ],
    ['is a saturation that falls from 98 to 93', { spo2: ramp(98, 93) }, ['worsening:spo2']],
    ['is no saturation that falls from 100 to 96.5', { spo2: ramp(100, 96.5) }, []],
    [
      'is several at once, and their points together',
      { 'heart-rate': ramp(75, 115), 'respiratory-rate': ramp(16, 24), spo2: ramp(98, 93) },
      ['worsening:heart-rate', 'worsening:respiratory-rate', 'worsening:spo2', 'worsening:news2'],
    ],
    ['is no hour of exercise at the end', { 'heart-rate': (m) => (m > 180 ? 125 : 75) }, []],
    ['is no sensor that slipped for an hour', { spo2: (m) => (m > 90 && m < 150 ? 88 : 97) }, []],
    [
      'is not known through holes of hours',
      { 'heart-rate': (m) => (m > 60 && m < 150 ? undefined : ramp(75, 115)(m)) },
      [],
    ],
    [
      'is not known of numbers that stopped',
      { 'heart-rate': (m) => (m > 215 ? undefined : ramp(75, 115)(m)) },
      [],
    ],
  ])('%s', (_, body, seen) => {
    expect(worsens(240, body)).toEqual(seen);
  });
  it('is not judged before three hours were seen', () => {
    const steep = { 'heart-rate': (minute: number) => 75 + minute / 3 };
    expect(worsens(170, steep)).toEqual([]);
    expect(worsens(185, steep)).toEqual(['worsening:heart-rate', 'worsening:news2']);
  });
  it('goes by scale 2 where it was ordered', () => {
    const body = { spo2: ramp(95, 90) };
    expect(worsens(240, body, 1)).toEqual(['worsening:spo2', 'worsening:news2']);
    expect(worsens(240, body, 2)).toEqual([]);
    expect(worsens(240, { spo2: ramp(92, 86) }, 2)).toContain('worsening:spo2');
  });
  it('says the same of a past that was read from disk, and keeps what it heard itself', () => {
    const course = new Course();
    for (let minute = 0; minute < 240; minute += 1) {
      if (minute > 200) course.take('heart-rate', ramp(75, 115)(minute), AT + minute * MINUTE);
      course.recall('heart-rate', minute > 200 ? 20 : ramp(75, 115)(minute), AT + minute * MINUTE);
    }
    const [pulse] = course.observe(AT + 240 * MINUTE, 1);
    expect(pulse).toMatchObject({ evidence: 'violated', facts: { way: 'rising', hours: 4 } });
  });
});

describe('noise', () => {
  it('of people who are well is no trend: at most one look in two hundred, over a day of each of thirty', () => {
    const draw = random(7);
    let looks = 0;
    let holds = 0;
    for (let body = 0; body < 30; body += 1) {
      const course = new Course();
      // A slow wave of the day, a wander that remembers half an hour, and what each minute adds.
      let wander = 0;
      const phase = draw() * 1440;
      for (let minute = 0; minute < 1440; minute += 1) {
        wander = wander * 0.97 + (draw() - 0.5) * 3;
        const day = Math.sin(((minute + phase) / 1440) * 2 * Math.PI);
        const received = AT + minute * MINUTE;
        course.take('heart-rate', 74 + 10 * day + wander + (draw() - 0.5) * 6, received);
        course.take('respiratory-rate', 16 + 1.5 * day + wander / 5 + (draw() - 0.5) * 3, received);
        course.take('spo2', 97 + (draw() - 0.5) * 2, received);
        if (minute % 10 !== 0) continue;
        looks += 4;
        holds += course.observe(received, 1).filter(({ evidence }) => evidence === 'violated').length;
      }
    }
    expect(looks).toBe(30 * 144 * 4);
    expect(holds / looks).toBeLessThan(0.005);
  });
});

describe('the slope and its test', () => {
  it('are those of the references on a line, on a level, and with one value that is wild', () => {
    const line = Array.from({ length: 24 }, (_, i) => i * 2);
    // All 276 pairs go up: S = 276, variance 24 * 23 * 53 / 18.
    expect(trendOf(line)).toMatchObject({ rise: 46, z: expect.closeTo(275 / Math.sqrt(1625.33), 3) });
    expect(trendOf(line.map(() => 5))).toMatchObject({ rise: 0, z: 0 });
    expect(trendOf(line.with(12, 9999))?.rise).toBe(46);
  });
});
