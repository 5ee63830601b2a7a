// Starts a simulated BlueZ and a client for one test, fast, and ends both after it.

import { afterEach } from 'vitest';
import { type Bluez, type BluezOptions, type DeviceWanted, startBluez } from './bluez.ts';
import { openTestClient, type TestClient } from './test-client.ts';

export const STRAP: DeviceWanted = { id: 'strap', model: 'heart-rate-strap' };

export type Bench = {
  readonly bluez: Bluez;
  readonly client: TestClient;
  /** A further client. */
  another(): Promise<TestClient>;
};

/** Gives a function that starts benches; whatever it started ends after each test. */
export function benches(): (options?: Partial<BluezOptions>) => Promise<Bench> {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });
  return async (options = {}) => {
    const bluez = await startBluez({
      seed: 'bench',
      devices: [STRAP],
      delayScale: 0.01,
      pace: 20,
      startAtMs: Date.UTC(2026, 10, 21, 12),
      ...options,
    });
    ends.push(bluez.stop);
    const another = async (): Promise<TestClient> => {
      const client = await openTestClient(bluez);
      ends.unshift(client.close);
      return client;
    };
    return { bluez, client: await another(), another };
  };
}
