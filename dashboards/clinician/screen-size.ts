// How many CSS pixels a millimetre of this screen has. No browser knows: CSS says 96 to the inch whatever hangs on the
// wall. Who wants true millimetres holds a bank card to the screen once; the answer stays in this browser.

const STORED = 'px-per-mm';
/** What CSS calls a millimetre. */
export const NOMINAL_PX_PER_MM: number = 96 / 25.4;
/** ISO/IEC 7810 ID-1. */
export const CARD_MM: { readonly width: number; readonly height: number } = { width: 85.6, height: 53.98 };
/** From a television across the room to a phone's finest screen. */
const [LEAST, MOST] = [1, 20];

export type ScreenSize = { readonly pxPerMm: number; readonly measured: boolean };

/** What somebody measured here, or the nominal size. */
export function screenSize(): ScreenSize {
  try {
    return parseSize(localStorage.getItem(STORED));
  } catch {
    // A browser that keeps nothing.
    return parseSize(null);
  }
}

export function parseSize(stored: string | null): ScreenSize {
  const pxPerMm = stored === null ? Number.NaN : Number(stored);
  if (pxPerMm >= LEAST && pxPerMm <= MOST) return { pxPerMm, measured: true };
  return { pxPerMm: NOMINAL_PX_PER_MM, measured: false };
}

/** Keeps what was measured; undefined forgets it. */
export function keepScreenSize(pxPerMm: number | undefined): void {
  try {
    if (pxPerMm === undefined) localStorage.removeItem(STORED);
    else localStorage.setItem(STORED, String(Math.round(pxPerMm * 1000) / 1000));
  } catch {
    return;
  }
}
