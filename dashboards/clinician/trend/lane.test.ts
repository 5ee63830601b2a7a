import { describe, expect, it } from 'vitest';
import { laneOf } from './lane.ts';
import { type Mark, markOf } from './mark.ts';

const NOW = 1_795_262_400_000;
const window = { from: NOW, to: NOW + 3_600_000 };
const mark = (name: string, at: number, priority = 'medium'): Mark => {
  const detail = {
    condition: 'heart-rate-high',
    measure: 'heart-rate',
    limit: 130,
    priority,
    by: 'N',
    why: 'w',
  };
  const made = markOf({ id: `1.0.${at}`, at: NOW + at, name, detail, device: undefined });
  if (made === undefined) throw new Error(`${name} needs no mark`);
  return made;
};

describe('the lane above the charts', () => {
  it('puts each mark at its time', () => {
    const lane = laneOf([mark('alarm-raised', 0), mark('device-assigned', 1_800_000)], window);
    expect(lane.map(({ place, count }) => [place, count])).toEqual([
      [0, 1],
      [0.5, 1],
    ]);
  });

  it('tells of those that would cover one another the gravest, and how many they are', () => {
    const marks = [
      mark('device-assigned', 1_000),
      mark('alarm-raised', 2_000, 'low'),
      mark('alarm-raised', 3_000, 'high'),
      mark('alarm-acknowledged', 4_000, 'high'),
    ];
    const [one, ...others] = laneOf(marks, window);
    expect(others).toEqual([]);
    expect(one).toMatchObject({ count: 4, mark: { kind: 'raised', priority: 'high' } });
  });

  it('leaves out what is of another time, and ends', () => {
    expect(
      laneOf([mark('alarm-raised', -1), mark('alarm-over', 5), mark('alarm-raised', 3_600_000)], window),
    ).toEqual([]);
  });
});
