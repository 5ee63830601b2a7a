// How long readings take on the hub's own thread: from the sensor, to the disk, to the alarm engine's look.

import { type DelayHistogram, Delays, type Leg } from '../stream/delays.ts';
import type { CommittedReading } from '../stream/feed-reading.ts';

/** What is older was kept by the device on purpose; what is younger than its arrival has a clock that runs ahead. */
const SENSOR_MS_MAX = 60_000;
/** Commits that wait for a look: it comes each second. Beyond, the engine is stuck, and the oldest tell it. */
const WAITING_MAX = 10_000;

export class Legs {
  readonly #delays = new Delays();
  #waiting: { readonly durableMs: number; readonly readings: number }[] = [];

  /** @param durableMs hub's clock when they were on disk */
  stored(readings: readonly CommittedReading[], durableMs: number): void {
    if (readings.length === 0) return;
    // Readings of one message, and often of several, took the same time: they are noted together.
    let [sensorMs, storeMs, sensorTimes, storeTimes] = [0, 0, 0, 0];
    for (const { kept } of readings) {
      const sensor = kept.at === undefined ? -1 : kept.received - kept.at;
      if (sensor >= 0 && sensor <= SENSOR_MS_MAX) {
        if (sensor !== sensorMs && sensorTimes > 0) {
          this.#delays.observe('sensor', sensorMs, sensorTimes);
          sensorTimes = 0;
        }
        sensorMs = sensor;
        sensorTimes += 1;
      }
      const store = durableMs - kept.received;
      if (store !== storeMs && storeTimes > 0) {
        this.#delays.observe('store', storeMs, storeTimes);
        storeTimes = 0;
      }
      storeMs = store;
      storeTimes += 1;
    }
    if (sensorTimes > 0) this.#delays.observe('sensor', sensorMs, sensorTimes);
    if (storeTimes > 0) this.#delays.observe('store', storeMs, storeTimes);
    if (this.#waiting.length < WAITING_MAX) this.#waiting.push({ durableMs, readings: readings.length });
  }

  /** The engine has looked at everything that was stored. */
  looked(nowMs: number): void {
    for (const { durableMs, readings } of this.#waiting)
      this.#delays.observe('engine', nowMs - durableMs, readings);
    this.#waiting = [];
  }

  take(): ReadonlyMap<Leg, DelayHistogram> | undefined {
    return this.#delays.take();
  }
}
