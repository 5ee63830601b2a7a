// A note that was taken away, added, or put in another's place shows.

import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Note } from '../notes/note.ts';
import { NoteStore } from '../notes/note-store.ts';
import { Home } from '../testing.ts';
import { fsck } from './fsck.ts';

let home: Home;
beforeEach(async () => {
  home = new Home();
  await home.start();
  await home.enroll('Ada', 'strap-1');
  const who = { by: 'Dr Vale', person: 1, atMs: home.nowMs };
  home.hub.notes.write(1, { kind: 'note', shared: false, text: 'Ate little.' }, who);
  await home.interval();
  home.hub.notes.write(1, { kind: 'note', shared: false, text: 'Walked.' }, who);
});
afterEach(() => home.remove());

const problems = () =>
  fsck(home.hub.vault, () => undefined).problems.map(({ where, what }) => `${where}: ${what}`);
const forge = (more: Partial<Note>): void => {
  const note: Note = {
    number: 2,
    atMs: 0,
    by: 'Dr Vale',
    person: 1,
    kind: 'note',
    shared: false,
    text: 'Ran.',
    ...more,
  };
  new NoteStore(home.hub.vault).add(1, note);
};
const remove = (number: number): void =>
  void home.hub.vault.db.exec(`DELETE FROM note WHERE number = ${number}`);

it('nothing is wrong with notes as they were written', () => {
  expect(problems()).toEqual([]);
});
it.each([1, 2])('note %i that is missing', (number) => {
  remove(number);
  expect(problems()).toEqual([`note ${number} of slot 1: it was recorded, and is missing`]);
});
it('one that nobody wrote', () => {
  forge({ number: 3 });
  expect(problems()).toEqual(['note 3 of slot 1: nothing in the record tells of it']);
});
it.each([{ text: 'Ran.' }, { text: 'Walked.', shared: true }, { text: 'Walked.', by: 'Dr Lind' }])(
  'one that is another now: %j',
  (more) => {
    remove(2);
    forge(more);
    expect(problems()).toEqual(['note 2 of slot 1: it is not what was recorded']);
  },
);
