// A device that sends what a test hands it, byte for byte, and waits for the acknowledgement.

import { topicOf } from '@heartwood/vitals';
import mqtt, { type IClientOptions } from 'mqtt';
import { pause } from './program.ts';

export type Sender = {
  /** Resolves at the acknowledgement. */
  send(body: Uint8Array | string, contentType?: string): Promise<void>;
  end(): Promise<void>;
};

/** Connects with MQTT 5. Rejects when the hub refuses. */
export async function sender(
  url: string,
  id: string,
  password: string,
  connection: IClientOptions = {},
): Promise<Sender> {
  const client = await mqtt.connectAsync(url, {
    clientId: id,
    username: id,
    password,
    protocolVersion: 5,
    reconnectPeriod: 0,
    ...connection,
  });
  client.on('error', () => undefined);
  return {
    send: async (body, contentType) => {
      const properties = contentType === undefined ? {} : { properties: { contentType } };
      const sent = client.publishAsync(topicOf(id, 'readings'), Buffer.from(body), { qos: 1, ...properties });
      const late = pause(10_000).then(() => Promise.reject(new Error('no acknowledgement within 10 s')));
      await Promise.race([sent, late]);
      late.catch(() => undefined);
    },
    end: () => client.endAsync(true),
  };
}
