// The ladder of everybody, or of one patient: who is told after how long, and what may leave the house.

import { useSignal } from '@preact/signals';
import type { TargetedSubmitEvent, VNode } from 'preact';
import type { Priority } from '../alarm.ts';
import type { Arranged, Disclosure, Step, Telling } from '../telling.ts';
import { wayWords } from '../telling.ts';
import { tellingText } from '../text/telling.ts';
import type { Change } from './contact-list.tsx';

type Props = { readonly telling: Telling; readonly runs: boolean; readonly change: Change };

const EVERYBODY = '';
const NOTHING: Arranged = { steps: [], disclose: 'nothing' };
const DISCLOSURES: readonly Disclosure[] = ['nothing', 'name', 'values'];
const FROM: readonly Priority[] = ['high', 'medium', 'low'];

export function LadderEditor({ telling, runs, change }: Props): VNode {
  const chosen = useSignal(runs ? EVERYBODY : (telling.patients[0]?.patient ?? EVERYBODY));
  const whose = chosen.value;
  const words = tellingText();
  const own = telling.patients.find(({ patient }) => patient === whose)?.arranged;
  const arranged = (whose === EVERYBODY ? telling.everybody : own) ?? NOTHING;
  const path = whose === EVERYBODY ? '/api/ladder' : `/api/patients/${whose}/ladder`;
  const put = ({ steps, disclose }: Arranged): Promise<boolean> => change('PUT', path, { steps, disclose });
  const asEverybody = whose !== EVERYBODY && own === null;
  return (
    <section class="ladder" aria-labelledby="ladder-title">
      <h3 id="ladder-title">{words.when}</h3>
      <label>
        {words.for}{' '}
        <select value={whose} onChange={(event) => (chosen.value = event.currentTarget.value)}>
          {runs && <option value={EVERYBODY}>{words.everybody}</option>}
          {telling.patients.map(({ patient, name }) => (
            <option key={patient} value={patient}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {asEverybody ? (
        <>
          <p>{words.asEverybody}</p>
          <button type="button" onClick={() => void put(telling.everybody ?? NOTHING)}>
            {words.forThemAlone}
          </button>
        </>
      ) : (
        <>
          <Steps arranged={arranged} telling={telling} put={put} />
          <Leaves arranged={arranged} put={put} />
          {whose !== EVERYBODY && (
            <button type="button" onClick={() => void change('DELETE', path)}>
              {words.asEverybodyAgain}
            </button>
          )}
        </>
      )}
    </section>
  );
}

type Editing = { readonly arranged: Arranged; readonly put: (next: Arranged) => Promise<boolean> };

function Steps({ arranged, telling, put }: Editing & { readonly telling: Telling }): VNode {
  const { contacts } = telling;
  const words = tellingText();
  const name = (number: number): string =>
    contacts.find((one) => one.number === number)?.name ?? words.somebody;
  const steps = arranged.steps.toSorted((one, other) => one.after - other.after);
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const contact = Number(given.get('contact'));
    const step: Step = {
      after: Number(given.get('after')),
      contact,
      channels: contacts.find(({ number }) => number === contact)?.ways ?? [],
      from: given.get('from') as Priority,
    };
    if (await put({ ...arranged, steps: [...arranged.steps, step] })) form.reset();
  };
  return (
    <>
      {steps.length === 0 ? (
        <p>{words.nobodyIsTold}</p>
      ) : (
        <ol class="ladder-steps">
          {steps.map((step) => (
            <li key={`${step.after} ${step.contact}`}>
              <p>
                <strong>{step.after === 0 ? words.atOnce : words.after(step.after)}</strong>
                {words.step(name(step.contact), wayWords(step.channels), words.from[step.from])}
              </p>
              <button
                type="button"
                aria-label={words.leaveOutWhich(name(step.contact), step.after)}
                onClick={() => void put({ ...arranged, steps: arranged.steps.filter((one) => one !== step) })}
              >
                {words.leaveOut}
              </button>
            </li>
          ))}
        </ol>
      )}
      {contacts.length > 0 && (
        <form class="new-step" onSubmit={(event) => void submit(event)}>
          <label>
            {words.afterMinutes}
            <input name="after" type="number" min={0} max={1440} defaultValue="0" required />
          </label>
          <label>
            {words.tell}
            <select name="contact">
              {contacts.map((contact) => (
                <option key={contact.number} value={contact.number}>
                  {contact.name}
                </option>
              ))}
            </select>
          </label>
          <label>
            {words.of}
            <select name="from">
              {FROM.map((from) => (
                <option key={from} value={from}>
                  {words.from[from]}
                </option>
              ))}
            </select>
          </label>
          <button type="submit">{words.addStep}</button>
        </form>
      )}
    </>
  );
}

function Leaves({ arranged, put }: Editing): VNode {
  const words = tellingText();
  return (
    <fieldset>
      <legend>{words.leaves}</legend>
      {DISCLOSURES.map((disclose) => (
        <label key={disclose}>
          <input
            type="radio"
            name="disclose"
            checked={arranged.disclose === disclose}
            onChange={() => void put({ ...arranged, disclose })}
          />
          {words.disclosures[disclose]}
        </label>
      ))}
    </fieldset>
  );
}
