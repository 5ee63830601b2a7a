// Changing one limit: what and why, then the same said back, to be confirmed.

import { useSignal } from '@preact/signals';
import type { TargetedSubmitEvent, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { type LimitChange, type OwnLimit, type Rule, ruleUnit, ruleWords, setLimit } from '../care.ts';

type Props = {
  readonly patient: string;
  readonly rule: Rule;
  readonly own: OwnLimit | undefined;
  /** With what was changed, or nothing where nothing was. */
  readonly done: (what: string | undefined) => void;
};

type What = 'set' | 'off' | 'default';
const OFF_MINUTES: readonly (readonly [minutes: number, words: string])[] = [
  [15, '15 minutes'],
  [60, '1 hour'],
  [240, '4 hours'],
  [720, '12 hours'],
  [1440, '24 hours'],
];

export function LimitForm({ patient, rule, own, done }: Props): VNode {
  const first = useRef<HTMLSelectElement>(null);
  const sure = useRef<HTMLButtonElement>(null);
  const what = useSignal<What>('set');
  const asked = useSignal<LimitChange | undefined>(undefined);
  const refused = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);
  const reviewing = asked.value !== undefined;
  useEffect(() => (reviewing ? sure.current : first.current)?.focus(), [reviewing]);
  const words = asked.value === undefined ? '' : changeWords(rule, asked.value);

  const review = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    refused.value = undefined;
    const form = new FormData(event.currentTarget);
    const why = String(form.get('why')).trim();
    if (what.value === 'default') asked.value = { default: true, why };
    else if (what.value === 'off') {
      const minutes = Number(form.get('minutes')) || undefined;
      asked.value = { off: true, ...(minutes !== undefined && { minutes }), why };
    } else {
      const delaySeconds = Number(form.get('delay') ?? 0);
      asked.value = { limit: Number(form.get('limit')), delaySeconds, why };
    }
  };
  const confirm = async (): Promise<void> => {
    if (asked.value === undefined || busy.value) return;
    busy.value = true;
    const why = await setLimit(patient, rule.condition, asked.value);
    busy.value = false;
    if (why === undefined) done(`Done: ${words}.`);
    else {
      refused.value = why;
      asked.value = undefined;
    }
  };
  const cancel = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    // The form's own: the dialog stays.
    event.preventDefault();
    event.stopPropagation();
    done(undefined);
  };

  if (asked.value !== undefined)
    return (
      <fieldset class="confirm" onKeyDown={cancel}>
        <legend class="unseen">Confirm the change</legend>
        <p>
          <strong>{words}</strong>, because: {asked.value.why}.
        </p>
        <button
          ref={sure}
          type="button"
          class="primary"
          aria-disabled={busy.value}
          onClick={() => void confirm()}
        >
          Yes, change it
        </button>
        <button type="button" onClick={() => (asked.value = undefined)}>
          Back
        </button>
      </fieldset>
    );
  const [lowest, highest] = rule.range;
  return (
    <form class="change" onSubmit={review} onKeyDown={cancel}>
      <label>
        Change
        <select ref={first} value={what.value} onChange={(e) => (what.value = e.currentTarget.value as What)}>
          <option value="set">set a limit</option>
          <option value="off">switch off</option>
          {own !== undefined && <option value="default">back to the default</option>}
        </select>
      </label>
      {what.value === 'set' && (
        <>
          <label>
            Limit, {lowest} to {highest} {ruleUnit(rule)}
            <input
              name="limit"
              type="number"
              inputMode="decimal"
              step="any"
              min={lowest}
              max={highest}
              required
              defaultValue={String(own?.limit ?? rule.limit)}
            />
          </label>
          {rule.delaySeconds > 0 && (
            <label>
              Alarm after, seconds
              <input
                name="delay"
                type="number"
                inputMode="numeric"
                min={0}
                max={rule.priority === 'high' ? 60 : 600}
                required
                defaultValue={String(own?.delaySeconds ?? rule.delaySeconds)}
              />
            </label>
          )}
        </>
      )}
      {what.value === 'off' && (
        <label>
          Off for
          <select name="minutes">
            {OFF_MINUTES.map(([minutes, said]) => (
              <option key={minutes} value={minutes}>
                {said}
              </option>
            ))}
            {rule.priority !== 'high' && <option value="">good, until somebody sets it</option>}
          </select>
        </label>
      )}
      <label class="wide">
        Why
        <input name="why" required maxLength={200} autocomplete="off" />
      </label>
      <button type="submit" class="primary">
        Review
      </button>
      <button type="button" onClick={() => done(undefined)}>
        Cancel
      </button>
      <p class="why" role="alert">
        {refused.value}
      </p>
    </form>
  );
}

function changeWords(rule: Rule, change: LimitChange): string {
  const name = ruleWords(rule);
  const after = (seconds: number): string => (seconds === 0 ? 'at once' : `after ${seconds} s`);
  if ('default' in change)
    return `${name} ${rule.limit} ${ruleUnit(rule)}, ${after(rule.delaySeconds)}, the default`;
  if ('limit' in change) return `${name} ${change.limit} ${ruleUnit(rule)}, ${after(change.delaySeconds)}`;
  const said = OFF_MINUTES.find(([minutes]) => minutes === change.minutes)?.[1];
  return `${name}: off ${said === undefined ? 'for good' : `for ${said}`}`;
}
