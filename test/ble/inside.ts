// How the hub tells records apart, for a ward that stores in its place. Taken from its file by URL: the gateway shows
// other rooms the hub whole.

import type { TimedMeasurement } from '@heartwood/vitals';

type RecordName = {
  readonly characteristic: number;
  readonly name: number;
  readonly number: number | undefined;
};

const module: unknown = await import(new URL('../../gateway/ingest/record-name.ts', import.meta.url).href);

export const recordOf: (readings: readonly TimedMeasurement[]) => RecordName | undefined = (
  module as { recordOf: (readings: readonly TimedMeasurement[]) => RecordName | undefined }
).recordOf;
