// Who is named in the batches, compared with who is in the tables. A row of the registry is sealed, so that none can
// be forged; that one was taken away shows only in what speaks of it: readings of a device and a patient, the hub's
// own events (signed like readings), numbers that are given out without a gap, handovers that follow on one another.

import { HUB_SLOT } from '@heartwood/anchor';
import { decodeEvent } from '@heartwood/vitals';
import { AlarmStore } from '../alarms/alarm-store.ts';
import { CareStore } from '../alarms/care-store.ts';
import type { Alarm } from '../alarms/engine.ts';
import type { KeptReading } from '../store/segment-codec.ts';
import type { Vault } from '../vault.ts';
import type { Report } from './fsck.ts';
import { NotesMentioned } from './fsck-notes.ts';
import { TellingMentioned } from './fsck-telling.ts';

const CARE_EVENTS: ReadonlySet<string> = new Set(['limit-changed', 'chart-noted', 'order-given']);

/** A device and a patient whom it measured. */
type Pair = { readonly device: number; readonly slot: number };
type AssignmentRow = Pair & { readonly id: number; readonly from_ms: number; readonly until_ms: number };

const ASSIGNMENTS = 'SELECT id, device, slot, from_ms, until_ms FROM assignment ORDER BY from_ms, id';

export class Mentioned {
  /** By slot and by number, with the first place that names them. */
  readonly #patients = new Map<number, string>();
  readonly #devices = new Map<number, string>();
  /** With the earliest reading, by the hub's clock. */
  readonly #measured = new Map<string, Pair & { readonly receivedMs: number; readonly where: string }>();
  /** Slots with readings in a batch that was closed: their latest were kept with it. */
  readonly #closed = new Set<number>();
  /** How often an event told of a device given to a patient. */
  readonly #handedOver = new Map<string, Pair & { readonly count: number }>();
  readonly #telling = new TellingMentioned();
  readonly #notes = new NotesMentioned();
  /** By slot and condition: the last episode of an alarm that an event tells of. */
  readonly #raised = new Map<string, number>();

  /** By slot: the last change of what people set and saw that an event tells of. */
  readonly #changed = new Map<number, number>();

  /** Readings of a patient's slot, of a batch that was closed or of the one that is open. */
  readings(where: string, slot: number, readings: readonly KeptReading[], isClosed: boolean): void {
    if (isClosed) this.#closed.add(slot);
    this.#name(this.#patients, slot, where);
    for (const { device, received } of readings) {
      this.#name(this.#devices, device, where);
      const key = `${device}.${slot}`;
      const known = this.#measured.get(key);
      if (known === undefined || received < known.receivedMs)
        this.#measured.set(key, { device, slot, receivedMs: received, where });
    }
  }

  /** Canonical bytes of events from the hub's own slot. @throws EntryError */
  events(where: string, entries: readonly Uint8Array[]): void {
    for (const event of entries.map(decodeEvent)) {
      const { name, detail } = event;
      this.#telling.event(event);
      this.#notes.event(event);
      const { device, slot } = detail;
      if (typeof slot === 'number') this.#name(this.#patients, slot, where);
      if (typeof device === 'number') this.#name(this.#devices, device, where);
      if (name === 'alarm-raised')
        this.#raised.set(`${slot} ${detail['condition']}`, Number(detail['episode']));
      if (typeof slot === 'number' && CARE_EVENTS.has(name))
        this.#changed.set(slot, Math.max(Number(detail['change']), this.#changed.get(slot) ?? 0));
      if (name !== 'device-assigned' || typeof device !== 'number' || typeof slot !== 'number') continue;
      const key = `${device}.${slot}`;
      this.#handedOver.set(key, { device, slot, count: 1 + (this.#handedOver.get(key)?.count ?? 0) });
    }
  }

