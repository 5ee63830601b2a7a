// People are told: a hub that runs as at home tells a real broker of a real alarm, once, over a kill; and the broker's own
// ways to fail, under TLS.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { type Message, NotDelivered, openChannels } from '@heartwood/gateway';
import { encodeMessageJson } from '@heartwood/vitals';
import { Aedes } from 'aedes';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Home } from './home.ts';
import { JOURNEY, until } from './program.ts';
import { sender } from './sender.ts';

let home: Home;
let broker: Broker | undefined;
beforeEach(() => {
  home = new Home();
});
afterEach(async () => {
  await broker?.close();
  broker = undefined;
  await home.close();
});

type Told = { readonly topic: string; readonly said: Record<string, unknown> };
type Broker = { readonly port: number; readonly told: Told[]; close(): Promise<void> };

/** A broker that somebody else runs; everybody may connect, unless it asks for this password. */
async function startBroker(
  listen: (handle: (socket: Socket) => void) => Server,
  password?: string,
  deaf = false,
): Promise<Broker> {
  const aedes = await Aedes.createBroker({
    authenticate: (_client, _name, given, done) =>
      done(null, password === undefined || String(given) === password),
    // Deaf: it takes a message and never acknowledges it.
    authorizePublish: (_client, _packet, done) => {
      if (!deaf) done(null);
    },
  });
  const told: Told[] = [];
  aedes.on('publish', ({ topic, payload }, client) => {
    if (client !== null) told.push({ topic, said: JSON.parse(String(payload)) });
  });
  const sockets = new Set<Socket>();
  const server = listen((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    aedes.handle(socket);
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    told,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => aedes.close(resolve));
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const glucose = (seq: number, value: number): Uint8Array =>
  encodeMessageJson({ seq, readings: [{ measurement: { kind: 'glucose', value } }] });

describe('somebody at home', JOURNEY, () => {
  it('is told of an alarm once, also when the hub is killed, and nothing leaves but how urgent it is', async () => {
    broker = await startBroker((handle) => createServer(handle));
    const address = home.write('broker.txt', `mqtt://127.0.0.1:${broker.port}\n`);
    const tell = ['--tell-mqtt-file', address];
    const hub = await home.start(...tell);
    expect(await home.insist('contact', 'Bell', '--mqtt', 'home/bell', '--after', '0')).toMatch(
      /^Bell {2}mqtt {2}at once, high alarms$/m,
    );
    expect(await home.insist('contact', 'Bell', '--test', ...tell)).toMatch(/^mqtt +delivered$/m);
    expect(broker.told).toMatchObject([{ topic: 'home/bell', said: { kind: 'test' } }]);

    const meter = await sender(
      (await hub.ready).mqtt ?? '',
      'meter-1',
      await home.enroll('meter-1', 'Ada Lovelace'),
    );
    await meter.send(glucose(1, 47));
    await until(() => broker?.told.length === 2, 'the alarm is told');
    await meter.end();
    const { topic, said } = broker.told[1] as Told;
    expect(topic).toBe('home/bell');
    expect(said).toMatchObject({ version: 1, kind: 'alarm', priority: 'high' });
    expect(JSON.stringify(said)).not.toMatch(/Ada|:47[,}]|glucose|meter/);

    await hub.kill();
    const again = await home.start(...tell);
    // What was on its way at the kill comes again under its own name, and nothing else comes.
    await again.ready;
    await until(async () => (await home.run('fsck')).status === 0, 'all is in order');
    expect(new Set(broker.told.map((one) => one.said['id'])).size).toBe(2);
    await again.stop();
    expect(await home.insist('contact')).toContain('Bell');
    await home.insist('contact', 'Bell', '--remove');
    expect(await home.insist('contact')).toContain('Nobody is told');
  });

  it('hears in a sentence what is wrong with a way', async () => {
    const hub = await home.start();
    await home.insist('contact', 'Bell', '--mqtt', 'home/bell', '--webhook', 'http://127.0.0.1:9/hook');
    const { status, out } = await home.run('contact', 'Bell', '--test');
    expect(status).toBe(1);
    expect(out).toMatch(/^mqtt +NOT DELIVERED: This hub has no broker to tell/m);
    expect(out).toMatch(/^webhook +NOT DELIVERED: The other side could not be reached/m);
    const open = home.write('open.txt', 'mqtts://hub:secret@example.org\n', 0o644);
    const { status: refused, err } = await home.run('contact', 'Bell', '--test', '--tell-mqtt-file', open);
    expect(refused).toBe(3);
    expect(err).toContain('chmod 600');
    const plain = home.write('plain.txt', 'mqtt://hub:secret@example.org\n');
    const clear = await home.run('contact', 'Bell', '--test', '--tell-mqtt-file', plain);
    expect([clear.status, clear.err.includes('mqtts://'), clear.err.includes('secret')]).toEqual([
      2,
      true,
      false,
    ]);
    expect((await home.run('contact', 'Nobody', '--test')).status).toBe(1);
    expect((await home.run('contact', '--test')).status).toBe(2);
    await hub.stop();
  });
});

const noOpenssl = spawnSync('openssl', ['version']).error !== undefined;

describe.skipIf(noOpenssl)('a broker over TLS (install openssl to run)', JOURNEY, () => {
  const message: Message = { key: 'k', kind: 'test', priority: 'low', at: 0, text: 'a test', alarms: [] };
  const certify = (name: string): { cert: string; key: string } => {
    const [cert, key] = [join(home.folder, `${name}.pem`), join(home.folder, `${name}.key`)];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-days', '2', '-nodes'];
    const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
    const made = spawnSync('openssl', ['req', '-x509', ...curve, '-keyout', key, '-out', cert, ...subject]);
    expect(made.status, String(made.stderr)).toBe(0);
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  };
  const deliver = (url: string, ca?: string, timeoutMs = 20_000): Promise<string> =>
    openChannels(
      { mqttUrl: url, ...(ca !== undefined && { ca }) },
      {
        clock: Date.now,
        page: { deliver: () => Promise.reject(new Error('no page')) },
        push: { key: (make) => make(), of: () => [], onGone: () => undefined },
      },
    )
      .mqtt.deliver('home/bell', message, AbortSignal.timeout(timeoutMs))
      .then(
        ({ how }) => how,
        (error: unknown) => (error instanceof NotDelivered ? error.code : `threw ${String(error)}`),
      );

  it('is told with its password, and by no certificate of another name or nobody', async () => {
    const tls = certify('localhost');
    const listen = (handle: (socket: Socket) => void): Server => createTlsServer(tls, handle);
    broker = await startBroker(listen, 'secret');
    const url = `localhost:${broker.port}`;
    expect(await deliver(`mqtts://hub:secret@${url}`, tls.cert)).toBe('accepted');
    expect(broker.told).toMatchObject([{ topic: 'home/bell', said: { text: 'a test' } }]);
    expect(await deliver(`mqtts://hub:wrong@${url}`, tls.cert)).toBe('login-refused');
    expect(await deliver(`mqtts://hub:secret@${url}`)).toBe('certificate');
    await broker.close();
    const other = certify('elsewhere.example');
    broker = await startBroker((handle) => createTlsServer(other, handle));
    expect(await deliver(`mqtts://localhost:${broker.port}`, other.cert)).toBe('certificate');
  });

  it('that never acknowledges, or is not there, is told apart', async () => {
    broker = await startBroker((handle) => createServer(handle), undefined, true);
    const { port } = broker;
    expect(await deliver(`mqtt://127.0.0.1:${port}`, undefined, 1_000)).toBe('timeout');
    await broker.close();
    expect(await deliver(`mqtt://127.0.0.1:${port}`)).toBe('unreachable');
    broker = undefined;
  });
});
