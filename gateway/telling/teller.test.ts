import { HUB_SLOT } from '@heartwood/anchor';
import { decodeEvent, type HubEvent } from '@heartwood/vitals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Alarm } from '../alarms/engine.ts';
import { addPerson, changePerson, removePerson } from '../people/access.ts';
import { decodeEntries } from '../store/entry-list.ts';
import { Home, message } from '../testing.ts';
import { addContact, removeContact, setLadder } from './arrange.ts';
import type { Channels } from './channels.ts';
import { ATTEMPTS_MAX } from './delivery.ts';
import type { Step } from './ladder.ts';
import { type ChannelName, type Message, NotDelivered, type NotDeliveredCode } from './message.ts';
import { LOOK_MAX_MS, Teller } from './teller.ts';
import { EVERYBODY, TellingStore } from './telling-store.ts';

let home: Home;
let ada: number;
let teller: Teller;
/** What left the house, in order. */
let out: { readonly channel: ChannelName; readonly to: string; readonly message: Message }[];
/** By channel: what the other side answers; `hangs` never does. */
let answers: Partial<Record<ChannelName, NotDeliveredCode | 'hangs'>>;

const channel = (name: ChannelName): Channels[ChannelName] => ({
  deliver: async (to, told) => {
    out.push({ channel: name, to, message: told });
    const answer = answers[name];
    if (answer === 'hangs') return new Promise(() => undefined);
    if (answer !== undefined) throw new NotDelivered(answer, 'as the test says');
    return { how: 'accepted' };
  },
});
const channels: Channels = {
  page: channel('page'),
  push: channel('push'),
  mail: channel('mail'),
  webhook: channel('webhook'),
  mqtt: channel('mqtt'),
};
const newTeller = (): Teller =>
  new Teller(home.hub.vault, {}, { alarms: (slot) => home.hub.watch.of(slot), random: () => 0.5, channels });

beforeEach(async () => {
  home = new Home();
  await home.start();
  ada = await home.enroll('Ada', 'meter-1', home.nowMs);
  out = [];
  answers = {};
  teller = newTeller();
});
afterEach(() => {
  teller.close();
  home.remove();
});

/** Lets time pass, looks at alarms and tells, as often as the clock asks for; waits until every attempt that was begun ended. */
async function look(passMs = 0): Promise<void> {
  const endMs = home.nowMs + passMs;
  do {
    home.nowMs = Math.min(endMs, home.nowMs + LOOK_MAX_MS);
    home.hub.watch.look();
    teller.step();
    if (!teller.isResting && !Object.values(answers).includes('hangs')) await settled();
  } while (home.nowMs < endMs);
}
const settled = (): Promise<void> => expect.poll(() => teller.isResting, { timeout: 20_000 }).toBe(true);

/** Sugar that is too low at once: a high alarm and a medium one. */
function sugarFalls(): void {
  home.send('meter-1', message(home.nowMs / 1000, { kind: 'glucose', value: 50 }, home.nowMs));
}
const contact = (name: string, ways: object = { mail: `${name}@example.org` }): number =>
  addContact(home.hub.vault, { name, ...ways }).number;
const step = (after: number, number: number, change: Partial<Step> = {}): Step => ({
  after,
  contact: number,
  channels: ['mail'],
  from: 'low',
  ...change,
});
const arrange = (disclose: 'nothing' | 'name' | 'values', ...steps: Step[]): void => {
  setLadder(home.hub.vault, EVERYBODY, { steps, disclose });
  teller.reread();
};
const acknowledge = (untilMs?: number): void => {
  const by = { by: 'nurse', atMs: home.nowMs, why: 'here', untilMs: untilMs ?? home.nowMs + 600_000 };
  for (const { condition } of home.hub.watch.of(ada)) home.hub.watch.acknowledge(ada, condition, by);
};
/** Besides that the meter fell silent, after a quarter of an hour. */
const told = (): string[] =>
  out
    .filter(({ message: { priority, alarms } }) => priority === 'high' || alarms.length === 0)
    .map(({ channel: by, to }) => `${by} ${to}`);
const events = (of = 'alarm-told'): HubEvent['detail'][] => {
  const { store } = home.hub.vault;
  return store
    .stagedOf(HUB_SLOT)
    .flatMap((row) => decodeEntries(store.openStaged(row)).map(decodeEvent))
    .filter(({ name }) => name === of)
    .map(({ detail }) => detail);
};

