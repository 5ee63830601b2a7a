// A ward for one test: a simulated bluetoothd on its private bus, the hub's radio at the other end, and a store that
// keeps what it is told and answers as the hub does. What the radio stored is compared with what was on the bus.

import { type Bluez, type BluezOptions, type Sample, startBluez } from '@heartwood/device-sim/ble';
import type { Arrival, RadioDevice } from '@heartwood/gateway';
import {
  type Candidate,
  type PairingDesk,
  Radio,
  type RadioAlarm,
  type Timing,
} from '@heartwood/gateway/ble';
import { parseMessage, type TimedMeasurement } from '@heartwood/vitals';
import { newCursor, recordOf } from './inside.ts';

/** A minute is a second here, about. */
export const FAST: Partial<Timing> = {
  connectMs: 2_000,
  resolveMs: 2_000,
  callMs: 1_000,
  disconnectMs: 500,
  pairMs: 3_000,
  recordMs: 1_000,
  uploadAgainMs: 500,
  settledMs: 200,
  quietMs: 300,
  idleMs: 1_500,
  pauseMs: 300,
  turnMs: 400,
  presentMs: 1_000,
  retryMs: [20, 300],
  enrolledMs: 200,
  tickMs: 40,
  checkMs: 60,
  silentMs: 1_000,
  adapterMs: 300,
  powerOffMs: 20,
  reopenMs: [20, 200],
  missingMs: 400,
  ladderScale: 0.01,
};

export type WardOptions = Partial<BluezOptions> & {
  readonly devices: BluezOptions['devices'];
  /** Enrolled; by default all. */
  readonly enrolled?: readonly string[];
  /** Of those, who is enrolled by its serial number. */
  readonly bySerial?: readonly string[];
  readonly slots?: number;
  readonly timing?: Partial<Timing>;
  readonly desk?: PairingDesk;
};

export type Kept = { readonly device: string; readonly received: number; readonly reading: TimedMeasurement };

export class Ward {
  readonly bluez: Bluez;
  readonly kept: Kept[] = [];
  readonly links: string[] = [];
  /** In order; `over` where one ended. */
  readonly alarms: (RadioAlarm | { readonly kind: 'over' })[] = [];
  readonly logged: string[] = [];
  /** What devices said of themselves. */
  readonly made: string[] = [];
  /** While set, the disk refuses. */
  full: boolean = false;
  /** By so much the hub's clock is behind, ms. */
  behindMs: number = 0;
  readonly #records = new Map<string, ReturnType<typeof newCursor>>();
  readonly #clocks = new Map<string, NonNullable<RadioDevice['clock']>>();
  #radio: Radio | undefined;
  readonly #options: WardOptions;
  enrolled: string[];
  /** Devices that are enrolled by their serial number. */
  readonly bySerial: Set<string>;
  /** Names under which a simulated device is enrolled, besides its own. */
  readonly renamed: Map<string, string> = new Map();

  private constructor(bluez: Bluez, options: WardOptions) {
    this.bluez = bluez;
    this.#options = options;
    this.bySerial = new Set(options.bySerial);
    this.enrolled = [...(options.enrolled ?? options.devices.map(({ id }) => id))];
  }

  static async open(options: WardOptions): Promise<Ward> {
    const bluez = await startBluez({ seed: 1, delayScale: 0.02, ...options });
    const ward = new Ward(bluez, options);
    ward.startRadio();
    return ward;
  }

  get radio(): Radio {
    if (this.#radio === undefined) throw new Error('the radio is off');
    return this.#radio;
  }

  /** The hub starts, perhaps again. */
  startRadio(): void {
    this.#radio = Radio.start({
      address: this.bluez.address,
      slots: this.#options.slots ?? 5,
      timing: { ...FAST, ...this.#options.timing },
      clock: () => this.bluez.now() - this.behindMs,
      ticks: () => performance.now(),
      zone: () => 0,
      accept: (arrival) => this.#accept(arrival),
      devices: () => Promise.resolve(this.#devices()),
      keepClock: async (device, clock) => {
        if (this.full) throw new Error('SQLITE_FULL');
        this.#clocks.set(device, clock);
      },
      ...(this.#options.desk && { desk: this.#options.desk }),
      events: {
        link: (device, state) => this.links.push(`${device} ${state}`),
        alarm: (alarm, isSo) => this.alarms.push(isSo ? alarm : { kind: 'over' }),
        log: (_level, event, facts) =>
          (event === 'bluetooth-device' ? this.made : this.logged).push(`${event} ${JSON.stringify(facts)}`),
      },
    });
  }

  async stopRadio(): Promise<void> {
    await this.#radio?.stop();
    this.#radio = undefined;
  }

  async close(): Promise<void> {
    await this.stopRadio();
    await this.bluez.stop();
  }

  candidates(): readonly Candidate[] {
    return this.radio.candidates();
  }

  /** Sources of one device's readings, in stored order, as hexadecimal octets. */
  stored(device: string, characteristic: number): string[] {
    return this.kept.flatMap(({ device: id, reading: { source } }) =>
      id === device && source?.characteristic === characteristic ? [hex(source.octets)] : [],
    );
  }

  /** What one device put on the bus by itself, in order. */
  said(device: string, characteristic: number): string[] {
    const uuid = `0000${characteristic.toString(16).padStart(4, '0')}-0000-1000-8000-00805f9b34fb`;
    return this.bluez.truth.samples
      .filter((one: Sample) => one.device === device && one.uuid === uuid && one.by === 'device')
      .map((one) => hex(one.value));
  }

  /**
   * Waits until it holds; fails with what was logged. The time is counted in pauses of 10 ms, so that what this
   * process lost to others does not count.
   */
  async until(what: string, holds: () => boolean, ms = 15_000): Promise<void> {
    let left = ms / 10;
    while (!holds()) {
      if (left-- <= 0) {
        throw new Error(
          `not within ${ms} ms: ${what}\n${[...this.links.slice(-20), ...this.logged.slice(-20)].join('\n')}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  count(link: string): number {
    return this.links.filter((one) => one === link).length;
  }

  #devices(): RadioDevice[] {
    return this.enrolled.map((id) => {
      const { address, serial } = this.bluez.device(this.renamed.get(id) ?? id);
      const radio = this.bySerial.has(id) ? `serial:${serial}` : address;
      const clock = this.#clocks.get(id);
      return { id, radio, records: this.#taken(id).records, ...(clock !== undefined && { clock }) };
    });
  }

  /** As the hub remembers it. */
  #taken(device: string): ReturnType<typeof newCursor> {
    const known = this.#records.get(device) ?? newCursor();
    this.#records.set(device, known);
    return known;
  }

  async #accept({ device, received, body, contentType }: Arrival): Promise<'stored' | 'duplicate'> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.full) throw new Error('SQLITE_FULL');
    const parsed = parseMessage(body, contentType);
    if (parsed.kind === 'refused') throw new Error(`${parsed.reason}: ${parsed.detail}`);
    const record = recordOf(parsed.message.readings);
    if (record !== undefined) {
      const taken = this.#taken(device);
      const known = taken.hasRecord(record);
      taken.addRecord(record);
      if (known) return 'duplicate';
    }
    for (const reading of parsed.message.readings) this.kept.push({ device, received, reading });
    return 'stored';
  }
}

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');
