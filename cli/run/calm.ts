// When the hub has time to give memory back: a while after its start, and after many devices have logged in. Whoever is
// busy is asked again later, and a steady trickle of logins calls for nothing.

/** So many logins leave enough behind: about 50 kB each. */
const LOGINS_MIN = 100;
/** Since the start, or since the last login of a burst. */
const CALM_MS = 1500;
/** Of the time between two looks, at most this may have been work. */
const BUSY_MAX = 0.3;

export type CalmPorts = {
  /** The share of the time since it was asked last that the thread was busy, 0 to 1. */
  readonly busy: () => number;
  readonly giveBack: () => void;
};

export class Calm {
  readonly #ports: CalmPorts;
  #logins = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Begins with the start, which leaves most behind. */
  constructor(ports: CalmPorts) {
    this.#ports = ports;
    this.#wait();
  }

  login(): void {
    this.#logins += 1;
    if (this.#logins >= LOGINS_MIN) this.#wait();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#logins = Number.NEGATIVE_INFINITY;
  }

  #wait(): void {
    if (this.#timer !== undefined) {
      this.#timer.refresh();
      return;
    }
    this.#ports.busy();
    this.#timer = setTimeout(() => {
      if (this.#ports.busy() > BUSY_MAX) {
        this.#timer?.refresh();
        return;
      }
      this.#timer = undefined;
      this.#logins = 0;
      this.#ports.giveBack();
    }, CALM_MS);
    this.#timer.unref();
  }
}

/** How busy this thread is, by its event loop. */
export function loopBusy(): () => number {
  let before = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  };
}
