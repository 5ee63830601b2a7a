import { describe, expect, it } from 'vitest';
import { insist } from './insist.ts';

describe('a question that must be answered', () => {
  it('is asked again after a failure, and then no more', async () => {
    let asked = 0;
    const answer = await insist(async () => {
      asked += 1;
      if (asked < 3) throw new Error('the disk is busy');
      return ['watch-1'];
    }, new AbortController().signal);
    expect([answer, asked]).toEqual([['watch-1'], 3]);
  });

  it('is given up at the end', async () => {
    const over = new AbortController();
    let asked = 0;
    const answer = insist(() => {
      asked += 1;
      return Promise.reject(new Error('ended'));
    }, over.signal);
    await Promise.resolve();
    over.abort();
    expect(await answer).toBeUndefined();
    expect(asked).toBe(1);
  });
});
