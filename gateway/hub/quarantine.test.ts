import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AT, Home } from '../testing.ts';
import { Quarantine } from './quarantine.ts';

const MOST = 256 * 1024;
const refused = { kind: 'quarantine', reason: 'too-large', detail: 'the body is larger' } as const;

describe('the quarantine', () => {
  let home: Home;
  beforeEach(async () => {
    home = new Home();
    await home.start();
  });
  afterEach(() => home.remove());
  const arrival = (bytes: number) => ({
    device: 'watch-1',
    received: AT,
    body: new Uint8Array(bytes).fill(7),
  });

  it('keeps of a body as much as any message may have, and says that it is cut', () => {
    const { store } = home.hub.vault;
    const quarantine = new Quarantine(store, { rowsMax: 10, bytesMax: 10 * MOST });
    for (const bytes of [MOST, MOST + 1, 60 * MOST]) quarantine.add(arrival(bytes), refused);
    expect([...store.quarantined()].map(({ body, detail }) => [body.length, detail])).toEqual([
      [MOST, 'the body is larger'],
      [MOST, 'the body is larger (only its first 262144 bytes are kept)'],
      [MOST, 'the body is larger (only its first 262144 bytes are kept)'],
    ]);
    expect(store.quarantineSize().bytes).toBeLessThan(3 * (MOST + 1_000));
  });

  it('stays within its bytes, whatever comes, and counts what went', () => {
    const { store } = home.hub.vault;
    const quarantine = new Quarantine(store, { rowsMax: 100, bytesMax: 3 * MOST });
    for (let n = 0; n < 10; n++) quarantine.add(arrival(8 * MOST), refused);
    expect(store.quarantineSize().bytes).toBeLessThanOrEqual(3 * MOST);
    expect([quarantine.rows, quarantine.dropped]).toEqual([2, 8]);
  });
});
