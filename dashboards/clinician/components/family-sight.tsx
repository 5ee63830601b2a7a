// Who may see a patient, and who looked, a day at a time: the patient is told, and can ask for it to be taken back.

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { formatTime } from '../age.ts';
import type { Patient } from '../feed.ts';
import { fetchSight, type Look, type Sight } from '../sight.ts';
import { calm } from '../text/calm.ts';

type Props = {
  readonly patient: Patient;
  /** Whether the patient's name has to be said. */
  readonly named: boolean;
  /** The hub's clock when the view was opened. */
  readonly now: number;
};

type State = { readonly people: Sight['people']; readonly from: number; readonly looks: readonly Look[] };

export function FamilySight({ patient, named, now }: Props): VNode {
  const state = useSignal<State | undefined>(undefined);
  const failed = useSignal(false);
  const words = calm().family.sight;
  const ask = async (to: number): Promise<void> => {
    const sight = await fetchSight(patient.id, to);
    failed.value = sight === undefined;
    if (sight === undefined) return;
    const before = state.value;
    state.value = {
      people: before?.people ?? sight.people,
      from: sight.from,
      looks: [...sight.looks, ...(before?.looks ?? [])],
    };
  };
  useEffect(() => void ask(now + 1_000), [patient.id]);
  const heading = `sight-${patient.id}`;
  const told = state.value;
  return (
    <section class="card" aria-labelledby={heading}>
      <h2 id={heading}>{named ? `${words.title}: ${patient.name}` : words.title}</h2>
      {told !== undefined && (
        <>
          <ul class="people">
            {told.people.map(({ name, role, you }) => (
              <li key={name}>
                <strong>{name}</strong>{' '}
                <span class="quiet">
                  {you ? `${words.you}, ` : ''}
                  {roleWords(role)}
                </span>
              </li>
            ))}
          </ul>
          <p class="quiet">
            {words.change} <code>heartwood person</code>.
          </p>
          <h3>{words.looked}</h3>
          <p class="quiet">
            {told.looks.length === 0
              ? words.nobody(formatTime(told.from))
              : words.since(formatTime(told.from))}
          </p>
          <ul class="looks">
            {told.looks.toReversed().map((look) => (
              <li key={`${look.at} ${look.name}`}>
                <strong>{look.you ? words.you : (look.name ?? words.somebody)}</strong>{' '}
                <span class="quiet number">{formatTime(look.at)}</span>
              </li>
            ))}
          </ul>
          <button type="button" onClick={() => void ask(told.from)}>
            {words.earlier}
          </button>
        </>
      )}
      <p role="status">
        {failed.value && words.failed}{' '}
        {failed.value && told === undefined && (
          <button type="button" onClick={() => void ask(now + 1_000)}>
            {words.again}
          </button>
        )}
      </p>
    </section>
  );
}

function roleWords(role: string): string {
  const { roles } = calm().family.sight;
  return Object.hasOwn(roles, role) ? roles[role as keyof typeof roles] : role;
}
