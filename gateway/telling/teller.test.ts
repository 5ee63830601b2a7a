// The teller over its ladder, its store and channels that answer as a test says: what is told, to whom, and how often.

import { describe, expect, it } from 'vitest';
import type { Alarm } from '../alarms/engine.ts';
import { addPerson, changePerson, removePerson } from '../people/access.ts';
import { setLadder } from './arrange.ts';
import { ATTEMPTS_MAX } from './delivery.ts';
import { MESSAGES_MAX, NOTHING_TOLD } from './ladder.ts';
import { Teller } from './teller.ts';
import {
  acknowledge,
  ada,
  allGetThrough,
  answers,
  arrange,
  channels,
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
    allGetThrough();
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
    out.length = 0;
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
    tellAnew(
      new Teller(
        home.hub.vault,
        {},
        { alarms: (slot) => (slots.includes(slot) ? [raised(slot)] : []), random: () => 0.5, channels },
      ),
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
    allGetThrough();
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

  it('one whom somebody may see no more was told neither by its own message nor by one that said the same', async () => {
    const slots = [ada, await home.enroll('Bo', 'meter-2', home.nowMs)];
    const { vault } = home.hub;
    addPerson(vault, { name: 'Vale', role: 'clinician', patients: slots });
    const vale = contact('vale', { mail: 'vale@example.org', person: 'Vale' });
    arrange('name', step(0, vale), step(30, contact('cyd', { mqtt: 'bell' }), { channels: ['mqtt'] }));
    const raisedMs = home.nowMs;
    const raised = (slot: number, condition: string, priority: Alarm['priority']): Alarm => ({
      slot,
      condition,
      priority,
      facts: {},
      state: { presence: 'on', episode: 1, raisedMs },
    });
    // A storm that is gathered: both patients in one message.
    const burst = Array.from({ length: MESSAGES_MAX }, (_, n) => ({
      message: n + 1,
      contact: vale,
      slot: 900 + n,
      atMs: raisedMs - 61_000,
      priority: 'high' as const,
    }));
    const store = new TellingStore(vault);
    store.putPace({ ...NOTHING_TOLD, clockMs: raisedMs, next: MESSAGES_MAX + 1, sent: burst });
    let open = slots.map((slot) => raised(slot, 'spo2-very-low', 'high'));
    teller.close();
    tellAnew(
      new Teller(
        vault,
        {},
        { alarms: (of) => open.filter(({ slot }) => slot === of), random: () => 0.5, channels },
      ),
    );
    answers.mail = 'busy';
    await look();
    // It says the same, and takes the step as taken; then it is the only one.
    open = [...open, raised(ada, 'spo2-low', 'medium')];
    await look();
    open = open.filter(({ slot, condition }) => slot !== ada || condition === 'spo2-low');
    allGetThrough();
    changePerson(vault, 'Vale', { patients: slots.slice(1) });
    await look(1000);
    await look(2000);
    await look(1000);
    expect(out.map(({ to, message: { alarms } }) => [to, alarms.length])).toEqual([
      ['vale@example.org', 2],
      ['bell', 1],
      ['vale@example.org', 1],
    ]);
    expect(out[2]?.message.text).not.toContain('Ada');
    const became = store.state()?.tellings.map(({ slot, taken }) => [slot, taken[`0/${vale}`]?.became]);
    expect(became?.toSorted()).toEqual([
      [slots[0], 'failing'],
      [slots[1], 'told'],
    ]);
  });
});
