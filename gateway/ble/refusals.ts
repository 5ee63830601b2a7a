// Which devices could not be connected by which adapter, and whose fault that is. Real adapters say `InProgress` to
// every `Connect` for ever, while they hear and answer; but so does a healthy one for a device that is in trouble. A cure
// of the adapter ends links that are well, so the device is suspected first:
//   two devices, with no link in between   it is the adapter
//   another was connected since            it is the device, until a link with it comes about
//   one alone, where no other could show   it is the adapter after `aloneMs` of it; one that comes and goes begins anew

type Refusal = {
  /** How often in a row. */
  readonly times: number;
  readonly sinceMs: number;
  readonly lastMs: number;
  /** The adapter has connected another since. */
  readonly own: boolean;
};

/** A single slip is nobody's. */
const REFUSED_MIN = 2;

export class Refusals {
  readonly #aloneMs: number;
  /** By adapter and device, since a link between the two last came about. */
  readonly #refused = new Map<string, Map<string, Refusal>>();

  /** @param aloneMs how long a device is in trouble itself, where no other can show that the adapter is */
  constructor(aloneMs: number) {
    this.#aloneMs = aloneMs;
  }

  /** No link came about, for a reason that may be the adapter's. */
  refused(adapter: string, id: string, nowMs: number): void {
    const refused = this.#refused.get(adapter) ?? new Map<string, Refusal>();
    const before = refused.get(id);
    const own = before?.own ?? false;
    const one =
      before !== undefined && this.#isLately(before, nowMs)
        ? { times: before.times + 1, sinceMs: before.sinceMs, lastMs: nowMs, own }
        : { times: 1, sinceMs: nowMs, lastMs: nowMs, own };
    this.#refused.set(adapter, refused.set(id, one));
  }

  /** A link came about: the adapter is well, and whoever it refused until now is in trouble himself. */
  connected(adapter: string, id: string): void {
    const refused = this.#refused.get(adapter) ?? new Map<string, Refusal>();
    for (const [other, one] of refused)
      if (other === id || (one.times < REFUSED_MIN && !one.own)) refused.delete(other);
      else refused.set(other, { ...one, own: true });
  }

  /** Devices that were refused by an adapter. */
  of(adapter: string): readonly string[] {
    return [...(this.#refused.get(adapter)?.keys() ?? [])];
  }

  /**
   * Whether the adapter is to be suspected; ask it only while nobody is connected by it.
   * @param enrolled all devices
   * @param waits whether a device is heard by this adapter, and connected by none
   */
  suspects(
    adapter: string,
    enrolled: readonly string[],
    waits: (id: string) => boolean,
    nowMs: number,
  ): boolean {
    const refused = this.#refused.get(adapter) ?? new Map<string, Refusal>();
    const troubled = [...refused].filter(([id, { times, own }]) => times >= REFUSED_MIN && !own && waits(id));
    if (troubled.length > 1) return true;
    const [alone] = troubled;
    if (alone === undefined) return false;
    const couldShow = enrolled.some((id) => id !== alone[0] && refused.get(id)?.own !== true);
    const { sinceMs, lastMs } = alone[1];
    return !couldShow && lastMs - sinceMs >= this.#aloneMs && this.#isLately(alone[1], nowMs);
  }

  /** Longer than the longest pause before a device is tried again, and the call that then fails. */
  #isLately({ lastMs }: Refusal, nowMs: number): boolean {
    return nowMs - lastMs <= this.#aloneMs / 2;
  }
}
