// Tells people of alarms: the ladder over a hub's vault, looked at once a second after the alarms were. What is to go out is
// on disk before it leaves, and what became of it is an event of the hub; so a stop without warning at any moment loses no
// message, and repeats at most the attempt that it broke off, under the same key.
//
// All that is written is written in `step`, in one commit. Attempts run beside it and leave their outcome for the next one.

import { HUB_SLOT } from '@heartwood/anchor';
import type { Alarm } from '../alarms/engine.ts';
import { groupAlarms } from '../alarms/group.ts';
import { SealBroken } from '../keys/seal.ts';
import type { Vault } from '../vault.ts';
import { Attempts, type ChannelFault, type Result } from './attempts.ts';
import { type Channels, channelsReady, openChannels, type TellingChoice } from './channels.ts';
import { type Arranged, addressOf, type Contact } from './contact.ts';
import { attempted, becameOf, type Delivery } from './delivery.ts';
import { changedSlots, Draft } from './draft.ts';
import {
  advance,
  type Due,
  type Item,
  isWanted,
  type LadderState,
  moved,
  NOTHING_TOLD,
  type OpenAlarm,
  settle,
} from './ladder.ts';
import type { Language } from './language.ts';
import { type ChannelName, type Message, NotDelivered, type Receipt } from './message.ts';
import { PageChannel, shownKey } from './page.ts';
import { isPermitted, permissions } from './permitted.ts';
import { keptPushKey } from './push-key.ts';
import { EVERYBODY, newKey, TellingStore } from './telling-store.ts';
import { alarmMessage, disclosed, type KnownAlarm, testMessage } from './words.ts';

export type TellerPorts = {
  /** Alarms of a patient, or of the hub, that are not off. */
  readonly alarms: (slot: number) => readonly Alarm[];
  /** From 0 to below 1. */
  readonly random: () => number;
  /** In the place of the real ones. */
  readonly channels?: Channels;
  /** A push service of this house may be called. */
  readonly pushInsideToo?: boolean;
};

/** So many that have ended are kept to be shown; all are in the record. */
const ENDED_MAX = 200;
/**
 * Looks come once a second, so that no more than this passes between two. Where it seems so the clock was put on, and what it
 * jumped over counts for no step. The time in which the hub did not run counts: nobody answered then either.
 */
export const LOOK_MAX_MS = 30_000;
const NO_LADDER: Arranged = { steps: [], disclose: 'nothing', setMs: 0 };

export class Teller {
  readonly #vault: Vault;
  readonly #ports: TellerPorts;
  readonly #store: TellingStore;
  readonly #page: PageChannel;
  readonly #channels: Channels;
  /** By what somebody can be told, as the hub is set up. */
  readonly ready: readonly ChannelName[];
  readonly #version: () => unknown;
  /** Of contacts who have none of their own. */
  readonly #language: Language;
  /** Set by `open`: what went wrong in a channel that should not. */
  onFault: (fault: ChannelFault) => void = () => undefined;
  /** Set by `open`: a row of what is kept of telling does not open. Said once of each. */
  onDamaged: (row: string) => void = () => undefined;
  readonly #damaged = new Map<string, 'found' | 'said'>();
  #seenVersion: unknown;
  /** Of the last look of this run. */
  #lookedMs: number | undefined;
  /** How far the clock was put on since the state was last kept. */
  #leapMs = 0;
  #contacts = new Map<number, Contact>();
  #ladders = new Map<number, Arranged>();
  #state: LadderState;
  #deliveries: Map<number, Delivery>;
  #next: number;
  readonly #attempts: Attempts;
  #gone: number[] = [];
  #closed = false;

