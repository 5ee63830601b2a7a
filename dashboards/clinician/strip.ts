// Draws a waveform on its paper: the only code here that runs at every frame of the screen. What to draw stands in a Sweep;
// this gives it time, and puts its columns, one for each pixel of the screen, on the canvas with a bar of blank paper
// ahead. Frozen, the paper is unrolled: the oldest is at the left, so that what is measured on it lies in time's order.

import { type Kind, NO_SAMPLE } from '@heartwood/vitals';
import type { FeedReading } from './feed.ts';
import { measuredAt } from './freshness.ts';
import { drawPaper, HEIGHT_MM, MM_PER_MV, MM_PER_SECOND, PULSE_MM, REST_MM } from './paper.ts';
import { type Stretch, Sweep } from './sweep.ts';

export type Strip = {
  readonly push: (frames: readonly FeedReading[]) => void;
  readonly freeze: (frozen: boolean) => void;
  /** Colours may have changed. */
  readonly redraw: () => void;
  readonly stop: () => void;
};

export type Canvases = {
  /** Moves. The trace takes its CSS `color`. */
  readonly trace: HTMLCanvasElement;
  /** Stands below it; absent where the waveform has no unit. The grid takes its CSS `color` and `border-color`. */
  readonly grid: HTMLCanvasElement | undefined;
};

const ERASE_BAR_MM = 4;
/** Columns that are drawn again with those that follow them: wider than a line of any screen. */
const OVERLAP = 8;
/** A trace that has wandered so far is put back in the middle, mV: its rest is no part of what an ECG says. */
const WANDERED_MV = 0.5;

/** Starts drawing until `stop`. @param pxPerMm CSS pixels */
export function startStrip({ trace: canvas, grid }: Canvases, kind: Kind, pxPerMm: number): Strip {
  const context = canvas.getContext('2d');
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  const isEcg = kind === 'ecg';
  let sweep: Sweep | undefined;
  let rateHz = 0;
  let frozen = false;
  let frames: readonly FeedReading[] = [];
  let before = performance.now();
  let request = 0;
  let rest: number | undefined;
  let fine = pxPerMm * devicePixelRatio;
  /** Where the trace begins, pixels of the canvas. */
  let left = 0;
  let colour = '';
  /** What stands on the paper: by which scale, and the column at which it was written last. */
  let scale: Scale | undefined;
  let drawn: number | undefined;

  const fit = (): void => {
    fine = pxPerMm * devicePixelRatio;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((px) =>
      Math.round(px * devicePixelRatio),
    ) as [number, number];
    if (canvas.width !== width || canvas.height !== height || sweep === undefined) {
      for (const each of [canvas, grid]) if (each !== undefined) Object.assign(each, { width, height });
      left = isEcg ? Math.round(PULSE_MM * fine) : 0;
      sweep = undefined;
    }
    drawGrid();
    feed();
  };

  const drawGrid = (): void => {
    const paper = grid?.getContext('2d');
    if (grid === undefined || !paper) return;
    const { color, borderTopColor } = getComputedStyle(grid);
    drawPaper(paper, fine, { fine: color, strong: borderTopColor, trace: getComputedStyle(canvas).color });
  };

  const feed = (): void => {
    const waves = frames.flatMap((frame) => stretchOf(frame) ?? []);
    const latest = waves.at(-1);
    if (latest === undefined || canvas.width - left < 1) return;
    const middle = median(latest.samples);
    if (rest === undefined || Math.abs(middle - rest) > WANDERED_MV) rest = middle;
    if (sweep === undefined || rateHz !== latest.rateHz) {
      rateHz = latest.rateHz;
      sweep = new Sweep(canvas.width - left, MM_PER_SECOND * fine, rateHz);
      sweep.push(waves);
      sweep.advance(Number.POSITIVE_INFINITY);
    } else if (!frozen) sweep.push(waves);
    if (calm.matches && !frozen) sweep.advance(Number.POSITIVE_INFINITY);
    draw();
  };

  /** Everything anew: the paper, its colours, its scale or its order may be others. */
  const draw = (): void => {
    if (context === null || sweep === undefined) return;
    const { length } = sweep.low;
    colour = getComputedStyle(canvas).color;
    scale = scaleOf(sweep);
    context.clearRect(0, 0, canvas.width, canvas.height);
    // The column that is written next is the oldest there is.
    if (frozen) ink(sweep, scale, 0, length, sweep.column + 1);
    else {
      const past = sweep.column + 1 + Math.floor(ERASE_BAR_MM * fine);
      ink(sweep, scale, Math.max(0, past - length), sweep.column + 1, 0);
      ink(sweep, scale, past, length, 0);
    }
    drawn = frozen ? undefined : sweep.column;
  };

  /**
   * What was written since the last frame, half a millimetre: a few columns, and the bar ahead of them. Four strips and a
   * ward take 29 % of one core by this, and 49 % where each frame draws all of the paper.
   */
  const drawOn = (): void => {
    if (context === null || sweep === undefined) return;
    const { column, low } = sweep;
    const next = scaleOf(sweep);
    const written = drawn === undefined ? low.length : (column - drawn + low.length) % low.length;
    if (scale === undefined || next.key !== scale.key || written > low.length / 4) {
      draw();
      return;
    }
    // The last columns that stand: a line's end is drawn anew with what follows it.
    const from = column - written - OVERLAP;
    const bar = Math.floor(ERASE_BAR_MM * fine);
    // What crosses an edge of the paper goes on at the other.
    for (const turn of [-low.length, 0, low.length]) {
      const [first, end] = [Math.max(0, from + turn), Math.min(low.length, column + bar + 1 + turn)];
      if (first >= low.length || end <= first) continue;
      context.save();
      context.beginPath();
      context.rect(left + first, 0, end - first, canvas.height);
      context.clip();
      context.clearRect(left + first, 0, end - first, canvas.height);
      ink(sweep, scale, Math.max(0, first - OVERLAP), Math.min(low.length, column + 1 + turn), 0);
      context.restore();
    }
    drawn = column;
  };

  const scaleOf = ({ low, high }: Sweep): Scale =>
    isEcg ? ecgScale(fine, rest ?? 0) : fittedScale(canvas.height, low, high);

  /** The columns at the places from `first` to before `end`; at place 0 stands column `begin`. */
  const ink = ({ low, high }: Sweep, { y }: Scale, first: number, end: number, begin: number): void => {
    if (context === null) return;
    context.strokeStyle = colour;
    context.lineWidth = 1.5 * devicePixelRatio;
    context.lineJoin = 'round';
    context.lineCap = 'round';
    context.beginPath();
    let drawing = false;
    for (let place = first; place < end; place++) {
      const x = (begin + place) % low.length;
      const [bottom, top] = [low[x] ?? Number.NaN, high[x] ?? Number.NaN];
      if (Number.isNaN(bottom)) {
        drawing = false;
        continue;
      }
      const at = left + place + 0.5;
      if (drawing) context.lineTo(at, y(top));
      else context.moveTo(at, y(top));
      context.lineTo(at, y(bottom));
      drawing = true;
    }
    context.stroke();
  };

  const step = (time: number): void => {
    request = requestAnimationFrame(step);
    const elapsedMs = Math.max(0, time - before);
    before = time;
    if (frozen || calm.matches || sweep === undefined) return;
    sweep.advance(Math.min(elapsedMs, 1_000));
    drawOn();
  };

  const observer = new ResizeObserver(fit);
  observer.observe(canvas);
  request = requestAnimationFrame(step);
  return {
    push: (next) => {
      frames = next;
      feed();
    },
    freeze: (next) => {
      frozen = next;
      feed();
      draw();
    },
    redraw: () => {
      drawGrid();
      draw();
    },
    stop: () => {
      observer.disconnect();
      cancelAnimationFrame(request);
    },
  };
}

