// What must be an alarm, by rules of the simulation's own: a device that is silent, and a heart that has raced for minutes.
// Only what leaves no doubt is asked for: a silent device at once, its return within seconds, a racing heart within
// three minutes, whatever the clocks did meanwhile.

import type { RunningHub } from '@heartwood/gateway';
import type { Books } from './books.ts';
import { insist } from './broken.ts';
import type { Network } from './network.ts';

const SILENT_MS = 15 * 60_000;
const LINK_LOST_MS = 5 * 60_000;
const RACING_MS = 180_000;
const STALE_MS = 60_000;

type Pulse = { readonly storedMs: number; readonly measuredMs: number; readonly value: number };

export class AlarmOracle {
  counts = { silent: 0, racing: 0 };
  readonly #books: Books;
  readonly #network: Network;
  readonly #lookMs: number;
  /** The world's time since when a device is not silent, in looks without a break. */
  readonly #heardSince = new Map<string, number>();
  /** The same, since when a patient's heart races. */
  readonly #racingSince = new Map<number, number>();
  readonly #pulses = new Map<number, Pulse[]>();
  #life = 0;
  #lookedMs = 0;

  constructor(books: Books, network: Network, lookMs: number) {
    this.#books = books;
    this.#network = network;
    this.#lookMs = lookMs;
  }

  /** A reading is on the disk. All in the world's time: the hub's clock may say anything. */
  stored(slot: number, message: string, worldMs: number): void {
    for (const { at, measurement } of this.#books.measured.get(message)?.readings ?? []) {
      if (measurement.kind !== 'heart-rate' || !('value' in measurement) || at === undefined) continue;
      const pulses = this.#pulses.get(slot) ?? [];
      pulses.push({ storedMs: worldMs, measuredMs: at, value: measurement.value });
      while ((pulses[0]?.storedMs ?? worldMs) < worldMs - 2 * RACING_MS) pulses.shift();
      this.#pulses.set(slot, pulses);
    }
  }

  /** Right after the hub has looked. */
  look(running: RunningHub, life: number, worldMs: number, hubMs: number): void {
    const { hub } = running;
    // A new life, a clock that was set, or a look that could not be kept: every delay may begin anew.
    if (life !== this.#life || Math.abs(hubMs - worldMs - this.#lookedMs) > 500) {
      this.#heardSince.clear();
      if (life !== this.#life) this.#racingSince.clear();
    }
    this.#life = life;
    this.#lookedMs = hubMs - worldMs;
    for (const { slot } of hub.vault.registry.patients()) this.#racing(running, slot, worldMs);
    for (const device of hub.vault.registry.devices()) {
      const slot = hub.vault.registry.ownerAt(device, hubMs) ?? -1;
      const heardMs = this.#books.disk.heard.get(device.id);
      // One that was never heard is missed from its enrolment on, or from the hub's start: some doubt, so not asked for.
      if (heardMs === undefined) continue;
      const silentMs = hubMs - heardMs;
      const violated = silentMs > (this.#network.linkOf(device.id) === false ? LINK_LOST_MS : SILENT_MS);
      const alarm = hub.watch.of(slot).some(({ condition }) => condition === `silent:${device.id}`);
      if (violated) {
        this.counts.silent++;
        this.#heardSince.delete(device.id);
        insist(
          alarm,
          () => `${device.id} is silent for ${Math.round(silentMs / 1000)} s, and there is no alarm`,
        );
        continue;
      }
      const since = this.#heardSince.get(device.id) ?? worldMs;
      this.#heardSince.set(device.id, since);
      const clear = worldMs - since > 5000 + 2 * this.#lookMs;
      insist(!alarm || !clear, () => `${device.id} is heard, and the alarm says that it is silent`);
    }
  }

  #racing({ hub }: RunningHub, slot: number, worldMs: number): void {
    const pulses = (this.#pulses.get(slot) ?? []).filter(({ storedMs }) => storedMs > worldMs - STALE_MS);
    // Fresh, the present and not a memory, and nothing else in between.
    const racing =
      pulses.length > 0 &&
      pulses.every(
        ({ value, storedMs, measuredMs }) => value > 150 && Math.abs(storedMs - measuredMs) < 10_000,
      );
    if (!racing) {
      this.#racingSince.delete(slot);
      return;
    }
    const since = this.#racingSince.get(slot) ?? worldMs;
    this.#racingSince.set(slot, since);
    if (worldMs - since < RACING_MS) return;
    this.counts.racing++;
    const alarm = hub.watch.of(slot).some(({ condition }) => condition === 'heart-rate-very-high');
    insist(
      alarm,
      () =>
        `the heart of slot ${slot} has raced for ${Math.round((worldMs - since) / 1000)} s, and there is no alarm`,
    );
  }
}
