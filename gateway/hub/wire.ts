// What travels between the threads. The hub's thread owns the database; the main thread owns the sockets.
// Arrivals go over as one packed buffer that is transferred, not copied: a structured clone of a view on a
// socket's buffer would clone the whole pool behind it, and each object costs microseconds.

import type { AlarmNotice } from '../alarms/engine.ts';
import type { PatientAlarms } from '../alarms/feed-alarm.ts';
import type { PatientScore } from '../alarms/feed-score.ts';
import type { ClosedBatch } from '../batch/close-batch.ts';
import type { HeartwoodErrorCode } from '../error.ts';
import type { Arrival } from '../ingest/ingest.ts';
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

/** How many, and how long their words are. */
const HEAD_BYTES = 8;
/** Of each: the hub's clock, length of the body, places of its device and its content type among the words (0: none). */
const ARRIVAL_BYTES = 20;

/**
 * Arrivals in one buffer, which changes threads without being copied: a head, 20 bytes for each, the words that they have in
 * common (JSON), and the bodies one behind the other.
 */
export function packArrivals(arrivals: readonly Arrival[]): Uint8Array<ArrayBuffer> {
  const words = new Map<string, number>([['', 0]]);
  let bodyBytes = 0;
  for (const { device, contentType, body } of arrivals) {
    if (!words.has(device)) words.set(device, words.size);
    if (contentType !== undefined && !words.has(contentType)) words.set(contentType, words.size);
    bodyBytes += body.length;
  }
  const said = Buffer.from(JSON.stringify([...words.keys()]));
  const wordsAt = HEAD_BYTES + ARRIVAL_BYTES * arrivals.length;
  const out = new Uint8Array(wordsAt + said.length + bodyBytes);
  const view = new DataView(out.buffer);
  view.setUint32(0, arrivals.length);
  view.setUint32(4, said.length);
  out.set(said, wordsAt);
  let at = HEAD_BYTES;
  let bodyAt = wordsAt + said.length;
  for (const { device, received, contentType, body } of arrivals) {
    view.setFloat64(at, received);
    view.setUint32(at + 8, body.length);
    view.setUint32(at + 12, words.get(device) as number);
    view.setUint32(at + 16, words.get(contentType ?? '') as number);
    at += ARRIVAL_BYTES;
    out.set(body, bodyAt);
    bodyAt += body.length;
  }
  return out;
}

/** The inverse. Bodies are views of the buffer. */
export function unpackArrivals(bytes: Uint8Array): Arrival[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = view.getUint32(0);
  const wordsAt = HEAD_BYTES + ARRIVAL_BYTES * count;
  let bodyAt = wordsAt + view.getUint32(4);
  const words = JSON.parse(Buffer.from(bytes.subarray(wordsAt, bodyAt)).toString()) as string[];
  const arrivals: Arrival[] = [];
  for (let at = HEAD_BYTES; at < wordsAt; at += ARRIVAL_BYTES) {
    const received = view.getFloat64(at);
    const body = bytes.subarray(bodyAt, bodyAt + view.getUint32(at + 8));
    bodyAt += body.length;
    const device = words[view.getUint32(at + 12)] as string;
    const contentType = words[view.getUint32(at + 16)] as string;
    arrivals.push(contentType === '' ? { device, received, body } : { device, received, contentType, body });
  }
  return arrivals;
}
