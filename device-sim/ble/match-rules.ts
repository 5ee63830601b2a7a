// How many match rules each client has in force, as the daemon itself counts them (org.freedesktop.DBus.Debug.Stats), asked
// through a connection that does nothing else.

import { Message, sessionBus } from 'dbus-next';
import { ignoreErrors } from './wire.ts';

/** Match rules in force by client (unique name), without the one who asks. */
export async function matchRules(address: string): Promise<Readonly<Record<string, number>>> {
  const bus = sessionBus({ busAddress: address });
  ignoreErrors(bus);
  try {
    const reply = await bus.call(
      new Message({
        destination: 'org.freedesktop.DBus',
        path: '/org/freedesktop/DBus',
        interface: 'org.freedesktop.DBus.Debug.Stats',
        member: 'GetAllMatchRules',
      }),
    );
    const rules = (reply?.body[0] ?? {}) as Readonly<Record<string, readonly string[]>>;
    const own = bus.name;
    return Object.fromEntries(
      Object.entries(rules)
        .filter(([client]) => client !== own)
        .map(([client, list]) => [client, list.length]),
    );
  } finally {
    bus.disconnect();
  }
}
