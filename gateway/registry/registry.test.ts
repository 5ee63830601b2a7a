import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkPassword } from '../keys/credential.ts';
import { createLoginCode, LOGIN_CODE_MS, redeemLoginCode } from '../people/login-code.ts';
import { AT, Home, heartRate } from '../testing.ts';
import { enroll } from './enroll.ts';

let home: Home;
beforeEach(async () => {
  home = new Home();
  await home.start();
});
afterEach(() => home.remove());

const given = (device: string, patient: string) => ({
  device,
  patient,
  label: 'Uhr am Arm',
  origin: 'wearable' as const,
});

describe('at rest', () => {
  it('no name, id, label, reading or code is to be read in any file, the WAL included', async () => {
    const { vault } = home.hub;
    const { password, patient } = await enroll(vault, given('armband-7', 'Ada Lovelace'));
    home.send('armband-7', heartRate(1, 72.5));
    home.sendBytes('armband-7', Buffer.from('{"secret": "refused-body"}'));
    const code = createLoginCode(vault);
    await home.interval();
    home.send('armband-7', heartRate(2, 72.5));
    const files = readdirSync(home.settings.directory, { recursive: true, withFileTypes: true }).filter(
      (one) => one.isFile(),
    );
    expect(files.map((one) => one.name)).toContain('hub.db-wal');
    const all = Buffer.concat(files.map((one) => readFileSync(join(one.parentPath, one.name))));
    const seeds = [
      'Ada',
      'Lovelace',
      'armband',
      'Uhr am Arm',
      password,
      code,
      code.replaceAll('-', ''),
      'refused-body',
      'heart-rate',
      'wearable',
    ];
    for (const secret of seeds) expect(all.includes(secret), secret).toBe(false);
    // Pseudonyms lie open in the database, and nowhere in the ledger or the policy.
    expect(all.includes(Buffer.from(patient.subject))).toBe(true);
    const told = files.filter((one) => !one.name.startsWith('hub.db'));
    for (const one of told)
      expect(readFileSync(join(one.parentPath, one.name)).includes(Buffer.from(patient.subject))).toBe(false);
  });
});

describe('enrolling', () => {
  it('gives a new device a password and its patient, from the beginning; again: another password', async () => {
    const { vault } = home.hub;
    const first = await enroll(vault, given('watch-1', ' Ada '));
    expect(first).toMatchObject({ was: 'new', patient: { slot: 1, name: 'Ada' } });
    expect(vault.registry.ownerAt(first.device, 0)).toBe(1);
    const second = await enroll(vault, given('watch-1', 'Ada'));
    expect(second.was).toBe('renewed');
    expect(second.password).not.toBe(first.password);
    expect(second.password).toMatch(/^[0-9a-hjkmnp-tv-z]{26}$/);
    const { credential } = vault.registry.device('watch-1') ?? {};
    expect(await checkPassword(Buffer.from(second.password), credential)).toBe(true);
    expect(await checkPassword(Buffer.from(first.password), credential)).toBe(false);
    expect(await checkPassword(Buffer.from(second.password), undefined)).toBe(false);
  });

  it('hands a device over from now on; it was the first one’s before', async () => {
    const { vault } = home.hub;
    const { device } = await enroll(vault, given('watch-1', 'Ada'));
    home.nowMs += 1_000;
    expect((await enroll(vault, given('watch-1', 'Bea'))).was).toBe('handed-over');
    const { registry } = vault;
    expect(
      [AT, home.nowMs - 1, home.nowMs, home.nowMs + 1].map((at) => registry.ownerAt(device, at)),
    ).toEqual([1, 1, 2, 2]);
    await expect(enroll(vault, given('watch-1', 'Ada'))).rejects.toThrow('only after the time');
    home.nowMs += 1_000;
    expect((await enroll(vault, given('watch-1', 'Ada'))).was).toBe('handed-over');
    expect(registry.ownerAt(device, home.nowMs)).toBe(1);
    expect(registry.assignments(device)).toHaveLength(3);
    registry.reload();
    expect(registry.assignments(device).map((one) => one.untilMs)).toEqual([
      AT + 1_000,
      home.nowMs,
      undefined,
    ]);
  });

  it('that is refused leaves nothing, in memory or on disk', async () => {
    const { vault } = home.hub;
    await expect(enroll(vault, given('Not An Id', 'Cleo'))).rejects.toThrow(
      expect.objectContaining({ code: 'refused' }),
    );
    await expect(enroll(vault, given('watch-1', '   '))).rejects.toThrow(
      expect.objectContaining({ code: 'refused' }),
    );
    expect(vault.registry.patients()).toEqual([]);
    await enroll(vault, given('watch-1', 'Ada'));
    await expect(enroll(vault, { ...given('watch-1', 'Dora'), origin: 'simulator' })).rejects.toThrow(
      'cannot change',
    );
    expect(vault.registry.patients().map((one) => one.name)).toEqual(['Ada']);
    home.nowMs += 10_000;
    home.hub.closeBatch();
    expect((await enroll(vault, given('watch-2', 'Eve'))).patient.slot).toBe(2);
  });

  it('in another process is seen by the hub, and two at once give out two numbers', async () => {
    const [a, b] = [home.look('write'), home.look('write')];
    let reloads = 0;
    home.hub.vault.registry.onReload = () => {
      reloads += 1;
    };
    const both = await Promise.all([enroll(a, given('watch-1', 'Ada')), enroll(b, given('watch-2', 'Bea'))]);
    expect(both.map((one) => one.patient.slot).sort()).toEqual([1, 2]);
    expect(both.map((one) => one.device.number).sort()).toEqual([1, 2]);
    a.close();
    b.close();
    expect(home.hub.vault.registry.device('watch-1')).toBeUndefined();
    expect(home.send('watch-1', heartRate(1, 70)).outcomes).toEqual(['stored']);
    expect(reloads).toBe(1);
    home.send('watch-2', heartRate(1, 70));
    expect(reloads).toBe(1);
    home.nowMs += 10_000;
    // Started, 2 patients, 2 devices, 2 assignments; and 2 readings.
    expect(home.hub.closeBatch().entries).toBe(9);
  });
});

describe('a login code', () => {
  it('is good once, for ten minutes, typed as people type', () => {
    const { vault } = home.hub;
    const code = createLoginCode(vault);
    expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
    expect(redeemLoginCode(vault, 'AAAA-AAAA-AAAA')).toBeUndefined();
    expect(
      redeemLoginCode(
        vault,
        ` ${code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')} `,
      ),
    ).toBe(0);
    expect(redeemLoginCode(vault, code)).toBeUndefined();
    const late = createLoginCode(vault);
    const [kept] = vault.db.prepare('SELECT count(*) AS n FROM login_code').all() as { n: number }[];
    expect(kept?.n).toBe(1);
    home.nowMs += LOGIN_CODE_MS + 1;
    expect(redeemLoginCode(vault, late)).toBeUndefined();
    expect(vault.db.prepare('SELECT * FROM login_code').all()).toEqual([]);
  });
});
