// Pairing, with an agent at the hub and a person at the device; and bonds that only one side remembers.

import { describe, expect, it } from 'vitest';
import { hasBusDaemon } from './daemon.ts';
import { ADAPTER, AGENT_MANAGER, CHARACTERISTIC, DEVICE } from './introspection.ts';
import type { PeripheralModel } from './model.ts';
import { type Bench, benches } from './test-bench.ts';
import { until } from './test-client.ts';

const start = benches();

async function meet(
  model: PeripheralModel,
  bondable = true,
  delayScale = 0.01,
): Promise<Bench & { readonly path: string }> {
  const bench = await start({ devices: [{ id: 'it', model, bondable }], delayScale });
  await bench.client.discover();
  const { path } = bench.bluez.device('it');
  await until(async () => path in (await bench.client.objects()));
  return { ...bench, path };
}

describe.skipIf(!hasBusDaemon())('pairing with simulated devices (needs dbus-daemon)', () => {
  it('just works, without any question, and tells Bonded and Paired', async () => {
    const { client, path } = await meet('blood-pressure-cuff');
    expect(await client.refusal(path, DEVICE, 'Pair')).toBe('no error');
    expect(
      client
        .changes(path, DEVICE)
        .some(({ changed }) => changed['Paired'] === true && changed['Bonded'] === true),
    ).toBe(true);
    expect(await client.refusal(path, DEVICE, 'Pair')).toBe('AlreadyExists: Already Exists');
  });

  it('the device shows a passkey, the person types it at the hub', async () => {
    const { bluez, client, path } = await meet('glucose-meter');
    const asked = await client.agent('KeyboardDisplay', () => bluez.device('it').person.shows);
    expect(await client.refusal(path, DEVICE, 'Pair')).toBe('no error');
    expect(asked).toEqual(['RequestPasskey']);
  });

  it('a wrong passkey fails, and leaves nothing behind', async () => {
    const { bluez, client, path } = await meet('glucose-meter');
    await client.agent('KeyboardDisplay', () => (bluez.device('it').person.shows! + 1) % 1_000_000);
    expect(await client.refusal(path, DEVICE, 'Pair')).toBe('AuthenticationFailed: Authentication Failed');
    expect(await client.get(path, DEVICE, 'Paired')).toBe(false);
  });

  it('the hub shows a passkey, and hears of each key that is typed at the device', async () => {
    const { client, path } = await meet('glucose-sensor');
    const asked = await client.agent('DisplayOnly', () => undefined);
    expect(await client.refusal(path, DEVICE, 'Pair')).toBe('no error');
    expect(asked).toEqual(Array(7).fill('DisplayPasskey'));
  });

  it('both show digits: either of the two may say no', async () => {
    const { bluez, client, path } = await meet('health-sensor');
    let says: 'yes' | 'no' = 'no';
    await client.agent('DisplayYesNo', () => {
      if (says === 'no') throw new Error('Rejected');
    });
    expect(await client.refusal(path, DEVICE, 'Pair')).toBe('AuthenticationFailed: Authentication Failed');
    says = 'yes';
    bluez.device('it').person.accepts = false;
    expect(await client.refusal(path, DEVICE, 'Pair')).toBe('AuthenticationFailed: Authentication Failed');
    bluez.device('it').person.accepts = true;
    expect(await client.refusal(path, DEVICE, 'Pair')).toBe('no error');
  });

  it('without an agent that can ask, a passkey device cannot be paired', async () => {
    const { client, path } = await meet('glucose-meter');
    expect(await client.refusal(path, DEVICE, 'Pair')).toBe('AuthenticationFailed: Authentication Failed');
  });

  it('CancelPairing ends a question that nobody answers', async () => {
    const { client, path } = await meet('glucose-meter', true, 0.1);
    const asked = await client.agent('KeyboardDisplay', (member) =>
      member === 'Cancel' ? undefined : new Promise(() => undefined),
    );
    const pairing = client.refusal(path, DEVICE, 'Pair');
    await until(() => asked.includes('RequestPasskey'));
    expect(await client.refusal(path, DEVICE, 'Pair')).toBe('InProgress: Operation already in progress');
    await client.call(path, DEVICE, 'CancelPairing');
    expect(await pairing).toBe('AuthenticationCanceled: Authentication Canceled');
    await until(() => asked.includes('Cancel'));
    expect(await client.refusal(path, DEVICE, 'CancelPairing')).toBe('DoesNotExist: Does Not Exist');
  });

  it('a question that nobody answers ends by itself', async () => {
    const { client, path } = await meet('glucose-meter');
    await client.agent('KeyboardDisplay', (member) =>
      member === 'Cancel' ? undefined : new Promise(() => undefined),
    );
    expect(await client.refusal(path, DEVICE, 'Pair')).toBe('AuthenticationTimeout: Authentication Timeout');
  });

  it('a cuff bonds only in the window after its button', async () => {
    const { bluez, client, path } = await meet('blood-pressure-cuff', false);
    expect(await client.refusal(path, DEVICE, 'Pair')).toBe('AuthenticationFailed: Authentication Failed');
    bluez.device('it').pressButton();
    expect(await client.refusal(path, DEVICE, 'Pair')).toBe('no error');
  });

  it('what is secured is not given without a bond', async () => {
    const { bluez, client, path } = await meet('glucose-meter');
    await client.connect('it');
    const measurement = await client.characteristic('it', '2A18');
    expect(await client.refusal(measurement, CHARACTERISTIC, 'StartNotify')).toBe('NotPermitted: Not paired');
    await client.agent('KeyboardDisplay', () => bluez.device('it').person.shows);
    await client.call(path, DEVICE, 'Pair');
    expect(await client.refusal(measurement, CHARACTERISTIC, 'StartNotify')).toBe('no error');
  });

  it('pairs by itself when something secured is touched, where asked for: once for all that is touched meanwhile', async () => {
    const { bluez, client } = await start({
      devices: [{ id: 'it', model: 'glucose-meter' }],
      pairsOnDemand: true,
    });
    await client.connect('it');
    const paths = await Promise.all(
      ['2A18', '2A34', '2A52'].map((uuid) => client.characteristic('it', uuid)),
    );
    const asked = await client.agent('KeyboardDisplay', () => bluez.device('it').person.shows);
    const refusals = paths.map((path) => client.refusal(path, CHARACTERISTIC, 'StartNotify'));
    expect(await Promise.all(refusals)).toEqual(['no error', 'no error', 'no error']);
    expect(asked).toEqual(['RequestPasskey']);
    expect(bluez.device('it').bonded).toBe(true);
  });

  it('is refused what is secured where pairing by itself fails', async () => {
    const { bluez, client } = await start({
      devices: [{ id: 'it', model: 'glucose-meter' }],
      pairsOnDemand: true,
    });
    await client.connect('it');
    const path = await client.characteristic('it', '2A18');
    expect(await client.refusal(path, CHARACTERISTIC, 'StartNotify')).toBe('NotPermitted: Not paired');
    expect(bluez.device('it').bonded).toBe(false);
  });

  it('a bond that the device forgot: AuthenticationFailed while Paired stays true, until it is removed', async () => {
    const { bluez, client, path } = await meet('scale');
    await client.call(path, DEVICE, 'Pair');
    bluez.device('it').loseLink();
    bluez.device('it').forgetBond();
    expect(await client.refusal(path, DEVICE, 'Connect')).toBe('AuthenticationFailed: Authentication Failed');
    expect(await client.get(path, DEVICE, 'Paired')).toBe(true);
    const link = client.changes(path, DEVICE).filter(({ changed }) => 'Connected' in changed);
    expect(link.at(-1)?.changed).toEqual({ ServicesResolved: false, Connected: false });
    await client.call(bluez.adapter().path, ADAPTER, 'RemoveDevice', 'o', [path]);
    await until(async () => path in (await client.objects()));
    expect(await client.refusal(path, DEVICE, 'Pair')).toBe('no error');
  });

  it('an agent that left the bus is asked no more', async () => {
    const { client, another, path } = await meet('glucose-meter');
    const second = await another();
    await second.agent('KeyboardDisplay', () => 1);
    second.close();
    await until(async () => (await client.refusal(path, DEVICE, 'Pair')).startsWith('AuthenticationFailed'));
    expect(await client.refusal('/org/bluez', AGENT_MANAGER, 'RegisterAgent', 'os', ['/a', 'Nonsense'])).toBe(
      'InvalidArguments: Invalid arguments in method call',
    );
  });
});
