import { afterEach, describe, expect, it, vi } from 'vitest';
import { alarmWords } from './alarm-words.ts';
import { answerPairing, questionWords } from './pairing.ts';
import { parseFeed } from './parse/message.ts';

const question = { id: 7, device: 'meter', passkey: undefined } as const;

describe('a question about pairing', () => {
  it.each([
    ['enter-passkey', undefined, 'meter wants to pair: which six digits does it show?'],
    ['confirm-passkey', '012345', 'meter wants to pair: does it show 012345?'],
    ['show-passkey', '012345', 'meter wants to pair: type 012345 at the device.'],
    ['renew-bond', undefined, 'meter no longer knows this hub, as after a reset. Pair it anew?'],
  ] as const)('%s', (kind, passkey, words) => {
    expect(questionWords({ ...question, kind, passkey })).toBe(words);
  });

  describe('its answer', () => {
    afterEach(() => vi.unstubAllGlobals());
    it('goes to the hub, and the hub’s own words come back where it is late', async () => {
      const asked = vi.fn(async () => new Response('{"error": "This question is over."}', { status: 404 }));
      vi.stubGlobal('fetch', asked);
      expect(await answerPairing(7, '012345')).toBe('This question is over.');
      expect(asked).toHaveBeenCalledWith(
        '/api/pairing/7',
        expect.objectContaining({ body: '{"answer":"012345"}' }),
      );
    });

    it('says so where the hub is away', async () => {
      vi.stubGlobal('fetch', () => Promise.reject(new Error('away')));
      expect(await answerPairing(7, true)).toMatch(/^The hub does not answer/);
    });
  });
});

describe('what the feed says of Bluetooth', () => {
  const told = (radio: unknown): unknown =>
    parseFeed(JSON.stringify({ type: 'radio', feed: 1, now: 5, radio }));
  it('is taken whole', () => {
    const radio = {
      troubles: [{ kind: 'adapter-hangs', adapter: 'hci0', since: 4 }],
      questions: [{ id: 7, kind: 'confirm-passkey', device: 'meter', passkey: '012345' }],
    };
    expect(told(radio)).toEqual({ kind: 'message', message: { type: 'radio', feed: 1, now: 5, radio } });
  });

  it.each([
    { troubles: [], questions: [{ id: 7, kind: 'confirm-passkey', device: 'meter', passkey: '<b>' }] },
    { troubles: [], questions: [{ id: 7, kind: 'format-disk', device: 'meter' }] },
    { troubles: [{ kind: 'adapter-hangs', since: 'now' }], questions: [] },
    {},
  ])('or refused whole: %j', (radio) => {
    expect(told(radio)).toMatchObject({ kind: 'malformed' });
  });
});

it('alarms of Bluetooth are said in words', () => {
  const words = (condition: string): string =>
    alarmWords({ condition: `${condition}:cuff`, facts: { device: 'cuff' } });
  expect(['wants-pairing', 'stale-bond', 'clock-wrong'].map(words)).toEqual([
    'cuff wants to be paired: hold its button',
    'cuff no longer knows this hub',
    'cuff keeps a wrong time',
  ]);
});
