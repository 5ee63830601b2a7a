// Tells people of alarms: the ladder over a hub's vault, looked at once a second after the alarms were. What is to go out is
// on disk before it leaves, and what became of it is an event of the hub; so a stop without warning at any moment loses no
// message, and repeats at most the attempt that it broke off, under the same key.
//
// All that is written is written in `step`, in one commit. Attempts run beside it and leave their outcome for the next one.

import { HUB_SLOT } from '@heartwood/anchor';
import type { Alarm } from '../alarms/engine.ts';
import { groupAlarms } from '../alarms/group.ts';
import type { Vault } from '../vault.ts';
import { type Channels, channelsReady, openChannels, type TellingChoice } from './channels.ts';
import { type Arranged, addressOf, type Contact } from './contact.ts';
import { attempted, becameOf, type Delivery, type Outcome } from './delivery.ts';
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
import { type ChannelName, NotDelivered } from './message.ts';
import { PAGE_WAIT_MS, PageChannel, shownKey } from './page.ts';
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

/** A fault of a channel itself, for a log: its name and the error's, nothing of what was said. */
export type ChannelFault = { readonly channel: string; readonly error: string };

const ATTEMPT_MS = 20_000;
const AT_ONCE_MAX = 8;
/** So many that have ended are kept to be shown; all are in the record. */
const ENDED_MAX = 200;
const NO_LADDER: Arranged = { steps: [], disclose: 'nothing', setMs: 0 };

