// What stands on the paper of a chart, drawn on uPlot's canvas at every redraw: limits, the least and most of each
// stretch, the line between numbers that belong together, and what happened. Every number that there is gets ink: where
// thousands share a pixel, the least and the most of them are both drawn over.

import type uPlot from 'uplot';
import type { ShownLimit } from './limit-line.ts';
import { type Line, type Lines, ofDevices } from './line.ts';
import type { Mark } from './mark.ts';

export type Ink = {
  readonly text: string;
  readonly quiet: string;
  readonly grid: string;
  readonly trace: string;
  readonly limit: string;
};

export type Paper = {
  readonly lines: Lines;
  readonly gap: number;
  readonly limits: readonly ShownLimit[];
  readonly marks: readonly Mark[];
  readonly ink: Ink;
};

/** Draws everything but axes and grid. */
export function drawPaper(u: uPlot, { lines, gap, limits, marks, ink }: Paper): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  drawMarks(u, marks, ink);
  drawLimits(u, limits, ink);
  ctx.strokeStyle = ink.trace;
  ctx.fillStyle = ink.trace;
  const pressures = lines['systolic'];
  const value = lines['value'];
  if (pressures === undefined && value !== undefined)
    for (const [n, [, line]] of ofDevices(value).entries()) {
      ctx.setLineDash((DASHES[n % DASHES.length] ?? []).map((px) => px * ratio()));
      drawLine(u, line, gap);
      ctx.setLineDash([]);
    }
  if (pressures !== undefined) drawPressures(u, lines);
  ctx.restore();
}

/** Of two devices' lines the second is broken: which is which stands above the chart (components/device-key.tsx). */
export const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 3]];

const ratio = (): number => devicePixelRatio;
const x = (u: uPlot, time: number): number => u.valToPos(time, 'x', true);
const y = (u: uPlot, value: number): number => u.valToPos(value, 'y', true);

/** The least and most of stretches as bars of pale ink, their means (or the numbers themselves) as a line. */
function drawLine(u: uPlot, line: Line, gap: number): void {
  const { ctx } = u;
  const { widthMs, time, low, mean, high } = line;
  if (widthMs > 0) for (const [i, start] of time.entries()) bar(u, start, widthMs, low[i]!, high[i]!);
  ctx.lineWidth = 1.5 * ratio();
  ctx.lineJoin = 'round';
  ctx.beginPath();
  const alone: number[] = [];
  for (const [i, start] of time.entries()) {
    const joined = i > 0 && start - time[i - 1]! <= gap;
    const goesOn = i + 1 < time.length && time[i + 1]! - start <= gap;
    if (!joined && !goesOn) alone.push(i);
    const at = x(u, start + widthMs / 2);
    if (joined) ctx.lineTo(at, y(u, mean[i]!));
    else ctx.moveTo(at, y(u, mean[i]!));
  }
  ctx.stroke();
  for (const i of alone) dot(u, x(u, time[i]! + widthMs / 2), y(u, mean[i]!));
}

/** Pale between the least and the most, both of which are edged: an extreme is seen whatever lies under it. */
function bar(u: uPlot, start: number, widthMs: number, low: number, high: number): void {
  const { ctx } = u;
  const left = Math.floor(x(u, start));
  const width = Math.max(ratio(), Math.ceil(x(u, start + widthMs)) - left);
  const [top, bottom] = [y(u, high) - ratio() / 2, y(u, low) + ratio() / 2];
  ctx.globalAlpha = 0.5;
  ctx.fillRect(left, top, width, bottom - top);
  ctx.globalAlpha = 1;
  ctx.fillRect(left, top, width, ratio());
  ctx.fillRect(left, bottom - ratio(), width, ratio());
}

function dot({ ctx }: uPlot, atX: number, atY: number): void {
  ctx.beginPath();
  ctx.arc(atX, atY, 2.5 * ratio(), 0, 2 * Math.PI);
  ctx.fill();
}

