import { HUB_SLOT } from '@heartwood/anchor';
import { decodeEvent } from '@heartwood/vitals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeEntries } from '../store/entry-list.ts';
import { Home } from '../testing.ts';
import { Watch } from './watch.ts';

let home: Home;
let slot: number;
let watch: Watch;
beforeEach(async () => {
  home = new Home();
  await home.start();
  slot = await home.enroll('Ada', 'cuff-1', home.nowMs);
  watch = new Watch(home.hub.vault);
});
afterEach(() => home.remove());

const pass = (seconds: number): string[] =>
  Array.from({ length: seconds }, () => {
    home.nowMs += 1000;
    return watch.look().map((one) => `${one.slot} ${one.condition} ${one.change}`);
  }).flat();

describe('alarms of Bluetooth', () => {
  it('a device that wants to be paired is its patient’s, until it is', () => {
    watch.radio.set({ kind: 'wants-pairing', device: 'cuff-1' }, true);
    expect(pass(3)).toEqual([`${slot} wants-pairing:cuff-1 raised`]);
    expect(watch.of(slot)[0]).toMatchObject({ priority: 'medium', facts: { device: 'cuff-1' } });
    watch.radio.set({ kind: 'wants-pairing', device: 'cuff-1' }, false);
    expect(pass(8)).toEqual([`${slot} wants-pairing:cuff-1 over`, `${slot} wants-pairing:cuff-1 ended`]);
  });

  it('an adapter that hangs is the hub’s own, and is in its record', () => {
    watch.radio.set({ kind: 'adapter-hangs', adapter: 'hci0' }, true);
    expect(pass(3)).toEqual([`${HUB_SLOT} adapter-hangs:hci0 raised`]);
    expect(watch.of(slot)).toEqual([]);
    const { store } = home.hub.vault;
    const events = store
      .stagedOf(HUB_SLOT)
      .flatMap((row) => decodeEntries(store.openStaged(row)).map(decodeEvent));
    expect(events.at(-1)).toMatchObject({
      name: 'alarm-raised',
      detail: { condition: 'adapter-hangs:hci0', adapter: 'hci0' },
    });
  });

  it('a device that nobody has raises nothing', () => {
    watch.radio.set({ kind: 'stale-bond', device: 'nobody' }, true);
    expect(pass(3)).toEqual([]);
  });

  it('names without end are not kept', () => {
    for (let n = 0; n < 2_000; n++) watch.radio.set({ kind: 'clock-wrong', device: `made-up-${n}` }, true);
    expect([...watch.radio.of(['made-up-999'])]).toHaveLength(1);
    expect([...watch.radio.of(['made-up-1000'])]).toEqual([]);
  });
});

describe('a device that was just enrolled', () => {
  it('is not missed before it had time to say something', async () => {
    // As `heartwood enroll` does: its readings are the patient's from ever.
    await home.enroll('Ada', 'cuff-2', 0);
    expect(pass(14 * 60)).not.toContain(`${slot} silent:cuff-2 raised`);
    expect(pass(2 * 60)).toContain(`${slot} silent:cuff-2 raised`);
    // A restart does not end it.
    watch = new Watch(home.hub.vault);
    expect(pass(60)).toEqual([]);
    expect(watch.of(slot).map(({ condition }) => condition)).toContain('silent:cuff-2');
  });
});
