import { decodeHeartRate } from '@heartwood/vitals/gatt';
import { afterEach, describe, expect, it } from 'vitest';
import { type Bluez, type BluezOptions, startBluez } from './bluez.ts';
import { hasBusDaemon } from './daemon.ts';
import { ADAPTER, CHARACTERISTIC, DEVICE } from './introspection.ts';
import { hexOf, openTestClient, type TestClient, until } from './test-client.ts';

const running: { stop(): unknown }[] = [];
async function start(options: Partial<BluezOptions> = {}): Promise<{ bluez: Bluez; client: TestClient }> {
  const bluez = await startBluez({
    seed: 'bluez',
    devices: [{ id: 'strap', model: 'heart-rate-strap' }],
    delayScale: 0.01,
    pace: 20,
    ...options,
  });
  running.push(bluez);
  const client = await openTestClient(bluez);
  return { bluez, client };
}
afterEach(async () => {
  for (const { stop } of running.splice(0)) await stop();
});

describe.skipIf(!hasBusDaemon())('simulated BlueZ (needs dbus-daemon)', () => {
  it('finds a strap, connects, and hears what went onto the bus, octet by octet', async () => {
    const { bluez, client } = await start();
    await client.connect('strap');
    const path = await client.characteristic('strap', '2A37');
    await client.call(path, CHARACTERISTIC, 'StartNotify');
    await until(() => client.values(path).length >= 3);
    bluez.device('strap').loseLink();
    await until(() =>
      client
        .changes(bluez.device('strap').path, DEVICE)
        .some(({ changed }) => changed['Connected'] === false),
    );
    expect(client.values(path).map(hexOf)).toEqual(bluez.truth.samples.map(({ value }) => hexOf(value)));
    for (const value of client.values(path)) expect(decodeHeartRate(value).kind).toBe('decoded');
  });

  it('answers as BlueZ does to what cannot be', async () => {
    const { bluez, client } = await start();
    const { path } = bluez.adapter();
    expect(await client.refusal(path, ADAPTER, 'StopDiscovery')).toBe('Failed: No discovery started');
    await client.call(path, ADAPTER, 'StartDiscovery');
    expect(await client.refusal(path, ADAPTER, 'StartDiscovery')).toBe(
      'InProgress: Operation already in progress',
    );
    expect(await client.refusal(path, ADAPTER, 'RemoveDevice', 'o', ['/nowhere'])).toBe(
      'DoesNotExist: Does Not Exist',
    );
  });
});
