// High alarms, said aloud at once wherever the visitor is: what a screen reader hears without looking for it.

import type { VNode } from 'preact';
import { type Alarmed, alarmed } from '../alarm.ts';
import { alarmWords } from '../alarm-words.ts';
import { text } from '../text/text.ts';

/** High alarms of anybody, wherever the visitor is. */
export function AlarmCall({ patients }: { readonly patients: readonly Alarmed[] }): VNode {
  return (
    <p class="unseen" role="alert">
      {urgent(alarmed(patients))}
    </p>
  );
}

/** Said aloud whenever it changes: the high alarms that wait for somebody. */
function urgent(rows: readonly Alarmed[]): string {
  const said = rows.flatMap(({ name, alarms }) =>
    alarms
      .filter(({ priority, presence }) => priority === 'high' && presence === 'on')
      .map((alarm) => `${name}: ${alarmWords(alarm)}.`),
  );
  return said.length === 0 ? '' : text().alarms.call(said.join(' '));
}
