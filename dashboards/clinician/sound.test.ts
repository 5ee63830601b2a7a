import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Alarm, PRIORITIES, type Priority } from './alarm.ts';
import { BURSTS, burstLength, HARMONIC_GAIN, HARMONICS, RAMP_SHARE } from './burst.ts';
import { type Call, callsOf, nextSound, PAUSE_MS, pause, resume, SILENT, type Sounding } from './sound.ts';

const call = (priority: Priority, id: string = priority): Call => ({ id, priority });

/** Every burst of `ms`, looked at each 250 ms. */
function listen(
  callsAt: (ms: number) => readonly Call[],
  ms: number,
  begin: Sounding = SILENT,
  playing: (ms: number) => boolean = () => true,
): { readonly heard: (readonly [ms: number, Priority])[]; readonly end: Sounding } {
  const heard: (readonly [number, Priority])[] = [];
  let sounding = begin;
  for (let at = 0; at < ms; at += 250) {
    const next = nextSound(sounding, callsAt(at), at, playing(at));
    sounding = next.sounding;
    if (next.play !== undefined) heard.push([at, next.play]);
  }
  return { heard, end: sounding };
}

describe('bursts (IEC 60601-1-8, tables 3 and 4)', () => {
  const gaps = (priority: Priority): number[] =>
    BURSTS[priority].pulses
      .slice(1)
      .map(
        ({ atMs }, i) =>
          atMs - (BURSTS[priority].pulses[i]?.atMs ?? 0) - (BURSTS[priority].pulses[i]?.lengthMs ?? 0),
      );

  it('have ten, three and two pulses', () => {
    expect(PRIORITIES.map((priority) => BURSTS[priority].pulses.length)).toEqual([10, 3, 2]);
  });

  it('of high are short and close, in threes and twos; of medium longer', () => {
    for (const { lengthMs } of BURSTS.high.pulses) expect(lengthMs >= 75 && lengthMs <= 200).toBe(true);
    const [x] = gaps('high') as [number];
    const td = BURSTS.high.pulses[0]?.lengthMs ?? 0;
    expect(x >= 50 && x <= 125).toBe(true);
    const middle = gaps('high')[4] as number;
    expect(middle >= 350 && middle <= 1_300).toBe(true);
    expect(gaps('high')).toEqual([x, x, 2 * x + td, x, middle, x, x, 2 * x + td, x]);
    for (const { lengthMs } of BURSTS.medium.pulses) expect(lengthMs >= 125 && lengthMs <= 250).toBe(true);
    for (const y of gaps('medium')) expect(y >= 125 && y <= 250).toBe(true);
  });

  it('stand 2.5 to 15 s apart when high, up to 30 s when medium, and low ones are not repeated', () => {
    expect(BURSTS.high.pauseMs).toBeGreaterThanOrEqual(2_500);
    expect(BURSTS.high.pauseMs).toBeLessThanOrEqual(15_000);
    expect(BURSTS.medium.pauseMs).toBeLessThanOrEqual(30_000);
    expect(BURSTS.low.pauseMs).toBe(undefined);
  });

  it('have a fundamental of 150 to 1,000 Hz and four harmonics of 300 to 4,000 Hz within 15 dB', () => {
    for (const priority of PRIORITIES)
      for (const { hz } of BURSTS[priority].pulses) {
        expect(hz >= 150 && hz <= 1_000).toBe(true);
        const heard = HARMONICS.slice(1).filter((times) => times * hz >= 300 && times * hz <= 4_000);
        expect(heard.length).toBeGreaterThanOrEqual(4);
      }
    expect(HARMONIC_GAIN).toHaveLength(HARMONICS.length);
    for (const gain of HARMONIC_GAIN) expect(Math.abs(20 * Math.log10(gain))).toBeLessThanOrEqual(15);
    expect(RAMP_SHARE >= 0.1 && RAMP_SHARE <= 0.4).toBe(true);
  });
});

