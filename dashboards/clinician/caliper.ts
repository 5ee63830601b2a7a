// A caliper on the paper: two corners, moved with mouse, finger or keys, and what lies between them in milliseconds, beats
// a minute and millivolts. Pure.

import { HEIGHT_MM, MM_PER_MV, MM_PER_SECOND } from './paper.ts';

/** Millimetres from the left and from the top of the paper. */
export type Corner = { readonly x: number; readonly y: number };
export type Caliper = { readonly from: Corner; readonly to: Corner };

/** One press of an arrow key: 20 ms, 0.05 mV; with Shift ten times that, a large square. */
const STEP_MM = 0.5;

/** In the middle of the paper, a second and a millivolt apart. */
export function firstCaliper(widthMm: number): Caliper {
  const x = Math.max(0, widthMm / 2 - MM_PER_SECOND / 2);
  return {
    from: { x, y: 25 },
    to: { x: Math.min(widthMm, x + MM_PER_SECOND), y: 25 - MM_PER_MV },
  };
}

/** A corner where the paper is. */
export function onPaper({ x, y }: Corner, widthMm: number): Corner {
  return { x: Math.min(Math.max(0, x), widthMm), y: Math.min(Math.max(0, y), HEIGHT_MM) };
}

/** The corner after a key; undefined for one that moves nothing. */
export function stepped(corner: Corner, key: string, shift: boolean, widthMm: number): Corner | undefined {
  const by = shift ? STEP_MM * 10 : STEP_MM;
  const { x, y } = corner;
  switch (key) {
    case 'ArrowLeft':
      return onPaper({ x: x - by, y }, widthMm);
    case 'ArrowRight':
      return onPaper({ x: x + by, y }, widthMm);
    case 'ArrowUp':
      return onPaper({ x, y: y - by }, widthMm);
    case 'ArrowDown':
      return onPaper({ x, y: y + by }, widthMm);
    default:
      return undefined;
  }
}

/** `rate` is undefined where there is no time between the corners. */
export type Measured = { readonly ms: number; readonly rate: number | undefined; readonly mv: number };

export function measure({ from, to }: Caliper): Measured {
  const ms = Math.round((Math.abs(to.x - from.x) / MM_PER_SECOND) * 1000);
  // Signed: up is more.
  const mv = Math.round(((from.y - to.y) / MM_PER_MV) * 100) / 100;
  return { ms, rate: ms === 0 ? undefined : Math.round(60_000 / ms), mv };
}

/** `800 ms, 75 a minute, 1.15 mV`. */
export function measuredWords(caliper: Caliper, withMv: boolean): string {
  const { ms, rate, mv } = measure(caliper);
  const parts = [
    `${ms} ms`,
    rate === undefined ? undefined : `${rate} /min`,
    withMv ? `${mv} mV` : undefined,
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}
