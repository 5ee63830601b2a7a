import { describe, expect, it } from 'vitest';
import { lazily } from './channels.ts';
import { sampleMessage } from './server-sample.ts';

describe('a channel that could not be opened', () => {
  it('is opened by a later message, and then stays open', async () => {
    let opened = 0;
    const channel = lazily(async () => {
      opened += 1;
      if (opened === 1) throw new Error('the authority’s file is not there');
      return { deliver: async () => ({ how: 'accepted' }) };
    });
    const deliver = () => channel.deliver('bea', sampleMessage, new AbortController().signal);
    await expect(deliver()).rejects.toThrow('not there');
    expect(await deliver()).toEqual({ how: 'accepted' });
    expect(await deliver()).toEqual({ how: 'accepted' });
    expect(opened).toBe(2);
  });
});
