// A hub that answers the home's network: by TLS alone, with a certificate of its own that a device or a browser was given
// to trust; and a device that is turned away while it is connected.

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { encodeMessageJson } from '@heartwood/vitals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Device } from './device.ts';
import { Home } from './home.ts';
import { JOURNEY, pause, until } from './program.ts';

const heartRate = (seq: number): Uint8Array =>
  encodeMessageJson({ seq, readings: [{ measurement: { kind: 'heart-rate', value: 60 + (seq % 40) } }] });
const strap = (password: string, connection: object = {}): Device =>
  new Device({
    id: 'strap-1',
    password,
    qos: 1,
    protocolVersion: 5,
    inFlightMax: 5,
    body: heartRate,
    connection,
  });

let home: Home;
beforeEach(() => {
  home = new Home();
});
afterEach(() => home.close());

/** The status of the page over TLS; the error's code where it cannot be trusted. */
const pageOver = (port: number, ca: string | undefined): Promise<number | string | undefined> =>
  new Promise((resolve) => {
    request({ host: '127.0.0.1', port, path: '/', ...(ca !== undefined && { ca }) }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', (error) => resolve(String('code' in error ? error.code : error)))
      .end();
  });

describe('a hub within reach of the home', JOURNEY, () => {
  it('takes readings and shows its page by TLS, to whoever was given its authority', async () => {
    const hub = await home.start('--reach', 'home', '--mqtt-tls-port', '0');
    const { mqttTlsPort = 0, page } = await hub.ready;
    const ca = readFileSync(join(home.data, 'authority.pem'), 'utf8');
    expect(hub.out).toContain(new X509Certificate(ca).fingerprint256);
    expect(page).toMatch(/^https:/);
    const port = Number(new URL(page).port);
    expect(await pageOver(port, ca)).toBe(200);
    // The chain that it shows ends in its own authority, which nobody trusts unasked.
    expect(await pageOver(port, undefined)).toBe('SELF_SIGNED_CERT_IN_CHAIN');

    const password = await home.enroll('strap-1', 'Ada');
    const trusting = strap(password, { ca });
    expect(await trusting.connect(`mqtts://127.0.0.1:${mqttTlsPort}`)).toBe(true);
    trusting.offer(3);
    await until(() => trusting.acknowledged.size === 3, 'three acknowledgements');
    trusting.leave();
    expect(await strap(password).connect(`mqtts://127.0.0.1:${mqttTlsPort}`)).toBe(false);
    // Both listeners answer other machines too, so neither may speak without TLS.
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();

    expect(await hub.stop()).toBe(0);
    const again = await home.start('--reach', 'home', '--mqtt-tls-port', '0');
    expect(readFileSync(join(home.data, 'authority.pem'), 'utf8')).toBe(ca);
    expect(await pageOver(Number(new URL((await again.ready).page).port), ca)).toBe(200);
    expect((await home.run('fsck')).status).toBe(0);
  });

  it('answers nobody but this machine unless it is told to', async () => {
    const hub = await home.start();
    expect((await hub.ready).mqttTlsPort).toBeUndefined();
    expect(hub.log('listening').map(({ host }) => host)).toEqual(['127.0.0.1']);
  });
});

describe('a device that is revoked', JOURNEY, () => {
  it('is cut off within a second, stays out, and what it sent stays', async () => {
    const hub = await home.start();
    const { mqtt = '' } = await hub.ready;
    const password = await home.enroll('strap-1', 'Ada');
    const device = strap(password);
    await device.connect(mqtt);
    device.offer(5);
    await until(() => device.acknowledged.size === 5, 'five acknowledgements');

    const { status, out } = await home.run('revoke', 'strap-1');
    expect([status, out]).toEqual([0, expect.stringContaining('is revoked')]);
    // The hub looks every 400 ms; a busy machine may take its time over the rest.
    await until(() => !device.connected, 'the connection ends', 5_000);
    expect(await device.connect(mqtt)).toBe(false);
    await pause(100);
    expect(device.acknowledged.size).toBe(5);
    expect(await home.exported()).toHaveLength(5);

    expect((await home.run('revoke', 'strap-1')).status).toBe(1);
    expect((await home.run('revoke', 'nobody')).status).toBe(1);
    const renewed = strap(await home.enroll('strap-1', 'Ada'));
    expect(await renewed.connect(mqtt)).toBe(true);
    renewed.leave();
    expect((await home.run('fsck')).status).toBe(0);
  });
});