describe('nextSound', () => {
  it('repeats high and medium, and tells low once', () => {
    expect(listen(() => [call('high')], 20_000).heard.map(([ms]) => ms)).toEqual([0, 7_500, 15_000]);
    expect(listen(() => [call('medium')], 40_000).heard.map(([ms]) => ms)).toEqual([0, 16_000, 32_000]);
    expect(listen(() => [call('low')], 600_000).heard).toEqual([[0, 'low']]);
  });

  it('tells a second low one, and not the first again', () => {
    const calls = (ms: number): readonly Call[] =>
      ms < 9_000 ? [call('low', 'a')] : [call('low', 'a'), call('low', 'b')];
    expect(listen(calls, 60_000).heard).toEqual([
      [0, 'low'],
      [9_000, 'low'],
    ]);
  });

  it('plays the highest alone, as soon as the burst before it is over', () => {
    const { heard } = listen((ms) => (ms < 500 ? [call('medium')] : [call('medium'), call('high')]), 8_000);
    expect(heard).toEqual([
      [0, 'medium'],
      [2_000, 'high'],
    ]);
  });

  it('is silent when nothing calls, and begins at once with the next episode', () => {
    const calls = (ms: number): readonly Call[] =>
      ms === 0 ? [call('high', 'a 1')] : ms < 30_000 ? [] : [call('high', 'a 2')];
    expect(listen(calls, 31_000).heard).toEqual([
      [0, 'high'],
      [30_000, 'high'],
    ]);
  });

  it('paused is silent until the end of the pause, and then goes on', () => {
    const { end } = listen(() => [call('high')], 1_000);
    const paused = pause(end, 0);
    const { heard } = listen(() => [call('high')], PAUSE_MS + 1_000, paused);
    expect(heard.map(([ms]) => ms)).toEqual([PAUSE_MS]);
    expect(listen(() => [call('high')], 10_000, resume(paused)).heard.length).toBe(1);
  });

  it('lets a new high alarm end the pause, and no lower one', () => {
    const paused = pause(listen(() => [call('medium')], 1_000).end, 0);
    const lower = listen(() => [call('medium'), call('medium', 'other'), call('low')], 20_000, paused);
    expect(lower.heard).toEqual([]);
    const higher = listen(
      (ms) => (ms < 5_000 ? [call('medium')] : [call('medium'), call('high')]),
      6_000,
      paused,
    );
    expect(higher.heard).toEqual([[5_000, 'high']]);
    expect(higher.end.pausedUntilMs).toBe(0);
  });

  it('does not count as told what the browser blocked', () => {
    const { heard } = listen(
      () => [call('low')],
      10_000,
      SILENT,
      (ms) => ms >= 5_000,
    );
    expect(heard).toEqual([[5_000, 'low']]);
  });

  it('is never silent for longer than a high alarm’s pause while one waits, and never overlaps itself', () => {
    const calls = fc.array(
      fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), priority: fc.constantFrom(...PRIORITIES) }),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(fc.array(calls, { minLength: 1, maxLength: 12 }), (steps) => {
        const at = (ms: number): readonly Call[] => [
          call('high', 'kept'),
          ...(steps[Math.floor(ms / 3_000) % steps.length] ?? []),
        ];
        const { heard } = listen(at, 60_000);
        let endMs = 0;
        for (const [ms, priority] of heard) {
          expect(priority).toBe('high');
          expect(ms).toBeGreaterThanOrEqual(endMs);
          expect(ms - endMs).toBeLessThanOrEqual(15_000);
          endMs = ms + burstLength(BURSTS[priority]);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('callsOf', () => {
  const alarm = (priority: Priority, presence: Alarm['presence']): Alarm => ({
    condition: `${priority}-${presence}`,
    group: `${priority}-${presence}`,
    priority,
    presence,
    episode: 3,
    raised: 0,
    since: undefined,
    over: undefined,
    acknowledged: undefined,
    facts: {},
  });

  it('are the alarms that nobody has acknowledged, each episode another, and the lost link', () => {
    const patients = [
      { id: '9f', alarms: [alarm('high', 'on'), alarm('medium', 'acknowledged'), alarm('high', 'latched')] },
    ];
    expect(callsOf(patients, false)).toEqual([
      { id: '9f high-on 3', priority: 'high' },
      { id: '9f high-latched 3', priority: 'high' },
    ]);
    expect(callsOf([], true)).toEqual([{ id: 'link', priority: 'medium' }]);
  });
});
