// Writing down what somebody sees at the bedside. What is left empty was not looked at: it is never sent as normal.

import type { Consciousness } from '@heartwood/vitals';
import type { ReadonlySignal } from '@preact/signals';
import { useSignal } from '@preact/signals';
import type { TargetedSubmitEvent, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { formatAgo } from '../age.ts';
import { type Chart, oxygenWords, sendChart } from '../care-change.ts';
import type { Patient } from '../feed.ts';
import { careText } from '../text/care.ts';

type Props = {
  readonly patient: Patient;
  readonly now: ReadonlySignal<number>;
  readonly close: () => void;
};

type NumberField = keyof Omit<Chart, 'oxygenLitres' | 'consciousness' | 'at'>;
const NUMBERS: readonly (readonly [field: NumberField, min: number, max: number])[] = [
  ['respiratoryRate', 0, 150],
  ['spo2', 10, 100],
  ['pulse', 5, 600],
  ['systolic', 10, 500],
  ['diastolic', 10, 500],
  ['temperature', 9, 48],
];

/** The hub takes what was seen within a day. */
const BACK_MAX_MS = 24 * 3_600_000;
const MINUTE_MS = 60_000;

/** `2026-11-21T13:10` by the viewer's clock, as the field has it. */
function localMinute(ms: number): string {
  const minutesWest = new Date(ms).getTimezoneOffset();
  return new Date(ms - minutesWest * MINUTE_MS).toISOString().slice(0, 16);
}

export function ChartForm({ patient, now, close }: Props): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const onOxygen = useSignal<'' | 'air' | 'oxygen'>('');
  const why = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);
  const text = careText().chart;
  const levels = careText().consciousness;
  useEffect(() => dialog.current?.showModal(), []);
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    if (busy.value) return;
    const seen = readForm(new FormData(event.currentTarget), onOxygen.value);
    if (Object.keys(seen).every((field) => field === 'at')) {
      why.value = text.nothing;
      return;
    }
    busy.value = true;
    why.value = await sendChart(patient.id, seen);
    busy.value = false;
    if (why.value === undefined) dialog.current?.close();
  };
  const { oxygen, consciousness } = patient.care;
  return (
    <dialog ref={dialog} class="ask care chart-form" aria-labelledby="chart-title" onClose={close}>
      <h2 id="chart-title">{text.title(patient.name)}</h2>
      <p class="quiet">{text.lead}</p>
      <form class="change" onSubmit={(event) => void submit(event)}>
        <label>
          {text.breathing}
          <select
            value={onOxygen.value}
            onChange={(event) => (onOxygen.value = event.currentTarget.value as '' | 'air' | 'oxygen')}
          >
            <option value="">{text.notSeen}</option>
            <option value="air">{text.onAir}</option>
            <option value="oxygen">{text.onOxygen}</option>
          </select>
          {oxygen !== undefined && (
            <span class="quiet">
              {text.by(oxygenWords(oxygen.litres), oxygen.by, formatAgo(now.value - oxygen.at))}
            </span>
          )}
        </label>
        {onOxygen.value === 'oxygen' && (
          <label>
            {text.litres}
            <input name="litres" type="number" inputMode="decimal" step="any" min={0.1} max={80} required />
          </label>
        )}
        <label>
          {text.state}
          <select name="consciousness">
            <option value="">{text.notSeen}</option>
            {(Object.keys(levels) as Consciousness[]).map((each) => (
              <option key={each} value={each}>
                {levels[each]}
              </option>
            ))}
          </select>
          {consciousness !== undefined && (
            <span class="quiet">
              {text.by(
                levels[consciousness.value],
                consciousness.by,
                formatAgo(now.value - consciousness.at),
              )}
            </span>
          )}
        </label>
        {NUMBERS.map(([field, min, max]) => (
          <label key={field}>
            {text.fields[field]}
            <input name={field} type="number" inputMode="decimal" step="any" min={min} max={max} />
          </label>
        ))}
        <label>
          {text.when}
          <input
            name="at"
            type="datetime-local"
            min={localMinute(now.value - BACK_MAX_MS + MINUTE_MS)}
            max={localMinute(now.value)}
          />
        </label>
        <button type="submit" class="primary" aria-disabled={busy.value}>
          {text.send}
        </button>
        <button type="button" onClick={() => dialog.current?.close()}>
          {text.notNow}
        </button>
        <p class="why" role="alert">
          {why.value}
        </p>
      </form>
    </dialog>
  );
}

function readForm(form: FormData, onOxygen: '' | 'air' | 'oxygen'): Chart {
  const consciousness = String(form.get('consciousness'));
  const at = Date.parse(String(form.get('at') ?? ''));
  const numbers = NUMBERS.flatMap(([field]) => {
    const value = String(form.get(field) ?? '').trim();
    return value === '' ? [] : [[field, Number(value)] as const];
  });
  return {
    ...(onOxygen !== '' && { oxygenLitres: onOxygen === 'air' ? 0 : Number(form.get('litres')) }),
    ...(consciousness !== '' && { consciousness: consciousness as Consciousness }),
    ...Object.fromEntries(numbers),
    ...(Number.isFinite(at) && { at }),
  };
}
