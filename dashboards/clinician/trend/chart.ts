// One chart: uPlot keeps scales, axes, cursor and selection; what stands on the paper is drawn in draw.ts. uPlot sets its
// positions through the style objects of its elements, which the hub's strict policy allows; it writes no style text.

import { FRESHNESS, KINDS, type Kind } from '@heartwood/vitals';
import uPlot from 'uplot';
import { axisWords } from './axis-words.ts';
import { drawPaper, type Ink, type Paper, pressureBars } from './draw.ts';
import type { ShownLimit } from './limit-line.ts';
import { gapMs, type Lines } from './line.ts';
import type { Mark } from './mark.ts';
import type { Window } from './span.ts';

export type Shown = {
  readonly lines: Lines;
  readonly limits: readonly ShownLimit[];
  readonly marks: readonly Mark[];
  readonly window: Window;
};

export type Chart = {
  readonly show: (shown: Shown) => void;
  /** A line at a moment, or none. */
  readonly point: (time: number | undefined) => void;
  /** Colours or size may have changed. */
  readonly refit: () => void;
  readonly stop: () => void;
};

export type Asked = {
  /** The pointer is at a moment; undefined when it has left. */
  readonly pointed: (time: number | undefined) => void;
  /** Somebody dragged over a stretch of time. */
  readonly marked: (from: number, to: number) => void;
};

/** Room beside the paper, so that charts that are stacked, and what stands above them, share their times. */
const LEFT_PX = 44;
const RIGHT_PX = 10;
const HEIGHT_PX = 132;
const AXIS_PX = 24;

/** The least that fills the height, so that the noise of a steady pulse does not look like a storm. */
const SPAN_MIN: Readonly<Partial<Record<Kind, number>>> = {
  'heart-rate': 40,
  spo2: 10,
  'respiratory-rate': 16,
  'body-temperature': 2,
  'blood-pressure': 60,
  glucose: 80,
  weight: 4,
};

/** Draws into `host` until `stop`. Colours are those of `host` and of what CSS calls its inks. */
export function startChart(host: HTMLElement, kind: Kind, asked: Asked): Chart {
  let shown: Shown = { lines: {}, limits: [], marks: [], window: { from: 0, to: 1 } };
  let gap = FRESHNESS[kind].liveMs;
  let ink = inkOf(host);
  const quiet = (): string => ink.quiet;
  const timesOf = (self: uPlot, splits: number[], _: number, __: number, stepMs: number): string[] =>
    axisWords(splits, stepMs, shown.window, self.width - LEFT_PX - RIGHT_PX, RIGHT_PX);
  const axis: uPlot.Axis = {
    stroke: quiet,
    font: '12px system-ui, sans-serif',
    grid: { stroke: () => ink.grid, width: 1 },
    ticks: { stroke: () => ink.grid, width: 1, size: 4 },
  };
  const series: uPlot.Series = { scale: 'y', paths: () => null, points: { show: false } };
  const u = new uPlot(
    {
      width: Math.max(120, host.clientWidth),
      height: HEIGHT_PX,
      ms: 1,
      padding: [6, RIGHT_PX, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false, dist: 8 },
      },
      scales: {
        x: { time: true, range: () => [shown.window.from, shown.window.to] },
        y: { range: (_, low, high) => rangeOf(kind, low, high, shown.limits) },
      },
      series: [{}, series, series],
      axes: [
        { ...axis, size: AXIS_PX, space: 64, values: timesOf },
        { ...axis, size: LEFT_PX, gap: 4, space: 22 },
      ],
      hooks: {
        draw: [(self) => drawPaper(self, paper())],
        setCursor: [
          (self) => {
            const { left = -1 } = self.cursor;
            asked.pointed(left < 0 ? undefined : self.posToVal(left, 'x'));
          },
        ],
        setSelect: [
          (self) => {
            const { left, width } = self.select;
            if (width < 8) return;
            asked.marked(self.posToVal(left, 'x'), self.posToVal(left + width, 'x'));
            self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          },
        ],
      },
    },
    [[], [], []],
    host,
  );
  const paper = (): Paper => ({ ...shown, gap, ink });
  const refit = (): void => {
    ink = inkOf(host);
    const width = Math.max(120, host.clientWidth);
    if (width === u.width) u.redraw(false);
    else u.setSize({ width, height: HEIGHT_PX });
  };
  const observer = new ResizeObserver(refit);
  observer.observe(host);
  return {
    show: (next) => {
      shown = next;
      const longest = Object.values(next.lines).toSorted((a, b) => b.time.length - a.time.length)[0];
      if (longest !== undefined) gap = gapMs(kind, longest);
      u.setData(columnsOf(next.lines));
    },
    point: (time) => {
      const left = time === undefined ? -10 : u.valToPos(time, 'x');
      u.setCursor({ left, top: left < 0 ? -10 : 0 }, false);
    },
    refit,
    stop: () => {
      observer.disconnect();
      u.destroy();
    },
  };
}

/** What uPlot fits its scale to: times, and at each the least and the most of all parts. */
function columnsOf(lines: Lines): uPlot.AlignedData {
  const value = lines['value'];
  if (value !== undefined) return [value.time, value.low, value.high];
  const bars = [...pressureBars(lines)].sort(([a], [b]) => a - b);
  return [bars.map(([time]) => time), bars.map(([, { low }]) => low), bars.map(([, { high }]) => high)];
}

/** Room for every number in sight and for the limits that come first: the same scale on most days. */
function rangeOf(
  kind: Kind,
  least: number | null,
  most: number | null,
  limits: readonly ShownLimit[],
): [number, number] {
  const near = limits.filter(({ priority }) => priority !== 'high').map(({ limit }) => limit);
  const all = [least, most, ...near].filter((each): each is number => each !== null && Number.isFinite(each));
  if (all.length === 0) return [0, SPAN_MIN[kind] ?? 100];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const missing = Math.max(0, (SPAN_MIN[kind] ?? 1) - (high - low)) / 2;
  const margin = Math.max((high - low) * 0.06, missing);
  // Nobody has 103 % of oxygen: a scale ends where its numbers do.
  const spec = KINDS[kind];
  const most100 = spec.shape === 'scalar' && spec.unit === '%' ? 100 : Number.POSITIVE_INFINITY;
  return [Math.max(0, low - margin), Math.max(Math.min(high + margin, most100 + margin / 4), low + 1)];
}

/** Canvas knows no CSS variables: their colours are those of elements that wear them. */
function inkOf(host: HTMLElement): Ink {
  const of = (element: Element | null): string => getComputedStyle(element ?? host).color;
  const wearing = (name: string): string => of(host.querySelector(`.ink-${name}`));
  return {
    text: of(host.parentElement),
    quiet: wearing('quiet'),
    grid: wearing('grid'),
    limit: wearing('limit'),
    trace: of(host),
  };
}
