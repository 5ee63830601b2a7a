// The page's port as the home's network sees it: by TLS, with whatever certificate is the newest.

import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Authority, type ServerCertificate } from '../certificate/authority.ts';
import { Home } from '../testing.ts';
import { ApiHome } from './api-sample.ts';

const NAMES = ['hub.test', '127.0.0.1'];
const certifier = new Home();
let first: ServerCertificate;
let second: ServerCertificate;
let house: ApiHome;

beforeAll(async () => {
  await certifier.start();
  const { db, keyring } = certifier.hub.vault;
  const authority = await Authority.open(db, keyring, 'heartwood/hub/1', Date.now());
  [first, second] = [
    await authority.issueServer(NAMES, Date.now()),
    await authority.issueServer(NAMES, Date.now()),
  ];
  house = await ApiHome.start({ tls: first });
});

afterAll(async () => {
  await house?.stop();
  certifier.remove();
});

async function opened(): Promise<TLSSocket> {
  const port = Number(new URL(house.api.url).port);
  const socket = connectTls({ host: '127.0.0.1', port, servername: 'hub.test', ca: [first.authority] });
  await once(socket, 'secureConnect');
  return socket;
}

/** Asks for the hub on a connection that is open already. */
async function asked(socket: TLSSocket): Promise<string> {
  socket.write('GET /api/session HTTP/1.1\r\nHost: hub.test\r\n\r\n');
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return bytes.toString().split('\r\n')[0] ?? '';
}

const serialOf = (socket: TLSSocket): string => socket.getPeerCertificate().serialNumber;

it('speaks TLS 1.3, and shows a new certificate to whoever comes after it; open connections go on', async () => {
  const before = await opened();
  expect(before.getProtocol()).toBe('TLSv1.3');
  house.api.renew(second);
  const after = await opened();
  expect(after.authorized).toBe(true);
  expect(serialOf(after)).not.toBe(serialOf(before));
  expect(await asked(before)).toBe('HTTP/1.1 401 Unauthorized');
  expect(await asked(after)).toBe('HTTP/1.1 401 Unauthorized');
  before.destroy();
  after.destroy();
});

it('a socket that begins no handshake is cut off', { timeout: 30_000 }, async () => {
  const socket = connectTcp({ host: '127.0.0.1', port: Number(new URL(house.api.url).port) });
  socket.on('error', () => undefined);
  await once(socket, 'close');
});