describe('an alarm', () => {
  it('is told by the ladder: one message for what was raised together, which says nothing but how urgent', async () => {
    arrange('nothing', step(0, contact('bea')), step(10, contact('cyd')));
    sugarFalls();
    await look();
    expect(told()).toEqual(['mail bea@example.org']);
    expect(out[0]?.message.text).toMatch(/^An alarm of high priority at \d\d:\d\d \S+; open Heartwood\.$/);
    // Too low by two limits says the same.
    expect(out[0]?.message.alarms).toEqual([{ priority: 'high', raised: home.nowMs }]);
    await look(10 * 60_000);
    expect(told()).toEqual(['mail bea@example.org', 'mail cyd@example.org']);
    await look(60 * 60_000);
    expect(told()).toEqual(['mail bea@example.org', 'mail cyd@example.org']);
  });

  it('is told with name and value where the patient lets them out', async () => {
    const bea = contact('bea');
    setLadder(home.hub.vault, ada, { steps: [step(0, bea, { from: 'high' })], disclose: 'values' });
    teller.reread();
    sugarFalls();
    await look();
    expect(out[0]?.message.text).toContain(
      '\nAda, high: glucose very low: 50 mg/dL when it began (limit 54)',
    );
    setLadder(home.hub.vault, ada, { steps: [step(1, bea)], disclose: 'name' });
    teller.reread();
    await look(60_000);
    expect(out[1]?.message.text).toContain('\nAda, high: glucose very low');
    expect(out[1]?.message.text).not.toContain('50');
  });

  it('is told to nobody while somebody knows of it, and goes on when that has ended', async () => {
    arrange('nothing', step(0, contact('bea')), step(10, contact('cyd')));
    sugarFalls();
    await look();
    home.nowMs += 60_000;
    acknowledge(home.nowMs + 30 * 60_000);
    await look();
    await look(20 * 60_000);
    sugarFalls();
    await look(11 * 60_000);
    expect(told()).toHaveLength(1);
    await look(9 * 60_000);
    expect(told()).toEqual(['mail bea@example.org', 'mail cyd@example.org']);
  });
});

describe('a delivery', () => {
  it('is an event of the hub, with its attempt and outcome and without what was said', async () => {
    arrange('values', step(0, contact('bea')));
    answers.mail = 'busy';
    sugarFalls();
    await look();
    answers = {};
    await look(1000);
    await look(2000);
    await look();
    expect(events()).toEqual([
      expect.objectContaining({
        message: 1,
        contact: 1,
        channel: 'mail',
        attempt: 1,
        outcome: 'tried',
        why: 'busy',
      }),
      expect.objectContaining({
        attempt: 2,
        outcome: 'delivered',
        how: 'accepted',
        alarms: 2,
        priority: 'high',
      }),
    ]);
    expect(events()[0]?.['about']).toBe(`${ada}/glucose-very-low/1 ${ada}/glucose-low/1`);
    expect(JSON.stringify(events())).not.toMatch(/Ada|:50[,}]|example/);
    expect(new Set(out.map(({ message: { key } }) => key)).size).toBe(1);
  });

  it('that fails for good takes the next step at once', async () => {
    arrange(
      'nothing',
      step(0, contact('bea')),
      step(30, contact('cyd', { webhook: 'https://a.example/' }), { channels: ['webhook'] }),
    );
    answers.mail = 'refused';
    sugarFalls();
    await look();
    expect(told()).toEqual(['mail bea@example.org']);
    await look(1000);
    expect(told()).toEqual(['mail bea@example.org', 'webhook https://a.example/']);
  });

  it('that is not confirmed takes the next step, and is not told again', async () => {
    arrange(
      'nothing',
      step(0, contact('bea')),
      step(30, contact('cyd', { mqtt: 'bell' }), { channels: ['mqtt'] }),
    );
    answers.mail = 'hangs';
    sugarFalls();
    await look();
    await look(44_000);
    expect(told()).toEqual(['mail bea@example.org']);
    await look(1000);
    expect(told()).toEqual(['mail bea@example.org', 'mqtt bell']);
  });

  it('is tried so often, each time after a longer wait, and then given up', async () => {
    arrange('nothing', step(0, contact('bea')));
    answers.mail = 'unreachable';
    sugarFalls();
    await look();
    const at = [home.nowMs];
    for (let second = 0; second < 1800; second += 1) {
      const before = out.length;
      home.nowMs += 1000;
      teller.step();
      await settled();
      if (out.length > before) at.push(home.nowMs);
    }
    const waits = at.slice(1).map((ms, i) => ms - at[i]!);
    expect(at).toHaveLength(ATTEMPTS_MAX);
    expect(waits.toSorted((left, right) => left - right)).toEqual(waits);
    expect(waits[0]).toBeLessThanOrEqual(3000);
    expect(events().at(-1)).toMatchObject({ outcome: 'failed', why: 'unreachable', attempt: ATTEMPTS_MAX });
    expect(teller.deliveries()[0]?.state).toMatchObject({ is: 'failed' });
  });

  it('is taken back when somebody knows before it got through', async () => {
    arrange('nothing', step(0, contact('bea')));
    answers.mail = 'busy';
    sugarFalls();
    await look();
    acknowledge();
    await look(1000);
    await look(60_000);
    expect(out).toHaveLength(1);
    expect(events().at(-1)).toMatchObject({ outcome: 'withdrawn' });
  });

  it('to somebody without that way, or whom nobody knows any more, fails and takes the next step', async () => {
    const bea = contact('bea');
    arrange('nothing', step(0, bea), step(30, contact('cyd')));
    const { db } = home.hub.vault;
    expect(db.prepare('DELETE FROM telling WHERE kind = 1 AND number = ?').run(bea).changes).toBe(1);
    teller.reread();
    sugarFalls();
    await look();
    await look(1000);
    expect(told()).toEqual(['mail cyd@example.org']);
    expect(events()[0]).toMatchObject({ contact: bea, outcome: 'failed', why: 'no-address' });
  });

  it('does not reach a person who may not see the patient, by any channel', async () => {
    const { vault } = home.hub;
    addPerson(vault, { name: 'Vale', role: 'clinician', patients: [ada] });
    addPerson(vault, { name: 'Moss', role: 'clinician', patients: [] });
    const mail = { mail: 'x@example.org' };
    const vale = contact('Vale', { ...mail, person: 'Vale' });
    const moss = contact('Moss', { ...mail, person: 'Moss' });
    arrange(
      'values',
      step(0, moss, { channels: ['mail', 'push'] }),
      step(30, vale, { channels: ['mail', 'push'] }),
    );
    sugarFalls();
    await look();
    await look(1000);
    expect(told().toSorted()).toEqual(['mail x@example.org', 'push 1']);
    removePerson(vault, 'Vale');
    out = [];
    home.nowMs += 60_000;
    acknowledge(home.nowMs + 1000);
    setLadder(vault, EVERYBODY, { steps: [step(1, vale)], disclose: 'values' });
    teller.reread();
    sugarFalls();
    await look(120_000);
    await look(60_000);
    expect(out).toEqual([]);
    expect(events().at(-1)).toMatchObject({ why: 'not-permitted' });
  });
});

