// The paper of an ECG: 25 mm/s and 10 mm/mV on a grid of 1 mm and 5 mm, with the pulse of 1 mV that shows that the scale
// holds. Lengths are millimetres until the last moment: how many pixels a millimetre has is the screen's affair.

export const MM_PER_SECOND = 25;
export const MM_PER_MV = 10;
const LARGE_MM = 5;
/** Four millivolts: a tall R wave and a deep S wave. */
export const HEIGHT_MM = 40;
/** Where a trace at rest lies, from the top: on a strong line, with more room above as an ECG needs it. */
export const REST_MM = 25;
/** Room for the pulse, left of the trace. */
export const PULSE_MM = 10;

/** Corners of the pulse, mm from the left and from the top: rest, up one millivolt, a fifth of a second, down, rest. */
const PULSE: readonly (readonly [x: number, y: number])[] = [
  [1, REST_MM],
  [2.5, REST_MM],
  [2.5, REST_MM - MM_PER_MV],
  [7.5, REST_MM - MM_PER_MV],
  [7.5, REST_MM],
  [9, REST_MM],
];

type Colours = { readonly fine: string; readonly strong: string; readonly trace: string };

/**
 * Draws grid and pulse over the whole of a canvas. Each line is rounded to a pixel for itself, so that no error adds up.
 * @param pxPerMm pixels of the canvas
 */
export function drawPaper(
  context: CanvasRenderingContext2D,
  pxPerMm: number,
  { fine, strong, trace }: Colours,
): void {
  const { width, height } = context.canvas;
  const thin = Math.max(1, Math.round(devicePixelRatio));
  context.clearRect(0, 0, width, height);
  for (const isStrong of [false, true]) {
    context.fillStyle = isStrong ? strong : fine;
    for (let mm = 0; mm * pxPerMm < width; mm++)
      if ((mm % LARGE_MM === 0) === isStrong) context.fillRect(Math.round(mm * pxPerMm), 0, thin, height);
    for (let mm = 0; mm * pxPerMm < height; mm++)
      if ((mm % LARGE_MM === 0) === isStrong) context.fillRect(0, Math.round(mm * pxPerMm), width, thin);
  }
  context.strokeStyle = trace;
  context.lineWidth = 1.5 * devicePixelRatio;
  context.lineJoin = 'miter';
  context.beginPath();
  for (const [x, y] of PULSE) context.lineTo(x * pxPerMm, y * pxPerMm);
  context.stroke();
}
