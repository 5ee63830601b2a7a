// Whoever looks after a hub: what was refused can be seen, and what `fsck` says is what it has shown, while the hub
// runs and afterwards.

import { join } from 'node:path';
import { encodeMessageJson } from '@heartwood/vitals';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Home } from './home.ts';
import { JOURNEY } from './program.ts';
import { sender } from './sender.ts';

let home: Home;
beforeEach(() => {
  home = new Home();
});
afterEach(() => home.close());

it(
  'a refused message is told by doctor, listed by quarantine and shown; fsck names the last batch',
  JOURNEY,
  async () => {
    const hub = await home.start('--interval-ms', '200');
    const strap = await sender((await hub.ready).mqtt ?? '', 'strap-1', await home.enroll('strap-1', 'Ada'));
    const refused = '{"seq": 1, "readings": [{"kind": "heart-rate", "value": 7000}]}';
    await strap.send(refused);
    await strap.send(
      encodeMessageJson({ seq: 2, readings: [{ measurement: { kind: 'heart-rate', value: 70 } }] }),
    );
    // While the hub runs it is never taken for one that lost something.
    for (let n = 0; n < 3; n++) {
      const { status, out } = await home.run('fsck');
      expect(`${status} ${out}`).toMatch(/^0 /);
    }
    await strap.end();
    expect(await hub.stop()).toBe(0);

    expect((await home.run('doctor')).out).toContain('`heartwood quarantine` lists them');
    expect(await home.insist('quarantine')).toMatch(
      /^1 {2}\S+Z {2}strap-1 {2}implausible {2}readings\[0\]\S* [^\n]+\n$/,
    );
    expect(await home.insist('quarantine', '--show', '1')).toBe(refused);

    const db = new Database(join(home.data, 'hub.db'));
    const last = db.prepare('SELECT max(sequence) FROM batch').pluck().get();
    const { status, out } = await home.run('fsck');
    expect(status).toBe(0);
    expect(out).toContain(
      `Every batch, segment, seal and signature up to batch ${last} is as the hub wrote it, and none of them is missing.`,
    );
    expect(out).not.toContain('Everything that is stored');

    db.exec('DELETE FROM cursor');
    const missing = await home.run('fsck', '--json');
    expect(missing.status).toBe(1);
    expect(JSON.parse(missing.out)).toMatchObject({ where: 'the cursor of device number 1' });
    db.exec("UPDATE device SET sealed = x'00'");
    db.close();
    const damaged = await home.run('fsck');
    expect(damaged).toMatchObject({ status: 1, err: '' });
    expect(damaged.out).toMatch(/^WRONG the data: .*altered.*\n.*Keep this folder as it is/);
  },
);
