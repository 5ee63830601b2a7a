// On a real clock: an interval ends when it was to end, however busy the hub is, and however it was stopped before. The
// statements say so, in the ledger, where everybody can see them.

import { parseNote, parseStatement } from '@heartwood/anchor';
import { openLedgerReader } from '@heartwood/anchor/node';
import { ledgerPath } from '@heartwood/gateway';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Home } from './home.ts';
import { heartwood, JOURNEY, pause } from './program.ts';
import { sender } from './sender.ts';

const INTERVAL_MS = 300;
const START = ['--interval-ms', `${INTERVAL_MS}`] as const;
let home: Home;
beforeAll(() => {
  home = new Home();
});
afterAll(() => home?.close());

function ends(): number[] {
  const reader = openLedgerReader(ledgerPath(home.data));
  const notes = reader.notes(0, reader.latest().size);
  reader.close();
  return notes.map((note) => parseStatement(parseNote(note).text).endMs);
}

describe('an interval', JOURNEY, () => {
  it('ends at a whole multiple of its length on a flooded hub, and after a kill with readings waiting', async () => {
    const hub = await home.start(...START);
    const password = await home.enroll('strap-1', 'Ada');
    const strap = await sender((await hub.ready).mqtt ?? '', 'strap-1', password);
    const until = Date.now() + 3000;
    let seq = 0;
    const one = (): Promise<void> =>
      strap.send(JSON.stringify({ seq: seq++, readings: Array(20).fill({ kind: 'heart-rate', value: 70 }) }));
    while (Date.now() < until) await Promise.all(Array.from({ length: 20 }, one));
    // In the middle of an interval, with something in it.
    await pause(INTERVAL_MS - (Date.now() % INTERVAL_MS) + INTERVAL_MS / 3);
    await one();
    await hub.kill();
    const before = ends();
    const again = await home.start(...START);
    await pause(4 * INTERVAL_MS);
    await again.kill();

    const all = ends();
    expect(before.length).toBeGreaterThan(3);
    expect(all.length).toBeGreaterThan(before.length);
    expect(all.filter((endMs) => endMs % INTERVAL_MS !== 0)).toEqual([]);
    expect(seq).toBeGreaterThan(100);
    expect(await home.exported()).toHaveLength(20 * seq);
  });

  it('is proved to the last reading, over the kill', async () => {
    const path = home.write('all.range', await home.insist('prove', '--patient', 'Ada'));
    const { status, out } = await heartwood(['verify', '--range', path, '--policy', home.policy]);
    expect([status, out]).toEqual([0, expect.stringContaining('This proof holds.')]);
  });
});
