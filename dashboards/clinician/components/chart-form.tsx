// Writing down what somebody sees at the bedside. What is left empty was not looked at: it is never sent as normal.

import type { Consciousness } from '@heartwood/vitals';
import type { ReadonlySignal } from '@preact/signals';
import { useSignal } from '@preact/signals';
import type { TargetedSubmitEvent, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { formatAgo } from '../age.ts';
import { type Chart, CONSCIOUSNESS_WORDS, oxygenWords, sendChart } from '../care.ts';
import type { Patient } from '../feed.ts';

type Props = {
  readonly patient: Patient;
  readonly now: ReadonlySignal<number>;
  readonly close: () => void;
};

type NumberField = keyof Omit<Chart, 'oxygenLitres' | 'consciousness'>;
const NUMBERS: readonly (readonly [field: NumberField, label: string, min: number, max: number])[] = [
  ['respiratoryRate', 'Breaths a minute', 0, 150],
  ['spo2', 'Oxygen saturation, %', 10, 100],
  ['pulse', 'Pulse a minute', 5, 600],
  ['systolic', 'Systolic pressure, mmHg', 10, 500],
  ['diastolic', 'Diastolic pressure, mmHg', 10, 500],
  ['temperature', 'Temperature, °C', 9, 48],
];

export function ChartForm({ patient, now, close }: Props): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const onOxygen = useSignal<'' | 'air' | 'oxygen'>('');
  const why = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);
  useEffect(() => dialog.current?.showModal(), []);
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    if (busy.value) return;
    const seen = readForm(new FormData(event.currentTarget), onOxygen.value);
    if (Object.keys(seen).length === 0) {
      why.value = 'Write down at least one thing that you have seen.';
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
      <h2 id="chart-title">Chart of {patient.name}</h2>
      <p class="quiet">
        What you see now, in your name. Leave out what you did not look at: it stays as it was.
      </p>
      <form class="change" onSubmit={(event) => void submit(event)}>
        <label>
          Breathing
          <select
            value={onOxygen.value}
            onChange={(event) => (onOxygen.value = event.currentTarget.value as '' | 'air' | 'oxygen')}
          >
            <option value="">not looked at</option>
            <option value="air">air</option>
            <option value="oxygen">oxygen</option>
          </select>
          {oxygen !== undefined && (
            <span class="quiet">
              {oxygenWords(oxygen.litres)}, {oxygen.by}, {formatAgo(now.value - oxygen.at)}
            </span>
          )}
        </label>
        {onOxygen.value === 'oxygen' && (
          <label>
            Litres a minute
            <input name="litres" type="number" inputMode="decimal" step="any" min={0.1} max={80} required />
          </label>
        )}
        <label>
          Consciousness
          <select name="consciousness">
            <option value="">not looked at</option>
            {(Object.keys(CONSCIOUSNESS_WORDS) as Consciousness[]).map((each) => (
              <option key={each} value={each}>
                {CONSCIOUSNESS_WORDS[each]}
              </option>
            ))}
          </select>
          {consciousness !== undefined && (
            <span class="quiet">
              {CONSCIOUSNESS_WORDS[consciousness.value]}, {consciousness.by},{' '}
              {formatAgo(now.value - consciousness.at)}
            </span>
          )}
        </label>
        {NUMBERS.map(([field, label, min, max]) => (
          <label key={field}>
            {label}
            <input name={field} type="number" inputMode="decimal" step="any" min={min} max={max} />
          </label>
        ))}
        <button type="submit" class="primary" aria-disabled={busy.value}>
          Chart it
        </button>
        <button type="button" onClick={() => dialog.current?.close()}>
          Not now
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
  const numbers = NUMBERS.flatMap(([field]) => {
    const value = String(form.get(field) ?? '').trim();
    return value === '' ? [] : [[field, Number(value)] as const];
  });
  return {
    ...(onOxygen !== '' && { oxygenLitres: onOxygen === 'air' ? 0 : Number(form.get('litres')) }),
    ...(consciousness !== '' && { consciousness: consciousness as Consciousness }),
    ...Object.fromEntries(numbers),
  };
}
