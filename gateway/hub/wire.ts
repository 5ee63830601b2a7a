// What travels between the threads. The hub's thread owns the database; the main thread owns the sockets.
// Arrivals go over as one packed buffer that is transferred, not copied: a structured clone of a view on a
// socket's buffer would clone the whole pool behind it, and each object costs microseconds.

import type { AlarmNotice } from '../alarms/engine.ts';
import type { PatientAlarms } from '../alarms/feed-alarm.ts';
import type { PatientScore } from '../alarms/feed-score.ts';
import type { ClosedBatch } from '../batch/close-batch.ts';
import type { HeartwoodErrorCode } from '../error.ts';
import type { Arrival } from '../ingest/ingest.ts';
import { ByteReader, ByteWriter } from '../store/varint.ts';
import type { DelayHistogram, Leg } from '../stream/delays.ts';
import type { PackedReadings } from '../stream/packed-readings.ts';
import type { DiskNotice } from './disk-watch.ts';
import type { HubSettings } from './settings.ts';
import type { Started } from './start.ts';
import type { Heavy } from './work.ts';

/** What became of an arrival; on the wire one byte each. */
export const OUTCOMES = ['stored', 'duplicate', 'quarantined'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export type WorkerData = { readonly settings: HubSettings };

/** From the main thread. */
export type ToHub =
  | { readonly type: 'commit'; readonly arrivals: Uint8Array<ArrayBuffer> }
  | {
      readonly type: 'call';
      readonly call: number;
      readonly name: string;
      readonly args: readonly unknown[];
    }
  | { readonly type: 'end' };

/** To the main thread. */
export type FromHub =
  | { readonly type: 'ready'; readonly started: Started }
  | {
      readonly type: 'committed';
      /** Indices into OUTCOMES, in order of the arrivals; of those behind the last nothing was done. */
      readonly outcomes: Uint8Array<ArrayBuffer>;
      readonly refused: readonly { readonly device: string; readonly reason: string }[];
      /** How many older messages left the quarantine to make room. */
      readonly dropped: number;
      readonly heavy: readonly Heavy[];
    }
  /** Stored readings by patient pseudonym, and the hub's clock when they were on disk. Sent while somebody listens. */
  | {
      readonly type: 'readings';
      readonly readings: ReadonlyMap<string, PackedReadings>;
      readonly durableMs: number;
    }
  /** How long the legs of this thread took since the last time. */
  | { readonly type: 'delays'; readonly delays: ReadonlyMap<Leg, DelayHistogram> }
  | { readonly type: 'commit-failed'; readonly error: WireError }
  | { readonly type: 'answer'; readonly call: number; readonly value: unknown }
  | { readonly type: 'call-failed'; readonly call: number; readonly error: WireError }
  | {
      readonly type: 'batch';
      readonly batch: Omit<ClosedBatch, 'statement'> & { readonly ledgerSize: number };
    }
  /** What happened to alarms, and all alarms of the patients whom it happened to. */
  | {
      readonly type: 'alarms';
      readonly notices: readonly AlarmNotice[];
      readonly patients: readonly PatientAlarms[];
    }
  /** Early-warning scores that changed. Sent while somebody listens. */
  | { readonly type: 'scores'; readonly scores: readonly PatientScore[] }
  /** The disk fails, or is nearly full, or is well again. */
  | { readonly type: 'disk'; readonly disk: DiskNotice }
  /** People or devices changed (`heartwood enroll` ran). */
  | { readonly type: 'registry' }
  | {
      readonly type: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly event: string;
      readonly detail: Readonly<Record<string, string | number>>;
    }
  | { readonly type: 'failed'; readonly error: WireError };

export type WireError = { readonly code: HeartwoodErrorCode | 'internal'; readonly message: string };

export function packArrivals(arrivals: readonly Arrival[]): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter();
  out.unsigned(arrivals.length);
  for (const { device, received, contentType, body } of arrivals) {
    out.text(device);
    out.unsigned(received);
    out.text(contentType ?? '');
    out.unsigned(body.length);
    out.bytes(body);
  }
  return out.take();
}

export function unpackArrivals(bytes: Uint8Array): Arrival[] {
  const from = new ByteReader(bytes);
  return Array.from({ length: from.unsigned() }, () => {
    const device = from.text();
    const received = from.unsigned();
    const contentType = from.text();
    const body = from.bytes(from.unsigned());
    return { device, received, body, ...(contentType !== '' && { contentType }) };
  });
}
