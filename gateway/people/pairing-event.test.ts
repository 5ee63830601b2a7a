import { HUB_SLOT } from '@heartwood/anchor';
import { decodeEvent } from '@heartwood/vitals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hubCalls } from '../hub/calls.ts';
import { enroll } from '../registry/enroll.ts';
import { decodeEntries } from '../store/entry-list.ts';
import { Home } from '../testing.ts';

let home: Home;
beforeEach(async () => {
  home = new Home();
  await home.start();
});
afterEach(() => home.remove());

describe('a question about pairing', () => {
  it('is an event in the hub’s slot: which device, what was asked, who answered; provable, and without digits', async () => {
    const { vault } = home.hub;
    const given = {
      device: 'meter',
      label: 'meter',
      patient: 'Ada',
      origin: 'wearable',
      radio: 'serial:1',
    } as const;
    await enroll(vault, given);
    const calls = hubCalls(home.hub);
    calls.pairingSettled({
      device: 'meter',
      question: 'enter-passkey',
      answer: 'yes',
      by: 'page',
      person: 3,
    });
    calls.pairingSettled({ device: 'meter', question: 'renew-bond', answer: 'no', by: 'nobody' });
    const events = vault.store
      .stagedOf(HUB_SLOT)
      .flatMap((row) => decodeEntries(vault.store.openStaged(row)).map(decodeEvent))
      .filter(({ name }) => name === 'pairing-answered');
    const device = vault.registry.device('meter')?.number;
    expect(events.map(({ detail }) => detail)).toEqual([
      { device, question: 'enter-passkey', answer: 'yes', by: 'page', person: 3 },
      { device, question: 'renew-bond', answer: 'no', by: 'nobody' },
    ]);
  });
});
