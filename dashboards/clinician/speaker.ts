// The page's loudspeaker: plays a burst by WebAudio. A browser lets a page sound only after its visitor touched a key, a
// finger or the mouse; until then it is blocked, which the page has to say. Between bursts the audio device rests.

import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { type Burst, burstLength, HARMONIC_GAIN, HARMONICS, RAMP_SHARE } from './burst.ts';

export type Speaker = {
  /** `none`: this browser cannot sound at all. */
  readonly state: ReadonlySignal<'blocked' | 'ready' | 'none'>;
  readonly play: (burst: Burst) => void;
};

/** Of full scale. The visitor's own volume does the rest. */
const LOUDNESS = 0.5;
/** A context that does not run this long after it was asked to is blocked again. */
const WAKES_WITHIN_MS = 1_500;
const GESTURES = ['pointerdown', 'keydown', 'touchend'] as const;

export function createSpeaker(): Speaker {
  const state: Signal<'blocked' | 'ready' | 'none'> = signal('blocked');
  if (typeof AudioContext === 'undefined') {
    state.value = 'none';
    return { state, play: () => undefined };
  }
  const context = new AudioContext();
  const sum = HARMONIC_GAIN.reduce((all, gain) => all + gain, 0);
  const sines = new Float32Array(HARMONICS.length + 1);
  for (const [i, times] of HARMONICS.entries()) sines[times] = (HARMONIC_GAIN[i] ?? 0) / sum;
  const wave = context.createPeriodicWave(new Float32Array(sines.length), sines, {
    disableNormalization: true,
  });
  let busyUntil = 0;

  const rest = (): void => {
    if (context.state === 'running' && context.currentTime >= busyUntil) void context.suspend();
  };
  // The state of this moment: an event about it may come after the device was put to rest again.
  const runs = (): void => {
    if (context.state !== 'running') return;
    state.value = 'ready';
    rest();
  };
  const unlock = (): void => {
    if (state.value !== 'ready') void context.resume().then(runs, () => undefined);
  };
  // A kiosk may allow sound from the start: then it runs by itself, and nothing has to be said.
  context.addEventListener('statechange', runs);
  for (const gesture of GESTURES) addEventListener(gesture, unlock, { capture: true, passive: true });

  const schedule = (burst: Burst): void => {
    const start = context.currentTime + 0.05;
    busyUntil = start + burstLength(burst) / 1000 + 0.1;
    for (const { atMs, lengthMs, hz } of burst.pulses) {
      const [from, to] = [start + atMs / 1000, start + (atMs + lengthMs) / 1000];
      const ramp = (lengthMs / 1000) * RAMP_SHARE;
      const gain = context.createGain();
      gain.gain.setValueAtTime(0, from);
      gain.gain.linearRampToValueAtTime(LOUDNESS, from + ramp);
      gain.gain.setValueAtTime(LOUDNESS, to - ramp);
      gain.gain.linearRampToValueAtTime(0, to);
      const tone = context.createOscillator();
      tone.setPeriodicWave(wave);
      tone.frequency.value = hz;
      tone.connect(gain).connect(context.destination);
      tone.start(from);
      tone.stop(to);
    }
    setTimeout(rest, burstLength(burst) + 1_000);
  };

  return {
    state,
    play: (burst) => {
      void context.resume().then(
        () => schedule(burst),
        () => undefined,
      );
      setTimeout(() => {
        if (busyUntil < context.currentTime && context.state !== 'running') state.value = 'blocked';
      }, WAKES_WITHIN_MS);
    },
  };
}
