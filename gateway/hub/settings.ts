// What the hub's thread needs to know to start. Plain data: it crosses into the thread.

import type { WithoutQuorum } from '@heartwood/anchor/node';
import type { SecondAnchorChoice } from '../batch/second-anchors.ts';
import type { MasterKeySource } from '../keys/master-key.ts';
import type { TellingChoice } from '../telling/channels.ts';

export type HubSettings = {
  readonly directory: string;
  readonly keySource: MasterKeySource;
  /** First part of the names under which the hub and its ledger sign. Neutral. */
  readonly originPrefix: string;
  readonly intervalMs: number;
  /** How long a message waits for others, so that they are written together; 0 or undefined: not at all. */
  readonly gatherMs?: number | undefined;
  /** How many days readings are kept; undefined: for ever. */
  readonly keepReadingsDays?: number | undefined;
  readonly quarantineRowsMax: number;
  readonly quarantineBytesMax: number;
  /** Where the ledger's high-water mark is kept: apart from the data, so that a restored old copy is noticed. */
  readonly markFile: string;
  /** The text of a tlog-policy file: which witnesses are asked to cosign, and how many must. */
  readonly witnessPolicy?: string | undefined;
  /** The text of a tlog-policy file: a ledger elsewhere that gets the statements too, and by which proofs are checked. */
  readonly ledgerPolicy?: string | undefined;
  /** Folder for the hub's own ledger as plain files. */
  readonly publish?: string | undefined;
  /** What is proved by while the witnesses are too few: nothing, or the newest checkpoint, with an alarm. */
  readonly withoutQuorum: WithoutQuorum;
  /** Where else the ledger's checkpoints are kept; undefined: nowhere. */
  readonly secondAnchors?: SecondAnchorChoice | undefined;
  /** By what people can be told of an alarm, besides the page. */
  readonly telling?: TellingChoice | undefined;
};
