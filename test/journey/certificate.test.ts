// A device with a key of its own: somebody makes a claim, the device comes with it, gets a certificate, publishes by it,
// renews it by itself, and is cut off when it is revoked. And everybody who is not this device.

import { request } from 'node:https';
import {
  type DeviceCertificate,
  enrollByClaim,
  newRequest,
  parseClaimLink,
  renewCertificate,
} from '@heartwood/device-sim/certificate';
import { encodeMessageJson } from '@heartwood/vitals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Device } from './device.ts';
import { Home } from './home.ts';
import { type HubProcess, JOURNEY, until } from './program.ts';

const HOST = '127.0.0.1';
const heartRate = (seq: number): Uint8Array =>
  encodeMessageJson({ seq, readings: [{ measurement: { kind: 'heart-rate', value: 60 + (seq % 40) } }] });

let home: Home;
let hub: HubProcess;
let url: string;
let port: number;
beforeEach(async () => {
  home = new Home();
  hub = await home.start('--reach', 'home', '--mqtt-tls-port', '0');
  const { mqttTlsPort, page } = await hub.ready;
  url = `mqtts://${HOST}:${mqttTlsPort}`;
  port = Number(new URL(page).port);
});
afterEach(() => home.close());

const claim = async (device = 'strap-1'): Promise<string> =>
  JSON.parse(await home.insist('enroll', device, '--patient', 'Ada', '--claim', '--json')).link;
const enrolled = async (
  device = 'strap-1',
  kind: 'p-256' | 'ed25519' = 'p-256',
): Promise<DeviceCertificate> => enrollByClaim(parseClaimLink(await claim(device)), kind, HOST);
const strap = (
  { authority: ca, certificate: cert, key }: DeviceCertificate,
  id = 'strap-1',
  more: object = {},
): Device =>
  new Device({
    id,
    qos: 1,
    protocolVersion: 5,
    inFlightMax: 5,
    body: heartRate,
    connection: { ca, cert, key, ...more },
  });
