// Whether this browser is told of alarms while the page is closed.

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { endPush, type PushState, pushState, startPush } from '../push.ts';
import { tellingText } from '../text/telling.ts';

export function PushChoice(): VNode {
  const state = useSignal<PushState | undefined>(undefined);
  const why = useSignal<string | undefined>(undefined);
  const look = async (): Promise<void> => {
    state.value = await pushState();
  };
  useEffect(() => void look(), []);
  const turn = async (on: boolean): Promise<void> => {
    why.value = await (on ? startPush() : endPush());
    await look();
  };
  const { value } = state;
  const words = tellingText().push;
  return (
    <fieldset>
      <legend>{words.title}</legend>
      <label>
        <input
          type="checkbox"
          checked={value === 'on'}
          disabled={value === undefined || value === 'impossible' || value === 'denied'}
          onChange={(event) => void turn(event.currentTarget.checked)}
        />
        {words.on}
      </label>
      <p class="why" role="status">
        {value === 'denied' ? words.denied : why.value}
      </p>
    </fieldset>
  );
}
