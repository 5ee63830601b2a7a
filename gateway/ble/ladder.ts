// The ladder of an adapter that hangs: what real adapters do after days is answer `InProgress` for ever, or nothing at
// all. First the scan is started anew, then the radio is switched off and on, then its devices go to another adapter,
// then a person is told. A rung has a few seconds to help; the alarm comes within 90 s of the first sign.
//
// Pure: it is told what was seen, and says what to do next.

export type Rung = 'well' | 'rescan' | 'power-cycle' | 'other-adapter' | 'alarm';
export type LadderState = {
  readonly rung: Rung;
  /** When the first sign of trouble was seen, and when this rung was taken. */
  readonly sinceMs: number;
  readonly takenMs: number;
};

export const WELL: LadderState = { rung: 'well', sinceMs: 0, takenMs: 0 };

/** How long each rung may take to help, before the next is taken. With 12 s of silence before, and looks 2.5 s apart: within 90. */
const PATIENCE_MS: Readonly<Record<Rung, number>> = {
  well: 5_000,
  rescan: 15_000,
  'power-cycle': 30_000,
  'other-adapter': 10_000,
  // After the alarm the radio is switched off and on again every minute: a person may be asleep.
  alarm: 60_000,
};
const NEXT: Readonly<Record<Rung, Rung>> = {
  well: 'rescan',
  rescan: 'power-cycle',
  'power-cycle': 'other-adapter',
  'other-adapter': 'alarm',
  alarm: 'alarm',
};

/**
 * The next state. `act` is true where a rung was taken now, and its deed is to be done.
 * @param well the adapter answered as it should since the last call
 * @param scale shortens the patience, for tests
 */
export function climb(
  state: LadderState,
  well: boolean,
  nowMs: number,
  scale = 1,
): { readonly state: LadderState; readonly act: boolean } {
  if (well) return { state: WELL, act: state.rung !== 'well' };
  if (state.rung === 'well' && state.sinceMs === 0)
    return { state: { rung: 'well', sinceMs: nowMs, takenMs: nowMs }, act: false };
  if (nowMs - state.takenMs < PATIENCE_MS[state.rung] * scale) return { state, act: false };
  return { state: { rung: NEXT[state.rung], sinceMs: state.sinceMs, takenMs: nowMs }, act: true };
}
