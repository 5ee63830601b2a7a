// What the hub's thread needs to know to start. Plain data: it crosses into the thread.

import type { MasterKeySource } from '../keys/master-key.ts';

export type HubSettings = {
  readonly directory: string;
  readonly keySource: MasterKeySource;
  /** First part of the names under which the hub and its ledger sign. Neutral. */
  readonly originPrefix: string;
  readonly intervalMs: number;
  readonly quarantineRowsMax: number;
  readonly quarantineBytesMax: number;
};