describe('of many patients at once', () => {
  /** So many are raised, through the port, as a storm over the whole house. */
  const HOUSE = 25;
  const storm = async (): Promise<number[]> => {
    const slots = [ada];
    for (let n = 1; n < HOUSE; n += 1) slots.push(await home.enroll(`P${n}`, `meter-${n + 1}`, home.nowMs));
    const raised = (slot: number): Alarm => ({
      slot,
      condition: 'asystole',
      priority: 'high',
      facts: {},
      state: { presence: 'on', episode: 1, raisedMs },
    });
    const raisedMs = home.nowMs;
    teller.close();
    teller = new Teller(
      home.hub.vault,
      {},
      { alarms: (slot) => (slots.includes(slot) ? [raised(slot)] : []), random: () => 0.5, channels },
    );
    return slots;
  };

  it('one whom somebody may not see takes the others with it neither now nor later', async () => {
    const slots = await storm();
    const { vault } = home.hub;
    addPerson(vault, { name: 'Vale', role: 'clinician', patients: slots.slice(0, -1) });
    const vale = contact('vale', { mail: 'vale@example.org', person: 'Vale' });
    arrange('name', step(0, vale), step(30, contact('cyd')));
    await look();
    await look(1000);
    expect(out.map(({ to, message: { alarms } }) => [to, alarms.length])).toEqual([
      ['vale@example.org', HOUSE - 1],
      // At once: whom it was for may not be told.
      ['cyd@example.org', 1],
    ]);
    expect(out[0]?.message.text).not.toContain(`P${HOUSE - 1}`);
    expect(events().map(({ contact: of, why, alarms }) => [of, why, alarms])).toContainEqual([
      vale,
      'not-permitted',
      1,
    ]);
  });

  it('one whom somebody may see no more, while a message fails, is left out of the next attempt', async () => {
    const slots = await storm();
    const { vault } = home.hub;
    addPerson(vault, { name: 'Vale', role: 'clinician', patients: slots });
    const vale = contact('vale', { mail: 'vale@example.org', person: 'Vale' });
    arrange('name', step(0, vale), step(30, contact('cyd', { mqtt: 'bell' }), { channels: ['mqtt'] }));
    answers.mail = 'busy';
    await look();
    answers = {};
    changePerson(vault, 'Vale', { patients: slots.slice(1) });
    await look(1000);
    await look(2000);
    expect(out.map(({ to, message: { alarms } }) => [to, alarms.length])).toEqual([
      ['vale@example.org', HOUSE],
      ['bell', 1],
      ['vale@example.org', HOUSE - 1],
    ]);
    expect(out[2]?.message.text).not.toContain('Ada');
    expect(out[2]?.message.key).toBe(out[0]?.message.key);
  });
});

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
    teller = newTeller();
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
    teller = newTeller();
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
    teller = newTeller();
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
    teller = newTeller();
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
    answers = {};
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
