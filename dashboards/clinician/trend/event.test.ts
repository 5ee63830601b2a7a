import { afterEach, describe, expect, it, vi } from 'vitest';
import { fetchEvents } from './event.ts';

afterEach(() => vi.unstubAllGlobals());

describe('events of a patient', () => {
  it('are asked for in whole milliseconds, piece by piece, back to where they were wanted from', async () => {
    const asked: string[] = [];
    const answers = [
      { from: 500, events: [] },
      { from: 100, events: [] },
    ];
    vi.stubGlobal('fetch', async (path: string) => {
      asked.push(path);
      return { ok: true, json: async () => answers.shift() };
    });
    await fetchEvents('9f', { from: 100.7, to: 999.2 }, () => undefined, new AbortController().signal);
    expect(asked).toEqual([
      '/api/patients/9f/events?from=100&to=1000',
      '/api/patients/9f/events?from=100&to=500',
    ]);
  });
});
