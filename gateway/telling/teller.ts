// Tells people of alarms: the ladder over a hub's vault, looked at once a second after the alarms were. What is to go out is
// on disk before it leaves, and what became of it is an event of the hub; so a stop without warning at any moment loses no
// message, and repeats at most the attempt that it broke off, under the same key.
//
// All that is written is written in `step`, in one commit. Attempts run beside it and leave their outcome for the next one.

import { HUB_SLOT } from '@heartwood/anchor';
import type { Alarm } from '../alarms/engine.ts';
import { groupAlarms } from '../alarms/group.ts';
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
  NOTHING_TOLD,
  type OpenAlarm,
  settle,
} from './ladder.ts';
import { type ChannelName, NotDelivered, type Receipt } from './message.ts';
import { PageChannel, shownKey } from './page.ts';
import { isPermitted } from './permitted.ts';
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
  /** Set by `open`: what went wrong in a channel that should not. */
  onFault: (fault: ChannelFault) => void = () => undefined;
  #seenVersion: unknown;
  #contacts = new Map<number, Contact>();
  #ladders = new Map<number, Arranged>();
  #state: LadderState;
  #deliveries: Map<number, Delivery>;
  #next: number;
  readonly #attempts: Attempts;
  #gone: number[] = [];
  #closed = false;

  /** Takes up what was kept. @throws SealBroken when a row was altered */
  constructor(vault: Vault, choice: TellingChoice, ports: TellerPorts) {
    this.#vault = vault;
    this.#ports = ports;
    this.#store = new TellingStore(vault);
    this.#state = this.#store.state() ?? NOTHING_TOLD;
    this.#deliveries = new Map(this.#store.deliveries().map((one) => [one.number, one]));
    this.#next = Math.max(0, ...this.#deliveries.keys()) + 1;
    this.#page = new PageChannel(vault.clock, (key) => this.#alarmsOf(key));
    const pragma = vault.db.prepare('PRAGMA data_version').pluck();
    this.#version = () => pragma.get();
    this.ready = channelsReady(choice);
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
    const nowMs = this.#vault.clock();
    if (this.#version() !== this.#seenVersion) this.#read();
    const { results } = this.#attempts;
    const gone = [...this.#gone];
    const work = new Draft(this.#state, this.#deliveries, this.#next);
    for (const result of results) this.#settle(work, result, nowMs);
    const open = this.#openAlarms();
    const { state, due } = advance(work.state, open, (slot) => this.arranged(slot), nowMs);
    work.state = state;
    for (const one of due) this.#letOut(work, one, nowMs);
    for (const delivery of work.open())
      if (delivery.items.length > 0 && !this.#attempts.has(delivery.number))
        if (!isWanted(work.state, delivery.message))
          work.tell({ ...delivery, state: { is: 'withdrawn', atMs: nowMs } });
    this.#keep(work, gone);
    this.#attempts.kept(results.length);
    this.#gone = this.#gone.slice(gone.length);
    if (begins) this.#attempts.begin(this.#deliveries.values(), nowMs);
  }

  /** What is arranged for a slot: its own, or everybody's. */
  arranged(slot: number): Arranged {
    return this.#ladders.get(slot) ?? this.#ladders.get(EVERYBODY) ?? NO_LADDER;
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
    const what = testMessage(newKey(), nowMs);
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
    return slots.flatMap((slot) =>
      this.#ports.alarms(slot).flatMap(({ condition, priority, state }): OpenAlarm[] => {
        if (state.presence === 'off') return [];
        const { episode, raisedMs } = state;
        return [
          { slot, condition, episode, priority, raisedMs, answered: state.presence === 'acknowledged' },
        ];
      }),
    );
  }

  #letOut(work: Draft, { number, contact, channels, priority, items }: Due, nowMs: number): void {
    // Alarms that say the same are one, as on the page; the highest of them comes first.
    const said = new Map(items.toReversed().map((item) => [this.#groupOf(item), item]));
    const alarms = items
      .filter((item) => said.get(this.#groupOf(item)) === item)
      .map((item) => this.#told(item, nowMs));
    const what = alarmMessage(newKey(), alarms, priority);
    for (const channel of channels) work.add({ message: number, contact, channel, what, items }, nowMs);
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
    const became = becameOf(work.of(delivery.message));
    if (became !== undefined) work.state = settle(work.state, delivery.message, became);
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
