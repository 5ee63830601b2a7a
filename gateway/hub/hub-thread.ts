// The main thread's end of the hub: hand it arrivals, and await that each is on disk. Whatever arrives while a
// commit is under way goes into the next one: group commit by natural batching, with no timer to wait for, unless the
// owner would rather spare the card and have what comes within some time written together.

import { Worker } from 'node:worker_threads';
import type { AlarmNotice } from '../alarms/engine.ts';
import type { PatientAlarms } from '../alarms/feed-alarm.ts';
import type { PatientScore } from '../alarms/feed-score.ts';
import { HeartwoodError, type HeartwoodErrorCode } from '../error.ts';
import type { Arrival } from '../ingest/ingest.ts';
import type { DelayHistogram, Leg } from '../stream/delays.ts';
import type { PackedReadings } from '../stream/packed-readings.ts';
import type { HubCalls } from './calls.ts';
import type { DiskNotice } from './disk-watch.ts';
import { FairQueue } from './fair-queue.ts';
import type { HubSettings } from './settings.ts';
import type { Started } from './start.ts';
import {
  type FromHub,
  OUTCOMES,
  type Outcome,
  packArrivals,
  type WireError,
  type WorkerData,
} from './wire.ts';

/**
 * More messages, or bytes of them, than this wait for the next commit, in turns by device: one flood must not hold up
 * everybody's PUBACK. 50 devices with 20 messages in flight are one group. The thread may end its commit earlier, where
 * what the messages hold costs too much (work.ts).
 */
const GROUP_MAX = 4096;
const GROUP_BYTES_MAX = 256 * 1024;
/** Bodies waiting beyond this are refused, unacknowledged: the disk cannot keep up, or a device floods. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024;

type Waiting = { arrival: Arrival; resolve(outcome: Outcome): void; reject(error: Error): void };
type Calling = { resolve(value: unknown): void; reject(error: Error): void };

/** What happens in the hub, for whoever streams it on. */
export type HubEvents = {
  /** @param durableMs hub's clock when they were on disk */
  readings(byPatient: ReadonlyMap<string, PackedReadings>, durableMs: number): void;
  /** How long the legs of the hub's thread took since the last time, once a second where there is anything. */
  delays?(delays: ReadonlyMap<Leg, DelayHistogram>): void;
  batch(batch: Extract<FromHub, { type: 'batch' }>['batch']): void;
  /** What happened to alarms, on disk; and all alarms of the patients whom it happened to. */
  alarms(notices: readonly AlarmNotice[], patients: readonly PatientAlarms[]): void;
  /** Early-warning scores that changed. */
  scores(scores: readonly PatientScore[]): void;
  registry(): void;
  /** The disk fails, is nearly full, or is well again: told once, from memory, since nothing may be written. */
  disk?(notice: DiskNotice): void;
  refused(refused: readonly { device: string; reason: string }[]): void;
  /** A device's messages cost the hub as much as so many bytes more than they had. */
  heavy?(device: string, bytes: number): void;
  log(
    level: 'info' | 'warn' | 'error',
    event: string,
    detail: Readonly<Record<string, string | number>>,
  ): void;
  /** The hub's thread has ended by a broken invariant: nothing more will be stored. */
  failed(error: Error): void;
};

export class HubThread {
  readonly #worker: Worker;
  readonly #events: HubEvents;
  readonly #ready: PromiseWithResolvers<Started> = Promise.withResolvers();
  #started: Started | undefined;
  readonly #exited: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #waiting: FairQueue<Waiting> = new FairQueue();
  #waitingBytes = 0;
  /** How long the first of a commit waits for company, ms. */
  #gatherMs: number;
  #gathering: NodeJS.Timeout | undefined;
  /** Since when the oldest of those that wait does. */
  #waitingSince = 0;
  #committing: Waiting[] = [];
  #stopping = false;
  #ended: Error | undefined;
  readonly #calling = new Map<number, Calling>();
  #calls = 0;

