// Charting: what a person has measured by hand is stored as a reading of theirs (origin `person`), in one commit with the
// event that names who charted it, so that neither is there without the other.

import { randomBytes } from 'node:crypto';
import { encodeMessageJson } from '@heartwood/vitals';
import { type Charting, seenAt } from '../alarms/charting.ts';
import type { Asker } from '../alarms/limit-change.ts';
import { admit, admitting } from '../registry/enroll.ts';
import type { CommittedReading } from '../stream/feed-reading.ts';
import type { Hub } from './hub.ts';

/** @returns the readings that are now on disk. @throws what SQLite throws when it cannot write */
export function chart(hub: Hub, slot: number, seen: Charting, who: Asker): readonly CommittedReading[] {
  const { care } = hub.watch;
  const at = seenAt(seen, who.atMs);
  if (seen.vitals.length === 0) {
    care.chart(slot, seen, who, (write) => hub.vault.store.transaction(write));
    return [];
  }
  // Each chart is a change, and numbers of changes are never used twice: so are the messages' that carry their numbers.
  const seq = care.of(slot).changes + 1;
  const readings = seen.vitals.map((measurement) => ({ at, measurement }));
  const arrival = {
    device: chartOf(hub, slot),
    body: encodeMessageJson({ seq, readings }),
    received: who.atMs,
  };
  const { outcomes, readings: stored } = care.chart(slot, seen, who, (write) =>
    hub.commit([arrival], undefined, write),
  );
  if (outcomes[0] !== 'stored') throw new Error(`a chart was ${outcomes[0]}`);
  return stored;
}

/** The device under whose name a patient's charts are kept, made at the first: nobody knows a password to it. */
function chartOf(hub: Hub, slot: number): string {
  const { vault } = hub;
  vault.registry.refresh();
  const patient = vault.registry.patient(slot);
  if (patient === undefined) throw new Error(`slot ${slot} belongs to nobody`);
  const device = `chart-${Buffer.from(patient.subject).toString('hex').slice(0, 12)}`;
  if (vault.registry.device(device) !== undefined) return device;
  const credential = { salt: randomBytes(16), hash: randomBytes(32) };
  const given = { device, label: 'Chart', origin: 'person', patient: patient.name } as const;
  admitting(vault, () => admit(vault, given, { credential }));
  vault.registry.onReload?.();
  return device;
}
