// What a verifier says: step by step, in the order of the argument, and then what it comes to. Plain data that a
// terminal, a web page and a program can show; every text is a sentence for a person who is no programmer.

/** The steps, in the order of the argument: each one stands on those before it. */
export const STEP_TITLES = {
  policy: 'Whom you trust',
  format: 'Form of the file',
  entry: 'What is claimed',
  segment: 'Place in the segment',
  batch: 'Place in the batch',
  statement: "The hub's signature",
  times: 'Times',
  inclusion: 'Place in the ledger',
  checkpoint: "The ledger's signature",
  witnesses: 'Witnesses',
  /** Taken only where the bundle has some. */
  anchors: 'Second anchors',
} as const;
export type StepName = keyof typeof STEP_TITLES;

export type StepOf<Name extends string> = {
  readonly name: Name;
  readonly title: string;
  readonly ok: boolean;
  /** What was checked and found; for a failure, what it means. */
  readonly text: string;
};
export type Step = StepOf<StepName>;

/** The reading or event that a bundle is about, as it claims to be; proved only where the verdict is ok. Times in ms since 1970. */
export type Claim = {
  /** `<batch>.<slot>.<index>`; absent while the batch is unknown. */
  readonly id?: string;
  readonly type: 'reading' | 'event';
  /** e.g. `Heart rate 72 /min`. */
  readonly description: string;
  /** The patient's pseudonym (the hub's, for an event), hexadecimal. */
  readonly subject: string;
  /** When it reached the hub, or happened there, by the hub's clock. */
  readonly receivedMs: number;
  /** Device time, where the device said one. */
  readonly atMs?: number;
  readonly device?: string;
  readonly origin?: string;
};

export type Verdict = {
  readonly ok: boolean;
  readonly steps: readonly Step[];
  readonly claim?: Claim;
  /** One sentence each. Empty where the proof does not hold. */
  readonly proves: readonly string[];
  readonly doesNotProve: readonly string[];
  /** All of it in a few sentences. */
  readonly summary: string;
};

/** RFC 3339 UTC with milliseconds, e.g. `2026-11-21T13:10:00.000Z`. */
export function timeWords(ms: number): string {
  return new Date(ms).toISOString();
}

/** A length of time as a person says it: `0.8 seconds`, `3 minutes`, `2 days`. */
export function spanWords(ms: number): string {
  const units = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
  ] as const;
  const [unit, length] = units.find(([, unitMs]) => ms >= 2 * unitMs) ?? ['second', 1000];
  const count = unit === 'second' ? Math.round(ms / 100) / 10 : Math.floor(ms / length);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** `1 witness`, `2 witnesses`. */
export function countWords(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
