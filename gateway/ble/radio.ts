// The radio: sessions one after the other, for as long as the hub runs. It knows the enrolled devices, begins anew when
// the bus or bluetoothd has gone, and tells a person when they stay away.

import type { RadioDevice } from '../hub/calls.ts';
import type { RecordsTaken } from '../ingest/cursor.ts';
import { NOBODY, type PairingDesk } from './agent.ts';
import type { ClockSeen, Zone } from './clock-trust.ts';
import type { Rung } from './ladder.ts';
import type { OutboxPorts } from './outbox.ts';
import { HEALTH_SERVICES } from './profile.ts';
import { type RadioAlarm, RadioAlarms } from './radio-alarm.ts';
import { Session } from './session.ts';
import { TIMING, type Timing } from './timing.ts';
import { enrolledBy, Wearing } from './wearing.ts';

export type RadioOptions = {
  /** Of the system bus; by default what D-Bus says itself. */
  readonly address?: string;
  /** Connections at once on one adapter; a Pi's holds five to seven. */
  readonly slots: number;
  /** Stores a message (`HubThread.accept`). */
  readonly accept: OutboxPorts['accept'];
  /** The enrolled Bluetooth devices (`HubCalls.radioDevices`). */
  devices(): Promise<readonly RadioDevice[]>;
  /** Keeps what was seen of a device's clock, on disk when it answers (`HubCalls.radioClock`). */
  keepClock(device: string, clock: ClockSeen): Promise<void>;
  /** ms since 1970, for readings. */
  clock(): number;
  /** ms that only ever rise, for all that waits. */
  ticks(): number;
  readonly zone: Zone;
  readonly desk?: PairingDesk;
  readonly timing?: Partial<Timing>;
  readonly events: RadioEvents;
};

export type RadioEvents = {
  /** Of an enrolled device: set up, broken, or let go so that another may have the slot. */
  link(device: string, state: 'up' | 'lost' | 'released'): void;
  /** It began, or is over; each is told once. */
  alarm(alarm: RadioAlarm, isSo: boolean): void;
  log(level: 'info' | 'warn', event: string, facts: Readonly<Record<string, string | number>>): void;
  /** What became of a message, with the times at which its values arrived: for measurements. */
  settled?: OutboxPorts['settled'];
};

/** A health device that nobody has enrolled. It is not connected to. */
export type Candidate = {
  readonly address: string;
  readonly name: string;
  readonly services: readonly string[];
  readonly rssi: number | undefined;
  readonly seenAgoMs: number | undefined;
};

export class Radio {
  readonly #options: RadioOptions;
  readonly #timing: Timing;
  /** Of the last outbox: messages of a device that is enrolled anew are never numbered as others before. */
  #boot = 0;
  /** Adapters that are on a rung of the ladder. */
  readonly #climbing = new Set<string>();
  #wearings = new Map<string, Wearing>();
  #records = new Map<string, RecordsTaken>();
  #session: Session | undefined;
  #stopped = false;
  #wake: (() => void) | undefined;
  readonly #alarms: RadioAlarms;
  #missing: NodeJS.Timeout | undefined;
  readonly #done: Promise<void>;
  #poll: NodeJS.Timeout | undefined;

  private constructor(options: RadioOptions) {
    this.#options = options;
    this.#timing = { ...TIMING, ...options.timing };
    this.#alarms = new RadioAlarms((alarm, isSo) => options.events.alarm(alarm, isSo));
    this.#done = this.#run();
  }

  /** Begins, and never gives up by itself: without Bluetooth it waits for it. */
  static start(options: RadioOptions): Radio {
    return new Radio(options);
  }