  /** Everything was shown: tells what the tables lack. */
  compare(vault: Vault, report: Report): void {
    const { db, registry, keyring } = vault;
    this.#telling.compare(vault, report);
    this.#notes.compare(vault, report);
    const assignments = db.prepare(ASSIGNMENTS).all() as AssignmentRow[];
    for (const { id, device, slot } of assignments) {
      this.#name(this.#patients, slot, `assignment ${id}`);
      this.#name(this.#devices, device, `assignment ${id}`);
    }
    const numbers = (sql: string): number[] => db.prepare(sql).pluck().all() as number[];
    for (const slot of numbers('SELECT DISTINCT slot FROM epoch'))
      this.#name(this.#patients, slot, 'its key');
    for (const device of numbers('SELECT device FROM cursor'))
      this.#name(this.#devices, device, 'its cursor');
    const latest = new Set(numbers('SELECT slot FROM latest'));
    for (const slot of latest) this.#name(this.#patients, slot, 'its latest readings');

    const lacks = (what: string, named: ReadonlyMap<number, string>, there: readonly number[]): void => {
      for (const number of gaps(there))
        if (!named.has(number)) report(`${what} ${number}`, 'it is missing: the numbers go on after it');
      for (const [number, where] of named)
        if (!there.includes(number)) report(`${what} ${number}`, `it is missing, and ${where} names it`);
    };
    this.#patients.delete(HUB_SLOT);
    const patients = registry.patients().map(({ slot }) => slot);
    lacks('the patient of slot', this.#patients, patients);
    const devices = registry.devices().map(({ number }) => number);
    lacks('device number', this.#devices, devices);
    const ids = assignments.map(({ id }) => id);
    lacks('assignment', new Map(), ids);

    this.#compareAssignments(assignments, report);
    this.#compareAlarms(new AlarmStore(db, keyring).load(), report);
    for (const slot of this.#closed)
      if (!latest.has(slot)) report(`the latest readings of slot ${slot}`, 'they are missing');
    this.#compareCare(new CareStore(db, keyring), report);
  }

  /** The row of limits and charts knows every change that was told of, or it is missing, or an older copy. */
  #compareCare(store: CareStore, report: Report): void {
    const care = store.load();
    for (const [slot, told] of this.#changed) {
      const kept = care.get(slot)?.changes ?? 0;
      if (kept < told)
        report(
          `the limits and charts of slot ${slot}`,
          `${told} changes were recorded, and ${kept} are kept`,
        );
    }
  }

  /** An alarm's row knows at least the episodes that were told of, or it is missing, or an older copy. */
  #compareAlarms(alarms: readonly Alarm[], report: Report): void {
    const episodes = new Map(
      alarms.map(({ slot, condition, state }) => [
        `${slot} ${condition}`,
        state.presence === 'off' ? state.episodes : state.episode,
      ]),
    );
    for (const [key, told] of this.#raised) {
      const kept = episodes.get(key) ?? 0;
      if (kept < told) {
        const [slot, condition] = key.split(' ');
        report(
          `the alarm ${condition} of slot ${slot}`,
          `${told} episodes were recorded, and ${kept} are kept`,
        );
      }
    }
  }

  #compareAssignments(rows: readonly AssignmentRow[], report: Report): void {
    const about = ({ device, slot }: Pair): string => `device number ${device}, slot ${slot}`;
    const of = ({ device, slot }: Pair): AssignmentRow[] =>
      rows.filter((row) => row.device === device && row.slot === slot);
    // When a reading came the device was this patient's; a later handover ends that, and never moves its beginning.
    for (const one of this.#measured.values())
      if (!of(one).some((row) => row.from_ms <= one.receivedMs))
        report(about(one), `no assignment covers the readings in ${one.where}`);
    for (const one of this.#handedOver.values())
      if (of(one).length < one.count)
        report(about(one), `${one.count} handovers were recorded, and ${of(one).length} are kept`);
    for (const held of Map.groupBy(rows, (row) => row.device).values())
      for (const [i, row] of held.entries()) {
        const next = held[i + 1];
        if (next !== undefined && row.until_ms !== next.from_ms)
          report(`assignment ${row.id}`, `it does not end where assignment ${next.id} begins`);
      }
  }

  #name(map: Map<number, string>, number: number, where: string): void {
    if (!map.has(number)) map.set(number, where);
  }
}

/** A number that was changed to millions is told by its seal, not by counting up to it. */
const GAPS_MAX = 100;

/** The numbers from 1 on that are left out below the highest. */
function gaps(numbers: readonly number[]): number[] {
  const there = new Set(numbers);
  const missing: number[] = [];
  for (let n = 1; n < Math.max(0, ...numbers) && missing.length < GAPS_MAX; n++)
    if (!there.has(n)) missing.push(n);
  return missing;
}
