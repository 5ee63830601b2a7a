// Changing one limit: what and why, then the same said back, to be confirmed.

import { useSignal } from '@preact/signals';
import type { TargetedSubmitEvent, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { OwnLimit, Rule } from '../care.ts';
import { delayWords, type LimitChange, ruleUnit, ruleWords, setLimit } from '../care-change.ts';
import { careText } from '../text/care.ts';
import { LimitTrial } from './limit-trial.tsx';

type Props = {
  readonly patient: string;
  readonly rule: Rule;
  readonly own: OwnLimit | undefined;
  /** With what was changed, or nothing where nothing was. */
  readonly done: (what: string | undefined) => void;
};

type What = 'set' | 'off' | 'default';
const OFF_MINUTES: readonly number[] = [15, 60, 240, 720, 1440];
const howLong = (minutes: number): string => {
  const words = careText().form;
  return minutes < 60 ? words.minutes(minutes) : words.hours(minutes / 60);
};

export function LimitForm({ patient, rule, own, done }: Props): VNode {
  const first = useRef<HTMLSelectElement>(null);
  const sure = useRef<HTMLButtonElement>(null);
  const what = useSignal<What>('set');
  const asked = useSignal<LimitChange | undefined>(undefined);
  const refused = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);
  const text = careText().form;
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
    if (why === undefined) done(text.done(words));
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
        <legend class="unseen">{text.confirm}</legend>
        <p>
          <strong>{words}</strong>
          {text.because(asked.value.why)}
        </p>
        {'limit' in asked.value && (
          <LimitTrial
            patient={patient}
            condition={rule.condition}
            limit={asked.value.limit}
            delaySeconds={asked.value.delaySeconds}
          />
        )}
        <button
          ref={sure}
          type="button"
          class="primary"
          aria-disabled={busy.value}
          onClick={() => void confirm()}
        >
          {text.yes}
        </button>
        <button type="button" onClick={() => (asked.value = undefined)}>
          {text.again}
        </button>
      </fieldset>
    );
  const [lowest, highest] = rule.range;
  return (
    <form class="change" onSubmit={review} onKeyDown={cancel}>
      <label>
        {careText().editor.change}
        <select ref={first} value={what.value} onChange={(e) => (what.value = e.currentTarget.value as What)}>
          <option value="set">{text.set}</option>
          <option value="off">{text.switchOff}</option>
          {own !== undefined && <option value="default">{text.back}</option>}
        </select>
      </label>
      {what.value === 'set' && (
        <>
          <label>
            {text.limit(lowest, highest, ruleUnit(rule))}
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
              {text.delay}
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
          {text.offFor}
          <select name="minutes">
            {OFF_MINUTES.map((minutes) => (
              <option key={minutes} value={minutes}>
                {howLong(minutes)}
              </option>
            ))}
            {rule.priority !== 'high' && <option value="">{text.forGood}</option>}
          </select>
        </label>
      )}
      <label class="wide">
        {careText().why}
        <input name="why" required maxLength={200} autocomplete="off" />
      </label>
      <button type="submit" class="primary">
        {text.review}
      </button>
      <button type="button" onClick={() => done(undefined)}>
        {careText().cancel}
      </button>
      <p class="why" role="alert">
        {refused.value}
      </p>
    </form>
  );
}

function changeWords(rule: Rule, change: LimitChange): string {
  const text = careText().form;
  const name = ruleWords(rule);
  const said = (limit: number, seconds: number): string =>
    `${name} ${limit} ${ruleUnit(rule)}, ${delayWords(seconds)}`;
  if ('default' in change) return text.toDefault(said(rule.limit, rule.delaySeconds));
  if ('limit' in change) return said(change.limit, change.delaySeconds);
  return change.minutes === undefined ? text.toOffForGood(name) : text.toOff(name, howLong(change.minutes));
}
