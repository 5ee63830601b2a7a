// What Bluetooth lacks, and what it asks: for whoever runs the hub. A question waits a minute, then the answer is no.

import { useSignal } from '@preact/signals';
import type { TargetedSubmitEvent, VNode } from 'preact';
import { formatTime } from '../age.ts';
import type { Radio, RadioQuestion } from '../feed.ts';
import { answerPairing, questionWords } from '../pairing.ts';
import { text } from '../text/text.ts';

type Props = {
  readonly radio: Radio | null;
  /** Conditions that the bar of alarms shows. */
  readonly told: ReadonlySet<string>;
};

export function RadioNotice({ radio, told }: Props): VNode {
  const troubles = radio?.troubles.filter(
    ({ kind, adapter }) => !told.has(adapter === undefined ? kind : `${kind}:${adapter}`),
  );
  return (
    <div role="alert">
      {troubles?.map(({ kind, adapter = '', since }) => (
        <p class="disk-low" key={`${kind} ${adapter}`}>
          <span>
            <strong>{text().radio.troubles[kind](adapter)}</strong> {text().radio.since(formatTime(since))}
          </span>
        </p>
      ))}
      {radio?.questions.map((question) => (
        <Question key={question.id} question={question} />
      ))}
    </div>
  );
}

function Question({ question }: { question: RadioQuestion }): VNode {
  const why = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);
  const answer = async (given: boolean | string): Promise<void> => {
    if (busy.value) return;
    busy.value = true;
    why.value = await answerPairing(question.id, given);
    busy.value = false;
  };
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const digits = new FormData(event.currentTarget).get('digits');
    void answer(question.kind === 'enter-passkey' ? String(digits).trim() : true);
  };
  const words = questionWords(question);
  if (question.kind === 'show-passkey')
    return (
      <p class="disk-low">
        <strong>{words}</strong>
      </p>
    );
  return (
    <form class="disk-low" aria-label={text().radio.label} onSubmit={submit}>
      {question.kind === 'enter-passkey' ? (
        <label>
          <strong>{words}</strong>{' '}
          <input
            name="digits"
            inputMode="numeric"
            pattern="[0-9]{1,6}"
            maxLength={6}
            autocomplete="off"
            required
          />
        </label>
      ) : (
        <strong>{words}</strong>
      )}{' '}
      <button type="submit" class="primary" aria-disabled={busy.value}>
        {question.kind === 'enter-passkey' ? text().radio.pair : text().radio.yes}
      </button>{' '}
      <button type="button" aria-disabled={busy.value} onClick={() => void answer(false)}>
        {text().radio.no}
      </button>
      <span class="why" role="status">
        {why.value}
      </span>
    </form>
  );
}
