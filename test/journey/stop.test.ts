// How a hub ends and begins again: told to stop under load, killed, started twice, started where it cannot run. What it
// says is for a person, and its exit status for a script.

import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, renameSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { encodeMessageJson } from '@heartwood/vitals';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Device } from './device.ts';
import { Home } from './home.ts';
import { JOURNEY, until } from './program.ts';
import { sender } from './sender.ts';

const heartRate = (seq: number): Uint8Array =>
  encodeMessageJson({ seq, readings: [{ measurement: { kind: 'heart-rate', value: 60 + (seq % 40) } }] });

let home: Home;
beforeEach(() => {
  home = new Home();
});
afterEach(() => home.close());

/** A hub with a device that sends as fast as it is acknowledged. */
async function underLoad() {
  const hub = await home.start('--interval-ms', '60000');
  const password = await home.enroll('strap-1', 'Ada');
  const { mqtt = '' } = await hub.ready;
  const strap = new Device({
    id: 'strap-1',
    password,
    qos: 1,
    protocolVersion: 4,
    inFlightMax: 20,
    body: heartRate,
  });
  await strap.connect(mqtt);
  strap.offer(20_000);
  await until(() => strap.acknowledged.size > 200, '200 acknowledgements');
  return { hub, strap };
}

describe('a hub whose data is altered while it runs', JOURNEY, () => {
  it('ends by itself and says so by its status, so that whoever supervises it can act', async () => {
    const { hub, strap } = await underLoad();
    const db = new Database(join(home.data, 'hub.db'));
    db.exec("UPDATE patient SET sealed = x'00'");
    db.close();
    expect(await hub.end()).not.toBe(0);
    strap.leave();
    expect(hub.err).toContain('does not open');
    await expect(fetch((await hub.ready).page)).rejects.toThrow();
    const { status, err } = await home.run('hub', '--mqtt-port', '0', '--http-port', '0');
    expect([status, err]).toEqual([3, expect.stringContaining('does not open')]);
  });
});

describe('a hub that is told to stop under load', JOURNEY, () => {
  it('ends with 0 and has everything acknowledged in closed batches', async () => {
    const { hub, strap } = await underLoad();
    expect(await hub.stop()).toBe(0);
    strap.leave();
    expect(hub.out).toContain('Everything that was acknowledged is on disk and signed.');
    expect(hub.err).not.toMatch(/"level":[45]0/);
    const { status, out } = await home.run('fsck');
    expect(status, out).toBe(0);
    expect(out).toMatch(/\b0 waiting for the next batch/);
    const stored = (await home.exported()).map(({ seq }) => seq);
    expect(stored).toEqual(stored.map((_, i) => i + 1));
    expect(stored.length).toBeGreaterThanOrEqual(strap.acknowledged.size);
    expect(strap.pending).toBeGreaterThan(0);

    const again = await home.start();
    expect(again.out).toContain('The hub had stopped cleanly: nothing was to be recovered.');
    // What was not acknowledged is sent again, and nothing is there twice.
    await strap.connect((await again.ready).mqtt ?? '');
    await until(() => strap.acknowledged.size > stored.length, 'the rest is acknowledged');
    strap.leave();
    expect(await again.stop()).toBe(0);
    const after = (await home.exported()).map(({ seq }) => seq);
    expect(after).toEqual(after.map((_, i) => i + 1));
    expect(after.length).toBeGreaterThan(stored.length);
  });

  it('says after a kill how many readings it found, and has them in a batch', async () => {
    const { hub, strap } = await underLoad();
    await hub.kill();
    strap.leave();
    const acknowledged = strap.acknowledged.size;
    const again = await home.start();
    const said =
      /stopped without warning: (\d+) acknowledged readings were found outside a batch, and go into the next one/.exec(
        again.out,
      );
    expect(Number(said?.[1])).toBeGreaterThanOrEqual(acknowledged);
    expect(await again.stop()).toBe(0);
    const stored = await home.exported();
    expect(stored).toHaveLength(Number(said?.[1]));
    expect(new Set(stored.map(({ id }) => id.split('.')[0])).size).toBe(1);
  });
});

