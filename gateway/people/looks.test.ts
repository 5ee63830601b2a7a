// Who was shown whom, once a day: over batches that close, and over a restart.

import { HUB_SLOT } from '@heartwood/anchor';
import { decodeEvent } from '@heartwood/vitals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeEntries } from '../store/entry-list.ts';
import { Home } from '../testing.ts';
import type { LoggedIn } from './access.ts';
import { Looks } from './looks.ts';

const DAY_MS = 86_400_000;
const vale = { name: 'Dr Vale', number: 3, role: 'clinician', patients: [1, 2] } as unknown as LoggedIn;

let home: Home;
beforeEach(async () => {
  home = new Home();
  await home.start();
  await home.enroll('Ada', 'strap-1');
});
afterEach(() => home.remove());

/** Of closed batches and the open one. */
function written(): string[] {
  const { store } = home.hub.vault;
  const entries = [
    ...[...store.segmentsFrom(0)]
      .filter(({ slot }) => slot === HUB_SLOT)
      .flatMap((row) => decodeEntries(store.openSegment(row))),
    ...store.stagedOf(HUB_SLOT).flatMap((row) => decodeEntries(store.openStaged(row))),
  ];
  return entries
    .map(decodeEvent)
    .filter(({ name }) => name === 'patient-seen')
    .map(({ detail }) => `${detail['person']} saw ${detail['slot']}`);
}

describe('a look', () => {
  it('is written down once a day, whatever page, hub or batch comes in between', async () => {
    const looks = new Looks(home.hub.vault);
    looks.record(vale);
    looks.record(vale);
    expect(written()).toEqual(['3 saw 1']);
    await home.interval();
    home.crash();
    await home.start();
    const again = new Looks(home.hub.vault);
    again.record(vale);
    expect(written()).toEqual(['3 saw 1']);
    await home.enroll('Bea', 'strap-2');
    again.record(vale);
    expect(written()).toEqual(['3 saw 1', '3 saw 2']);
    home.nowMs += DAY_MS;
    again.record(vale);
    expect(written()).toEqual(['3 saw 1', '3 saw 2', '3 saw 1', '3 saw 2']);
  });

  it('is not of a patient whom they may not see', () => {
    new Looks(home.hub.vault).record({ ...vale, patients: [2] } as LoggedIn);
    new Looks(home.hub.vault).record({ ...vale, role: 'auditor' } as LoggedIn);
    expect(written()).toEqual([]);
  });
});
