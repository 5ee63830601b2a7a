// Patients before the hub's own alarms at virtual time: what their devices send is taken in as it is after its commit, and
// every condition is looked at once a second. A real vault and the real watch; no network, and no reading on the disk.

import { HUB_SLOT } from '@heartwood/anchor';
import { type DeviceStream, isMessage, type MessageDelivery } from '@heartwood/device-sim';
import { decodeEntries, enroll, type KeptReading, Vault, Watch } from '@heartwood/gateway';
import { decodeEvent, type HubEvent } from '@heartwood/vitals';
import { settingsOf } from './inside.ts';

/** What happened to a condition of a patient, as the engine said it. */
export type Told = {
  readonly patient: string;
  readonly condition: string;
  readonly change: string;
  readonly priority: string;
  readonly atMs: number;
};

type Worn = {
  readonly slot: number;
  readonly number: number;
  readonly deliveries: Iterator<MessageDelivery, undefined>;
  next: MessageDelivery | undefined;
};

const LOOK_MS = 1000;

export class AlarmBedside {
  readonly told: Told[] = [];
  readonly #vault: Vault;
  readonly #watch: Watch;
  readonly #names = new Map<number, string>();
  readonly #worn: Worn[] = [];
  #nowMs: number;

  /** @param directory of the hub's files, which are made */
  constructor(directory: string, startMs: number) {
    this.#nowMs = startMs;
    const settings = { ...settingsOf(directory, `${directory}.key`), clock: () => this.#nowMs };
    this.#vault = Vault.openOrCreate(settings, settings.originPrefix).vault;
    this.#watch = new Watch(this.#vault);
  }

  /** A patient's device, from the start on. */
  async wear(patient: string, device: string, stream: DeviceStream): Promise<void> {
    const admitted = await enroll(this.#vault, { device, label: device, origin: 'simulator', patient });
    const { slot } = admitted.patient;
    this.#names.set(slot, patient);
    const deliveries = messages(stream);
    this.#worn.push({ slot, number: admitted.device.number, deliveries, next: deliveries.next().value });
  }

  /** Lets time pass, a look a second. */
  run(untilMs: number): void {
    while (this.#nowMs < untilMs) {
      this.#nowMs += LOOK_MS;
      for (const worn of this.#worn) this.#hear(worn);
      for (const { slot, condition, change, priority } of this.#watch.look()) {
        const patient = this.#names.get(slot) ?? '';
        this.told.push({ patient, condition, change, priority, atMs: this.#nowMs });
      }
      for (const slot of this.#names.keys()) this.#seeTo(slot);
    }
  }

  /** A nurse who has seen each alarm that is over, at once: what comes then is another. */
  #seeTo(slot: number): void {
    for (const { condition, state } of this.#watch.of(slot)) {
      if (state.presence !== 'latched') continue;
      this.#watch.acknowledge(slot, condition, { by: 'nurse', atMs: this.#nowMs, why: 'seen' });
    }
  }

  /** Every event of alarms that were held back, from the disk. */
  heldBack(): (HubEvent & { readonly patient: string })[] {
    const { store } = this.#vault;
    return store
      .stagedOf(HUB_SLOT)
      .flatMap((row) => decodeEntries(store.openStaged(row)).map(decodeEvent))
      .filter(({ name }) => name === 'alarm-held-back')
      .map((event) => ({ ...event, patient: this.#names.get(Number(event.detail['slot'])) ?? '' }));
  }

  close(): void {
    this.#vault.close();
  }

  #hear(worn: Worn): void {
    const { slot, number: device, deliveries } = worn;
    while (worn.next !== undefined && worn.next.sendAtMs <= this.#nowMs) {
      const { sendAtMs: received, message } = worn.next;
      const { seq, boot, readings } = message;
      const kept = readings.map(
        ({ at, measurement }, index): KeptReading => ({
          device,
          seq,
          index,
          received,
          origin: 'simulator',
          measurement,
          ...(at !== undefined && { at }),
          ...(boot !== undefined && { boot }),
        }),
      );
      this.#watch.take(slot, kept);
      worn.next = deliveries.next().value;
    }
  }
}

function* messages(stream: DeviceStream): Generator<MessageDelivery, undefined> {
  for (const delivery of stream) if (isMessage(delivery)) yield delivery;
  return undefined;
}
