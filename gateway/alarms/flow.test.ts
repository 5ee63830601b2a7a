// What comes in over time, on a real store: a hole in the numbers of a device and a trend of hours, over stops without
// warning; and a link that is lost.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Home, heartRate } from '../testing.ts';

let home: Home;
beforeEach(async () => {
  home = new Home();
  await home.start();
  await home.enroll('Ada', 'strap-1', home.nowMs);
});
afterEach(() => home.remove());

const send = (seq: number, value = 70) => home.send('strap-1', heartRate(seq, value, home.nowMs));
/** Looks once a second. @returns what happened to conditions of this kind, and after how many seconds */
function look(seconds: number, kind: string): string[] {
  const told: string[] = [];
  for (let second = 1; second <= seconds; second += 1) {
    home.nowMs += 1000;
    for (const { condition, change, facts } of home.hub.watch.look())
      if (condition.startsWith(kind))
        told.push(`${change} @${second}${change === 'raised' ? ` ${facts['missing'] ?? ''}`.trimEnd() : ''}`);
  }
  return told;
}
const restart = async (): Promise<void> => {
  home.crash();
  await home.start();
};

describe('messages that are missing', () => {
  it('are told within five seconds of the number after them, and no longer when they have come', () => {
    send(1);
    expect(look(3, 'gap')).toEqual([]);
    send(5);
    const told = look(5, 'gap');
    expect(told).toEqual(['raised @3 3']);
    for (const seq of [2, 3]) send(seq);
    expect(look(10, 'gap')).toEqual([]);
    send(4);
    expect(look(1, 'gap')).toEqual(['over @1', 'ended @1']);
  });
  it('are told also where the hub stops without warning before it could', async () => {
    send(1);
    send(5);
    await restart();
    expect(look(5, 'gap')).toEqual(['raised @3 3']);
    await home.interval();
    await restart();
    expect(look(5, 'gap')).toEqual([]);
    for (const seq of [2, 3, 4]) send(seq);
    expect(look(1, 'gap')).toEqual(['over @1', 'ended @1']);
  });
  it('are told where their hole lies between two batches, and the hub stops after the second', async () => {
    send(1);
    await home.interval();
    send(3);
    await home.interval();
    await restart();
    expect(look(5, 'gap')).toEqual(['raised @3 1']);
  });
  it('are not told again after a restart where they are not waited for any more', async () => {
    send(1);
    send(3);
    look(5, 'gap');
    await home.interval();
    for (let hour = 0; hour < 25; hour += 1) {
      home.nowMs += 3_600_000;
      send(4 + hour);
      home.hub.watch.look();
      for (let batch = 0; batch < 2; batch += 1) await home.interval();
    }
    expect(home.hub.watch.of(1).map(({ condition }) => condition)).not.toContain('gap:strap-1');
    await restart();
    expect(look(5, 'gap')).toEqual([]);
  });
});

describe('a link that is lost', () => {
  it('is told after a minute where the device was measuring, and no longer when it is there again', () => {
    send(1);
    home.hub.watch.link('strap-1', 'offline');
    expect(look(59, 'link-lost')).toEqual([]);
    expect(look(5, 'link-lost')).toEqual(['raised @2']);
    home.hub.watch.link('strap-1', 'online');
    expect(look(10, 'link-lost')).toEqual(['over @6', 'ended @6']);
  });
  it('is none of a device that hangs up when it is done, nor known where the broker says nothing', async () => {
    await home.enroll('Ada', 'cuff-1', home.nowMs);
    home.send('cuff-1', {
      seq: 1,
      readings: [{ at: home.nowMs, measurement: { kind: 'blood-pressure', systolic: 120, diastolic: 80 } }],
    });
    home.hub.watch.link('cuff-1', 'offline');
    send(1);
    expect(look(120, 'link-lost')).toEqual([]);
  });
});

describe('a vital that worsens over hours', () => {
  it('is told over a stop without warning in the middle of them', async () => {
    const told: string[] = [];
    for (let minute = 0; minute < 260; minute += 1) {
      for (let third = 0; third < 3; third += 1) {
        send(minute * 3 + third, Math.round((75 + minute / 8) * 10) / 10);
        home.nowMs += 20_000;
      }
      told.push(
        ...home.hub.watch
          .look()
          .filter(({ condition }) => condition.startsWith('worsening:heart'))
          .map(({ change }) => `${change} @${minute}`),
      );
      if (minute % 5 === 0) await home.interval(1);
      if (minute === 150) await restart();
    }
    // Over 90 from minute 120 on and, by three bins of ten minutes, some minutes later; the rule needs three hours of bins.
    expect(told).toHaveLength(1);
    const at = Number(/^raised @(\d+)$/.exec(told[0] ?? '')?.[1]);
    expect(at).toBeGreaterThan(175);
    expect(at).toBeLessThan(200);
  }, 60_000);
});
