// Recordings as a household: each record is a person of its own, its devices say `recording` as their origin.

import { basename } from 'node:path';
import type { DeviceStream } from '../delivery.ts';
import { seededRandom } from '../random.ts';
import { readRecordFolder } from '../wfdb/record.ts';
import { type RecordedDevice, replayOf } from '../wfdb/replay.ts';
import { freeId, type Household, type HouseholdDevice, type HouseholdPerson } from './household.ts';

const PREFIXES: Readonly<Record<RecordedDevice['role'], string>> = {
  ecg: 'holter',
  bedside: 'bedside',
  cuff: 'bedcuff',
};

export type RecordingHousehold = Household & {
  /** Signals that are not replayed, by record: said, never silent. */
  readonly skipped: readonly { readonly record: string; readonly signals: readonly string[] }[];
};

/**
 * Reads the records whose headers (`….hea`) are given. Ids follow from the names of the records. Throws WfdbError
 * where a record cannot be replayed truthfully.
 */
export function recordingHousehold(headerPaths: readonly string[]): RecordingHousehold {
  const streams = new Map<string, (startAtMs: number) => DeviceStream>();
  const skipped: { record: string; signals: readonly string[] }[] = [];
  const people = headerPaths.map((path): HouseholdPerson => {
    const record = readRecordFolder(path);
    const replay = replayOf(record);
    skipped.push({ record: record.name, signals: replay.skipped });
    const random = seededRandom(`recording ${basename(path)}`);
    const devices = replay.devices.map((device): HouseholdDevice => {
      const id = freeId(PREFIXES[device.role], random, (taken) => streams.has(taken));
      streams.set(id, device.stream);
      const { label, kinds } = device;
      return { id, label, origin: 'recording', kinds, format: 'cbor', rest: 'burst' };
    });
    return { name: `Record ${record.name}`, devices };
  });
  return {
    people,
    skipped,
    stream: (deviceId, startAtMs) => {
      const make = streams.get(deviceId);
      if (!make) throw new RangeError(`no device ${deviceId} in these recordings`);
      return make(startAtMs);
    },
  };
}
