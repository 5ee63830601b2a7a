// How long the hub waits for what. One place, so that tests can make a minute a second.

export type Timing = {
  /** A connection: bluetoothd itself gives up after some 20 s. */
  readonly connectMs: number;
  /** From the link to its services. */
  readonly resolveMs: number;
  /** A value read or written, a subscription. */
  readonly callMs: number;
  /** A local disconnect takes about 2 s. */
  readonly disconnectMs: number;
  /** A person types six digits at a device. */
  readonly pairMs: number;
  /** Between two records, or the answer to a request for them. */
  readonly recordMs: number;
  /** Before records that could not be had are asked for again, while the device stays connected. */
  readonly uploadAgainMs: number;
  /** What a device says after so long a silence, while it is connected, was measured just now. */
  readonly settledMs: number;
  /** A spot device that has been silent for so long goes where another waits; for `idleMs`, in any case. */
  readonly quietMs: number;
  readonly idleMs: number;
  /** How long a spot device that has said all is left alone. */
  readonly pauseMs: number;
  /** A turn in a shared slot. */
  readonly turnMs: number;
  /** How long a device counts as there after it was last heard. */
  readonly presentMs: number;
  /** First and longest pause before a device is tried again. */
  readonly retryMs: readonly [number, number];
  /** How long a question about a stale bond stays answered with no. */
  readonly refusedMs: number;
  /** How often the list of enrolled devices is read. */
  readonly enrolledMs: number;
  /** How often slots are planned anew, besides at every event that matters. */
  readonly tickMs: number;
  /** How often an adapter is looked at, and how long it may be silent while something streams. */
  readonly checkMs: number;
  readonly silentMs: number;
  /** How long a stream may be silent while its adapter hears others, before it is connected anew. */
  readonly muteMs: number;
  /** How long one device that cannot be connected is its own trouble, where no other shows that it is the adapter's. */
  readonly aloneMs: number;
  /** A call to an adapter itself. */
  readonly adapterMs: number;
  /** Radio off, before it is on again. */
  readonly powerOffMs: number;
  /** First and longest pause before the bus is tried again. */
  readonly reopenMs: readonly [number, number];
  /** How long there may be no bluetoothd, or no bus, before a person is told. */
  readonly missingMs: number;
  /** How long a hub that stops waits for a disk that refuses. */
  readonly drainMs: number;
  /** What the patience of the ladder is multiplied with. */
  readonly ladderScale: number;
};

export const TIMING: Timing = {
  connectMs: 25_000,
  resolveMs: 20_000,
  callMs: 10_000,
  disconnectMs: 6_000,
  pairMs: 65_000,
  recordMs: 20_000,
  uploadAgainMs: 60_000,
  settledMs: 5_000,
  quietMs: 8_000,
  idleMs: 90_000,
  pauseMs: 30_000,
  turnMs: 30_000,
  presentMs: 30_000,
  retryMs: [300, 60_000],
  refusedMs: 3_600_000,
  enrolledMs: 5_000,
  tickMs: 500,
  checkMs: 2_500,
  silentMs: 12_000,
  muteMs: 30_000,
  aloneMs: 300_000,
  adapterMs: 5_000,
  powerOffMs: 1_000,
  reopenMs: [100, 5_000],
  missingMs: 20_000,
  drainMs: 10_000,
  ladderScale: 1,
};
