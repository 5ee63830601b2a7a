import { X509Certificate } from 'node:crypto';
import { connect, createServer } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fsck } from '../inspect/fsck.ts';
import { Home } from '../testing.ts';
import { Authority } from './authority.ts';
import { machineNames } from './names.ts';

let home: Home;
beforeEach(async () => {
  home = new Home();
  await home.start();
});
afterEach(() => home.remove());

const open = (): Promise<Authority> => {
  const { db, keyring, identity } = home.hub.vault;
  return Authority.open(db, keyring, identity.origin, Date.now());
};

describe('the hub’s authority', () => {
  it('is made once, sealed, and the same after a restart', async () => {
    const first = (await open()).pem;
    expect((await open()).pem).toBe(first);
    home.crash();
    await home.start();
    expect((await open()).pem).toBe(first);
    const { value } = home.hub.vault.db.prepare("SELECT value FROM meta WHERE name = 'authority'").get() as {
      value: Buffer;
    };
    expect(value.includes('BEGIN CERTIFICATE')).toBe(false);
  });

  it('that was altered on disk is found', async () => {
    await open();
    const { vault } = home.hub;
    expect(fsck(vault, () => undefined).problems).toEqual([]);
    vault.db.exec("UPDATE meta SET value = randomblob(length(value)) WHERE name = 'authority'");
    const found = fsck(vault, () => undefined).problems.map(({ where }) => where);
    expect(found).toContain('the certificate authority');
  });

  it('may sign certificates, no further authority, and says nothing about anybody', async () => {
    const cert = new X509Certificate((await open()).pem);
    expect(cert.ca).toBe(true);
    expect(cert.verify(cert.publicKey)).toBe(true);
    expect(cert.subject).toBe(`CN=Heartwood ${home.hub.vault.identity.origin.split('/').at(-1)}`);
    expect(cert.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' });
    // Also where the clock was ahead when it was made.
    expect(Date.parse(cert.validFrom)).toBe(Date.UTC(2026, 0, 1));
    expect(Date.parse(cert.validTo) - Date.now()).toBeGreaterThan(19 * 365 * 86_400_000);
  });

  it('vouches for the hub’s names, for a month, with a new key each time', async () => {
    const authority = await open();
    const one = await authority.issueServer(['hub.local', '192.168.1.7', '::1'], Date.now());
    const cert = new X509Certificate(one.cert);
    expect(cert.checkIssued(new X509Certificate(authority.pem))).toBe(true);
    expect(cert.verify(new X509Certificate(authority.pem).publicKey)).toBe(true);
    expect(cert.ca).toBe(false);
    expect(cert.checkHost('hub.local')).toBe('hub.local');
    expect(cert.checkIP('192.168.1.7')).toBe('192.168.1.7');
    expect(cert.checkHost('elsewhere.example')).toBeUndefined();
    expect(cert.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    const days = (one.notAfterMs - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(29);
    expect(days).toBeLessThan(31);
    expect((await authority.issueServer(['hub.local'], Date.now())).key).not.toBe(one.key);
  });

  it('is what a client of TLS 1.3 needs, and all that it needs', async () => {
    const { cert, key, authority } = await (await open()).issueServer(['localhost', '127.0.0.1'], Date.now());
    const server = createServer({ cert, key, minVersion: 'TLSv1.3' }, (socket) => socket.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const ask = (ca?: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect({ port, host: '127.0.0.1', ...(ca !== undefined && { ca }) });
        socket.on('data', (data) => resolve(`${socket.getProtocol()} ${data}`));
        socket.on('error', (error) => resolve(String('code' in error ? error.code : error)));
      });
    expect(await ask(authority)).toBe('TLSv1.3 hello');
    expect(await ask()).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    server.close();
  });
});

describe('the machine’s names', () => {
  const v4 = { address: '192.168.1.7', family: 'IPv4', internal: false } as const;
  const link = { address: 'fe80::1', family: 'IPv6', internal: false } as const;
  it('are its host name, the one of multicast DNS, and its addresses without a zone', () => {
    const interfaces = { eth0: [v4, link], wlan0: undefined } as never;
    expect(machineNames('Hub.lan', interfaces)).toEqual([
      'hub.local',
      'hub',
      'localhost',
      '192.168.1.7',
      '127.0.0.1',
      '::1',
    ]);
  });
  it('leave out what no certificate may carry', () => {
    expect(machineNames('my_hub', {})).toEqual(['localhost', '127.0.0.1', '::1']);
  });
});
