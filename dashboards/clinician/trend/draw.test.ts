// Every number gets ink: drawn on paper that remembers each stroke.

import fc from 'fast-check';
import type uPlot from 'uplot';
import { describe, expect, it, vi } from 'vitest';
import { drawPaper, pressureBars } from './draw.ts';
import { gapMs, parseHistory } from './line.ts';

const NOW = 1_795_262_400_000;
const INK = { text: 'a', quiet: 'b', grid: 'c', trace: 'd', limit: 'e' };
vi.stubGlobal('devicePixelRatio', 1);

type Stroke = readonly [how: 'move' | 'line' | 'rect' | 'dot', ...numbers: number[]];

/** A chart on which a pixel is a second and a unit, upside down. */
function paper(): { u: uPlot; strokes: Stroke[] } {
  const strokes: Stroke[] = [];
  const note =
    (how: Stroke[0]) =>
    (...numbers: number[]): void =>
      void strokes.push([how, ...numbers]);
  const nothing = (): void => undefined;
  const ctx = {
    ...Object.fromEntries(
      ['save', 'restore', 'beginPath', 'rect', 'clip', 'stroke', 'fill', 'setLineDash', 'fillText'].map(
        (name) => [name, nothing],
      ),
    ),
    moveTo: note('move'),
    lineTo: note('line'),
    fillRect: note('rect'),
    arc: note('dot'),
  };
  const valToPos = (value: number, scale: string): number =>
    scale === 'x' ? (value - NOW) / 1000 : 300 - value;
  return {
    u: { ctx, bbox: { left: 0, top: 0, width: 100, height: 100 }, valToPos } as unknown as uPlot,
    strokes,
  };
}

describe('a chart', () => {
  it('joins no number of one device with another’s', () => {
    const every = [
      [NOW, 70, 0],
      [NOW, 90, 1],
      [NOW + 1_000, 71, 0],
      [NOW + 1_000, 91, 1],
    ];
    const lines = parseHistory({ series: { value: { devices: ['a', 'b'], every } } }, 'heart-rate');
    const { u, strokes } = paper();
    drawPaper(u, { lines, gap: 15_000, limits: [], marks: [], ink: INK });
    expect(strokes).toEqual([
      ['move', 0, 230],
      ['line', 1, 229],
      ['move', 0, 210],
      ['line', 1, 209],
    ]);
  });

  it('draws every number, joins what belongs together, and leaves gaps', () => {
    const rows = [
      [NOW, 70],
      [NOW + 1_000, 190],
      [NOW + 2_000, 71],
      [NOW + 60_000, 72],
      [NOW + 200_000, 73],
      [NOW + 201_000, 74],
    ];
    const lines = parseHistory({ series: { value: { every: rows } } }, 'heart-rate');
    const { u, strokes } = paper();
    drawPaper(u, { lines, gap: gapMs('heart-rate', lines['value']!), limits: [], marks: [], ink: INK });
    expect(strokes.filter(([how]) => how !== 'dot')).toEqual([
      ['move', 0, 230],
      ['line', 1, 110],
      ['line', 2, 229],
      ['move', 60, 228],
      ['move', 200, 227],
      ['line', 201, 226],
    ]);
    // One that is alone is still seen.
    expect(strokes.filter(([how]) => how === 'dot').map(([, x, y]) => [x, y])).toEqual([[60, 228]]);
  });

  it('covers the least and the most of every stretch', () => {
    const stretch = fc.tuple(fc.integer({ min: 30, max: 60 }), fc.integer({ min: 0, max: 120 }));
    fc.assert(
      fc.property(fc.array(stretch, { minLength: 1, maxLength: 40 }), (all) => {
        const stretches = all.map(([low, more], i) => [NOW + i * 60_000, 9, low, low + more / 2, low + more]);
        const lines = parseHistory({ series: { value: { widthMs: 60_000, stretches } } }, 'heart-rate');
        const { u, strokes } = paper();
        drawPaper(u, { lines, gap: 60_000, limits: [], marks: [], ink: INK });
        // A pale bar, and an edge at each end of it.
        const rects = strokes.filter(([how]) => how === 'rect');
        const bars = rects.filter((_, i) => i % 3 === 0);
        expect(bars).toHaveLength(all.length);
        for (const [i, [low, more]] of all.entries()) {
          const [, left = 0, top = 0, width = 0, height = 0] = bars[i]!;
          expect(left).toBe(i * 60);
          expect(width).toBe(60);
          expect(top).toBeLessThanOrEqual(300 - low - more);
          expect(top + height).toBeGreaterThanOrEqual(300 - low);
        }
      }),
    );
  });

  it('shows a blood pressure from its lowest diastolic to its highest systolic', () => {
    const series = {
      systolic: { widthMs: 60_000, stretches: [[NOW, 2, 110, 120, 131]] },
      diastolic: { widthMs: 60_000, stretches: [[NOW, 2, 61, 70, 82]] },
      mean: { widthMs: 60_000, stretches: [[NOW + 60_000, 1, 93, 93, 93]] },
    };
    const bars = pressureBars(parseHistory({ series }, 'blood-pressure'));
    expect(bars.get(NOW)).toMatchObject({ low: 61, high: 131, ticks: [120, 70] });
    expect(bars.get(NOW + 60_000)).toMatchObject({ low: 93, high: 93 });
  });
});
