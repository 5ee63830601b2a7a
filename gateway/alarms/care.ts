// What people set and see of a patient: their own limits, oxygen and consciousness, the scale of saturation. Each change
// is one commit of the row and its event in the hub's slot (who, when, what it was, what it is, why); it holds from the
// next look on, and over restarts.

import type { HubEventName } from '@heartwood/vitals';
import type { Vault } from '../vault.ts';
import { type Care, CareStore, NO_CARE } from './care-store.ts';
import { type Charting, seenAt } from './charting.ts';
import { type Asker, changeLimit, type LimitAsked, sayLimit } from './limit-change.ts';
import type { Charted } from './score.ts';

/** Runs what is handed over in a commit of its own, perhaps with more. */
type Commit<T> = (write: () => void) => T;

export class CareBook {
  readonly #vault: Vault;
  readonly #store: CareStore;
  readonly #bySlot: Map<number, Care>;

  /** @throws SealBroken when a row was altered */
  constructor(vault: Vault) {
    this.#vault = vault;
    this.#store = new CareStore(vault.db, vault.keyring);
    this.#bySlot = this.#store.load();
  }

  of(slot: number): Care {
    return this.#bySlot.get(slot) ?? NO_CARE;
  }

  /** Sets, puts off or gives back a limit. On disk when it returns. @throws HeartwoodError not-found, unacceptable */
  setLimit(slot: number, condition: string, asked: LimitAsked, who: Asker): Care {
    const { limits } = this.of(slot);
    const after = changeLimit(limits, condition, asked, who);
    const detail = {
      condition,
      old: sayLimit(condition, limits),
      new: sayLimit(condition, after),
      why: asked.why,
    };
    this.#change(slot, { limits: after }, 'limit-changed', detail, who, (write) =>
      this.#vault.store.transaction(write),
    );
    return this.of(slot);
  }

  /** Says by which scale saturation counts. On disk when it returns. */
  orderScale(slot: number, scale: 1 | 2, why: string, who: Asker): Care {
    const { charted } = this.of(slot);
    const { scale2: before, ...others } = charted;
    const after: Charted = scale === 1 ? others : { ...others, scale2: { by: who.by, atMs: who.atMs, why } };
    const detail = { order: 'spo2-scale', old: before === undefined ? 1 : 2, new: scale, why };
    this.#change(slot, { charted: after }, 'order-given', detail, who, (write) =>
      this.#vault.store.transaction(write),
    );
    return this.of(slot);
  }

  /** Writes down what somebody has seen of a patient. @param commit runs it, with the readings that it brought */
  chart<T>(slot: number, charting: Charting, who: Asker, commit: Commit<T>): T {
    const { oxygenLitres, consciousness, vitals } = charting;
    const { charted } = this.of(slot);
    const seen = { by: who.by, atMs: seenAt(charting, who.atMs) };
    // What somebody saw later stands, whenever this was written down.
    const isNews = (before: { readonly atMs: number } | undefined): boolean =>
      before === undefined || before.atMs <= seen.atMs;
    const after: Charted = {
      ...charted,
      ...(oxygenLitres !== undefined &&
        isNews(charted.oxygen) && {
          oxygen: { value: oxygenLitres > 0, litres: oxygenLitres, ...seen },
        }),
      ...(consciousness !== undefined &&
        isNews(charted.consciousness) && { consciousness: { value: consciousness, ...seen } }),
    };
    const detail = {
      // The event has the time of the writing.
      ...(charting.atMs !== undefined && { seen: seen.atMs }),
      ...(oxygenLitres !== undefined && { 'oxygen-litres': oxygenLitres }),
      ...(consciousness !== undefined && { consciousness }),
      // Their numbers are readings, in the patient's own slot.
      ...(vitals.length > 0 && { readings: vitals.map(({ kind }) => kind).join(' ') }),
    };
    return this.#change(slot, { charted: after }, 'chart-noted', detail, who, commit);
  }

  #change<T>(
    slot: number,
    change: Partial<Care>,
    name: HubEventName,
    detail: Readonly<Record<string, string | number>>,
    { by, person }: Asker,
    commit: Commit<T>,
  ): T {
    const before = this.of(slot);
    const care: Care = { ...before, ...change, changes: before.changes + 1 };
    const done = commit(() => {
      this.#store.put(slot, care);
      this.#vault.recordEvent(name, { slot, change: care.changes, by, person, ...detail });
    });
    this.#bySlot.set(slot, care);
    return done;
  }
}
