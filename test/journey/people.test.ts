// Somebody is let in, sees whom they were given, and is shut out while their page is open: by the program alone, as the
// person who runs a hub does it.

import { encodeMessageJson } from '@heartwood/vitals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { Home } from './home.ts';
import { JOURNEY, until } from './program.ts';
import { sender } from './sender.ts';

let home: Home;
beforeEach(() => {
  home = new Home();
});
afterEach(() => home.close());

const heartRate = (seq: number): Uint8Array =>
  encodeMessageJson({ seq, readings: [{ measurement: { kind: 'heart-rate', value: 60 + seq } }] });

async function logIn(page: string, code: string): Promise<string> {
  const answer = await fetch(`${page}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code }),
  });
  return answer.headers.get('set-cookie')?.split(';')[0] ?? '';
}

describe('people', JOURNEY, () => {
  it('see whom they were given from the first frame on, and nothing from the moment they are shut out', async () => {
    const hub = await home.start();
    const { page, mqtt = '' } = await hub.ready;
    for (const [strap, patient] of [
      ['strap-1', 'Ada'],
      ['strap-2', 'Ben'],
    ] as const) {
      const device = await sender(mqtt, strap, await home.enroll(strap, patient));
      await device.send(heartRate(1));
      await device.end();
    }

    const { code } = JSON.parse(
      await home.insist('person', 'Dr Vale', '--role', 'clinician', '--patients', 'Ada', '--json'),
    ) as { code: string };
    const cookie = await logIn(page, code);
    const socket = new WebSocket(`${page.replace('http', 'ws')}/api/feed`, {
      headers: { cookie, origin: page },
    });
    let heard = '';
    let closed: number | undefined;
    socket.on('message', (data) => {
      heard += String(data);
    });
    socket.on('close', (why) => {
      closed = why;
    });
    await until(() => heard.includes('"snapshot"'), 'the first frame');
    expect(heard).toContain('Ada');
    expect(heard).not.toContain('Ben');

    expect(await home.insist('person')).toMatch(/^Dr Vale +clinician +Ada$/m);
    const began = Date.now();
    await home.insist('person', 'Dr Vale', '--remove');
    await until(() => closed !== undefined, 'the page ends');
    expect(closed).toBe(4401);
    expect(Date.now() - began).toBeLessThan(5_000);
    expect((await fetch(`${page}/api/session`, { headers: { cookie } })).status).toBe(401);
    expect((await home.run('person', 'Dr Vale', '--remove')).status).toBe(1);
    expect((await home.run('login', '--person', 'Dr Vale')).status).toBe(1);
    expect((await home.run('fsck')).status).toBe(0);
  });
});
