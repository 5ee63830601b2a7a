// The state of the sound, whenever it is not simply on: blocked by the browser, paused until, off, or what to press while
// it sounds. A symbol and words for each; no alarm's colour, since none of it is an alarm.

import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import type { AlarmSound } from '../alarm-sound.ts';
import { pageKey } from '../letter-keys.ts';
import { text } from '../text/text.ts';

export function SoundNotice({ sound }: { sound: AlarmSound }): VNode {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (pageKey(event) !== 'm') return;
      if (sound.pausedSeconds.peek() > 0) sound.resume();
      else if (sound.calling.peek()) sound.pause();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, [sound]);
  return (
    <div role="status" class="sound-notices">
      <Notice sound={sound} />
    </div>
  );
}

function Notice({ sound }: { sound: AlarmSound }): VNode | null {
  const words = text().sound;
  switch (sound.state.value) {
    case 'none':
      return <Line crossed={true}>{words.none}</Line>;
    case 'blocked':
      return (
        <Line crossed={true} button={words.turnOn} press={() => undefined}>
          <strong>{words.silent}</strong> {words.blocked}
        </Line>
      );
    case 'off':
      return (
        <Line crossed={true} button={words.turnOn} press={() => sound.turn(true)}>
          {words.off}
        </Line>
      );
    case 'ready':
      return <Ready sound={sound} />;
  }
}

function Ready({ sound }: { sound: AlarmSound }): VNode | null {
  const words = text().sound;
  const seconds = sound.pausedSeconds.value;
  if (seconds > 0)
    return (
      <Line crossed={true} button={words.onAgain} press={sound.resume}>
        {words.pausedFor}{' '}
        <span class="number" aria-hidden="true">
          {Math.floor(seconds / 60)}:{String(seconds % 60).padStart(2, '0')}
        </span>
        <span class="unseen">{words.minutesAtMost(Math.ceil(seconds / 60))}</span>. {words.newHigh}
      </Line>
    );
  if (!sound.calling.value) return null;
  return (
    <Line crossed={false} button={words.pause} press={sound.pause}>
      {words.sounds}
    </Line>
  );
}

type LineProps = {
  readonly crossed: boolean;
  readonly button?: string;
  readonly press?: () => void;
  readonly children: VNode | string | (VNode | string)[];
};

function Line({ crossed, button, press, children }: LineProps): VNode {
  return (
    <p class="sound-notice">
      <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
        <path d="M5 14V9a5 5 0 0 1 10 0v5l1.5 1.5h-13zM8.5 17.5h3" />
        {crossed && <path d="M3 2 17 18" />}
      </svg>
      <span>{children}</span>
      {button !== undefined && (
        <button type="button" onClick={press}>
          {button}
        </button>
      )}
    </p>
  );
}
