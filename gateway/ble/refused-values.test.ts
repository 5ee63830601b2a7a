import { describe, expect, it } from 'vitest';
import type { Arrival } from '../ingest/ingest.ts';
import { RefusedValues } from './refused-values.ts';

const bench = (fails = false): { values: RefusedValues; kept: Arrival[] } => {
  const kept: Arrival[] = [];
  const accept = async (arrival: Arrival): Promise<void> => {
    if (fails) throw new Error('SQLITE_FULL');
    kept.push(arrival);
  };
  return { values: new RefusedValues('strap', accept), kept };
};
const OCTETS = Uint8Array.of(0x10);

describe('values that cannot be read', () => {
  it('are handed in with their octets, and why', () => {
    const { values, kept } = bench();
    values.add(0x2a37, 'flag-without-data', OCTETS, 1_000.5);
    expect(kept).toEqual([
      {
        device: 'strap',
        body: OCTETS,
        contentType: 'application/vnd.heartwood.gatt;uuid=2a37;reason=flag-without-data',
        received: 1_000,
      },
    ]);
  });

  it('have a share: a million in a minute are 60, and one for each second, and all others are counted', () => {
    const { values, kept } = bench();
    for (let n = 0; n < 1_000_000; n++) values.add(0x2a37, 'too-short', OCTETS, n * 0.06);
    expect(kept.length).toBeGreaterThanOrEqual(60);
    expect(kept.length).toBeLessThanOrEqual(121);
    expect(values.left).toBe(1_000_000 - kept.length);
  });

  it('cost the hub nothing where the disk refuses, or the clock is turned back', async () => {
    const { values } = bench(true);
    values.add(0x2a37, 'too-short', OCTETS, 1_000);
    values.add(0x2a37, 'too-short', OCTETS, 0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(values.left).toBe(2);
  });

  it('what there is no kind for has a share of its own, so that a pod that tells its pace does not fill the quarantine', () => {
    const kept: string[] = [];
    const values = new RefusedValues('pod', async ({ contentType }) => kept.push(contentType ?? ''));
    for (let second = 0; second < 3_600; second++)
      values.add(0x2a53, 'no-kind', Uint8Array.of(0, second & 0xff), second * 1_000);
    expect(kept).toHaveLength(245);
    expect(values.left).toBe(3_600 - 245);
    values.add(0x2a53, 'too-short', Uint8Array.of(0), 3_600_000);
    expect(kept).toHaveLength(246);
  });
});
