// Every PUBLISH of a proven device, from aedes' authorizePublish (the one place that holds PUBACK and PUBREC
// back) to `accept` and back.

import type { PublishPacket } from 'aedes';
import { AccessDenied, judgePublish } from './access.ts';
import type { Accept, Arrival } from './arrival.ts';
import { type Connection, endConnection, reason } from './connection.ts';
import { errorName, type Log } from './event.ts';
import type { Limits } from './limits.ts';
import type { Links } from './links.ts';
import type { SessionStore } from './session-store.ts';

/** Counted since the start; `waiting` is how many messages wait for the disk at this moment. */
export type IntakeCounts = {
  arrivals: number;
  arrivalBytes: number;
  notStored: number;
  repeated: number;
  publishesDenied: number;
  waiting: number;
};

/** aedes' callback: an error closes an MQTT 3.1.1 connection, and is answered 0x87 to an MQTT 5 client. */
type Done = (error?: Error | null) => void;

/** What to do with one PUBLISH: answer it at once, hand it over first, or end its connection unanswered. */
type Course =
  | { kind: 'answer'; error: Error | null }
  | { kind: 'hand-over'; arrival: Arrival }
  | { kind: 'end'; reasonCode: number };

export class Intake {
  readonly counts: IntakeCounts = {
    arrivals: 0,
    arrivalBytes: 0,
    notStored: 0,
    repeated: 0,
    publishesDenied: 0,
    waiting: 0,
  };
  /** Bytes of bodies that wait for the disk, of all connections. */
  waitingBytes = 0;
  /** Once set, no message is taken any more: its connection is ended instead. */
  stopping = false;

  readonly #accept: Accept;
  readonly #log: Log;
  readonly #limits: Limits;
  readonly #store: SessionStore;
  readonly #links: Links;
  #onIdle: (() => void)[] = [];

  constructor(accept: Accept, log: Log, limits: Limits, store: SessionStore, links: Links) {
    this.#accept = accept;
    this.#log = log;
    this.#limits = limits;
    this.#store = store;
    this.#links = links;
  }

  /** Resolves when no message waits for the disk. */
  async idle(): Promise<void> {
    if (this.counts.waiting > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  /** Takes one PUBLISH, or a will after its connection closed. */
  published(connection: Connection | undefined, packet: PublishPacket, done: Done): void {
    const device = connection?.device;
    if (connection === undefined || device === undefined) {
      done(new AccessDenied('nobody'));
      return;
    }
    if ((packet as unknown) === connection.connect?.will) {
      this.#links.tell(connection, 'offline'); // its topic and word were checked at CONNECT
      done();
      return;
    }
    const course = this.#judge(connection, device, packet);
    switch (course.kind) {
      case 'answer':
        connection.acks.settle(connection.acks.hold(() => done(course.error)));
        break;
      case 'hand-over':
        this.#handOver(connection, course.arrival, done);
        break;
      case 'end':
        void endConnection(connection, course.reasonCode);
        break;
    }
  }

  #judge(connection: Connection, device: string, packet: PublishPacket): Course {
    if (this.stopping) return { kind: 'end', reasonCode: reason.serverShuttingDown };
    // [MQTT-3.3.4-7] aedes advertises Receive Maximum and leaves keeping it to us. MQTT 3.1.1 has none: there
    // the tap closes.
    if (
      packet.qos > 0 &&
      connection.acks.length >= this.#limits.inFlightMax &&
      connection.connect?.protocolVersion === 5
    ) {
      return { kind: 'end', reasonCode: reason.receiveMaximumExceeded };
    }
    const verdict = judgePublish(device, packet);
    switch (verdict.kind) {
      case 'denied':
        this.counts.publishesDenied += 1;
        this.#log({ event: 'publish-denied', device, step: verdict.step, clause: verdict.clause });
        return { kind: 'answer', error: new AccessDenied(verdict.step) };
      case 'status':
        this.#links.tell(connection, verdict.state);
        return { kind: 'answer', error: null };
      case 'arrival': {
        if (packet.qos === 2) {
          // [MQTT-4.3.3-2] The same id before its PUBREL is the same message: acknowledged, not handed over.
          if (this.#store.holds(device, packet.messageId)) {
            this.counts.repeated += 1;
            return { kind: 'answer', error: null };
          }
          if (this.#store.isFull(device)) return { kind: 'end', reasonCode: reason.receiveMaximumExceeded };
        }
        const body = packet.payload as Buffer;
        const arrival: Arrival = { device, channel: verdict.channel, body, qos: packet.qos };
        if (verdict.contentType !== undefined) arrival.contentType = verdict.contentType;
        return { kind: 'hand-over', arrival };
      }
    }
  }

  #handOver(connection: Connection, arrival: Arrival, done: Done): void {
    const { counts } = this;
    counts.arrivals += 1;
    counts.arrivalBytes += arrival.body.length;
    counts.waiting += 1;
    connection.waitingBytes += arrival.body.length;
    this.waitingBytes += arrival.body.length;
    const held = connection.acks.hold(done);
    let stored: Promise<void>;
    try {
      stored = this.#accept(arrival);
    } catch (error) {
      stored = Promise.reject(error);
    }
    stored.then(
      () => {
        connection.acks.settle(held);
        this.#settled(connection, arrival);
      },
      (error: unknown) => {
        counts.notStored += 1;
        this.#log({ event: 'not-stored', device: arrival.device, qos: arrival.qos, error: errorName(error) });
        // QoS 0 has no acknowledgement to hold back and is not sent again: it is lost, as its sender chose.
        if (arrival.qos === 0) connection.acks.settle(held);
        else void endConnection(connection, reason.serverBusy);
        this.#settled(connection, arrival);
      },
    );
  }

  #settled(connection: Connection, arrival: Arrival): void {
    connection.waitingBytes -= arrival.body.length;
    this.waitingBytes -= arrival.body.length;
    connection.tap?.turn();
    this.counts.waiting -= 1;
    if (this.counts.waiting > 0) return;
    const waiting = this.#onIdle;
    this.#onIdle = [];
    for (const resolve of waiting) resolve();
  }
}
