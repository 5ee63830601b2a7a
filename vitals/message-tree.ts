// The tree: the fields of a message when bytes are decoded and nothing is known of them yet. JSON gives it as it
// is, CBOR after its keys have been named, SenML after its records have been resolved.

/** A message of which nothing is known. */
export type MessageTree = { seq?: unknown; boot?: unknown; at?: unknown; readings?: unknown };

/** A reading of which nothing is known. */
export type ReadingTree = {
  kind?: unknown;
  value?: unknown;
  systolic?: unknown;
  diastolic?: unknown;
  mean?: unknown;
  absent?: unknown;
  waveform?: unknown;
  quality?: unknown;
  unit?: unknown;
  at?: unknown;
  /** CBOR only. */
  source?: unknown;
};

/** A waveform of which nothing is known. */
export type WaveformTree = {
  lead?: unknown;
  rateHz?: unknown;
  gain?: unknown;
  baseline?: unknown;
  samples?: unknown;
};

/** Names a reading, or a SenML record, for a refusal. */
export type Place = { readonly list: 'readings' | 'records'; readonly index: number };

/** The place in words of the message: `readings[2].value`. Made only for a refusal. */
export function pathOf(place: Place, field?: string): string {
  const path = `${place.list}[${place.index}]`;
  return field === undefined ? path : `${path}.${field}`;
}

/** Whether a decoded value is an object with fields. */
export function isTree(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
