// The teller where something is wrong: a clock that jumps, rows that do not open, stops, disks, contacts that go.

import { describe, expect, it } from 'vitest';
import { addPerson } from '../people/access.ts';
import { addContact, removeContact, setLadder } from './arrange.ts';
import type { Step } from './ladder.ts';
import {
  ada,
  allGetThrough,
  answers,
  arrange,
  contact,
  events,
  home,
  inAHome,
  look,
  out,
  settled,
  step,
  sugarFalls,
  tellAnew,
  teller,
  told,
} from './teller-sample.ts';
import { EVERYBODY, TellingStore } from './telling-store.ts';

inAHome();

describe('a clock that is put on', () => {
  it('takes no step before its time, nor after a restart', async () => {
    arrange('nothing', step(0, contact('bea')), step(10, contact('cyd')), step(30, contact('dan')));
    sugarFalls();
    await look();
    await look(60_000);
    home.nowMs += 365 * 86_400_000;
    teller.step();
    await settled();
    teller.close();
    home.crash();
    await home.start();
    tellAnew();
    for (let second = 0; second < 300; second += 1) {
      home.nowMs += 1000;
      teller.step();
    }
    await settled();
    expect(told()).toEqual(['mail bea@example.org']);
    await look(5 * 60_000);
    expect(told()).toEqual(['mail bea@example.org', 'mail cyd@example.org']);
  });
});

describe('a row that does not open', () => {
  const damage = (kind: number, number: number): void => {
    const set = home.hub.vault.db.prepare(
      'UPDATE telling SET sealed = randomblob(80) WHERE kind = ? AND number = ?',
    );
    expect(set.run(kind, number).changes).toBe(1);
    teller.reread();
  };

  it('is passed over and said once; whoever stands in the others is told, also after a start', async () => {
    const [bea, cyd] = [contact('bea'), contact('cyd')];
    setLadder(home.hub.vault, ada, { steps: [step(0, bea)], disclose: 'values' });
    arrange('values', step(0, bea), step(30, cyd));
    damage(1, bea);
    damage(2, ada);
    const said: string[] = [];
    teller.onDamaged = (row) => said.push(row);
    sugarFalls();
    await look();
    await look(1000);
    expect(told()).toEqual(['mail cyd@example.org']);
    // What she lets out is not known any more.
    expect(out[0]?.message.text).not.toContain('Ada');
    teller.reread();
    await look(1000);
    expect(said.toSorted()).toEqual([`contact ${bea}`, `ladder ${ada}`]);
    for (const kind of [3, 4, 5])
      home.hub.vault.db.prepare('UPDATE telling SET sealed = randomblob(80) WHERE kind = ?').run(kind);
    home.crash();
    await home.start();
    teller.close();
    tellAnew();
    await look(1000);
    await look(1000);
    // What is not known to be told is told again, rather than not at all.
    expect(told()).toEqual(['mail cyd@example.org', 'mail cyd@example.org']);
    expect(() => new TellingStore(home.hub.vault).check()).toThrow('does not open');
  });

  it('among those that count numbers gives no number out twice', async () => {
    arrange('nothing', step(0, contact('bea')), step(10, contact('cyd')));
    sugarFalls();
    await look();
    await look(1000);
    damage(4, 0);
    teller.close();
    tellAnew();
    await look(10 * 60_000);
    expect(told()).toEqual(['mail bea@example.org', 'mail cyd@example.org']);
    expect(new Set(teller.deliveries().map(({ message: of }) => of)).size).toBe(teller.deliveries().length);
    damage(7, 0);
    expect(() => contact('dan')).toThrow('does not open');
  });

  it('of the hub’s people lets them be told of nobody, and ends nothing', async () => {
    const { vault } = home.hub;
    addPerson(vault, { name: 'Vale', role: 'clinician', patients: [ada] });
    const vale = contact('vale', { mail: 'vale@example.org', person: 'Vale' });
    arrange('nothing', step(0, vale), step(30, contact('cyd')));
    vault.db.prepare('UPDATE person SET sealed = randomblob(80)').run();
    sugarFalls();
    await look();
    await look(1000);
    expect(told()).toEqual(['mail cyd@example.org']);
  });
});

