// A hub attacked from all sides at once serves who behaves, loses nothing, and does not grow without end. How little the
// others' latency changes is a figure of `npm run soak -- hostile`: it depends on what else the machine does.

import { expect, it } from 'vitest';
import { attack, hostileTable } from '../soak/hostile.ts';
import { JOURNEY } from './program.ts';

it(
  'a frozen page, a flooding device, half-open connections and slow ones cost the others nothing',
  JOURNEY,
  async () => {
    const report = await attack({ seconds: 3, halfOpen: 1000, say: () => undefined });
    process.stdout.write(`${hostileTable(report)}\n`);
    // Nobody who behaves was refused or lost: ten of them, at most ten times a second each.
    expect(report.hostile.messages).toBeGreaterThan(50);
    expect(report.goodStored).toBe(report.goodAcknowledged);
    // What the flood had acknowledged is on disk, once; what it may send is its share and a burst.
    expect(report.floodStored).toBeGreaterThanOrEqual(report.floodAcknowledged);
    expect(report.floodStoredTwice).toBe(0);
    expect(report.floodStoredInPart).toBe(0);
    expect(report.floodAcknowledged).toBeGreaterThan(0);
    expect(report.floodSentMb).toBeLessThan(40);
    expect(report.halfOpenTried).toBeGreaterThanOrEqual(1000);
    expect(report.hostilePeakMb - report.quietPeakMb).toBeLessThan(200);
  },
);
