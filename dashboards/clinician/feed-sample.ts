// Messages for tests: a home with one patient, as the hub would say it (docs/spec/feed.md).

import type { FeedReading } from './feed.ts';

export const NOW = 1_795_262_400_000;
export const PATIENT = '9f0c3b52aa11';

/** A heart rate received at `received`; `over` replaces fields. */
export function heartRate(id: string, received: number, over: Partial<FeedReading> = {}): FeedReading {
  return {
    id,
    patient: PATIENT,
    device: 'watch-1',
    seq: 7,
    at: undefined,
    received,
    origin: 'simulator',
    measurement: { kind: 'heart-rate', value: 72 },
    ...over,
  };
}

/** The same as it comes over the wire. */
export function wireHeartRate(id: string, received: number, over: object = {}): Record<string, unknown> {
  return {
    id,
    patient: PATIENT,
    device: 'watch-1',
    seq: 7,
    kind: 'heart-rate',
    received,
    origin: 'simulator',
    value: 72,
    ...over,
  };
}

/** A snapshot with one patient and one heart rate; `over` replaces fields. */
export function wireSnapshot(over: object = {}): Record<string, unknown> {
  return {
    type: 'snapshot',
    feed: 100,
    now: NOW,
    hub: { origin: 'heartwood/hub/3f2a9c0d11aa22bb', startedAt: NOW - 60_000, intervalMs: 10_000 },
    batch: null,
    patients: [
      {
        id: PATIENT,
        name: 'Ada Nowak',
        slot: 1,
        devices: [
          { id: 'watch-1', label: 'Watch', origin: 'simulator', link: 'online', lastReceived: NOW - 1_000 },
        ],
        alarms: [],
        recent: { 'heart-rate': [wireHeartRate('57.1.0', NOW - 1_000)] },
      },
    ],
    ...over,
  };
}
