// A part of the benchmark: what it needs and what it gives.

/** How long and how often things are measured. */
export type Pace = {
  readonly rounds: number;
  readonly warmMs: number;
  readonly roundMs: number;
  readonly latencyMs: number;
  readonly memoryMs: number;
  /** Virtual time of the household whose writes are counted. */
  readonly householdSeconds: number;
  readonly starts: number;
  /** Put before the stored one, for a start with a year behind it. */
  readonly daysBefore: number;
  /** Length of the simulated time in the store, a multiple of the interval. */
  readonly storedSeconds: number;
  /** How long a ledger takes statements at its steady rate, and how long at the most that it can. */
  readonly sustainMs: number;
  readonly mostMs: number;
  /** How long the way to a witnessed checkpoint is measured. */
  readonly witnessedMs: number;
  /** Virtual time of each patient before the alarms. */
  readonly alarmHours: number;
  /** How long a page is watched in each view. */
  readonly pageMs: number;
  /** How long numbers and alarms are followed from the sensor to the screen. */
  readonly screenMs: number;
  /** Entries hashed into a tree in memory, beside a peer. */
  readonly hashedEntries: number;
};

export const FULL: Pace = {
  rounds: 3,
  warmMs: 800,
  roundMs: 3000,
  latencyMs: 6000,
  memoryMs: 30_000,
  householdSeconds: 3600,
  starts: 4,
  daysBefore: 364,
  storedSeconds: 86_400,
  sustainMs: 600_000,
  mostMs: 30_000,
  witnessedMs: 60_000,
  alarmHours: 12,
  pageMs: 60_000,
  screenMs: 120_000,
  hashedEntries: 500_000,
};

export const QUICK: Pace = {
  rounds: 1,
  warmMs: 300,
  roundMs: 1000,
  latencyMs: 2000,
  memoryMs: 3000,
  householdSeconds: 120,
  starts: 2,
  daysBefore: 30,
  storedSeconds: 1800,
  sustainMs: 20_000,
  mostMs: 5000,
  witnessedMs: 8000,
  alarmHours: 1,
  pageMs: 3000,
  screenMs: 12_000,
  hashedEntries: 50_000,
};

export type Section = { readonly title: string; readonly text: string };

export type Bench = {
  readonly pace: Pace;
  /** A folder of the benchmark's own, gone when it ends. */
  readonly folder: string;
  /** Says on standard error what is being done. */
  say(line: string): void;
  /** A store with one patient's simulated time in it, made when first asked for. */
  storedDay(): Promise<StoredDay>;
};

/** What became of one patient's simulated day. */
export type StoredDay = {
  readonly directory: string;
  /** Virtual time that is in it: less than a day when making it took too long. */
  readonly seconds: number;
  readonly readings: number;
  readonly batches: number;
  readonly bodyBytes: number;
  readonly hubBytes: number;
  readonly ledgerBytes: number;
  /** Bytes by table of hub.db. */
  readonly tables: Readonly<Record<string, number>>;
  /** What the process had the disk write (`write_bytes` of /proc/self/io); NaN where there is no /proc. */
  readonly writtenBytes: number;
  readonly elapsedMs: number;
};
