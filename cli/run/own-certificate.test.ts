import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeOwnCertificate } from './own-certificate.ts';

const openssl = (): string | undefined => {
  try {
    return execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-subj',
        '/CN=hub',
        '-keyout',
        '/dev/null',
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
  } catch {
    return undefined;
  }
};
const authority = openssl();
const DAY_MS = 86_400_000;

describe.skipIf(authority === undefined)('the hub’s own certificate (needs the openssl program)', () => {
  let folder: string;
  let names: string[];
  let issued: number;
  let shown: string[];
  const issue = async (for_: readonly string[]) => {
    issued += 1;
    return {
      cert: `${issued} ${for_.join()}`,
      key: '',
      authority: authority!,
      notBeforeMs: Date.now() - DAY_MS,
      notAfterMs: Date.now() + 30 * DAY_MS,
    };
  };
  const make = async () => {
    const own = await makeOwnCertificate(
      folder,
      issue,
      () => undefined,
      () => names,
    );
    return { own, end: own.keep(({ cert }) => shown.push(cert)) };
  };
  beforeEach(() => {
    vi.useFakeTimers({ now: Date.UTC(2026, 10, 21) });
    folder = mkdtempSync(join(tmpdir(), 'heartwood-own-'));
    names = ['hub.local', '192.168.1.7'];
    issued = 0;
    shown = [];
  });
  afterEach(() => {
    vi.useRealTimers();
    rmSync(folder, { recursive: true });
  });

  it('says what to trust', async () => {
    const { own, end } = await make();
    expect(readFileSync(own.authorityFile, 'utf8')).toBe(authority);
    expect(own.name).toBe('hub.local');
    expect(own.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    end();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is made anew where the clock was ahead and was set right', async () => {
    vi.setSystemTime(Date.UTC(2026, 11, 24));
    const { end } = await make();
    vi.setSystemTime(Date.UTC(2026, 10, 21));
    await vi.advanceTimersByTimeAsync(61_000);
    expect(shown).toEqual(['2 hub.local,192.168.1.7']);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(shown.length).toBe(1);
    end();
  });

  it('is made anew long before it ends, without a restart', async () => {
    const { end } = await make();
    await vi.advanceTimersByTimeAsync(19 * DAY_MS);
    expect(shown).toEqual([]);
    await vi.advanceTimersByTimeAsync(2 * DAY_MS);
    expect(shown).toEqual(['2 hub.local,192.168.1.7']);
    await vi.advanceTimersByTimeAsync(21 * DAY_MS);
    expect(shown).toHaveLength(2);
    end();
  });

  it('follows the machine to a new address', async () => {
    const { end } = await make();
    names = ['hub.local', '192.168.1.23'];
    await vi.advanceTimersByTimeAsync(60_000);
    expect(shown).toEqual(['2 hub.local,192.168.1.23']);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(shown).toHaveLength(1);
    end();
  });
});
