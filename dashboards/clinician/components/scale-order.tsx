// By which scale saturation counts in NEWS2. Scale 2 is for people whose target is 88 to 92 %, by a named order alone.

import type { ReadonlySignal } from '@preact/signals';
import { useSignal } from '@preact/signals';
import type { TargetedSubmitEvent, VNode } from 'preact';
import { formatAgo } from '../age.ts';
import { orderScale } from '../care-change.ts';
import type { Patient } from '../feed.ts';
import { careText } from '../text/care.ts';

type Props = {
  readonly patient: Patient;
  readonly mayOrder: boolean;
  readonly now: ReadonlySignal<number>;
};

export function ScaleOrder({ patient, mayOrder, now }: Props): VNode {
  const asking = useSignal(false);
  const text = careText().order;
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
      <h3 id="scale-title">{text.title}</h3>
      <p>
        {scale2 === undefined
          ? text.scale1
          : text.scale2(scale2.by, formatAgo(now.value - scale2.at), scale2.why)}
      </p>
      {mayOrder && !asking.value && (
        <button type="button" onClick={() => (asking.value = true)}>
          {next === 2 ? text.to2 : text.to1}
        </button>
      )}
      {asking.value && (
        <form class="change" onSubmit={(event) => void submit(event)}>
          {next === 2 && <p class="wide">{text.mind}</p>}
          <label class="wide">
            {careText().why}
            <input name="why" required maxLength={200} autocomplete="off" />
          </label>
          <button type="submit" class="primary">
            {text.inMyName(next)}
          </button>
          <button type="button" onClick={() => (asking.value = false)}>
            {careText().cancel}
          </button>
          <p class="why" role="alert">
            {said.value}
          </p>
        </form>
      )}
    </section>
  );
}
