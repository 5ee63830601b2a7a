// What a page may ask about telling: who is asked for is decided here, each with its permission.

import { HeartwoodError } from '../error.ts';
import type { LoggedIn } from '../people/access.ts';
import { may, type Viewer } from '../people/permission.ts';
import type { Vault } from '../vault.ts';
import {
  addContact,
  contactOf,
  type GivenContact,
  removeContact,
  setLadder,
  subscribe,
  unsubscribe,
} from './arrange.ts';
import { type Arranged, type Contact, channelsOf, type NewArranged } from './contact.ts';
import type { Delivery } from './delivery.ts';
import type { ChannelName } from './message.ts';
import type { Teller } from './teller.ts';
import { EVERYBODY, TellingStore } from './telling-store.ts';

/** What a page shows (docs/spec/telling.md). */
export type TellingShown = {
  readonly contacts: readonly {
    readonly number: number;
    readonly name: string;
    readonly ways: readonly ChannelName[];
    /** Addresses, for whoever runs the hub. */
    readonly at?: readonly string[];
  }[];
  /** What needs nothing more of the owner. */
  readonly ready: readonly ChannelName[];
  /** Everybody's, for whoever runs the hub. */
  readonly everybody: Arranged | null;
  readonly patients: readonly {
    readonly patient: string;
    readonly name: string;
    /** Null: as everybody. */
    readonly arranged: Arranged | null;
  }[];
  /** The newest first, for whoever runs the hub. */
  readonly deliveries: readonly ShownDelivery[];
};

export type ShownDelivery = {
  readonly number: number;
  readonly contact: string;
  readonly channel: ChannelName;
  readonly kind: 'alarm' | 'test';
  readonly priority: string;
  /** When the alarm was raised, or the test asked for; ms since 1970. */
  readonly at: number;
  readonly state: Delivery['state']['is'];
  readonly how: string | null;
  readonly why: string | null;
  readonly attempts: number;
};

export type TellingCalls = {
  /** @throws HeartwoodError forbidden */
  telling(viewer: Viewer): TellingShown;
  /** @throws HeartwoodError forbidden, unacceptable, refused, not-found */
  addContact(viewer: Viewer, given: GivenContact): number;
  removeContact(viewer: Viewer, number: number): void;
  /** Sends a test by each way that they have. @returns the numbers of its deliveries */
  testContact(viewer: Viewer, number: number): readonly number[];
  /** @param patient pseudonym, hex; undefined: everybody's @throws HeartwoodError not-found, forbidden, unacceptable */
  setLadder(viewer: Viewer, patient: string | undefined, arranged: NewArranged | undefined): void;
  /** The key by which a browser lets this hub push (RFC 8292), base64url. */
  pushKey(): Promise<string>;
  subscribe(who: LoggedIn, body: unknown): void;
  unsubscribe(who: LoggedIn, endpoint: string): void;
  /** A page of theirs that can be seen shows these alarms. */
  shown(who: LoggedIn, patient: string, alarms: readonly ShownAlarm[]): void;
};

export type ShownAlarm = { readonly condition: string; readonly episode: number };

const DELIVERIES_SHOWN = 50;

export function tellingCalls(
  vault: Vault,
  teller: Teller,
  slotOf: (patient: string) => number | undefined,
): TellingCalls {
  const store = new TellingStore(vault);
  const running = (viewer: Viewer): void => {
    if (!may(viewer, { do: 'run-telling' }))
      throw new HeartwoodError('forbidden', 'Whoever runs the hub has to arrange this.');
  };
  const visible = (viewer: Viewer, patient: string): number => {
    const slot = slotOf(patient);
    if (slot === undefined || !may(viewer, { do: 'see', slot }))
      throw new HeartwoodError('not-found', 'There is no such patient.');
    return slot;
  };
  return {
    telling: (viewer) => {
      const runs = may(viewer, { do: 'run-telling' });
      const patients = vault.registry
        .patients()
        .filter(({ slot }) => may(viewer, { do: 'arrange-telling', slot }));
      if (!runs && patients.length === 0)
        throw new HeartwoodError('forbidden', 'Whoever runs the hub, or the patient, has to arrange this.');
      const ladders = store.ladders();
      const contacts = store.contacts();
      return {
        contacts: contacts.map((one) => shownContact(one, runs)),
        ready: teller.ready,
        everybody: runs ? (ladders.get(EVERYBODY) ?? null) : null,
        patients: patients.map(({ slot, subject, name }) => ({
          patient: Buffer.from(subject).toString('hex'),
          name,
          arranged: ownLadder(ladders.get(slot)),
        })),
        deliveries: runs
          ? teller
              .deliveries()
              .slice(0, DELIVERIES_SHOWN)
              .map((one) => shownDelivery(one, contacts))
          : [],
      };
    },
    addContact: (viewer, given) => {
      running(viewer);
      const { number } = addContact(vault, given);
      teller.reread();
      return number;
    },
    removeContact: (viewer, number) => {
      running(viewer);
      removeContact(vault, number);
      teller.reread();
    },
    testContact: (viewer, number) => {
      running(viewer);
      const contact = contactOf(store, number);
      // A page shows alarms: there is nothing to show of a test.
      const ways = channelsOf(contact).filter((way) => way !== 'page');
      if (ways.length === 0)
        throw new HeartwoodError(
          'refused',
          `${contact.name} is told by the page alone: there is nothing to send.`,
        );
      return teller.test(contact, ways);
    },
    setLadder: (viewer, patient, arranged) => {
      if (patient === undefined) running(viewer);
      const slot = patient === undefined ? EVERYBODY : visible(viewer, patient);
      if (patient !== undefined && !may(viewer, { do: 'arrange-telling', slot }))
        throw new HeartwoodError('forbidden', 'Whoever runs the hub, or the patient, has to arrange this.');
      setLadder(vault, slot, arranged);
      teller.reread();
    },
    pushKey: () => teller.pushKey(),
    subscribe: (who, body) => subscribe(vault, who.number, body),
    unsubscribe: (who, endpoint) => unsubscribe(vault, who.number, endpoint),
    shown: (who, patient, alarms) => teller.shows(who.number, visible(who, patient), alarms),
  };
}

const ownLadder = (own: Arranged | undefined): Arranged | null =>
  own === undefined || own.follows === true ? null : own;

function shownContact(contact: Contact, runs: boolean): TellingShown['contacts'][number] {
  const { number, name, mail, webhook, mqtt } = contact;
  // What stands behind a webhook's host may be a key.
  const host = webhook === undefined ? undefined : new URL(webhook).host;
  const at = [mail, host, mqtt].filter((one) => one !== undefined);
  return { number, name, ways: channelsOf(contact), ...(runs && { at }) };
}

function shownDelivery(delivery: Delivery, contacts: readonly Contact[]): ShownDelivery {
  const { number, contact, channel, what, attempts, state } = delivery;
  return {
    number,
    contact: contacts.find((one) => one.number === contact)?.name ?? `number ${contact}`,
    channel,
    kind: what.kind,
    priority: what.priority,
    at: what.at,
    state: state.is,
    how: state.is === 'delivered' ? state.how : null,
    why: (state.is === 'open' || state.is === 'failed' ? state.why : undefined) ?? null,
    attempts,
  };
}
