// A home with one patient, whose alarms are told by channels that answer as a test says.

import { HUB_SLOT } from '@heartwood/anchor';
import { decodeEvent, type HubEvent } from '@heartwood/vitals';
import { afterEach, beforeEach, expect } from 'vitest';
import { decodeEntries } from '../store/entry-list.ts';
import { Home, message } from '../testing.ts';
import { addContact, setLadder } from './arrange.ts';
import type { Channels } from './channels.ts';
import type { Step } from './ladder.ts';
import { type ChannelName, type Message, NotDelivered, type NotDeliveredCode } from './message.ts';
import { LOOK_MAX_MS, Teller } from './teller.ts';
import { EVERYBODY } from './telling-store.ts';

export let home: Home;
/** Her slot. */
export let ada: number;
export let teller: Teller;
/** What left the house, in order. */
export const out: { readonly channel: ChannelName; readonly to: string; readonly message: Message }[] = [];
/** By channel: what the other side answers; `hangs` never does. */
export const answers: Partial<Record<ChannelName, NotDeliveredCode | 'hangs'>> = {};

const channel = (name: ChannelName): Channels[ChannelName] => ({
  deliver: async (to, told) => {
    out.push({ channel: name, to, message: told });
    const answer = answers[name];
    if (answer === 'hangs') return new Promise(() => undefined);
    if (answer !== undefined) throw new NotDelivered(answer, 'as the test says');
    return { how: 'accepted' };
  },
});
export const channels: Channels = {
  page: channel('page'),
  push: channel('push'),
  mail: channel('mail'),
  webhook: channel('webhook'),
  mqtt: channel('mqtt'),
};
const newTeller = (): Teller =>
  new Teller(home.hub.vault, {}, { alarms: (slot) => home.hub.watch.of(slot), random: () => 0.5, channels });

/** As a hub that starts, or another one in its place. */
export function tellAnew(other: Teller = newTeller()): void {
  teller = other;
}

/** From now on every message gets through. */
export function allGetThrough(): void {
  for (const name of Object.keys(answers) as ChannelName[]) delete answers[name];
}

/** Each test of a file has a home of its own, with Ada and her meter. */
export function inAHome(): void {
  beforeEach(async () => {
    home = new Home();
    await home.start();
    ada = await home.enroll('Ada', 'meter-1', home.nowMs);
    out.length = 0;
    allGetThrough();
    tellAnew();
  });
  afterEach(() => {
    teller.close();
    home.remove();
  });
}

/** Lets time pass, looks at alarms and tells, as often as the clock asks for; waits until every attempt that was begun ended. */
export async function look(passMs = 0): Promise<void> {
  const endMs = home.nowMs + passMs;
  do {
    home.nowMs = Math.min(endMs, home.nowMs + LOOK_MAX_MS);
    home.hub.watch.look();
    teller.step();
    if (!teller.isResting && !Object.values(answers).includes('hangs')) await settled();
  } while (home.nowMs < endMs);
}
export const settled = (): Promise<void> =>
  expect.poll(() => teller.isResting, { timeout: 20_000 }).toBe(true);

/** Sugar that is too low at once: a high alarm and a medium one. */
export function sugarFalls(): void {
  home.send('meter-1', message(home.nowMs / 1000, { kind: 'glucose', value: 50 }, home.nowMs));
}
export const contact = (name: string, ways: object = { mail: `${name}@example.org` }): number =>
  addContact(home.hub.vault, { name, ...ways }).number;
export const step = (after: number, number: number, change: Partial<Step> = {}): Step => ({
  after,
  contact: number,
  channels: ['mail'],
  from: 'low',
  ...change,
});
export const arrange = (disclose: 'nothing' | 'name' | 'values', ...steps: Step[]): void => {
  setLadder(home.hub.vault, EVERYBODY, { steps, disclose });
  teller.reread();
};
export const acknowledge = (untilMs?: number): void => {
  const by = { by: 'nurse', atMs: home.nowMs, why: 'here', untilMs: untilMs ?? home.nowMs + 600_000 };
  for (const { condition } of home.hub.watch.of(ada)) home.hub.watch.acknowledge(ada, condition, by);
};
/** Besides that the meter fell silent, after a quarter of an hour. */
export const told = (): string[] =>
  out
    .filter(({ message: { priority, alarms } }) => priority === 'high' || alarms.length === 0)
    .map(({ channel: by, to }) => `${by} ${to}`);
export const events = (of = 'alarm-told'): HubEvent['detail'][] => {
  const { store } = home.hub.vault;
  return store
    .stagedOf(HUB_SLOT)
    .flatMap((row) => decodeEntries(store.openStaged(row)).map(decodeEvent))
    .filter(({ name }) => name === of)
    .map(({ detail }) => detail);
};
