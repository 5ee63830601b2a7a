// How this browser shows and sounds: the light, the language, the sound. Each takes effect at once and stays.

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { AlarmSound } from '../alarm-sound.ts';
import { calm } from '../text/calm.ts';
import { chooseLanguage, LANGUAGES, type Language, language } from '../text/language.ts';
import { chooseTheme, THEMES, theme } from '../theme.ts';
import { OwnPassword } from './own-password.tsx';
import { PushChoice } from './push-choice.tsx';

/** Each in its own words: whoever looks for theirs cannot read the others. */
const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: 'English', de: 'Deutsch' };

type Props = {
  readonly sound: AlarmSound;
  readonly mayHavePassword: boolean;
  readonly close: () => void;
};

export function SettingsDialog({ sound, mayHavePassword, close }: Props): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  /** At once; its texts come a moment later. */
  const wanted = useSignal(language.peek());
  useEffect(() => dialog.current?.showModal(), []);
  const words = calm().settings;
  return (
    <dialog ref={dialog} class="ask settings" aria-labelledby="settings-title" onClose={close}>
      <h2 id="settings-title">{words.title}</h2>
      <fieldset>
        <legend>{words.theme}</legend>
        {THEMES.map((each) => (
          <label key={each}>
            <input
              type="radio"
              name="theme"
              checked={theme.value === each}
              onChange={() => chooseTheme(each)}
            />
            {words.themes[each]}
          </label>
        ))}
      </fieldset>
      <fieldset>
        <legend>{words.language}</legend>
        {LANGUAGES.map((each) => (
          <label key={each} lang={each}>
            <input
              type="radio"
              name="language"
              checked={wanted.value === each}
              onChange={() => {
                wanted.value = each;
                void chooseLanguage(each);
              }}
            />
            {LANGUAGE_NAMES[each]}
          </label>
        ))}
      </fieldset>
      <fieldset>
        <legend>{words.sound}</legend>
        <label>
          <input
            type="checkbox"
            checked={sound.state.value !== 'off'}
            onChange={(event) => sound.turn(event.currentTarget.checked)}
          />
          {words.soundOn}
        </label>
        <button type="button" onClick={sound.hear}>
          {words.hear}
        </button>
      </fieldset>
      <PushChoice />
      {mayHavePassword && <OwnPassword />}
      <button type="button" class="primary" onClick={() => dialog.current?.close()}>
        {calm().close}
      </button>
    </dialog>
  );
}
