// The hours before a start, for trends: means of minutes out of the summaries, once these have come so far that reading
// the rest of them holds nobody up.

import type { Past } from '../alarms/flow.ts';
import type { Summaries } from '../batch/summaries.ts';
import { HeartwoodError } from '../error.ts';
import { readStretches, seriesOf } from '../inspect/history.ts';
import { SealBroken } from '../keys/seal.ts';
import { MINUTE_MS } from '../store/hour-summary.ts';
import type { Vault } from '../vault.ts';

/** Times are those of measurement where the device's clock can be believed: what came late stands where it was measured. */
export const pastOf =
  (vault: Vault, summaries: Summaries): Past =>
  (slot, measure, from, to) => {
    const last = vault.store.lastBatch()?.sequence ?? -1;
    if (summaries.read < last - 1) return undefined;
    const series = seriesOf(measure)?.['value'];
    if (series === undefined) return [];
    const asked = { slot, series, from, to };
    try {
      const { time, mean } = readStretches(vault, asked, (to - from) / MINUTE_MS, summaries);
      return Array.from(time, (atMs, i) => [atMs, mean[i] as number] as const);
    } catch (error) {
      // What is damaged is fsck's to tell. Alarms of the present do not end over it.
      if (error instanceof SealBroken || error instanceof HeartwoodError) return [];
      throw error;
    }
  };
