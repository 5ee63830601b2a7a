// The ladder of everybody, or of one patient: who is told after how long, and what may leave the house.

import { useSignal } from '@preact/signals';
import type { TargetedSubmitEvent, VNode } from 'preact';
import { PRIORITY_WORDS, type Priority } from '../alarm.ts';
import type { Arranged, Disclosure, Step, Telling } from '../telling.ts';
import { WAYS } from '../telling.ts';
import type { Change } from './contact-list.tsx';

type Props = { readonly telling: Telling; readonly runs: boolean; readonly change: Change };

const EVERYBODY = '';
const NOTHING: Arranged = { steps: [], disclose: 'nothing' };
const DISCLOSURES: readonly (readonly [Disclosure, string])[] = [
  ['nothing', 'that there is an alarm, how urgent, and when'],
  ['name', 'also the name, and what it is'],
  ['values', 'also what was measured'],
];
const FROM: readonly (readonly [Priority, string])[] = [
  ['high', 'high alarms'],
  ['medium', 'high and medium alarms'],
  ['low', 'all alarms'],
];

export function LadderEditor({ telling, runs, change }: Props): VNode {
  const chosen = useSignal(runs ? EVERYBODY : (telling.patients[0]?.patient ?? EVERYBODY));
  const whose = chosen.value;
  const own = telling.patients.find(({ patient }) => patient === whose)?.arranged;
  const arranged = (whose === EVERYBODY ? telling.everybody : own) ?? NOTHING;
  const path = whose === EVERYBODY ? '/api/ladder' : `/api/patients/${whose}/ladder`;
  const put = ({ steps, disclose }: Arranged): Promise<boolean> => change('PUT', path, { steps, disclose });
  const asEverybody = whose !== EVERYBODY && own === null;
  return (
    <section class="ladder" aria-labelledby="ladder-title">
      <h3 id="ladder-title">When</h3>
      <label>
        For{' '}
        <select value={whose} onChange={(event) => (chosen.value = event.currentTarget.value)}>
          {runs && <option value={EVERYBODY}>everybody</option>}
          {telling.patients.map(({ patient, name }) => (
            <option key={patient} value={patient}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {asEverybody ? (
        <>
          <p>As for everybody.</p>
          <button type="button" onClick={() => void put(telling.everybody ?? NOTHING)}>
            Arrange it for them alone
          </button>
        </>
      ) : (
        <>
          <Steps arranged={arranged} telling={telling} put={put} />
          <Leaves arranged={arranged} put={put} />
          {whose !== EVERYBODY && (
            <button type="button" onClick={() => void change('DELETE', path)}>
              As for everybody again
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
  const name = (number: number): string => contacts.find((one) => one.number === number)?.name ?? 'somebody';
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
        <p>Nobody is told.</p>
      ) : (
        <ol class="ladder-steps">
          {steps.map((step) => (
            <li key={`${step.after} ${step.contact}`}>
              <p>
                <strong>{step.after === 0 ? 'At once' : `After ${step.after} min`}</strong>:{' '}
                {name(step.contact)}, by {step.channels.map((way) => WAYS[way] ?? way).join(', ')}, of{' '}
                {FROM.find(([from]) => from === step.from)?.[1] ?? PRIORITY_WORDS[step.from]}
              </p>
              <button
                type="button"
                aria-label={`Leave out: ${name(step.contact)} after ${step.after} minutes`}
                onClick={() => void put({ ...arranged, steps: arranged.steps.filter((one) => one !== step) })}
              >
                Leave out
              </button>
            </li>
          ))}
        </ol>
      )}
      {contacts.length > 0 && (
        <form class="new-step" onSubmit={(event) => void submit(event)}>
          <label>
            After minutes
            <input name="after" type="number" min={0} max={1440} defaultValue="0" required />
          </label>
          <label>
            tell
            <select name="contact">
              {contacts.map((contact) => (
                <option key={contact.number} value={contact.number}>
                  {contact.name}
                </option>
              ))}
            </select>
          </label>
          <label>
            of
            <select name="from">
              {FROM.map(([from, words]) => (
                <option key={from} value={from}>
                  {words}
                </option>
              ))}
            </select>
          </label>
          <button type="submit">Add this step</button>
        </form>
      )}
    </>
  );
}

function Leaves({ arranged, put }: Editing): VNode {
  return (
    <fieldset>
      <legend>What leaves the house</legend>
      {DISCLOSURES.map(([disclose, words]) => (
        <label key={disclose}>
          <input
            type="radio"
            name="disclose"
            checked={arranged.disclose === disclose}
            onChange={() => void put({ ...arranged, disclose })}
          />
          {words}
        </label>
      ))}
    </fieldset>
  );
}
