// A SUBACK holds one code for each filter, in their order (MQTT-3.8.4-5, MQTT-3.9.3-1). aedes collects the filters of a
// SUBSCRIBE as keys of an object, so that one that comes twice is answered once, `__proto__` not at all, and those that
// are whole numbers first. So such a filter gets another name on its way through aedes: the one who decides looks up
// its own.

import type { Subscription } from 'aedes';

/** A key that an object moves or swallows. */
const UNKEPT = /^(\d+|__proto__)$/;

/**
 * Renames the filters of one SUBSCRIBE, in place, so that no two are the same and all keep their places. Of the same
 * filter the last keeps its name, since it replaces the others (MQTT-3.8.4-3).
 * @param version5 MQTT 5, where a shared subscription has a refusal of its own
 * @param renamed gets the name that each renamed one had
 */
export function distinguish(
  subscriptions: Subscription[],
  version5: boolean,
  renamed: WeakMap<Subscription, string>,
): void {
  const last = new Map(subscriptions.map(({ topic }, at) => [topic, at]));
  let names = 0;
  for (const [at, subscription] of subscriptions.entries()) {
    const { topic } = subscription;
    if (last.get(topic) === at && !UNKEPT.test(topic)) continue;
    const before = version5 && topic.startsWith('$share/') ? '$share/' : '';
    // A space begins no filter that is granted. The client may have thought of the same name.
    do subscription.topic = `${before} ${names++}`;
    while (last.has(subscription.topic));
    renamed.set(subscription, topic);
  }
}
