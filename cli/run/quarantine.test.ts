// `heartwood quarantine` on a real data folder: the list, one body as it came, and what a stranger's bytes may do to a
// terminal: nothing.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Vault } from '@heartwood/gateway';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../exit-status.ts';
import { type Ended, runHeartwood } from '../test-frame.ts';

const AT = Date.UTC(2026, 10, 21, 13, 0, 0);
const HOSTILE = '{"seq": "\u001b]0;owned\u0007\u202e\u009b2J"\n}';
const folder = mkdtempSync(join(tmpdir(), 'heartwood-cli-quarantine-'));
const data = join(folder, 'data');
const open = (): Vault =>
  Vault.openOrCreate({ directory: data, keySource: { keyFile: `${data}.key` }, clock: () => AT }, 'heartwood')
    .vault;
const run = (args: readonly string[], columns?: number, chunks: Uint8Array[] = []): Promise<Ended> =>
  runHeartwood(['quarantine', '--data', data, ...args], { columns, chunks });

beforeAll(() => open().close());
afterAll(() => rmSync(folder, { recursive: true }));

describe('the quarantine', () => {
  it('that is empty is an empty list', async () => {
    expect(await run([])).toMatchObject({ status: EXIT.ok, out: '', err: 'Nothing was refused.\n' });
    expect(await run(['--json'])).toMatchObject({ status: EXIT.ok, out: '', err: '' });
  });

  it('is listed, the newest last, and holds each body as it came', async () => {
    const vault = open();
    const bodies = [Buffer.from('{'), Buffer.from(HOSTILE), Buffer.from([0xff, 0x00, 0xfe])];
    for (const [n, body] of bodies.entries()) {
      const device = n === 1 ? 'x\u001b[31m\nx' : `strap-${n}`;
      vault.store.quarantine({ received: AT + n, device, reason: 'not-json', detail: `at ${n}`, body });
    }
    vault.close();
    const { status, out } = await run([]);
    expect(status).toBe(EXIT.ok);
    expect(out.split('\n')).toEqual([
      '1  2026-11-21T13:00:00.000Z  strap-0  not-json  at 0',
      String.raw`2  2026-11-21T13:00:00.001Z  x\x1b[31m\x0ax  not-json  at 1`,
      '3  2026-11-21T13:00:00.002Z  strap-2  not-json  at 2',
      '',
    ]);
    const lines = (await run(['--json'])).out.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { id: 1, received: AT, device: 'strap-0', reason: 'not-json', detail: 'at 0', bytes: 1 },
      { id: 2, device: 'x\u001b[31m\nx', bytes: bodies[1]?.length },
      { id: 3, bytes: 3 },
    ]);
    for (const [n, body] of bodies.entries()) {
      const chunks: Uint8Array[] = [];
      const shown = await run(['--show', String(n + 1)], undefined, chunks);
      expect(shown).toMatchObject({ status: EXIT.ok, err: '' });
      expect(Buffer.concat(chunks)).toEqual(body);
    }
  });

  it('shows a body on a terminal with a warning, and lets it move nothing there', async () => {
    const { status, out, err } = await run(['--show', '2'], 80);
    expect(status).toBe(EXIT.ok);
    expect(err).toContain('may hold vital signs');
    expect(out).toBe(`${String.raw`{"seq": "\x1b]0;owned\x07\u{202e}\x9b2J"`}\n}\n`);
  });

  it('without the message that is asked for, or with an altered one, ends with 1', async () => {
    expect(await run(['--show', '9'])).toMatchObject({
      status: EXIT.no,
      out: '',
      err: expect.stringContaining('no message 9'),
    });
    const vault = open();
    vault.db.exec('UPDATE quarantine SET received_ms = 1 WHERE id = 3');
    vault.close();
    expect(await run([])).toMatchObject({
      status: EXIT.no,
      err: expect.stringContaining('was altered. `heartwood fsck`'),
    });
  });
});
