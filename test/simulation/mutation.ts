// Rules broken on purpose, one at a time: a simulation that finds nothing then finds nothing ever.

import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { AlarmStore, DeviceCursor, type Hub, ledgerPath, Store, Watch } from '@heartwood/gateway';
import type { House } from './house.ts';
import type { Network } from './network.ts';
import type { WitnessRow } from './witnesses.ts';

export const MUTATIONS = {
  'acknowledge-early': 'what has arrived is acknowledged before it is on the disk',
  'forget-redeliveries': 'a message that comes again is taken for a new one',
  'forget-cursors': 'what devices have delivered is not kept with the batch',
  'forget-staged': 'a start drops what waits for its batch',
  'mark-first': 'the mark moves before the ledger commits',
  'ignore-mark': 'an old copy is not told from the newest',
  'tell-before-keeping': 'somebody is told of an alarm before it is on the disk',
  'forget-alarms': 'a start knows no alarm',
  'never-look': 'the alarms are never looked at',
  'blind-witness': 'a witness signs whatever it is shown',
  overtake: 'what was sent behind a refused message is stored before it',
} as const;
export type Mutation = keyof typeof MUTATIONS;

type World = { readonly house: House; readonly network: Network; readonly witnesses: WitnessRow };

/** Breaks a rule. @returns mends it again */
export function breakRule(mutation: Mutation | undefined, { house, network, witnesses }: World): () => void {
  switch (mutation) {
    case undefined:
      return () => undefined;
    case 'acknowledge-early':
      network.acknowledgesEarly = true;
      return () => undefined;
    case 'overtake':
      network.keepsWaiting = true;
      return () => undefined;
    case 'blind-witness':
      witnesses.blind = true;
      return () => undefined;
    case 'forget-redeliveries':
      return patch(DeviceCursor.prototype, 'look', () => 'new');
    case 'forget-cursors':
      return patch(Store.prototype, 'putCursor', () => undefined);
    case 'forget-alarms':
      return patch(AlarmStore.prototype, 'load', () => []);
    case 'never-look':
      return patch(Watch.prototype, 'look', () => []);
    case 'tell-before-keeping':
      house.lookAt = tellFirst;
      return () => undefined;
    case 'forget-staged': {
      const staged = Store.prototype.staged;
      return patch(Store.prototype, 'staged', function (this: Store) {
        const rows = staged.call(this);
        if (!this.db.readonly) this.dropStaged();
        return rows.slice(0, 0);
      });
    }
    case 'mark-first':
      return markFirst(house);
    case 'ignore-mark':
      return ignoreMark(house);
  }
}

function patch<T extends object, K extends keyof T>(on: T, name: K, other: unknown): () => void {
  const before = on[name];
  on[name] = other as T[K];
  return () => {
    on[name] = before;
  };
}

/** What a kill would leave then: the ledger as it was, the mark moved on. */
function markFirst(house: House): () => void {
  const path = ledgerPath(house.settings.directory);
  const files = [path, `${path}-wal`, `${path}-shm`];
  house.onBeforeAppend = () => {
    for (const file of files) if (existsSync(file)) copyFileSync(file, `${file}.before`);
  };
  house.onKilled = (why) => {
    if (why !== 'killed after the ledger') return;
    for (const file of files) {
      rmSync(file, { force: true });
      if (existsSync(`${file}.before`)) writeFileSync(file, readFileSync(`${file}.before`));
    }
  };
  return () => undefined;
}

/** What happened is told, and not written. */
function tellFirst({ vault, watch }: Hub): ReturnType<Watch['look']> {
  const { transaction } = vault.store;
  vault.store.transaction = () => undefined as never;
  try {
    return watch.look();
  } finally {
    vault.store.transaction = transaction;
  }
}

/** A hub that starts without its mark and without its witnesses. */
function ignoreMark(house: House): () => void {
  house.beforeStart = () => {
    rmSync(house.settings.markFile, { force: true });
    return { witnessPolicy: undefined };
  };
  return () => undefined;
}