type Result = { readonly number: number; readonly outcome: Outcome };

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
  readonly #running = new Map<number, AbortController>();
  #results: Result[] = [];
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
    const results = [...this.#results];
    const gone = [...this.#gone];
    const work = new Work(this.#state, this.#deliveries, this.#next);
    for (const result of results) this.#settle(work, result, nowMs);
    const open = this.#openAlarms();
    const { state, due } = advance(work.state, open, (slot) => this.arranged(slot), nowMs);
    work.state = state;
    for (const one of due) this.#letOut(work, one, nowMs);
    for (const delivery of work.open())
      if (delivery.items.length > 0 && !this.#running.has(delivery.number))
        if (!isWanted(work.state, delivery.message))
          this.#ended(work, { ...delivery, state: { is: 'withdrawn', atMs: nowMs } });
    this.#keep(work, gone);
    this.#results = this.#results.slice(results.length);
    this.#gone = this.#gone.slice(gone.length);
    if (begins) this.#attempt(nowMs);
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
    const work = new Work(this.#state, this.#deliveries, this.#next);
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
    for (const running of this.#running.values()) running.abort();
  }

  /** Nothing is under way. For tests. */
  get isResting(): boolean {
    return this.#running.size === 0;
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

  #letOut(work: Work, { number, contact, channels, priority, items }: Due, nowMs: number): void {
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

  #settle(work: Work, { number, outcome }: Result, nowMs: number): void {
    const before = work.deliveries.get(number);
    if (before?.state.is !== 'open') return;
    const delivery = attempted(before, outcome, nowMs, this.#ports.random());
    this.#ended(work, delivery, outcome);
    const became = becameOf(work.of(delivery.message));
    if (became !== undefined) work.state = settle(work.state, delivery.message, became);
  }

  /** Something became of a delivery: for the record. */
  #ended(work: Work, delivery: Delivery, outcome?: Outcome): void {
    work.change(delivery);
    const { message, contact, channel, attempts, items, what, state } = delivery;
    work.events.push({
      message: Math.abs(message),
      contact,
      channel,
      kind: what.kind,
      outcome: state.is === 'open' ? 'tried' : state.is,
      ...(outcome !== undefined && { attempt: attempts }),
      ...(outcome?.ok === true && { how: outcome.how }),
      ...(outcome?.ok === false && { why: outcome.why }),
      ...(items.length > 0 && {
        priority: what.priority,
        alarms: items.length,
        about: items
          .map(({ slot, condition, episode }) => `${slot}/${condition}/${episode}`)
          .join(' ')
          .slice(0, 200),
      }),
    });
  }

  /** Either all of it is on disk and in memory, or nothing is. */
  #keep(work: Work, gone: readonly number[]): void {
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

  #attempt(nowMs: number): void {
    const waiting = new Set(this.#results.map(({ number }) => number));
    for (const delivery of this.#deliveries.values()) {
      if (this.#running.size >= AT_ONCE_MAX) return;
      const { number, state } = delivery;
      if (state.is !== 'open' || this.#running.has(number) || waiting.has(number)) continue;
      // A clock that was put back: what was to be tried soon is tried now.
      if (state.nextMs > nowMs && state.nextMs - nowMs < 10 * 60_000) continue;
      const abort = new AbortController();
      this.#running.set(number, abort);
      void this.#deliver(delivery, abort).then((outcome) => {
        this.#running.delete(number);
        if (!this.#closed) this.#results.push({ number, outcome });
      });
    }
  }

  async #deliver({ contact, channel, what, items }: Delivery, abort: AbortController): Promise<Outcome> {
    const timeoutMs = channel === 'page' ? PAGE_WAIT_MS : ATTEMPT_MS;
    const timer = setTimeout(() => abort.abort(), timeoutMs).unref();
    try {
      const known = this.#contacts.get(contact);
      const to = known && addressOf(known, channel);
      if (known === undefined || to === undefined)
        throw new NotDelivered('no-address', 'There is no such way to reach them.');
      if (!isPermitted(this.#vault, known, items))
        throw new NotDelivered('not-permitted', 'They may not see this patient.');
      const { how } = await within(this.#channels[channel].deliver(to, what, abort.signal), abort.signal);
      return { ok: true, how };
    } catch (error) {
      if (error instanceof NotDelivered) return { ok: false, why: error.code, isFinal: error.isFinal };
      this.onFault({ channel, error: error instanceof Error ? error.name : 'unknown' });
      return { ok: false, why: 'unreachable', isFinal: false };
    } finally {
      clearTimeout(timer);
    }
  }

  #alarmsOf(key: string): ReadonlySet<string> {
    const items = [...this.#deliveries.values()].find(({ what }) => what.key === key)?.items ?? [];
    return new Set(items.map(({ slot, condition, episode }) => shownKey(slot, condition, episode)));
  }
}

/** A look's changes, before they are on disk. */
class Work {
  state: LadderState;
  readonly deliveries: Map<number, Delivery>;
  next: number;
  readonly changed = new Set<number>();
  readonly events: Record<string, string | number>[] = [];

  constructor(state: LadderState, deliveries: ReadonlyMap<number, Delivery>, next: number) {
    this.state = state;
    this.deliveries = new Map(deliveries);
    this.next = next;
  }

  add(
    given: Pick<Delivery, 'message' | 'contact' | 'channel' | 'what'> & { readonly items?: readonly Item[] },
    nowMs: number,
  ): Delivery {
    const delivery: Delivery = {
      items: [],
      ...given,
      number: this.next++,
      attempts: 0,
      state: { is: 'open', nextMs: nowMs },
    };
    this.change(delivery);
    return delivery;
  }

  change(delivery: Delivery): void {
    this.deliveries.set(delivery.number, delivery);
    this.changed.add(delivery.number);
  }

  of(message: number): Delivery[] {
    return [...this.deliveries.values()].filter((one) => one.message === message);
  }

  open(): Delivery[] {
    return [...this.deliveries.values()].filter(({ state }) => state.is === 'open');
  }

  /** Lets go of the oldest that have ended. The newest stays, for its number. @returns which */
  prune(max: number): number[] {
    const ended = [...this.deliveries.values()].filter(({ state }) => state.is !== 'open');
    const gone = ended.slice(0, Math.max(0, ended.length - max)).map(({ number }) => number);
    for (const number of gone) {
      this.deliveries.delete(number);
      this.changed.delete(number);
    }
    return gone;
  }
}

/** An attempt ends with its signal, whatever the channel does. */
function within<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    // A channel that heeds the signal says why it came to nothing; one that does not is left behind.
    const end = (): void =>
      void setTimeout(
        () => reject(new NotDelivered('timeout', 'There was no answer in time.')),
        GRACE_MS,
      ).unref();
    signal.addEventListener('abort', end, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
}
const GRACE_MS = 1_000;

function changedSlots(before: LadderState, after: LadderState): number[] {
  const texts = (state: LadderState): Map<number, string> =>
    new Map(
      [...Map.groupBy(state.tellings, ({ slot }) => slot)].map(([slot, of]) => [slot, JSON.stringify(of)]),
    );
  const [old, now] = [texts(before), texts(after)];
  return [...new Set([...old.keys(), ...now.keys()])].filter((slot) => old.get(slot) !== now.get(slot));
}
