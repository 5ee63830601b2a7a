// The event that is being proved, as the screen has it: what happened, to whom, when, and all that the record holds of it.

import type { ReadonlySignal } from '@preact/signals';
import type { VNode } from 'preact';
import { formatAgo, formatTime } from '../age.ts';
import type { Patient } from '../feed.ts';
import { chartsText } from '../text/charts.ts';
import type { HubEventTold } from '../trend/event.ts';
import { markWords } from '../trend/mark.ts';

type Props = {
  readonly event: HubEventTold;
  readonly patient: Patient | undefined;
  readonly now: ReadonlySignal<number>;
};

/** Said above, or a number of the hub's own. */
const SAID: ReadonlySet<string> = new Set(['slot']);

export function EventFacts({ event, patient, now }: Props): VNode {
  const { at, name, detail } = event;
  const words = chartsText().fact;
  return (
    <div class="facts">
      <p class="fact-value">
        <strong>{markWords(event)}</strong>
      </p>
      <dl>
        <div>
          <dt>{words.patient}</dt>
          <dd>{patient?.name ?? words.unknownPatient}</dd>
        </div>
        <div>
          <dt>{words.written}</dt>
          <dd>
            {formatTime(at)}, {formatAgo(now.value - at)}
          </dd>
        </div>
        <div>
          <dt>{words.record}</dt>
          <dd>
            {name}
            {Object.entries(detail)
              .filter(([key]) => !SAID.has(key))
              .map(([key, value]) => `, ${key} ${value}`)}
          </dd>
        </div>
      </dl>
    </div>
  );
}
