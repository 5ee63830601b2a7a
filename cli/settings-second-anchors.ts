// The settings of second anchors: part of the table in settings.ts, which says how one becomes a flag.

import type { Row } from './setting-row.ts';
import { duration, evmContract, number, outsideUrl, outsideUrls, path, wholeNumber } from './setting-type.ts';

export type SecondAnchorSettings = {
  /** Calendars; none: no anchor of that kind. */
  readonly opentimestamps: readonly string[];
  readonly opentimestampsNeeded: number;
  /** Milliseconds. */
  readonly opentimestampsEvery: number | undefined;
  readonly bitcoinHeaders: string | undefined;
  /** A node of an EVM chain, with the next three or not at all. */
  readonly evmRpc: string | undefined;
  readonly evmChain: number | undefined;
  readonly evmContract: string | undefined;
  readonly evmKey: string | undefined;
  /** Gwei. */
  readonly evmFeeCap: number;
  readonly evmEvery: number | undefined;
};

export const SECOND_ANCHOR_SETTINGS: {
  readonly [Name in keyof SecondAnchorSettings]: Row<SecondAnchorSettings[Name]>;
} = {
  opentimestamps: {
    type: outsideUrls,
    fallback: [],
    help: 'have this OpenTimestamps calendar take the ledger to Bitcoin, such as https://alice.btc.calendar.opentimestamps.org; may be repeated',
    group: 'Second anchors',
  },
  opentimestampsNeeded: {
    type: wholeNumber(1, 8),
    fallback: 1,
    help: 'how many of the calendars must take a checkpoint',
    group: 'Second anchors',
  },
  opentimestampsEvery: {
    type: duration,
    help: 'time between two checkpoints that go to the calendars; 6h unless given',
    group: 'Second anchors',
  },
  bitcoinHeaders: {
    type: outsideUrl,
    help: 'Esplora-style server of Bitcoin headers, by which calendars are checked, such as https://blockstream.info/api',
    group: 'Second anchors',
  },
  evmRpc: {
    type: outsideUrl,
    help: 'node of an EVM chain that takes the ledger into a contract’s log; see heartwood evm-registry',
    group: 'Second anchors',
    secret: true,
  },
  evmChain: {
    type: wholeNumber(1, Number.MAX_SAFE_INTEGER),
    help: 'the chain meant: 1 is Ethereum, 11155111 Sepolia',
    group: 'Second anchors',
  },
  evmContract: { type: evmContract, help: 'address of the contract', group: 'Second anchors' },
  evmKey: {
    type: path,
    help: 'file with the key of the account that pays',
    group: 'Second anchors',
    secret: true,
  },
  evmFeeCap: {
    type: number(0, 100_000),
    fallback: 20,
    help: 'most gwei that are paid for a unit of gas; an anchor takes at most 25,000 units',
    group: 'Second anchors',
  },
  evmEvery: {
    type: duration,
    help: 'time between two checkpoints that go to the chain; 1d unless given',
    group: 'Second anchors',
  },
};
