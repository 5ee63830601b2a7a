// Waveforms judged: beats, pulses, and whether they can be believed.
export { type Agreement, bSqi, compareBeats } from './agreement.ts';
export { Continuity, type Joint } from './continuity.ts';
export { ECG_RATES, type EcgLook, type EcgQuality, EcgSignal } from './ecg.ts';
export { PLETH_RATES, type PlethLook, PlethSignal, type PlethState } from './pulse.ts';
export { ASYSTOLE_MS, type Rates, ratesOf } from './rhythm.ts';
