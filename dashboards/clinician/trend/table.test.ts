import { describe, expect, it } from 'vitest';
import { parseHistory } from './line.ts';
import { numberWords } from './moment.ts';
import { pagesOf, rowsOf } from './table.ts';

const NOW = 1_795_262_400_000;
const series = {
  systolic: {
    every: [
      [NOW, 121],
      [NOW + 9_000, 130],
    ],
  },
  diastolic: { every: [[NOW, 79]] },
};

describe('the table of a chart', () => {
  it('has every point that is drawn, the newest first, and nothing where there is nothing', () => {
    const rows = rowsOf('blood-pressure', parseHistory({ series }, 'blood-pressure'), {
      from: NOW,
      to: NOW + 10_000,
    });
    expect(rows.map(({ time, cells }) => [time - NOW, cells.map((cell) => cell?.mean)])).toEqual([
      [9_000, [130, undefined, undefined]],
      [0, [121, 79, undefined]],
    ]);
  });

  it('has a row for each of two devices, with its name, and says both of one moment', () => {
    const every = [
      [NOW, 96, 0],
      [NOW, 91, 1],
    ];
    const lines = parseHistory({ series: { value: { devices: ['watch-1', 'clip-2'], every } } }, 'spo2');
    const rows = rowsOf('spo2', lines, { from: NOW, to: NOW + 1 });
    expect(rows.map(({ device, cells }) => [device, cells[0]?.mean])).toEqual([
      ['watch-1', 96],
      ['clip-2', 91],
    ]);
    expect(numberWords('spo2', lines, NOW, (id) => id.toUpperCase())).toBe('WATCH-1 96 %, CLIP-2 91 %');
  });

  it('ends where the chart does', () => {
    const lines = parseHistory({ series }, 'blood-pressure');
    expect(rowsOf('blood-pressure', lines, { from: NOW + 1, to: NOW + 9_000 })).toEqual([]);
    expect(rowsOf('heart-rate', {}, { from: 0, to: NOW })).toEqual([]);
  });

  it('has pages of 25, at least one', () => {
    expect([0, 1, 25, 26, 100].map(pagesOf)).toEqual([1, 1, 1, 2, 4]);
  });
});

describe('what a chart says of a moment', () => {
  it('is a number, a spread, or pressures, and never a number inside a gap', () => {
    const pressure = parseHistory({ series }, 'blood-pressure');
    expect(numberWords('blood-pressure', pressure, NOW)).toBe('121/79 mmHg');
    const hour = parseHistory(
      { series: { value: { widthMs: 60_000, stretches: [[NOW, 60, 61, 67.42, 74]] } } },
      'heart-rate',
    );
    expect(numberWords('heart-rate', hour, NOW + 30_000)).toBe('61–74, mean 67.4 /min');
    expect(numberWords('heart-rate', hour, NOW + 90_000)).toBeUndefined();
    expect(numberWords('heart-rate', {}, NOW)).toBeUndefined();
  });

  it('is told with its time where it is of another minute', () => {
    const words = numberWords('blood-pressure', parseHistory({ series }, 'blood-pressure'), NOW + 3_600_000);
    // And never a systolic of one measurement with the diastolic of another.
    expect(words).toMatch(/^130\/– mmHg at \d/);
  });
});