/** Why the last login was refused, as the log says it. */
const refusal = async (device: Device): Promise<string> => {
  const before = hub.log('login-refused').length;
  expect(await device.connect(url)).toBe(false);
  await until(() => hub.log('login-refused').length > before, 'the log says why');
  const { step, why = '' } = hub.log('login-refused').at(-1) ?? {};
  return `${step} ${why}`.trim();
};
const post = (path: string, body: object, ca: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    request({ host: HOST, port, path, method: 'POST', headers, ca, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end(JSON.stringify(body));
  });

describe('a device with a key of its own', JOURNEY, () => {
  it('is claimed, publishes, renews its certificate, and is cut off within a second', async () => {
    const first = await enrolled();
    expect(first.mqtt.every((one) => one.startsWith('mqtts://'))).toBe(true);
    const device = strap(first);
    expect(await device.connect(url)).toBe(true);
    device.offer(3);
    await until(() => device.acknowledged.size === 3, 'three acknowledgements');

    const second = await renewCertificate(first, { host: HOST, port }, 'ed25519');
    expect(second.key).not.toBe(first.key);
    // Still good: the answer might have been lost.
    expect(await strap(first).connect(url)).toBe(true);
    const renewed = strap(second);
    expect(await renewed.connect(url)).toBe(true);
    expect(await refusal(strap(first))).toBe('certificate-current not-current');

    expect((await home.run('revoke', 'strap-1')).status).toBe(0);
    // The hub looks every 400 ms; a busy machine may take its time over the rest.
    await until(() => !renewed.connected, 'the connection ends', 5_000);
    expect(await refusal(renewed)).toBe('certificate-current revoked');
    await expect(renewCertificate(second, { host: HOST, port }, 'p-256')).rejects.toMatchObject({
      status: 403,
    });
    expect(await home.exported()).toHaveLength(3);

    const again = strap(await enrolled('strap-1', 'ed25519'));
    expect(await again.connect(url)).toBe(true);
    again.leave();
    expect((await home.run('fsck')).status).toBe(0);
  });

  it('is nobody else, by whatever it shows', async () => {
    const [own, other] = [await enrolled(), await enrolled('strap-2')];
    expect(await refusal(strap(own, 'strap-2'))).toBe('certificate-names-device');
    expect(await refusal(strap(own, 'strap-1', { username: 'strap-2' }))).toBe('user-name-is-client-id');
    expect(await refusal(strap(own, 'strap-1', { password: 'x' }))).toBe('password-or-certificate');
    expect(await refusal(strap(own, 'strap-1', { cert: undefined, key: undefined }))).toBe(
      'nobody-anonymous',
    );
    expect(await refusal(strap(own, 'strap-1', { cert: undefined, key: undefined, password: 'x' }))).toBe(
      'password-right',
    );
    const overWeb = strap(own);
    expect(await overWeb.connect(`${url.replace('mqtts:', 'wss:')}/mqtt`)).toBe(true);
    overWeb.offer(1);
    await until(() => overWeb.acknowledged.size === 1, 'an acknowledgement over WebSocket');
    overWeb.leave();
    const nameless = strap(own, 'strap-1', { username: undefined });
    expect(await nameless.connect(url)).toBe(true);
    nameless.leave();

    // A password takes the certificate's place; and a new claim the password's.
    const live = strap(other, 'strap-2');
    expect(await live.connect(url)).toBe(true);
    const password = await home.enroll('strap-2', 'Ada');
    await until(() => !live.connected, 'the connection by certificate ends');
    expect(await refusal(strap(other, 'strap-2'))).toBe('certificate-current password-device');
    const byPassword = strap(own, 'strap-2', { cert: undefined, key: undefined, password });
    expect(await byPassword.connect(url)).toBe(true);
    const claimed = strap(await enrolled('strap-2'), 'strap-2');
    expect(await claimed.connect(url)).toBe(true);
    expect(await refusal(strap(own, 'strap-2', { cert: undefined, key: undefined, password }))).toBe(
      'password-right',
    );

    // What another hub's authority signed for a device of the same name.
    const elsewhere = new Home();
    try {
      const foreign = await elsewhere.start('--reach', 'home', '--mqtt-tls-port', '0');
      await foreign.ready;
      const said = await elsewhere.insist('enroll', 'strap-1', '--patient', 'Bea', '--claim', '--json');
      const link = parseClaimLink(JSON.parse(said).link);
      const theirs = await enrollByClaim(link, 'p-256', HOST);
      expect(await refusal(strap({ ...theirs, authority: own.authority }))).toMatch(/^certificate-trusted /);
      await expect(
        renewCertificate({ ...theirs, authority: own.authority }, { host: HOST, port }, 'p-256'),
      ).rejects.toMatchObject({ status: 401 });
      // A claim names its hub: another that answers in its place gets neither code nor request.
      await expect(enrollByClaim({ ...link, port }, 'p-256', HOST)).rejects.toThrow('another hub');
    } finally {
      await elsewhere.close();
    }
  });

  it('needs a claim that is right and not used; guesses are few', async () => {
    const link = parseClaimLink(await claim());
    const { authority } = await enrollByClaim(link, 'p-256', HOST);
    const { csr } = await newRequest('p-256');
    expect(await post('/api/enroll', { code: link.code, csr }, authority)).toBe(403);
    expect(await post('/api/enroll', { code: link.code }, authority)).toBe(400);
    expect(await post('/api/enroll', { code: link.code, csr: 'x' }, authority)).toBe(422);
    expect(await post('/api/renew', { csr }, authority)).toBe(401);
    const guesses: (number | undefined)[] = [];
    for (let n = 0; n < 10; n++)
      guesses.push(await post('/api/enroll', { code: 'AAAA-AAAA-AAAA', csr }, authority));
    expect(guesses.slice(0, 6)).toEqual([403, 403, 403, 403, 403, 403]);
    expect(guesses.slice(6)).toEqual([429, 429, 429, 429]);
  });

  it('gets no claim from a hub that the network cannot reach', async () => {
    await hub.stop();
    const asked = ['strap-3', '--patient', 'Ada', '--claim'] as const;
    expect((await home.run('enroll', ...asked)).status).toBe(1);
    await home.start();
    const { status, err } = await home.run('enroll', ...asked);
    expect([status, err]).toEqual([1, expect.stringContaining('--reach home')]);
    expect((await home.run('enroll', ...asked, '--ble', 'C0:FF:EE:00:12:34')).status).toBe(2);
  });
});
