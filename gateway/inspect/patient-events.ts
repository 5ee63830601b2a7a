// What happened around one patient, out of the hub's own slot: alarms raised and answered, devices that came and went,
// whatever else a chart marks. Each with the id by which it can be proved. What others did (who logged in, who was shown
// whom) is not among it: names are allowed here one by one.

import { HUB_SLOT } from '@heartwood/anchor';
import { decodeEvent, type HubEvent } from '@heartwood/vitals';
import { decodeEntries } from '../store/entry-list.ts';
import type { ReadingPlace } from '../stream/feed-reading.ts';
import type { Vault } from '../vault.ts';

/** An event as a page gets it (docs/spec/feed.md). */
export type PatientEvent = {
  /** `<batch>.0.<index>`. */
  readonly id: string;
  readonly at: number;
  readonly name: string;
  readonly detail: HubEvent['detail'];
  /** The id of the device that the event is about, where it still is in the registry. */
  readonly device?: string;
};

export type PatientEvents = {
  /** From here on everything is told: the time that was asked for, or as far back as one answer goes. */
  readonly from: number;
  readonly to: number;
  /** In the order in which they happened. */
  readonly events: readonly PatientEvent[];
};

/** What may be told to whoever may see the patient: by the beginning of its name. */
const TOLD = /^(alarm|limit|score|note|chart|device|medication|dose|order)s?-/;

/** Batches that one answer looks through, and how many of them it opens: what a commit may have to wait for. */
const MOST = { batches: 8_640, opened: 1_000 };

/** The slot of the patient whom an event is about; undefined where it is about nobody, or not for everybody's eyes. */
export function patientOf({ registry }: Vault, { name, at, detail }: HubEvent): number | undefined {
  if (!TOLD.test(name)) return undefined;
  const { slot, device } = detail;
  if (typeof slot === 'number') return slot === HUB_SLOT ? undefined : slot;
  const known = typeof device === 'number' ? registry.deviceByNumber(device) : undefined;
  return known === undefined ? undefined : registry.ownerAt(known, at);
}

/**
 * Events about one patient that a viewer may be told of, from a time to before another (ms since 1970, by the hub's clock), the newest part of it where
 * it is long: `from` of the answer tells how far back it goes, and whoever wants more asks again up to there.
 */
export function patientEvents(
  vault: Vault,
  slot: number,
  range: { readonly from: number; readonly to: number },
  mayBeTold: (event: HubEvent) => boolean,
  most: { readonly batches: number; readonly opened: number } = MOST,
): PatientEvents {
  return hubEvents(vault, (event) => patientOf(vault, event) === slot && mayBeTold(event), range, most);
}

/** The same of any events of the hub's own slot: it is the caller who says which may be told, and to whom. */
export function hubEvents(
  vault: Vault,
  wanted: (event: HubEvent) => boolean,
  { from, to }: { readonly from: number; readonly to: number },
  most: { readonly batches: number; readonly opened: number } = MOST,
): PatientEvents {
  const { store } = vault;
  const last = store.lastBatch()?.sequence ?? -1;
  // At or after a time: all times are whole milliseconds.
  const end = Math.min(last, store.firstEndingAfter(to - 1));
  const begin = Math.min(store.firstEndingAfter(from - 1), end + 1);
  const floor = Math.max(begin, end - most.batches + 1);
  const rows = [...store.segmentsOf(HUB_SLOT, floor, end)];
  const opened = rows.slice(-most.opened);
  const events: PatientEvent[] = [];
  const take = (batch: number, index: number, entry: Uint8Array): void => {
    const event = decodeEvent(entry);
    const { at, name, detail } = event;
    if (at < from || at >= to || !wanted(event)) return;
    const device = typeof detail['device'] === 'number' ? deviceId(vault, detail['device']) : undefined;
    const id = `${batch}.${HUB_SLOT}.${index}`;
    events.push({ id, at, name, detail, ...(device !== undefined && { device }) });
  };
  for (const row of opened)
    for (const [index, entry] of decodeEntries(store.openSegment(row)).entries())
      take(row.batch, index, entry);
  let index = 0;
  for (const row of store.stagedOf(HUB_SLOT))
    for (const entry of decodeEntries(store.openStaged(row))) take(row.batch, index++, entry);
  const earliest = opened.length < rows.length ? (opened[0]?.batch ?? floor) : floor;
  const since = earliest > begin ? Math.max(from, vault.startOf(earliest)) : from;
  return { from: since, to, events: events.filter(({ at }) => at >= since).sort((a, b) => a.at - b.at) };
}

/** The event of a place in the hub's slot, of a closed batch or of the open one; undefined where there is none. */
export function eventAt({ store }: Vault, { batch, slot, index }: ReadingPlace): HubEvent | undefined {
  if (slot !== HUB_SLOT) return undefined;
  const row = store.segment(batch, HUB_SLOT);
  const entries =
    row === undefined
      ? store
          .stagedOf(HUB_SLOT)
          .flatMap((one) => (one.batch === batch ? decodeEntries(store.openStaged(one)) : []))
      : decodeEntries(store.openSegment(row));
  const entry = entries[index];
  return entry === undefined ? undefined : decodeEvent(entry);
}

const deviceId = ({ registry }: Vault, number: number): string | undefined =>
  registry.deviceByNumber(number)?.id;
