// What Bluetooth lacks, and what it asks: for whoever runs the hub. A question waits a minute, then the answer is no.

import { useSignal } from '@preact/signals';
import type { TargetedSubmitEvent, VNode } from 'preact';
import { formatTime } from '../age.ts';
import type { Radio, RadioQuestion, RadioTrouble } from '../feed.ts';
import { answerPairing, questionWords } from '../pairing.ts';

const TROUBLES: Readonly<Record<RadioTrouble['kind'], (adapter: string) => string>> = {
  'no-bluetooth': () => 'Bluetooth is away: bluetoothd does not run.',
  'adapter-hangs': (adapter) => `The Bluetooth adapter ${adapter} hangs, and nothing has helped.`,
  'adapter-gone': (adapter) => `The Bluetooth adapter ${adapter} was pulled out.`,
};

export function RadioNotice({ radio }: { radio: Radio | null }): VNode {
  return (
    <div role="alert">
      {radio?.troubles.map(({ kind, adapter = '', since }) => (
        <p class="disk-low" key={`${kind} ${adapter}`}>
          <span>
            <strong>{TROUBLES[kind](adapter)}</strong> It began {formatTime(since)}. Run heartwood doctor
            --ble on the hub.
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
    <form class="disk-low" aria-label="Pair a Bluetooth device" onSubmit={submit}>
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
        {question.kind === 'enter-passkey' ? 'Pair' : 'Yes'}
      </button>{' '}
      <button type="button" aria-disabled={busy.value} onClick={() => void answer(false)}>
        No
      </button>
      <span class="why" role="status">
        {why.value}
      </span>
    </form>
  );
}
