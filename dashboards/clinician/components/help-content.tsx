// The keys, and what the signs of a row mean.

import type { VNode } from 'preact';
import { letterKeysOn, turnLetterKeys } from '../letter-keys.ts';
import { patientText } from '../text/patient.ts';

export function HelpContent({ close }: { readonly close: () => void }): VNode {
  const words = patientText().help;
  return (
    <>
      <h2 id="help-title">{words.title}</h2>
      <dl class="keys">
        {Object.entries(words.keys).map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <label class="letter-keys">
        <input
          type="checkbox"
          defaultChecked={letterKeysOn()}
          onChange={(event) => turnLetterKeys(event.currentTarget.checked)}
        />{' '}
        {words.letters}
      </label>
      <p>
        <strong>{words.order}</strong> {words.orderIs}
      </p>
      <p>
        <strong>{words.score}</strong> {words.scoreIs}
      </p>
      <p>
        <strong>{words.seal}</strong> {words.sealIs}
      </p>
      <button type="button" class="primary" onClick={close}>
        {words.close}
      </button>
    </>
  );
}