describe('a stop without warning', () => {
  const restart = async (): Promise<void> => {
    teller.close();
    home.crash();
    await home.start();
    tellAnew();
  };

  it('repeats nothing that was told, and goes on with the ladder', async () => {
    arrange('nothing', step(0, contact('bea')), step(10, contact('cyd')));
    sugarFalls();
    await look();
    await look(1000);
    await restart();
    await look(1000);
    await look(5 * 60_000);
    expect(told()).toEqual(['mail bea@example.org']);
    await restart();
    await look(6 * 60_000);
    expect(told()).toEqual(['mail bea@example.org', 'mail cyd@example.org']);
  });

  it('loses no message: what was on its way is sent again, under the same key', async () => {
    arrange('nothing', step(0, contact('bea')));
    answers.mail = 'hangs';
    sugarFalls();
    await look();
    await restart();
    allGetThrough();
    await look(1000);
    await look(1000);
    await look(600_000);
    expect(told()).toEqual(['mail bea@example.org', 'mail bea@example.org']);
    expect(out[0]?.message).toEqual(out[1]?.message);
    expect(events().filter(({ outcome }) => outcome === 'delivered')).toHaveLength(1);
  });

  it('that is asked for keeps what came of a message, and begins none', async () => {
    arrange('nothing', step(0, contact('bea')), step(0, contact('cyd'), { from: 'high' }));
    sugarFalls();
    await look();
    expect(told()).toHaveLength(2);
    teller.step(false);
    await restart();
    await look(1000);
    expect(told()).toHaveLength(2);
    expect(teller.deliveries().map(({ state }) => state.is)).toEqual(['delivered', 'delivered']);
  });

  it('between an alarm and its telling leaves it to be told', async () => {
    arrange('nothing', step(0, contact('bea')));
    sugarFalls();
    home.hub.watch.look();
    await restart();
    await look(60_000);
    expect(told()).toEqual(['mail bea@example.org']);
  });

  it('a disk that takes no writes lets nothing out, and what is due goes out later', async () => {
    arrange('nothing', step(0, contact('bea')));
    sugarFalls();
    home.hub.watch.look();
    const { vault } = home.hub;
    const { transaction } = vault.store;
    vault.store.transaction = () => {
      throw Object.assign(new Error('disk full'), { code: 'SQLITE_FULL' });
    };
    expect(() => teller.step()).toThrow('disk full');
    expect(out).toEqual([]);
    vault.store.transaction = transaction;
    await look(1000);
    expect(told()).toEqual(['mail bea@example.org']);
  });
});

describe('a hub that tells nobody', () => {
  it('writes nothing about its alarms, and begins when somebody is to be told', async () => {
    sugarFalls();
    await look();
    const rows = home.hub.vault.db.prepare('SELECT count(*) FROM telling').pluck();
    expect(rows.get()).toBe(0);
    arrange('nothing', step(5, contact('bea')));
    await look(1000);
    await look(4 * 60_000);
    expect(told()).toEqual([]);
    await look(60_000);
    expect(told()).toEqual(['mail bea@example.org']);
  });
});

describe('contacts and ladders', () => {
  it('are refused where nobody could be told by them', () => {
    const { vault } = home.hub;
    const add = (ways: object) => () => addContact(vault, { name: 'Bea', ...ways });
    for (const ways of [
      {},
      { mail: 'bea' },
      { mail: 'bea@example.org\r\nBcc: all@example.org' },
      { mail: 'a@b, c@d' },
      { webhook: 'http://example.org/' },
      { webhook: 'https://user:secret@example.org/' },
      { webhook: 'file:///etc/passwd' },
      { mqtt: 'bell/#' },
      { mqtt: 'heartwood/v1/strap-1/command' },
      { mqtt: '$SYS/x' },
      { person: 'Nobody' },
    ])
      expect(add(ways), JSON.stringify(ways)).toThrow();
    expect(add({ mail: 'bea@example.org', webhook: 'http://127.0.0.1:8123/hook' })).not.toThrow();
    expect(add({ mail: 'bea@example.org' })).toThrow('already');
    const set =
      (...steps: Step[]) =>
      () =>
        setLadder(vault, EVERYBODY, { steps, disclose: 'nothing' });
    expect(set(step(0, 9))).toThrow('no contact');
    expect(set(step(0, 1, { channels: [] }))).toThrow('by what');
    expect(set(step(0, 1, { channels: ['mqtt'] }))).toThrow('cannot be reached');
    expect(set(step(0, 1), step(0, 1, { from: 'high' }))).toThrow('twice');
    expect(set(step(-1, 1))).toThrow('minutes');
    expect(set(step(0, 1), step(5, 1))).not.toThrow();
  });

  it('a patient whose last step goes with a contact is told of as everybody is, and lets out no more than before', async () => {
    const { vault } = home.hub;
    const [bea, desk] = [contact('bea'), contact('desk')];
    setLadder(vault, ada, { steps: [step(0, bea)], disclose: 'nothing' });
    arrange('values', step(0, desk));
    removeContact(vault, bea);
    teller.reread();
    sugarFalls();
    await look();
    expect(told()).toEqual(['mail desk@example.org']);
    expect(out[0]?.message.text).not.toContain('Ada');
    expect(events('ladder-changed').at(-1)).toEqual({
      slot: ada,
      disclose: 'nothing',
      steps: 'as everybody',
    });
  });

  it('a contact that is taken away leaves the ladders, and its number is nobody’s', () => {
    const { vault } = home.hub;
    const bea = contact('bea');
    arrange('nothing', step(0, bea));
    removeContact(vault, bea);
    teller.reread();
    expect(teller.arranged(ada).steps).toEqual([]);
    expect(contact('cyd')).toBe(bea + 1);
  });
});