/** One bar for each time, from the lowest diastolic to the highest systolic, with a tick at each mean. Never joined. */
function drawPressures(u: uPlot, lines: Lines): void {
  const { ctx } = u;
  for (const [time, { low, high, ticks, widthMs }] of pressureBars(lines)) {
    const at = x(u, time + widthMs / 2);
    ctx.lineWidth = 2.5 * ratio();
    ctx.beginPath();
    ctx.moveTo(at, y(u, high));
    ctx.lineTo(at, y(u, low));
    ctx.stroke();
    ctx.lineWidth = 1.5 * ratio();
    ctx.beginPath();
    for (const tick of ticks) {
      ctx.moveTo(at - 4 * ratio(), y(u, tick));
      ctx.lineTo(at + 4 * ratio(), y(u, tick));
    }
    ctx.stroke();
  }
}

export type PressureBar = { low: number; high: number; readonly ticks: number[]; readonly widthMs: number };

/** The bars of a blood pressure by time. */
export function pressureBars(lines: Lines): ReadonlyMap<number, PressureBar> {
  const bars = new Map<number, PressureBar>();
  for (const line of Object.values(lines)) {
    for (const [i, time] of line.time.entries()) {
      const [low, high] = [line.low[i]!, line.high[i]!];
      const bar = bars.get(time) ?? { low, high, ticks: [], widthMs: line.widthMs };
      bar.low = Math.min(bar.low, low);
      bar.high = Math.max(bar.high, high);
      bar.ticks.push(line.mean[i]!);
      bars.set(time, bar);
    }
  }
  return bars;
}

/** Room that a limit's number takes, CSS pixels: of two that would cover one another the first to be met is told. */
const LABEL_PX = 13;

/** Lines with their number: no colour, since a limit is no alarm yet. Those of high alarms are unbroken. */
function drawLimits(u: uPlot, limits: readonly ShownLimit[], ink: Ink): void {
  const { ctx, bbox } = u;
  ctx.lineWidth = ratio();
  ctx.strokeStyle = ink.limit;
  ctx.fillStyle = ink.quiet;
  ctx.font = `${11 * ratio()}px system-ui, sans-serif`;
  ctx.textAlign = 'left';
  const told: number[] = [];
  for (const { limit, side, priority } of limits.toSorted((a, b) => rank(a) - rank(b))) {
    const at = Math.round(y(u, limit)) + 0.5;
    ctx.setLineDash(priority === 'high' ? [] : [6 * ratio(), 4 * ratio()]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, at);
    ctx.lineTo(bbox.left + bbox.width, at);
    ctx.stroke();
    // On the side where the number is still within, at the end where nothing new comes.
    const label = at + (side === 'above' ? 7 : -6) * ratio();
    if (told.some((other) => Math.abs(other - label) < LABEL_PX * ratio())) continue;
    told.push(label);
    ctx.textBaseline = 'middle';
    ctx.fillText(`${limit}`, bbox.left + 3 * ratio(), label);
  }
  ctx.setLineDash([]);
}

const rank = ({ priority }: ShownLimit): number => (priority === 'high' ? 1 : 0);

/** A thin line through the chart for each thing that happened. Which it was stands above the charts, and in the list. */
function drawMarks(u: uPlot, marks: readonly Mark[], ink: Ink): void {
  const { ctx, bbox } = u;
  ctx.lineWidth = ratio();
  ctx.strokeStyle = ink.quiet;
  for (const { at, kind } of marks) {
    const left = Math.round(x(u, at)) + 0.5;
    ctx.globalAlpha = kind === 'raised' ? 0.9 : 0.45;
    ctx.setLineDash(kind === 'raised' ? [] : [2 * ratio(), 3 * ratio()]);
    ctx.beginPath();
    ctx.moveTo(left, bbox.top);
    ctx.lineTo(left, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.globalAlpha = 1;
  ctx.setLineDash([]);
}