  /** Takes up what was kept, as far as it opens. */
  constructor(vault: Vault, choice: TellingChoice, ports: TellerPorts) {
    this.#vault = vault;
    this.#ports = ports;
    this.#store = new TellingStore(vault, (row) => this.#found(row));
    this.#state = this.#store.state() ?? NOTHING_TOLD;
    this.#deliveries = new Map(this.#store.deliveries().map((one) => [one.number, one]));
    this.#next = Math.max(0, ...this.#deliveries.keys()) + 1;
    this.#page = new PageChannel(vault.clock, (key) => this.#alarmsOf(key));
    const pragma = vault.db.prepare('PRAGMA data_version').pluck();
    this.#version = () => pragma.get();
    this.ready = channelsReady(choice);
    this.#language = choice.language ?? 'en';
    this.#channels =
      ports.channels ??
      openChannels(choice, {
        clock: vault.clock,
        page: this.#page,
        push: {
          key: (make) => keptPushKey(vault, make),
          of: (person) => this.#store.subscriptions().filter((one) => one.person === person),
          onGone: (number) => this.#gone.push(number),
          ...(ports.pushInsideToo === true && { insideToo: true }),
        },
      });
    this.#attempts = new Attempts(
      (delivery, signal) => this.#deliver(delivery, signal),
      (fault) => this.onFault(fault),
    );
    this.#read();
  }

  /**
   * Looks at alarms and outcomes once, and lets what is due go out.
   * @param begins false: the hub stops; what came of attempts is kept, and no other is begun
   * @throws what SQLite throws when it cannot write; nothing has happened then, and the next look finds it again
   */
  step(begins = true): void {
    if (this.#closed) return;
    try {
      this.#look(begins);
    } catch (error) {
      // Somebody's data is damaged: that is said, and the hub goes on without what could not be told.
      if (!(error instanceof SealBroken)) throw error;
      this.#found(error.message);
    }
    for (const [row, is] of this.#damaged)
      if (is === 'found') {
        this.#damaged.set(row, 'said');
        this.onDamaged(row);
      }
  }

  #look(begins: boolean): void {
    const nowMs = this.#vault.clock();
    const passedMs = nowMs - (this.#lookedMs ?? nowMs);
    this.#leapMs += Math.max(0, passedMs - LOOK_MAX_MS);
    this.#lookedMs = nowMs;
    if (this.#version() !== this.#seenVersion) this.#read();
    const { results } = this.#attempts;
    const gone = [...this.#gone];
    const work = new Draft(moved(this.#state, this.#leapMs), this.#deliveries, this.#next);
    for (const result of results) this.#settle(work, result, nowMs);
    const open = this.#openAlarms();
    const permitted = permissions(this.#vault);
    const mayTell = (contact: number, slot: number): boolean => {
      const known = this.#contacts.get(contact);
      return known === undefined || permitted(known, slot);
    };
    this.#narrow(work, mayTell, nowMs);
    const { state, due } = advance(work.state, open, (slot) => this.arranged(slot), nowMs, mayTell);
    work.state = state;
    for (const one of due) this.#letOut(work, one, nowMs);
    for (const delivery of work.open())
      if (delivery.items.length > 0 && !this.#attempts.has(delivery.number))
        if (!isWanted(work.state, delivery.message))
          work.tell({ ...delivery, state: { is: 'withdrawn', atMs: nowMs } });
    this.#keep(work, gone);
    this.#leapMs = 0;
    this.#attempts.kept(results.length);
    this.#gone = this.#gone.slice(gone.length);
    if (begins) this.#attempts.begin(this.#deliveries.values(), nowMs);
  }

  /** What is arranged for a slot: its own, or everybody's. */
  arranged(slot: number): Arranged {
    const everybodys = this.#ladders.get(EVERYBODY) ?? NO_LADDER;
    const own = this.#ladders.get(slot);
    return own?.follows === true ? { ...everybodys, disclose: own.disclose } : (own ?? everybodys);
  }

  /** Contacts, ladders or subscriptions were changed on this connection. */
  reread(): void {
    this.#read();
  }

  /** A page of a person that can be seen shows these alarms of a patient. */
  shows(person: number, slot: number, alarms: readonly { condition: string; episode: number }[]): void {
    this.#page.shows(
      person,
      slot,
      new Set(alarms.map(({ condition, episode }) => shownKey(slot, condition, episode))),
    );
  }

  /** Sends a test to a contact, by each way that they have. On disk when this returns; `step` lets it go. */
  test(contact: Contact, channels: readonly Delivery['channel'][]): readonly number[] {
    const nowMs = this.#vault.clock();
    const what = testMessage(newKey(), nowMs, this.#languageOf(contact.number));
    const work = new Draft(this.#state, this.#deliveries, this.#next);
    const number = -work.next;
    const added = channels.map((channel) =>
      work.add({ message: number, contact: contact.number, channel, what }, nowMs),
    );
    this.#keep(work, []);
    return added.map((one) => one.number);
  }

  /** The hub's key by which push services and browsers know it (RFC 8292), base64url. */
  async pushKey(): Promise<string> {
    const { makePushKey } = await import('./push.ts');
    return keptPushKey(this.#vault, makePushKey).publicKey;
  }

  /** The newest first. */
  deliveries(): readonly Delivery[] {
    return [...this.#deliveries.values()].toReversed();
  }

  /** Ends the attempts that run; they begin again with the next start. */
  close(): void {
    this.#closed = true;
    this.#attempts.close();
  }

  /** Nothing is under way. For tests. */
  get isResting(): boolean {
    return this.#attempts.isResting;
  }

  #found(row: string): void {
    if (!this.#damaged.has(row)) this.#damaged.set(row, 'found');
  }

  #read(): void {
    this.#seenVersion = this.#version();
    this.#contacts = new Map(this.#store.contacts().map((one) => [one.number, one]));
    this.#ladders = this.#store.ladders();
  }

  #openAlarms(): OpenAlarm[] {
    // Where nobody is to be told, nothing is kept either: a ladder that is set later counts from then on.
    const nobody = [...this.#ladders.values()].every(({ steps }) => steps.length === 0);
    if (nobody && this.#state.tellings.length === 0) return [];
    const slots = [HUB_SLOT, ...this.#vault.registry.patients().map(({ slot }) => slot)];
    return slots.flatMap((slot) => {
      const alarms = this.#ports.alarms(slot);
      const groups = groupAlarms(alarms);
      return alarms.flatMap(({ condition, priority, state }): OpenAlarm[] => {
        if (state.presence === 'off') return [];
        const { episode, raisedMs } = state;
        const answered = state.presence === 'acknowledged';
        return [{ slot, condition, episode, priority, raisedMs, answered, group: groups.get(condition) }];
      });
    });
  }

  #letOut(work: Draft, { number, contact, channels, priority, items }: Due, nowMs: number): void {
    const what = this.#message(newKey(), contact, items, priority, nowMs);
    for (const channel of channels) work.add({ message: number, contact, channel, what, items }, nowMs);
  }

  /** Who lost a patient while a message was on its way is told of the others: the next attempt says nothing of that one. */
  #narrow(work: Draft, mayTell: (contact: number, slot: number) => boolean, nowMs: number): void {
    for (const delivery of work.open()) {
      const { number, message, contact, items, what } = delivery;
      const allowed = items.filter(({ slot }) => mayTell(contact, slot));
      if (this.#attempts.has(number) || allowed.length === 0 || allowed.length === items.length) continue;
      work.change({
        ...delivery,
        items: allowed,
        what: this.#message(what.key, contact, allowed, what.priority, nowMs),
      });
      const lost = items.filter((item) => !allowed.includes(item));
      work.state = settle(work.state, message, 'failing', slotsOf(lost));
    }
  }

  #message(
    key: string,
    contact: number,
    items: readonly Item[],
    priority: Due['priority'],
    nowMs: number,
  ): Message {
    // Alarms that say the same are one, as on the page; the highest of them comes first.
    const said = new Map(items.toReversed().map((item) => [this.#groupOf(item), item]));
    const alarms = items
      .filter((item) => said.get(this.#groupOf(item)) === item)
      .map((item) => this.#told(item, nowMs));
    return alarmMessage(key, alarms, priority, this.#languageOf(contact));
  }

  #languageOf(contact: number): Language {
    return this.#contacts.get(contact)?.language ?? this.#language;
  }

  #groupOf({ slot, condition }: Item): string {
    return `${slot} ${groupAlarms(this.#ports.alarms(slot)).get(condition) ?? condition}`;
  }

  #told({ slot, condition, episode }: Item, nowMs: number): ReturnType<typeof disclosed> {
    const alarm = this.#ports
      .alarms(slot)
      .find(
        (one) => one.condition === condition && one.state.presence !== 'off' && one.state.episode === episode,
      );
    const raisedMs = alarm === undefined || alarm.state.presence === 'off' ? nowMs : alarm.state.raisedMs;
    const known: KnownAlarm = {
      slot,
      patient: this.#vault.registry.patient(slot)?.name,
      condition,
      priority: alarm?.priority ?? 'high',
      raisedMs,
      facts: alarm?.facts ?? {},
    };
    return disclosed(known, this.arranged(slot).disclose);
  }

  #settle(work: Draft, { number, outcome }: Result, nowMs: number): void {
    const before = work.deliveries.get(number);
    if (before?.state.is !== 'open') return;
    const delivery = attempted(before, outcome, nowMs, this.#ports.random());
    work.tell(delivery, outcome);
    const all = work.of(delivery.message);
    const became = becameOf(all);
    if (became === undefined) return;
    // What reached somebody may speak of fewer patients than what first went out.
    const said = all.filter(({ state }) => became === 'failing' || state.is === 'delivered');
    work.state = settle(work.state, delivery.message, became, slotsOf(said.flatMap(({ items }) => items)));
  }

  /** Either all of it is on disk and in memory, or nothing is. */
  #keep(work: Draft, gone: readonly number[]): void {
    const tellings = changedSlots(this.#state, work.state);
    const paced = work.state.next !== this.#state.next || tellings.length > 0;
    const dropped = work.prune(ENDED_MAX);
    if (paced || work.changed.size > 0 || dropped.length > 0 || gone.length > 0) {
      this.#vault.store.transaction(() => {
        for (const event of work.events) this.#vault.recordEvent('alarm-told', event);
        for (const slot of tellings)
          this.#store.putTellings(
            slot,
            work.state.tellings.filter((one) => one.slot === slot),
          );
        if (paced) this.#store.putPace(work.state);
        for (const number of work.changed) {
          const delivery = work.deliveries.get(number);
          if (delivery !== undefined) this.#store.putDelivery(delivery);
        }
        for (const number of dropped) this.#store.dropDelivery(number);
        for (const number of gone) this.#store.dropSubscription(number);
      });
    }
    this.#state = work.state;
    this.#deliveries = work.deliveries;
    this.#next = work.next;
  }

  /** @throws NotDelivered */
  async #deliver({ contact, channel, what, items }: Delivery, signal: AbortSignal): Promise<Receipt> {
    const known = this.#contacts.get(contact);
    const to = known && addressOf(known, channel);
    if (known === undefined || to === undefined)
      throw new NotDelivered('no-address', 'There is no such way to reach them.');
    if (!isPermitted(this.#vault, known, items))
      throw new NotDelivered('not-permitted', 'They may not see this patient.');
    return this.#channels[channel].deliver(to, what, signal);
  }

  #alarmsOf(key: string): ReadonlySet<string> {
    const items = [...this.#deliveries.values()].find(({ what }) => what.key === key)?.items ?? [];
    return new Set(items.map(({ slot, condition, episode }) => shownKey(slot, condition, episode)));
  }
}

const slotsOf = (items: readonly Item[]): ReadonlySet<number> => new Set(items.map(({ slot }) => slot));
