import { describe, expect, it } from 'vitest';
import { Strangers } from './strangers.ts';

const bench = (): { strangers: Strangers; lines: unknown[] } => {
  const lines: unknown[] = [];
  return { lines, strangers: new Strangers((...line) => lines.push(line)) };
};
const strap = (address: string) => ({ address, services: ['heart rate'] });

describe('health devices that nobody enrolled', () => {
  it('are named once each, by address and by what they measure', () => {
    const { strangers, lines } = bench();
    strangers.look([strap('A'), strap('B')], 0);
    strangers.look([strap('B'), strap('A'), { address: 'C', services: ['glucose', 'heart rate'] }], 5_000);
    expect(lines).toEqual([
      ['info', 'bluetooth-device-not-enrolled', { address: 'A', measures: 'heart rate' }],
      ['info', 'bluetooth-device-not-enrolled', { address: 'B', measures: 'heart rate' }],
      ['info', 'bluetooth-device-not-enrolled', { address: 'C', measures: 'glucose, heart rate' }],
    ]);
  });

  it('fill no log: 20 at once, then one a minute, whoever makes addresses up', () => {
    const { strangers, lines } = bench();
    // Fifty new ones every five seconds, for an hour.
    for (let look = 0; look < 720; look++)
      strangers.look(
        Array.from({ length: 50 }, (_, n) => strap(`${look}:${n}`)),
        look * 5_000,
      );
    expect(lines.length).toBeGreaterThanOrEqual(20);
    expect(lines.length).toBeLessThanOrEqual(80);
  });

  it('fill no memory: of those that were named long ago one is named again', () => {
    const { strangers, lines } = bench();
    for (let n = 0; n < 1_001; n++) strangers.look([strap(`S${n}`)], n * 60_000);
    expect(lines).toHaveLength(1_001);
    strangers.look([strap('S1000'), strap('S1')], 2_000 * 60_000);
    expect(lines).toHaveLength(1_001);
    strangers.look([strap('S0')], 2_000 * 60_000);
    expect(lines).toHaveLength(1_002);
  });
});
