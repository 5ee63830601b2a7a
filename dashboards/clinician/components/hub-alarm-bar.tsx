// The hub's own alarms, above whatever is shown, for whoever runs it: said, signed and answered as a patient's are.

import type { VNode } from 'preact';
import { hubAlarmed } from '../hub-alarms.ts';
import type { Page } from '../page.ts';
import { text } from '../text/text.ts';
import { AlarmBar } from './alarm-bar.tsx';
import { AlarmCall } from './alarm-call.tsx';

export function HubAlarmBar({ page }: { page: Page }): VNode {
  const hub = [hubAlarmed(text().alarms.hubName, page.hubAlarms.list.value)];
  return (
    <div class="hub-alarms">
      <AlarmBar
        patients={hub}
        now={page.now}
        named={text().alarms.ofHub}
        answered={() => void page.hubAlarms.look()}
      />
      <AlarmCall patients={hub} />
    </div>
  );
}
