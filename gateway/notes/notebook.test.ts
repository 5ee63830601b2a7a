// Notes over a real store: sealed, each an event, there after a stop without warning, and never another than was written.

import { HUB_SLOT } from '@heartwood/anchor';
import { decodeEvent } from '@heartwood/vitals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Viewer } from '../people/permission.ts';
import { decodeEntries } from '../store/entry-list.ts';
import { Home } from '../testing.ts';

let home: Home;
let slot: number;
beforeEach(async () => {
  home = new Home();
  await home.start();
  slot = await home.enroll('Ada', 'strap-1', home.nowMs);
});
afterEach(() => home.remove());

const clinician: Viewer = { role: 'clinician', patients: [1] };
const family: Viewer = { role: 'patient', patients: [1] };
const write = (text: string, shared = false, by = 'Dr Vale') =>
  home.hub.notes.write(slot, { kind: 'note', shared, text }, { by, person: 3, atMs: home.nowMs });
const refer = (kind: 'correction' | 'withdrawal', about: number, text: string) =>
  home.hub.notes.write(slot, { kind, about, text }, { by: 'Dr Lind', person: 4, atMs: home.nowMs });
const read = (reader = clinician, before?: number) => home.hub.notes.page(slot, reader, before);
const texts = (reader = clinician): string[] =>
  read(reader).notes.map((note) => ('damaged' in note ? `damaged ${note.number}` : note.text));

describe('a note', () => {
  it('is kept sealed, and is an event that says all of it', () => {
    const said = 'Slept badly. '.repeat(30).trim();
    write(said);
    const sealed = home.hub.vault.db.prepare('SELECT sealed FROM note').pluck().all() as Buffer[];
    expect(sealed).toHaveLength(1);
    expect(sealed[0]?.includes('Slept')).toBe(false);
    const { store } = home.hub.vault;
    const events = store
      .stagedOf(HUB_SLOT)
      .flatMap((row) => decodeEntries(store.openStaged(row)).map(decodeEvent));
    const [event] = events.filter(({ name }) => name === 'note-written');
    expect(event?.at).toBe(home.nowMs);
    const { text, 'text-2': more, ...others } = event?.detail ?? {};
    expect(others).toEqual({ slot, note: 1, kind: 'note', by: 'Dr Vale', person: 3, shared: 0 });
    expect(`${text}${more}`).toBe(said);
  });

  it('is there after a stop without warning, with what refers to it', async () => {
    write('Ate little.');
    refer('correction', 1, 'Ate nothing.');
    home.crash();
    await home.start();
    expect(read()).toEqual({
      notes: [
        {
          number: 2,
          at: home.nowMs,
          by: 'Dr Lind',
          kind: 'correction',
          about: 1,
          shared: false,
          text: 'Ate nothing.',
        },
        {
          number: 1,
          at: home.nowMs,
          by: 'Dr Vale',
          kind: 'note',
          shared: false,
          text: 'Ate little.',
          replaced: { kind: 'correction', number: 2 },
        },
      ],
    });
    expect(write('Walked.').number).toBe(3);
  });

  it('is set right or taken back once, and what was written stays', () => {
    write('Ate little.');
    refer('correction', 1, 'Ate nothing.');
    expect(() => refer('withdrawal', 1, 'no')).toThrow(/was corrected meanwhile, by note 2 of Dr Lind/);
    refer('withdrawal', 2, 'It was another patient.');
    expect(() => refer('correction', 2, 'no')).toThrow(/was withdrawn meanwhile, by note 3/);
    expect(() => refer('correction', 3, 'no')).toThrow(/withdrawal stands/);
    expect(() => refer('correction', 4, 'no')).toThrow(/There is no note 4/);
    expect(texts()).toEqual(['It was another patient.', 'Ate nothing.', 'Ate little.']);
    expect(home.hub.notes.count(slot)).toBe(3);
  });

  it('is read by the family where it is shared, and so is what sets it right', () => {
    write('Told the son.');
    write('Drink two litres a day.', true);
    refer('correction', 2, 'Drink one litre a day.');
    refer('correction', 1, 'Told the daughter.');
    expect(texts(family)).toEqual(['Drink one litre a day.', 'Drink two litres a day.']);
    expect(texts()).toHaveLength(4);
    for (const role of ['admin', 'auditor'] as const) expect(texts({ role, patients: 'all' })).toEqual([]);
    expect(texts({ role: 'clinician', patients: [2] })).toEqual([]);
  });

  it('is asked for in pages, each once', () => {
    for (let n = 1; n <= 120; n++) write(`Note ${n}`, n % 3 === 0);
    for (const [reader, count] of [
      [clinician, 120],
      [family, 40],
    ] as const) {
      const found: number[] = [];
      let before: number | undefined;
      do {
        const page = read(reader, before);
        found.push(...page.notes.map(({ number }) => number));
        before = page.before;
      } while (before !== undefined);
      expect(found).toEqual([...new Set(found)].sort((a, b) => b - a));
      expect(found).toHaveLength(count);
    }
  });

  it('that does not open hides none of the others', () => {
    write('Ate little.', true);
    write('Walked.', true);
    home.hub.vault.db.exec('UPDATE note SET sealed = zeroblob(length(sealed)) WHERE number = 1');
    expect(read().notes).toMatchObject([{ text: 'Walked.' }, { number: 1, damaged: true }]);
    // Whether it was for them nobody can say any more.
    expect(texts(family)).toEqual(['Walked.']);
    expect(() => refer('correction', 1, 'no')).toThrow(/cannot be opened/);
  });
});
