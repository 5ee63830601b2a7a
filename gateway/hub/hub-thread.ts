// The main thread's end of the hub: hand it arrivals, and await that each is on disk. Whatever arrives while a
// commit is under way goes into the next one: group commit by natural batching, with no timer to wait for.

import { Worker } from 'node:worker_threads';
import { HeartwoodError, type HeartwoodErrorCode } from '../error.ts';
import type { Arrival } from '../ingest/ingest.ts';
import type { HubCalls } from './calls.ts';
import type { HubSettings } from './settings.ts';
import type { Started } from './start.ts';
import { type FromHub, OUTCOMES, type Outcome, packArrivals, type WireError } from './wire.ts';

/** More messages than this wait for the next commit. */
const GROUP_MAX = 4096;
/** Bodies waiting beyond this are refused, unacknowledged: the disk cannot keep up, or a device floods. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024;

type Waiting = { arrival: Arrival; resolve(outcome: Outcome): void; reject(error: Error): void };
type Calling = { resolve(value: unknown): void; reject(error: Error): void };

/** What happens in the hub, for whoever streams it on. */
export type HubEvents = {
  readings(byPatient: ReadonlyMap<string, string>): void;
  batch(batch: Extract<FromHub, { type: 'batch' }>['batch']): void;
  registry(): void;
  refused(refused: readonly { device: string; reason: string }[]): void;
  log(
    level: 'info' | 'warn' | 'error',
    event: string,
    detail: Readonly<Record<string, string | number>>,
  ): void;
  /** The hub's thread has ended by a broken invariant: nothing more will be stored. */
  failed(error: Error): void;
};

export class HubThread {
  readonly started: Started;
  readonly #worker: Worker;
  readonly #events: HubEvents;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #committing: Waiting[] = [];
  #failed: Error | undefined;
  readonly #calling = new Map<number, Calling>();
  #calls = 0;

  private constructor(worker: Worker, started: Started, events: HubEvents) {
    this.#worker = worker;
    this.started = started;
    this.#events = events;
    worker.on('message', (message: FromHub) => this.#hear(message));
    worker.on('error', (error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', () => this.#fail(new HeartwoodError('in-use', 'The hub has stopped.')));
  }

  /** @throws HeartwoodError what keeps the hub from starting */
  static start(settings: HubSettings, events: HubEvents): Promise<HubThread> {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { settings } });
    return new Promise((resolve, reject) => {
      worker.once('error', reject);
      worker.once('message', (message: FromHub) => {
        worker.removeAllListeners();
        if (message.type === 'ready') resolve(new HubThread(worker, message.started, events));
        else if (message.type === 'failed') reject(toError(message.error));
        else reject(new Error(`the hub's thread began with ${message.type}`));
      });
    });
  }

  /** Resolves when the arrival is on disk, or is a duplicate of one that is. Rejects when it cannot be stored. */
  accept(arrival: Arrival): Promise<Outcome> {
    if (this.#failed) return Promise.reject(this.#failed);
    if (this.#waitingBytes > WAITING_BYTES_MAX) {
      return Promise.reject(new HeartwoodError('refused', 'Too much is waiting for the disk.'));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ arrival, resolve, reject });
      this.#waitingBytes += arrival.body.length;
      // Whatever the sockets deliver in this turn of the event loop comes along.
      if (this.#committing.length === 0 && this.#waiting.length === 1) setImmediate(() => this.#next());
    });
  }

  call<Name extends keyof HubCalls>(
    name: Name,
    ...args: Parameters<HubCalls[Name]>
  ): Promise<Awaited<ReturnType<HubCalls[Name]>>>;
  call(name: 'stop' | 'listen', ...args: unknown[]): Promise<void>;
  call(name: string, ...args: unknown[]): Promise<unknown> {
    if (this.#failed) return Promise.reject(this.#failed);
    const call = this.#calls++;
    return new Promise((resolve, reject) => {
      this.#calling.set(call, { resolve, reject });
      this.#worker.postMessage({ type: 'call', call, name, args });
    });
  }

  /** Commits what was accepted, closes the batch, anchors it, and ends the thread. */
  async stop(): Promise<void> {
    await this.#drained();
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve));
    await this.call('stop');
    await ended;
  }

  async #drained(): Promise<void> {
    while (this.#waiting.length + this.#committing.length > 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
  }

  #next(): void {
    if (this.#committing.length > 0 || this.#waiting.length === 0) return;
    this.#committing = this.#waiting.splice(0, GROUP_MAX);
    const arrivals = packArrivals(this.#committing.map((one) => one.arrival));
    this.#waitingBytes -= this.#committing.reduce((sum, one) => sum + one.arrival.body.length, 0);
    this.#worker.postMessage({ type: 'commit', arrivals }, [arrivals.buffer]);
  }

  #hear(message: FromHub): void {
    switch (message.type) {
      case 'committed': {
        const committed = this.#committing;
        this.#committing = [];
        this.#next();
        for (const [i, one] of committed.entries())
          one.resolve(OUTCOMES[message.outcomes[i] as number] as Outcome);
        if (message.refused.length > 0) this.#events.refused(message.refused);
        if (message.readings.size > 0) this.#events.readings(message.readings);
        return;
      }
      case 'commit-failed': {
        const failed = this.#committing;
        this.#committing = [];
        this.#next();
        this.#events.log('error', 'commit-failed', { why: message.error.message });
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
      case 'registry':
        this.#events.registry();
        return;
      case 'log':
        this.#events.log(message.level, message.event, message.detail);
        return;
      case 'failed':
        this.#events.failed(toError(message.error));
        this.#fail(toError(message.error));
        return;
      case 'ready':
        return;
    }
  }

  #fail(error: Error): void {
    this.#failed ??= error;
    for (const one of [...this.#committing, ...this.#waiting]) one.reject(error);
    for (const one of this.#calling.values()) one.reject(error);
    this.#committing = [];
    this.#waiting = [];
    this.#calling.clear();
  }
}

const toError = ({ code, message }: WireError): Error =>
  code === 'internal' ? new Error(message) : new HeartwoodError(code as HeartwoodErrorCode, message);
