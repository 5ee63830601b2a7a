// What would have been an alarm today, and was held back since another signal spoke against it: always counted, never
// hidden, each provable like a reading (docs/spec/alarms.md).

import { type ReadonlySignal, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { fetchEvents, type HubEventTold } from '../trend/event.ts';
import { heldBackWords } from '../trend/mark.ts';
import { timeWords } from '../zone.ts';

type Props = {
  readonly patient: string;
  readonly now: ReadonlySignal<number>;
  readonly zone: string | undefined;
  readonly open: (event: HubEventTold) => void;
};

/** Seldom enough for a small hub, which looks through a day of its record; whoever opens the list asks anew. */
const ASK_MS = 5 * 60_000;

export function HeldBackList({ patient, now, zone, open }: Props): VNode {
  const held = useSignal<readonly HubEventTold[] | undefined>(undefined);
  const asking = useSignal<AbortController | undefined>(undefined);
  const ask = (): void => {
    asking.value?.abort();
    const controller = new AbortController();
    asking.value = controller;
    const found = new Map<string, HubEventTold>();
    const tell = (events: readonly HubEventTold[]): void => {
      for (const event of events) if (event.name === 'alarm-held-back') found.set(event.id, event);
    };
    const to = now.peek() + 1;
    fetchEvents(patient, { from: new Date(to).setHours(0, 0, 0, 0), to }, tell, controller.signal).then(
      () => {
        held.value = [...found.values()].sort((a, b) => b.at - a.at);
      },
      // What was known stays; it is asked again.
      () => undefined,
    );
  };
  useEffect(() => {
    held.value = undefined;
    ask();
    const timer = setInterval(ask, ASK_MS);
    return () => {
      clearInterval(timer);
      asking.value?.abort();
    };
  }, [patient]);

  const count = held.value?.length;
  return (
    <details
      class="held-back"
      onToggle={(event) => {
        if (event.currentTarget.open) ask();
      }}
    >
      <summary>
        Held back: {count === undefined ? 'not known yet' : count === 0 ? 'none' : count} today
      </summary>
      <p class="quiet">
        A high alarm is checked before it is raised. These were not raised, since another signal spoke against
        them, or nobody could tell.
      </p>
      {count !== undefined && count > 0 && (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">What</th>
                <th scope="col">Proof</th>
              </tr>
            </thead>
            <tbody>
              {held.value?.map((event) => (
                <tr key={event.id}>
                  <td class="number">{timeWords(event.at, zone)}</td>
                  <td>{heldBackWords(event)}</td>
                  <td>
                    <button type="button" class="row-verify" onClick={() => open(event)}>
                      Verify <span class="number">{event.id}</span>
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}