describe('a hub that cannot run here says why in plain words and ends with 3', JOURNEY, () => {
  const refused = async (says: RegExp, ...args: readonly string[]): Promise<void> => {
    const { status, out, err } = await home.run('hub', '--mqtt-port', '0', '--http-port', '0', ...args);
    const plain = err.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
    expect(plain.join('\n')).toMatch(says);
    expect(plain.length).toBeLessThanOrEqual(2);
    expect(`${out}${err}`).not.toMatch(/ {4}at |node:|Error:|#login=/);
    expect(status).toBe(3);
  };
  const taken = async (): Promise<{ port: string; free: () => void }> => {
    const server = createServer().listen(0, '127.0.0.1');
    await until(() => server.listening, 'a port is taken');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return { port: String(address.port), free: () => server.close() };
  };

  it('when another hub runs on the same data, which goes on undisturbed', async () => {
    const hub = await home.start();
    await refused(/^heartwood: Another hub is running on .*data\. Stop it first/);
    const password = await home.enroll('strap-1', 'Ada');
    const strap = await sender((await hub.ready).mqtt ?? '', 'strap-1', password);
    await strap.send(heartRate(1));
    await strap.end();
    expect(await hub.stop()).toBe(0);
  });

  it.each(['mqtt', 'http'])('when its %s port is taken', async (which) => {
    const { port, free } = await taken();
    await refused(new RegExp(`^heartwood: .*\\b${port}\\b`), `--${which}-port`, port);
    free();
    // And it left no lock behind.
    const hub = await home.start();
    expect(await hub.stop()).toBe(0);
  });

  it('when the key is missing, exposed, wrong, or no key', async () => {
    const hub = await home.start();
    expect(await hub.stop()).toBe(0);
    const aside = `${home.key}.aside`;
    renameSync(home.key, aside);
    await refused(/^heartwood: The master key is not at .*--master-key-file/);
    home.write('data.key', `${'ab'.repeat(32)}\n`);
    await refused(/^heartwood: .*key/);
    home.write('data.key', 'my secret\n');
    await refused(/^heartwood: .*holds no master key: 64 hex digits/);
    copyFileSync(aside, home.key);
    chmodSync(home.key, 0o644);
    await refused(/^heartwood: The master key file .* can be read by others.*chmod 600/);
    chmodSync(home.key, 0o600);
    const again = await home.start();
    expect(await again.stop()).toBe(0);
  });

  it('when its certificate is not there, or is none', async () => {
    const key = home.write('hub.key', 'no key\n');
    const gone = join(home.folder, 'gone.pem');
    await refused(/gone\.pem/, '--mqtt-tls-cert', gone, '--mqtt-tls-key', key, '--mqtt-tls-port', '0');
    const bad = home.write('bad.pem', 'no certificate\n');
    await refused(/heartwood: /, '--mqtt-tls-cert', bad, '--mqtt-tls-key', key, '--mqtt-tls-port', '0');
  });
});

const noOpenssl = spawnSync('openssl', ['version']).error !== undefined;

describe.skipIf(noOpenssl)('a device over TLS (install openssl to run)', JOURNEY, () => {
  it('sends to a hub with a certificate of its own making, and is refused by one that it does not know', async () => {
    const [certificate, key] = [join(home.folder, 'hub.pem'), join(home.folder, 'hub.pem.key')];
    const subject = ['-subj', '/CN=hub.local', '-addext', 'subjectAltName=DNS:hub.local'];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-days', '2', '-nodes'];
    const made = spawnSync('openssl', [
      'req',
      '-x509',
      ...curve,
      '-keyout',
      key,
      '-out',
      certificate,
      ...subject,
    ]);
    expect(made.status, String(made.stderr)).toBe(0);
    const tls = ['--mqtt-tls-host', '127.0.0.1', '--mqtt-tls-port', '0', '--mqtt-tls-cert', certificate];
    const hub = await home.start(...tls, '--mqtt-tls-key', key);
    const { mqttTlsPort } = await hub.ready;
    expect(mqttTlsPort).toBeGreaterThan(0);
    const password = await home.enroll('strap-1', 'Ada');
    const url = `mqtts://127.0.0.1:${mqttTlsPort}`;
    const known = { ca: readFileSync(certificate), servername: 'hub.local' };
    const strap = await sender(url, 'strap-1', password, known);
    await strap.send(heartRate(1));
    await strap.end();
    await expect(sender(url, 'strap-1', 'wrong password', known)).rejects.toThrow(/[Nn]ot authorized|Bad/);
    await expect(sender(url, 'strap-1', password)).rejects.toThrow(/self-signed/);
    expect(hub.out).toContain(`mqtts on port ${mqttTlsPort}`);
    expect(await hub.stop()).toBe(0);
    expect(await home.exported()).toMatchObject([{ device: 'strap-1', seq: 1, value: 61 }]);
  });
});
