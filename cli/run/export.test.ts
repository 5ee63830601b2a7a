// `heartwood export --notes` on a real data folder: every note once, as lines of JSON and as a table that stays one.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { enroll, Notebook, Vault } from '@heartwood/gateway';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../exit-status.ts';
import { type Ended, runHeartwood } from '../test-frame.ts';

const AT = Date.UTC(2026, 10, 21, 13, 0, 0);
const folder = mkdtempSync(join(tmpdir(), 'heartwood-cli-export-'));
const data = join(folder, 'data');
const run = (...args: string[]): Promise<Ended> => runHeartwood(['export', '--data', data, ...args]);

beforeAll(async () => {
  const options = { directory: data, keySource: { keyFile: `${data}.key` }, clock: () => AT };
  const { vault } = Vault.openOrCreate(options, 'heartwood');
  for (const [patient, device] of [
    ['Ada', 'strap-1'],
    ['Bea', 'strap-2'],
  ] as const)
    await enroll(vault, { patient, device, label: device, origin: 'wearable' });
  const notes = new Notebook(vault);
  const who = (minutes: number) => ({ by: 'Dr "V" Vale', person: 3, atMs: AT + minutes * 60_000 });
  notes.write(1, { kind: 'note', shared: true, text: 'Ate little,\nslept "well".' }, who(0));
  notes.write(1, { kind: 'correction', about: 1, text: '=HYPERLINK("x")' }, who(5));
  notes.write(2, { kind: 'note', shared: false, text: 'Walked.' }, who(9));
  vault.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('heartwood export --notes', () => {
  it('writes every note once, with whose it is', async () => {
    const { status, out } = await run('--notes');
    expect(status).toBe(EXIT.ok);
    const notes = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(notes).toMatchObject([
      {
        number: 1,
        at: AT,
        by: 'Dr "V" Vale',
        kind: 'note',
        shared: true,
        text: 'Ate little,\nslept "well".',
      },
      { number: 2, kind: 'correction', about: 1, shared: true },
      { number: 1, kind: 'note', shared: false, text: 'Walked.' },
    ]);
    expect(notes[0]?.['patient']).toMatch(/^[0-9a-f]{32}$/);
    expect(notes[0]?.['patient']).not.toBe(notes[2]?.['patient']);
  });
  it('writes those of one patient and of a time', async () => {
    expect((await run('Bea', '--notes')).out).toContain('Walked.');
    expect((await run('Bea', '--notes')).out).not.toContain('Ate');
    expect((await run('Ada', '--notes', '--from', '2026-11-21T13:05:00Z')).out.split('\n')).toHaveLength(2);
  });
  it('writes a table in which a note is words, whatever it begins with', async () => {
    const { out } = await run('Ada', '--notes', '--format', 'csv');
    expect(out.replaceAll(/[0-9a-f]{32}/g, 'ada')).toBe(
      [
        'patient,number,written,by,kind,about,shared,text',
        'ada,1,2026-11-21T13:00:00.000Z,"Dr ""V"" Vale",note,,true,"Ate little,',
        'slept ""well""."',
        `ada,2,2026-11-21T13:05:00.000Z,"Dr ""V"" Vale",correction,1,true,"'=HYPERLINK(""x"")"`,
        '',
      ].join('\n'),
    );
  });
  it('leaves notes out of the readings', async () => {
    expect(await run()).toMatchObject({ status: EXIT.ok, out: '' });
  });
});