function stretchOf(frame: FeedReading): (Stretch & { rateHz: number }) | undefined {
  if (!('wave' in frame.measurement)) return undefined;
  const { samples, gain, baseline, rateHz } = frame.measurement.wave;
  const physical = Float64Array.from(samples, (s) => (s === NO_SAMPLE ? Number.NaN : (s - baseline) / gain));
  return { id: frame.id, startMs: measuredAt(frame), samples: physical, rateHz };
}

/** Physical value to pixels from the top; `key` is another where the paper must be drawn anew. */
type Scale = { readonly key: string; readonly y: (value: number) => number };

/** 10 mm/mV around `rest`, which lies on a strong line. What would leave the paper runs along its edge. */
function ecgScale(pxPerMm: number, rest: number): Scale {
  return {
    key: `${rest}`,
    y: (value) => Math.min(Math.max(0, REST_MM - (value - rest) * MM_PER_MV), HEIGHT_MM) * pxPerMm,
  };
}

/** A pleth has no unit: what is on the paper fills the height. */
function fittedScale(height: number, low: Float32Array, high: Float32Array): Scale {
  let bottom = Number.POSITIVE_INFINITY;
  let top = Number.NEGATIVE_INFINITY;
  for (const value of low) if (value < bottom) bottom = value;
  for (const value of high) if (value > top) top = value;
  const span = top - bottom || 1;
  return { key: `${bottom} ${top}`, y: (value) => height * (0.9 - (0.8 * (value - bottom)) / span) };
}

function median(samples: Float64Array): number {
  const sorted = samples.filter((sample) => !Number.isNaN(sample)).sort();
  return sorted[sorted.length >> 1] ?? 0;
}
