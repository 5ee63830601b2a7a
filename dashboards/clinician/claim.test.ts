import { afterEach, describe, expect, it, vi } from 'vitest';
import { askForClaim, qrPath } from './claim.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('a claim', () => {
  const answered = (status: number, body: object): void =>
    void vi.stubGlobal('fetch', async () => new Response(JSON.stringify(body), { status }));

  it('is what the hub made', async () => {
    answered(201, { code: 'A', link: 'https://hub.local/enroll#code=A', expiresMs: 7 });
    expect(await askForClaim('watch-1', 'Ada')).toEqual({
      kind: 'made',
      link: 'https://hub.local/enroll#code=A',
      expiresMs: 7,
    });
  });

  it('is refused in the hub’s words, or in the page’s where it has none', async () => {
    answered(409, { error: 'There is a patient “Ada” already.' });
    expect(await askForClaim('watch-1', 'ada')).toMatchObject({ why: 'There is a patient “Ada” already.' });
    answered(404, { error: 'There is nothing here.' });
    expect(await askForClaim('watch-1', 'Ada')).toMatchObject({
      why: expect.stringContaining('--reach home'),
    });
    answered(500, {});
    expect(await askForClaim('watch-1', 'Ada')).toMatchObject({ why: expect.stringContaining('500') });
    vi.stubGlobal('fetch', () => Promise.reject(new Error('gone')));
    expect(await askForClaim('watch-1', 'Ada')).toMatchObject({ why: expect.stringContaining('not answer') });
  });
});

describe('a QR code', () => {
  it('has its three corners, and four light modules around', () => {
    const { path, size } = qrPath('https://hub.local:8420/enroll#code=7KQ2-M0XR-94TB');
    const dark = new Set(path.split('z').map((module) => module.slice(1).replace('h1v1h-1', '')));
    expect((size - 8 - 17) % 4).toBe(0);
    for (const [x, y] of [
      [4, 4],
      [size - 5, 4],
      [4, size - 5],
    ]) {
      expect(dark.has(`${x} ${y}`)).toBe(true);
    }
    for (let at = 0; at < size; at++) {
      expect(dark.has(`${at} 3`)).toBe(false);
      expect(dark.has(`3 ${at}`)).toBe(false);
      expect(dark.has(`${size - 4} ${at}`)).toBe(false);
    }
  });
});
