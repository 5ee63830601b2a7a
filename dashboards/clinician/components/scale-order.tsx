// By which scale saturation counts in NEWS2. Scale 2 is for people whose target is 88 to 92 %, by a named order alone.

import type { ReadonlySignal } from '@preact/signals';
import { useSignal } from '@preact/signals';
import type { TargetedSubmitEvent, VNode } from 'preact';
import { formatAgo } from '../age.ts';
import { orderScale } from '../care.ts';
import type { Patient } from '../feed.ts';

type Props = {
  readonly patient: Patient;
  readonly mayOrder: boolean;
  readonly now: ReadonlySignal<number>;
};

export function ScaleOrder({ patient, mayOrder, now }: Props): VNode {
  const asking = useSignal(false);
  const said = useSignal<string | undefined>(undefined);
  const { scale2 } = patient.care;
  const next = scale2 === undefined ? 2 : 1;
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const why = String(new FormData(event.currentTarget).get('why')).trim();
    said.value = await orderScale(patient.id, next, why);
    if (said.value === undefined) asking.value = false;
  };
  return (
    <section class="scale-order" aria-labelledby="scale-title">
      <h3 id="scale-title">Saturation in NEWS2</h3>
      <p>
        {scale2 === undefined
          ? 'Scale 1, which is everybody’s.'
          : `Scale 2 (target 88 to 92 %), ordered by ${scale2.by}, ${formatAgo(now.value - scale2.at)}: ${scale2.why}.`}
      </p>
      {mayOrder && !asking.value && (
        <button type="button" onClick={() => (asking.value = true)}>
          {next === 2 ? 'Order scale 2' : 'Go back to scale 1'}
        </button>
      )}
      {asking.value && (
        <form class="change" onSubmit={(event) => void submit(event)}>
          {next === 2 && (
            <p class="wide">
              Only for proven or suspected hypercapnic respiratory failure: saturations that are low for
              others will not count, and high ones on oxygen will.
            </p>
          )}
          <label class="wide">
            Why
            <input name="why" required maxLength={200} autocomplete="off" />
          </label>
          <button type="submit" class="primary">
            {next === 2 ? 'Order scale 2 in my name' : 'Order scale 1 in my name'}
          </button>
          <button type="button" onClick={() => (asking.value = false)}>
            Cancel
          </button>
          <p class="why" role="alert">
            {said.value}
          </p>
        </form>
      )}
    </section>
  );
}
