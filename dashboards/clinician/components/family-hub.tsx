// Is my hub well: the link to it, its storage, its seals and its devices, each in a word; first of all the sum of them.

import type { VNode } from 'preact';
import { formatAgo } from '../age.ts';
import type { Device } from '../feed.ts';
import type { Page } from '../page.ts';
import type { World } from '../state.ts';
import { calm } from '../text/calm.ts';

/** So many intervals without a seal are worth a word. */
const OVERDUE_INTERVALS = 3;

export function FamilyHub({ page, world }: { page: Page; world: World }): VNode {
  const words = calm().family.hub;
  const nowMs = page.now.value;
  const link = page.link.value.kind;
  const disk = world.disk?.state ?? 'well';
  const { batch, hub } = world;
  const overdue = batch !== null && nowMs - batch.end > hub.intervalMs * OVERDUE_INTERVALS;
  const well = link === 'live' && disk === 'well' && batch !== null && !overdue;
  const devices = new Map(
    world.patients.flatMap((patient) => patient.devices.map((each) => [each.id, each])),
  );
  return (
    <section class="card" aria-labelledby="family-hub">
      <h2 id="family-hub">{words.title}</h2>
      <p class="attention" data-waits={!well}>
        <strong>{well ? words.well : words.unwell}</strong>
      </p>
      <dl class="facts-list">
        <Fact name={words.link} value={words.links[link]} />
        <Fact name={words.disk} value={words.disks[disk]} />
        <Fact
          name={words.sealed}
          value={
            batch === null
              ? words.none
              : `${words.sealedAgo(batch.sequence, formatAgo(nowMs - batch.end))}${overdue ? `, ${words.overdue}` : ''}`
          }
        />
        {batch !== null && <Fact name={words.ledger} value={words.entries(batch.ledgerSize)} />}
        {[...devices.values()].map((device) => (
          <Fact key={device.id} name={device.label} value={deviceWords(device, nowMs)} />
        ))}
      </dl>
    </section>
  );
}

function deviceWords({ link, lastReceived }: Device, nowMs: number): string {
  const words = calm().family.hub;
  const heard = lastReceived === null ? words.neverHeard : words.heard(formatAgo(nowMs - lastReceived));
  return words.device(words[link], heard);
}

function Fact({ name, value }: { name: string; value: string }): VNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="number">{value}</dd>
    </div>
  );
}
