// Alarms made audible: looks at what calls twice a second, also while the page is hidden, and has the speaker play. The
// visitor may pause the sound for two minutes, or turn it off in this browser; both are shown for as long as they last.

import { batch, effect, type ReadonlySignal, type Signal, signal, untracked } from '@preact/signals';
import { BURSTS } from './burst.ts';
import { readChoice, writeChoice } from './choice.ts';
import { type Call, nextSound, pause, resume, SILENT, type Sounding } from './sound.ts';
import { createSpeaker, type Speaker } from './speaker.ts';
import type { Timers } from './timers.ts';

export type AlarmSound = {
  /** `off`: the visitor wants none in this browser. */
  readonly state: ReadonlySignal<'off' | 'blocked' | 'ready' | 'none'>;
  /** Whether something would sound now, were it not paused. */
  readonly calling: ReadonlySignal<boolean>;
  /** Seconds until a pause ends; 0 while there is none. */
  readonly pausedSeconds: ReadonlySignal<number>;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly turn: (on: boolean) => void;
  /** Plays what a medium alarm sounds like. */
  readonly hear: () => void;
};

const STORED = 'sound';

/** @param calls what calls at this moment */
export function createAlarmSound(
  calls: () => readonly Call[],
  timers: Timers,
  speaker: Speaker = createSpeaker(),
): AlarmSound {
  const wanted = signal(readChoice(STORED, ['on', 'off'], 'on') === 'on');
  const state: Signal<'off' | 'blocked' | 'ready' | 'none'> = signal('blocked');
  const calling = signal(false);
  const pausedSeconds = signal(0);
  let sounding: Sounding = SILENT;

  const look = (): void => {
    const nowMs = performance.now();
    const now = calls();
    const next = nextSound(sounding, now, nowMs, state.peek() === 'ready');
    sounding = next.sounding;
    batch(() => {
      calling.value = now.length > 0;
      pausedSeconds.value = Math.max(0, Math.ceil((sounding.pausedUntilMs - nowMs) / 1000));
    });
    if (next.play !== undefined) speaker.play(BURSTS[next.play]);
  };
  effect(() => {
    state.value = wanted.value ? speaker.state.value : 'off';
    untracked(look);
  });
  timers.often(look);

  return {
    state,
    calling,
    pausedSeconds,
    pause: () => {
      sounding = pause(sounding, performance.now());
      look();
    },
    resume: () => {
      sounding = resume(sounding);
      look();
    },
    turn: (on) => {
      writeChoice(STORED, on ? 'on' : 'off');
      wanted.value = on;
    },
    hear: () => speaker.play(BURSTS.medium),
  };
}
