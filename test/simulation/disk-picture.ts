// What must be on the hub's disk, kept beside it from what was seen there step by step. It can be copied, as the disk can:
// whoever puts an old copy of the disk back puts the old picture back too.

import { isDeepStrictEqual } from 'node:util';
import { EMPTY_FRONTIER, type Frontier } from '@heartwood/anchor';
import type { KeptReading } from '@heartwood/gateway';
import type { HubEvent } from '@heartwood/vitals';
import { insist } from './broken.ts';
import { keyOf, type Lane, type Measured } from './device.ts';

/** How an alarm stands by the record of it. */
type Recorded = { readonly episode: number; readonly on: boolean };

export class DiskPicture {
  /** Every reading that is stored, by message and index. */
  readonly stored: Set<string>;
  /** Of the open batch, by slot, in order. */
  readonly open: Map<number, string[]>;
  /** Messages of a device, boot and lane: the last number stored. */
  readonly lastSeq: Map<string, number>;
  /** By slot and condition. */
  readonly alarms: Map<string, Recorded>;
  /** Everything that ever happened to an alarm. */
  readonly changes: Set<string>;
  /** When each device was last stored, by the hub's clock. */
  readonly heard: Map<string, number>;
  lastStaged = 0;
  lastBatch = -1;
  /** The ledger of the present epoch, as its entries make it. */
  frontier: Frontier = EMPTY_FRONTIER;
  lastNote: string | undefined;

  constructor(from?: DiskPicture) {
    this.stored = new Set(from?.stored);
    this.open = new Map([...(from?.open ?? [])].map(([slot, list]) => [slot, [...list]]));
    this.lastSeq = new Map(from?.lastSeq);
    this.alarms = new Map(from?.alarms);
    this.changes = new Set(from?.changes);
    this.heard = new Map(from?.heard);
    if (from === undefined) return;
    this.lastStaged = from.lastStaged;
    this.lastBatch = from.lastBatch;
    this.frontier = from.frontier;
    this.lastNote = from.lastNote;
  }

  /** A reading that was not seen before is on the disk. */
  addReading(slot: number, device: string, kept: KeptReading, measured: Measured, lane: Lane): string {
    const message = keyOf(device, kept.boot, kept.seq);
    const key = `${message}#${kept.index}`;
    insist(!this.stored.has(key), () => `${key} is stored twice`);
    const sent = measured.get(message)?.readings[kept.index];
    insist(sent !== undefined, () => `${key} is stored, and was never sent`);
    insist(
      sent.at === kept.at && isDeepStrictEqual(sent.measurement, kept.measurement),
      () =>
        `${key} is stored as ${JSON.stringify(kept.measurement)}, sent was ${JSON.stringify(sent.measurement)}`,
    );
    const order = `${device}/${kept.boot ?? ''}/${lane}`;
    const last = this.lastSeq.get(order) ?? -1;
    insist(kept.seq >= last, () => `${key} is stored after number ${last}: out of order`);
    this.lastSeq.set(order, kept.seq);
    this.stored.add(key);
    this.heard.set(device, kept.received);
    this.#listOf(slot).push(key);
    return key;
  }

  /** An event of the hub that was not seen before is on the disk. */
  addEvent(slot: number, { name, detail }: HubEvent, text: string): void {
    this.#listOf(slot).push(text);
    if (!name.startsWith('alarm-')) return;
    const change = name.slice('alarm-'.length);
    const key = `${detail['slot']} ${detail['condition']}`;
    const episode = Number(detail['episode']);
    const before = this.alarms.get(key) ?? { episode: 0, on: false };
    if (change === 'raised') {
      insist(
        !before.on && episode === before.episode + 1,
        () => `alarm ${key} is raised twice: episode ${episode} after ${JSON.stringify(before)}`,
      );
      this.alarms.set(key, { episode, on: true });
    } else {
      insist(
        before.on && episode === before.episode,
        () => `alarm ${key}: ${change} of episode ${episode}, known is ${JSON.stringify(before)}`,
      );
      if (change === 'ended') this.alarms.set(key, { episode, on: false });
    }
    this.changes.add(`${key} ${change} ${episode}`);
  }

  /** The open batch of a slot, which is closed now. */
  takeOpen(slot: number): string[] {
    const list = this.open.get(slot) ?? [];
    this.open.delete(slot);
    return list;
  }

  /** Alarms that stand, of a slot. */
  standing(slot: number): string[] {
    return [...this.alarms].flatMap(([key, { on }]) =>
      on && key.startsWith(`${slot} `) ? [key.slice(`${slot} `.length)] : [],
    );
  }

  #listOf(slot: number): string[] {
    let list = this.open.get(slot);
    if (list === undefined) {
      list = [];
      this.open.set(slot, list);
    }
    return list;
  }
}
