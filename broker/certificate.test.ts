// Certificates of devices at the door, made with the openssl program: who gets in, and why everybody else does not.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt, { type IClientOptions } from 'mqtt';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Listener } from './index.ts';
import { type TestBroker, testBroker, until } from './testing.ts';

const folder = mkdtempSync(join(tmpdir(), 'heartwood-certificates-'));
afterAll(() => rmSync(folder, { recursive: true }));

const openssl = (...args: string[]): void =>
  void execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
const P256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
type Pair = { cert: string; key: string };
const pair = (name: string): Pair => ({
  cert: readFileSync(join(folder, `${name}.pem`), 'utf8'),
  key: readFileSync(join(folder, `${name}.key`), 'utf8'),
});
const authority = (name: string): Pair => {
  openssl(
    'req',
    '-x509',
    ...P256,
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.pem`,
  );
  return pair(name);
};
let made = 0;
/** A certificate of `signer`; by default as the hub makes them for the device strap-1. */
function certificate({
  signer = 'hub',
  subject = '/CN=strap-1',
  names = 'URI:urn:heartwood:device:strap-1',
  purpose = 'clientAuth',
  days = '2',
} = {}): Pair {
  const name = `device-${++made}`;
  openssl('req', '-new', ...P256, '-subj', subject, '-keyout', `${name}.key`, '-out', `${name}.csr`);
  writeFileSync(join(folder, 'ext'), `extendedKeyUsage=${purpose}\nsubjectAltName=${names}\n`);
  const ca = ['-CA', `${signer}.pem`, '-CAkey', `${signer}.key`, '-CAcreateserial'];
  openssl(
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    ...ca,
    '-days',
    days,
    '-extfile',
    'ext',
    '-out',
    `${name}.pem`,
  );
  return pair(name);
}

const hub = ((): Pair | undefined => {
  try {
    return authority('hub');
  } catch {
    return undefined;
  }
})();

describe.skipIf(hub === undefined)('a device’s certificate (needs the openssl program)', () => {
  const server =
    hub && certificate({ subject: '/CN=localhost', names: 'IP:127.0.0.1', purpose: 'serverAuth' });
  const listener = (): Listener => ({
    host: '127.0.0.1',
    port: 0,
    tls: { ...server!, clientAuthority: hub!.cert },
  });
  const start = (known?: (device: string) => string | undefined): Promise<TestBroker> =>
    testBroker({
      listeners: [listener()],
      ...(known && { recognize: async (device: string) => known(device) }),
    });
  const connect = async (test: TestBroker, options: IClientOptions): Promise<boolean> => {
    const client = mqtt.connect(`mqtts://127.0.0.1:${test.port}`, {
      clientId: 'strap-1',
      ca: hub!.cert,
      reconnectPeriod: 0,
      ...options,
    });
    onTestFinished(() => void client.end(true));
    client.on('error', () => undefined);
    return new Promise((resolve) => {
      client.once('connect', () => resolve(true));
      client.once('close', () => resolve(false));
    });
  };
  const why = (test: TestBroker): string[] =>
    test.events.flatMap((event) =>
      event.event === 'login-refused' ? [`${event.step} ${event.why ?? ''}`.trim()] : [],
    );

  it('lets it in without a password, also after the listener’s own was renewed', async () => {
    const asked: string[] = [];
    const test = await testBroker({
      listeners: [listener()],
      recognize: async (device, fingerprint) => {
        asked.push(`${device} ${fingerprint.length}`);
        return undefined;
      },
    });
    const shown = certificate();
    expect(await connect(test, shown)).toBe(true);
    test.broker.renew(
      certificate({ subject: '/CN=localhost', names: 'IP:127.0.0.1', purpose: 'serverAuth' }),
    );
    expect(await connect(test, { ...shown, username: 'strap-1' })).toBe(true);
    expect(asked).toEqual(['strap-1 64', 'strap-1 64']);
    expect(await connect(test, { username: 'strap-1', password: 'secret of strap-1' })).toBe(true);
    test.broker.disconnect('strap-1');
    await until(() => test.broker.connected().length === 0, 'the connection ends');
  });

  it.each([
    ['that has ended', () => certificate({ days: '-1' }), /^certificate-trusted CERT_HAS_EXPIRED$/],
    [
      'of another authority',
      () => {
        authority('other');
        return certificate({ signer: 'other' });
      },
      /^certificate-trusted /,
    ],
    [
      'that it signed itself',
      () => authority('strap-1'),
      /^certificate-trusted DEPTH_ZERO_SELF_SIGNED_CERT$/,
    ],
    [
      'of another device',
      () => certificate({ subject: '/CN=strap-2', names: 'URI:urn:heartwood:device:strap-2' }),
      /^certificate-names-device$/,
    ],
    [
      'whose names differ',
      () => certificate({ names: 'URI:urn:heartwood:device:strap-2' }),
      /^certificate-names-device$/,
    ],
    [
      'with two names',
      () => certificate({ names: 'URI:urn:heartwood:device:strap-1,URI:urn:heartwood:device:strap-2' }),
      /^certificate-names-device$/,
    ],
    [
      'that may be a server too',
      () => certificate({ purpose: 'clientAuth,serverAuth' }),
      /^certificate-names-device$/,
    ],
    ['of a server', () => server as Pair, /^certificate-trusted INVALID_PURPOSE$/],
    ['of the authority itself', () => hub as Pair, /^certificate-/],
  ])('%s is refused, and the log says why', async (_what, make, reason) => {
    const test = await start(() => undefined);
    expect(await connect(test, make())).toBe(false);
    expect(why(test)).toEqual([expect.stringMatching(reason)]);
  });

  it('that the hub does not know any more is refused, as it says', async () => {
    const test = await start(() => 'revoked');
    expect(await connect(test, certificate())).toBe(false);
    const without = await start();
    expect(await connect(without, certificate())).toBe(false);
    expect([...why(test), ...why(without)]).toEqual([
      'certificate-current revoked',
      'certificate-current no-certificates',
    ]);
  });

  it('is not mixed with a password or another’s name', async () => {
    const test = await start(() => undefined);
    const shown = certificate();
    expect(await connect(test, { ...shown, username: 'strap-1', password: 'secret of strap-1' })).toBe(false);
    expect(await connect(test, { ...shown, username: 'strap-2' })).toBe(false);
    expect(await connect(test, {})).toBe(false);
    expect(why(test)).toEqual([
      'password-or-certificate',
      'user-name-is-client-id',
      'user-name-is-client-id',
    ]);
  });
});