  /** Health devices in reach that are not enrolled, the nearest first. */
  candidates(): readonly Candidate[] {
    return (this.#session?.strangers() ?? [])
      .filter(({ services }) => services.some((uuid) => HEALTH_SERVICES.has(uuid)))
      .map(({ address, name, services, rssi, seenAgoMs }) => ({
        address,
        name,
        services: services.flatMap((uuid) => HEALTH_SERVICES.get(uuid) ?? []),
        rssi,
        seenAgoMs,
      }))
      .toSorted((a, b) => (b.rssi ?? -999) - (a.rssi ?? -999));
  }

  /**
   * How long each connected device has been silent: what counts is the age of the data, not the state of the link.
   * Undefined: it has said nothing yet.
   */
  silentMs(): ReadonlyMap<string, number | undefined> {
    return this.#session?.silentMs() ?? new Map();
  }

  /** Calls to BlueZ that are on their way. */
  get inFlight(): number {
    return this.#session?.inFlight ?? 0;
  }

  /** Reads the list of enrolled devices anew, now. */
  async refresh(): Promise<void> {
    const devices = await this.#options.devices();
    const kept = new Map<string, Wearing>();
    for (const device of devices) {
      const known = this.#wearings.get(device.id);
      const { address, serial } = enrolledBy(device.radio);
      const same = known !== undefined && known.address === address && known.serial === serial;
      kept.set(device.id, same ? known : this.#wearing(device));
      if (!same) known?.outbox.close();
    }
    for (const [id, one] of this.#wearings) if (!kept.has(id)) one.outbox.close();
    this.#alarms.keep((device) => kept.has(device));
    this.#wearings = kept;
    this.#records = new Map(devices.map(({ id, records }) => [id, records]));
  }

  /** Lets every device go, stores what came, and ends. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#missing);
    clearInterval(this.#poll);
    await this.#session?.end();
    this.#wake?.();
    await this.#done;
    await this.#drained();
    for (const { outbox } of this.#wearings.values()) outbox.close();
  }

  /** A disk that refuses for ever does not keep the hub from its end: what it did not take by then is lost, and told. */
  async #drained(): Promise<void> {
    const waiting = new Set(this.#wearings.values());
    let late: NodeJS.Timeout | undefined;
    await Promise.race([
      Promise.all([...waiting].map((one) => one.outbox.drained().then(() => waiting.delete(one)))),
      new Promise((resolve) => {
        late = setTimeout(resolve, this.#timing.drainMs);
      }),
    ]);
    clearTimeout(late);
    for (const { id } of waiting)
      this.#options.events.log('warn', 'bluetooth-values-not-stored', { device: id });
  }

  async #run(): Promise<void> {
    const [first, longest] = this.#timing.reopenMs;
    let pauseMs = first;
    await this.#refreshed();
    this.#poll = setInterval(() => void this.#refreshed(), this.#timing.enrolledMs);
    this.#poll.unref();
    while (!this.#stopped) {
      const beganMs = this.#options.ticks();
      this.#isMissing('no bus');
      this.#session = new Session(this.#sessionPorts());
      const why = await this.#session.run();
      if (this.#stopped) return;
      this.#options.events.log('warn', 'bluetooth-session-over', { why });
      // A session that lasted was a good one.
      pauseMs = this.#options.ticks() - beganMs > 10_000 ? first : Math.min(longest, pauseMs * 2);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, pauseMs);
      });
    }
  }

  async #refreshed(): Promise<void> {
    await this.refresh().catch((error: unknown) => {
      if (!this.#stopped)
        this.#options.events.log('warn', 'bluetooth-devices-unknown', { why: String(error) });
    });
  }

  #sessionPorts(): ConstructorParameters<typeof Session>[0] {
    const { address, slots, zone, desk = NOBODY, events } = this.#options;
    return {
      address,
      slots,
      timing: this.#timing,
      zone,
      desk,
      clock: this.#options.clock,
      ticks: this.#options.ticks,
      wearings: () => [...this.#wearings.values()],
      records: async (device) => {
        // Fresh: what an earlier upload stored is to be known.
        await this.refresh();
        return this.#records.get(device) ?? { names: [], last: [] };
      },
      link: (device, state) => {
        if (state === 'up')
          for (const kind of ['wants-pairing', 'stale-bond'] as const) this.#alarms.over({ kind, device });
        events.link(device, state);
      },
      bond: (device, trouble) => this.#alarms.raise({ kind: trouble, device }),
      made: (device, made) => events.log('info', 'bluetooth-device', { device, ...made }),
      keepClock: this.#options.keepClock,
      clockWrong: (device, isSo) => this.#alarms.set({ kind: 'clock-wrong', device }, isSo),
      adapter: (adapter, there) => this.#alarms.set({ kind: 'adapter-gone', adapter }, !there),
      rung: (adapter, rung) => this.#climbed(adapter, rung),
      bluez: (there) => (there ? this.#isBack() : this.#isMissing('bluetoothd does not run')),
      log: (event, facts) => events.log('warn', event, facts),
    };
  }

  #climbed(adapter: string, rung: Rung): void {
    const { log } = this.#options.events;
    if (rung !== 'well') {
      this.#climbing.add(adapter);
      log('warn', 'bluetooth-adapter', { adapter, rung });
      if (rung === 'alarm') this.#alarms.raise({ kind: 'adapter-hangs', adapter });
    } else if (this.#climbing.delete(adapter)) {
      log('info', 'bluetooth-adapter', { adapter, rung });
      this.#alarms.over({ kind: 'adapter-hangs', adapter });
    }
  }

  /** A person is told when it stays away: a restart takes a moment. */
  #isMissing(why: string): void {
    if (this.#missing !== undefined || this.#stopped) return;
    this.#missing = setTimeout(
      () => this.#alarms.raise({ kind: 'no-bluetooth', why }),
      this.#timing.missingMs,
    );
    this.#missing.unref();
  }

  #isBack(): void {
    clearTimeout(this.#missing);
    this.#missing = undefined;
    this.#alarms.over({ kind: 'no-bluetooth', why: '' });
  }

  #wearing(device: RadioDevice): Wearing {
    const { accept, events, zone, clock } = this.#options;
    this.#boot = Math.max(this.#boot + 1, Math.floor(clock()));
    let dropped = 0;
    return new Wearing(device, this.#boot, zone, this.#timing, {
      accept,
      ...(events.settled && { settled: events.settled }),
      dropped: (values) => {
        const before = dropped;
        dropped += values;
        // The first, and as often as they have doubled: a disk that refuses is asked to keep no log of it.
        if (before === 0 || Math.floor(Math.log2(before)) < Math.floor(Math.log2(dropped)))
          events.log('warn', 'bluetooth-values-dropped', { device: device.id, values: dropped });
      },
    });
  }
}
