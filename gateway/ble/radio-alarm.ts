// What a person is to know of Bluetooth while it lasts: each is told once when it begins, and once when it is over.

export type RadioAlarm =
  /** bluetoothd, or the bus, has not been there for a while. */
  | { readonly kind: 'no-bluetooth'; readonly why: string }
  /** The ladder's end, nothing has helped; or it was pulled out. */
  | { readonly kind: 'adapter-hangs' | 'adapter-gone'; readonly adapter: string }
  /** The device takes a bond only while a person makes it; has forgotten the one we have; keeps a wrong time. */
  | { readonly kind: 'wants-pairing' | 'stale-bond' | 'clock-wrong'; readonly device: string };

export class RadioAlarms {
  readonly #tell: (alarm: RadioAlarm, isSo: boolean) => void;
  /** What is so now, by its name. */
  readonly #raised = new Map<string, RadioAlarm>();

  constructor(tell: (alarm: RadioAlarm, isSo: boolean) => void) {
    this.#tell = tell;
  }

  set(alarm: RadioAlarm, isSo: boolean): void {
    if (isSo) this.raise(alarm);
    else this.over(alarm);
  }

  raise(alarm: RadioAlarm): void {
    if (this.#raised.has(nameOf(alarm))) return;
    this.#raised.set(nameOf(alarm), alarm);
    this.#tell(alarm, true);
  }

  over(alarm: RadioAlarm): void {
    const raised = this.#raised.get(nameOf(alarm));
    if (raised === undefined) return;
    this.#raised.delete(nameOf(alarm));
    this.#tell(raised, false);
  }

  /** Those of devices that nobody enrolls any more are over. */
  keep(isEnrolled: (device: string) => boolean): void {
    for (const alarm of [...this.#raised.values()])
      if ('device' in alarm && !isEnrolled(alarm.device)) this.over(alarm);
  }
}

/** Two of one name are the same trouble. */
const nameOf = (alarm: RadioAlarm): string =>
  [
    alarm.kind,
    ...('adapter' in alarm ? [alarm.adapter] : []),
    ...('device' in alarm ? [alarm.device] : []),
  ].join(':');
