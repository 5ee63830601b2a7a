import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hubCalls } from '../hub/calls.ts';
import { fsck } from '../inspect/fsck.ts';
import { enroll } from '../registry/enroll.ts';
import { Home } from '../testing.ts';

const SLOW = { errorMs: -960_000, zoneMinutes: 60, seenWallMs: 1_795_262_400_000 };

let home: Home;
beforeEach(async () => {
  home = new Home();
  await home.start();
  await enrollBy('C0:FF:EE:00:00:01');
});
afterEach(() => home.remove());

const enrollBy = (radio: string): Promise<unknown> =>
  enroll(home.hub.vault, { device: 'cuff', label: 'Cuff', patient: 'Ada', origin: 'wearable', radio });
const clockOf = () =>
  hubCalls(home.hub)
    .radioDevices()
    .find(({ id }) => id === 'cuff')?.clock;

describe('what is known of a device’s clock', () => {
  it('is there after a restart, sealed', async () => {
    expect(clockOf()).toBeUndefined();
    hubCalls(home.hub).radioClock('cuff', SLOW);
    const rows = home.hub.vault.db.prepare('SELECT value FROM meta').pluck().all() as Buffer[];
    expect(rows.some((row) => row.includes('960000') || row.includes('C0:FF'))).toBe(false);
    home.crash();
    await home.start();
    expect(clockOf()).toEqual(SLOW);
  });

  it('is another thing’s where the device is enrolled anew by another address', async () => {
    hubCalls(home.hub).radioClock('cuff', SLOW);
    await enrollBy('C0:FF:EE:00:00:02');
    expect(clockOf()).toBeUndefined();
  });

  it('is unknown where its row was altered, and the device and all others are there', () => {
    hubCalls(home.hub).radioClock('cuff', SLOW);
    const damage = "UPDATE meta SET value = randomblob(length(value)) WHERE name LIKE 'radio-clock-%'";
    expect(home.hub.vault.db.prepare(damage).run().changes).toBe(1);
    expect(hubCalls(home.hub).radioDevices()).toHaveLength(1);
    expect(clockOf()).toBeUndefined();
    expect(fsck(home.hub.vault, () => undefined).problems).not.toEqual([]);
  });

  it('of a device that nobody enrolled is not kept', () => {
    hubCalls(home.hub).radioClock('nobody', SLOW);
    expect(hubCalls(home.hub).radioDevices()).toHaveLength(1);
  });
});
