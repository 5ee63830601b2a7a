// The house is told: a message on a topic of a broker, for a lamp, a bell, a home automation. QoS 1, not retained: an alarm
// of last week must not ring when the bell is plugged in again.

import { connectAsync } from 'mqtt';
import type { Channel } from './message.ts';
import { connectionFault, NotDelivered } from './message.ts';
import { messageJson } from './webhook.ts';

export type MqttOptions = {
  /** `mqtts://USER:PASSWORD@HOST[:PORT]`; `mqtt://` on this machine alone. */
  readonly url: string;
  readonly ca: readonly string[] | undefined;
};

export function mqttChannel({ url, ca }: MqttOptions): Channel {
  const { username, password } = new URL(url);
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return {
    deliver: async (to, message, signal) => {
      const ended = Promise.withResolvers<never>();
      ended.promise.catch(() => undefined);
      const stop = (): void =>
        ended.reject(new NotDelivered('timeout', 'The broker did not answer in time.'));
      signal.addEventListener('abort', stop, { once: true });
      // Aborted already: the event has passed.
      if (signal.aborted) stop();
      const connecting = connectAsync(bare.href, {
        reconnectPeriod: 0,
        connectTimeout: 60_000,
        ...(username !== '' && {
          username: decodeURIComponent(username),
          password: decodeURIComponent(password),
        }),
        ...(ca !== undefined && { ca: [...ca] }),
      });
      const leave = (): void =>
        void connecting.then((client) => client.endAsync(true)).catch(() => undefined);
      try {
        const client = await Promise.race([connecting, ended.promise]);
        client.on('error', ended.reject);
        client.on('close', () => ended.reject(new NotDelivered('unreachable', 'The broker went away.')));
        await Promise.race([client.publishAsync(to, messageJson(message), { qos: 1 }), ended.promise]);
        return { how: 'accepted' };
      } catch (error) {
        throw mqttFault(error, signal);
      } finally {
        signal.removeEventListener('abort', stop);
        leave();
      }
    },
  };
}

/** CONNACK codes of MQTT 3.1.1: 4 and 5 are about who we are; of PUBACK codes (MQTT 5) 0x87 is. */
function mqttFault(error: unknown, signal: AbortSignal): NotDelivered {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 4 || code === 5 || code === 0x86 || code === 0x87)
    return new NotDelivered('login-refused', 'The broker does not let the hub in.');
  return connectionFault(error, signal);
}
