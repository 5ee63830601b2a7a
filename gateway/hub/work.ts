// What a message costs the hub's thread: counted, not timed, so that it is the same on every machine. One unit is one
// reading, from its bytes to its leaf, about 8 µs on the development machine (docs/benchmarks.md); 64 samples cost as much.
// What is refused, or known already, has cost its parsing: at worst as much for 64 bytes.
//
// A commit ends where one device has had its part of it, or where it is large: whoever waits behind a flood waits for one
// part of it, and not for all of it. What was not reached keeps its place, before whom the commit served (fair-queue.ts).

import type { Decision } from '../ingest/ingest.ts';

const SAMPLES_A_UNIT = 64;
const BYTES_A_UNIT = 64;
/** After so many units a device gives no more messages to a commit: some 4 ms, and at most one message beyond. */
export const PART_UNITS = 512;
/** After so many a commit takes no more of anybody: some 30 ms. */
export const COMMIT_UNITS = 4096;

/**
 * What a unit is in bytes of a device's share (broker/limits.ts): 256 KiB a second are 10,000 readings a second, of which
 * 512 fit a message of 2 kB.
 */
const UNIT_BYTES = 26;
/** Beyond its bytes; less than that in a commit is told to nobody. */
const HEAVY_BYTES = 4096;

/** @param bytes of the body */
function unitsOf(bytes: number, decision: Decision): number {
  if (decision.kind !== 'store') return 1 + Math.ceil(bytes / BYTES_A_UNIT);
  let units = 1;
  for (const { kept } of decision.readings) {
    units += 1;
    if ('wave' in kept.measurement) units += Math.ceil(kept.measurement.wave.samples.length / SAMPLES_A_UNIT);
  }
  return units;
}

/** What the devices had of one commit. */
export class Parts {
  readonly #had = new Map<string, { units: number; bytes: number }>();
  #units = 0;

  /** Whether the commit ends before a message of this device. Never before its first. */
  endsBefore(device: string): boolean {
    return this.#units >= COMMIT_UNITS || (this.#had.get(device)?.units ?? 0) >= PART_UNITS;
  }

  add(device: string, bytes: number, decision: Decision): void {
    const units = unitsOf(bytes, decision);
    this.#units += units;
    const had = this.#had.get(device);
    if (had === undefined) this.#had.set(device, { units, bytes });
    else {
      had.units += units;
      had.bytes += bytes;
    }
  }

  /** Devices whose messages cost far more than their bytes say, and how many bytes more. */
  heavy(): Heavy[] {
    const heavy: Heavy[] = [];
    for (const [device, { units, bytes }] of this.#had) {
      const beyond = units * UNIT_BYTES - bytes;
      if (beyond > HEAVY_BYTES) heavy.push({ device, bytes: beyond });
    }
    return heavy;
  }
}

export type Heavy = { readonly device: string; readonly bytes: number };