  private constructor(settings: HubSettings, events: HubEvents) {
    this.#events = events;
    this.#gatherMs = settings.gatherMs ?? 0;
    const workerData: WorkerData = { settings };
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData });
    this.#worker.on('message', (message: FromHub) => this.#hear(message));
    this.#worker.on('error', (error) => this.#end(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', () => {
      this.#exited.resolve();
      this.#end(stopped());
    });
  }

  /** @throws HeartwoodError what keeps the hub from starting */
  static async start(settings: HubSettings, events: HubEvents): Promise<HubThread> {
    const thread = new HubThread(settings, events);
    thread.#started = await thread.#ready.promise;
    return thread;
  }

  /** What the start found and did. */
  get started(): Started {
    if (this.#started === undefined) throw new Error('the hub has not started');
    return this.#started;
  }

  /** Resolves when the arrival is on disk, or is a duplicate of one that is. Rejects when it cannot be stored. */
  accept(arrival: Arrival): Promise<Outcome> {
    if (this.#ended) return Promise.reject(this.#ended);
    if (this.#stopping) return Promise.reject(stopped());
    if (this.#waitingBytes > WAITING_BYTES_MAX) {
      return Promise.reject(new HeartwoodError('refused', 'Too much is waiting for the disk.'));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push(arrival.device, { arrival, resolve, reject }, arrival.body.length);
      this.#waitingBytes += arrival.body.length;
      if (this.#waiting.length === 1) this.#waitingSince = performance.now();
      if (this.#committing.length === 0) this.#soon();
    });
  }

  call<Name extends keyof HubCalls>(
    name: Name,
    ...args: Parameters<HubCalls[Name]>
  ): Promise<Awaited<ReturnType<HubCalls[Name]>>>;
  call(name: 'stop' | 'listen', ...args: unknown[]): Promise<void>;
  call(name: string, ...args: unknown[]): Promise<unknown> {
    if (this.#ended) return Promise.reject(this.#ended);
    const call = this.#calls++;
    return new Promise((resolve, reject) => {
      this.#calling.set(call, { resolve, reject });
      this.#worker.postMessage({ type: 'call', call, name, args });
    });
  }

  /**
   * Accepts no more, commits what was accepted, closes the batch, anchors it, and ends the thread. What was
   * acknowledged is safe also when this rejects (a full disk): the next start closes the batch.
   */
  async stop(): Promise<void> {
    if (this.#ended || this.#stopping) return;
    this.#stopping = true;
    this.#gatherMs = 0;
    this.#next();
    await this.#drained();
    if (this.#ended) return;
    try {
      await this.call('stop');
    } finally {
      this.#worker.postMessage({ type: 'end' });
      await this.#exited.promise;
    }
  }

  async #drained(): Promise<void> {
    while (this.#waiting.length + this.#committing.length > 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** Begins the next commit when its time has come, or when there is enough for one. */
  #soon(): void {
    if (this.#gatherMs === 0) {
      // Whatever the sockets deliver in this turn of the event loop comes along.
      if (this.#waiting.length === 1) setImmediate(() => this.#next());
    } else if (this.#waiting.length >= GROUP_MAX || this.#waitingBytes >= GROUP_BYTES_MAX) this.#next();
    else {
      const leftMs = this.#gatherMs - (performance.now() - this.#waitingSince);
      this.#gathering ??= setTimeout(() => this.#next(), Math.max(0, leftMs));
    }
  }

  /** After a commit: what came meanwhile. */
  #goOn(): void {
    if (this.#gatherMs === 0) this.#next();
    else if (this.#waiting.length > 0) this.#soon();
  }

  #next(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    if (this.#committing.length > 0 || this.#waiting.length === 0) return;
    this.#committing = this.#waiting.take(GROUP_MAX, GROUP_BYTES_MAX);
    for (const { arrival } of this.#committing) this.#waitingBytes -= arrival.body.length;
    const arrivals = packArrivals(this.#committing.map((one) => one.arrival));
    this.#worker.postMessage({ type: 'commit', arrivals }, [arrivals.buffer]);
  }

  #hear(message: FromHub): void {
    switch (message.type) {
      case 'committed': {
        const committed = this.#committing.splice(0, message.outcomes.length);
        // What it did not reach waits again.
        this.#waiting.settle(committed.length);
        for (const { arrival } of this.#committing) this.#waitingBytes += arrival.body.length;
        this.#committing = [];
        for (const { device, bytes } of message.heavy) this.#events.heavy?.(device, bytes);
        this.#goOn();
        for (let i = 0; i < committed.length; i++)
          (committed[i] as Waiting).resolve(OUTCOMES[message.outcomes[i] as number] as Outcome);
        if (message.refused.length > 0) this.#events.refused(message.refused);
        if (message.dropped > 0) this.#events.log('warn', 'quarantine-full', { dropped: message.dropped });
        return;
      }
      case 'readings':
        this.#events.readings(message.readings, message.durableMs);
        return;
      case 'delays':
        this.#events.delays?.(message.delays);
        return;
      case 'commit-failed': {
        const failed = this.#committing;
        this.#committing = [];
        // What the same devices sent behind it would overtake it: it is refused too, and all of it comes again, in order.
        for (const device of new Set(failed.map(({ arrival }) => arrival.device))) {
          for (const one of this.#waiting.drop(device)) {
            this.#waitingBytes -= one.arrival.body.length;
            failed.push(one);
          }
        }
        this.#goOn();
        for (const one of failed) one.reject(toError(message.error));
        return;
      }
      case 'answer':
        this.#calling.get(message.call)?.resolve(message.value);
        this.#calling.delete(message.call);
        return;
      case 'call-failed':
        this.#calling.get(message.call)?.reject(toError(message.error));
        this.#calling.delete(message.call);
        return;
      case 'batch':
        this.#events.batch(message.batch);
        return;
      case 'alarms':
        this.#events.alarms(message.notices, message.patients);
        return;
      case 'scores':
        this.#events.scores(message.scores);
        return;
      case 'registry':
        this.#events.registry();
        return;
      case 'disk':
        this.#events.disk?.(message.disk);
        return;
      case 'log':
        this.#events.log(message.level, message.event, message.detail);
        return;
      case 'failed':
        this.#end(toError(message.error));
        return;
      case 'ready':
        this.#ready.resolve(message.started);
        return;
    }
  }

  /** The thread has ended, or will at once: nobody waits any longer. The first reason counts. */
  #end(error: Error): void {
    if (this.#ended) return;
    this.#ended = error;
    this.#ready.reject(error);
    clearTimeout(this.#gathering);
    for (const one of [...this.#committing, ...this.#waiting.clear()]) one.reject(error);
    for (const one of this.#calling.values()) one.reject(error);
    this.#committing = [];
    this.#calling.clear();
    if (this.#started !== undefined && !this.#stopping) this.#events.failed(error);
  }
}

const stopped = (): HeartwoodError => new HeartwoodError('not-ready', 'The hub has stopped.');

const toError = ({ code, message }: WireError): Error =>
  code === 'internal' ? new Error(message) : new HeartwoodError(code as HeartwoodErrorCode, message);
