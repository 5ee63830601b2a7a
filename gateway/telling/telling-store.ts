// What is kept about telling: one table of sealed rows, each bound to its kind and number, so that none can stand in
// another's place. One that does not open is passed over, so that whoever stands in the others is told all the same;
// `check` names it.

import { randomBytes } from 'node:crypto';
import { place, SealBroken } from '../keys/seal.ts';
import type { Vault } from '../vault.ts';
import type { Arranged, Contact } from './contact.ts';
import type { Delivery } from './delivery.ts';
import type { LadderState, Telling } from './ladder.ts';
import type { Subscription } from './subscription.ts';

/** Kinds of rows, for ever. */
const KIND = { contact: 1, ladder: 2, telling: 3, pace: 4, delivery: 5, push: 6, numbers: 7 } as const;
type Kind = keyof typeof KIND;
type Row = { readonly number: number; readonly sealed: Buffer };
type Sealed = Pick<Vault, 'db' | 'keyring'>;

const SQL = {
  of: 'SELECT number, sealed FROM telling WHERE kind = ? ORDER BY number',
  put: 'INSERT OR REPLACE INTO telling (kind, number, sealed) VALUES (?, ?, ?)',
  drop: 'DELETE FROM telling WHERE kind = ? AND number = ?',
} as const;

/** The ladder of everybody who has none of their own, and of the hub's own alarms. */
export const EVERYBODY = 0;
const ONLY = 0;
const UNKNOWN: Arranged = { steps: [], disclose: 'nothing', setMs: 0, follows: true };

export class TellingStore {
  readonly #sealed: Sealed;
  readonly #onDamaged: (row: string) => void;

  /** @param onDamaged is told of a row that does not open, each time that it is read: its kind and number */
  constructor(sealed: Sealed, onDamaged: (row: string) => void = () => undefined) {
    this.#sealed = sealed;
    this.#onDamaged = onDamaged;
  }

  contacts(): Contact[] {
    return this.#all<Contact>('contact').map(([, contact]) => contact);
  }

  /**
   * Gives the contact its number. Call inside a transaction, as all that follow.
   * @throws SealBroken where nobody knows any more which numbers were given out
   */
  addContact(contact: Omit<Contact, 'number'>): Contact {
    const kept = this.#rows('numbers')[0];
    const numbers = kept === undefined ? { contact: 0 } : this.#open<{ contact: number }>('numbers', kept);
    const number = numbers.contact + 1;
    this.#put('numbers', ONLY, { contact: number });
    this.#put('contact', number, { number, ...contact });
    return { number, ...contact };
  }

  dropContact(number: number): void {
    this.#drop('contact', number);
  }

  ladders(): Map<number, Arranged> {
    const ladders = new Map(this.#all<Arranged>('ladder'));
    // What a patient lets out of the house is not known any more: nothing, then, and who is told of them is as for everybody.
    for (const { number } of this.#rows('ladder'))
      if (number !== EVERYBODY && !ladders.has(number)) ladders.set(number, UNKNOWN);
    return ladders;
  }

  putLadder(slot: number, arranged: Arranged | undefined): void {
    if (arranged === undefined) this.#drop('ladder', slot);
    else this.#put('ladder', slot, arranged);
  }

  state(): LadderState | undefined {
    const pace = this.#all<Omit<LadderState, 'tellings'>>('pace')[0]?.[1];
    const tellings = this.#all<Telling[]>('telling').flatMap(([, of]) => of);
    if (pace !== undefined) return { ...pace, tellings };
    // Without it: no number that is in use is given out again.
    const taken = tellings.flatMap((one) => Object.values(one.taken).map(({ message }) => message));
    const numbers = [...taken, ...this.deliveries().map(({ message }) => message)];
    if (tellings.length === 0 && numbers.length === 0) return undefined;
    return { clockMs: 0, next: Math.max(0, ...numbers) + 1, tellings, sent: [] };
  }

  putTellings(slot: number, tellings: readonly Telling[]): void {
    if (tellings.length === 0) this.#drop('telling', slot);
    else this.#put('telling', slot, tellings);
  }

  putPace({ clockMs, next, sent }: LadderState): void {
    this.#put('pace', ONLY, { clockMs, next, sent });
  }

  deliveries(): Delivery[] {
    return this.#all<Delivery>('delivery').map(([, delivery]) => delivery);
  }

  putDelivery(delivery: Delivery): void {
    this.#put('delivery', delivery.number, delivery);
  }

  dropDelivery(number: number): void {
    this.#drop('delivery', number);
  }

  subscriptions(): (Subscription & { readonly number: number })[] {
    return this.#all<Subscription>('push').map(([number, one]) => ({ number, ...one }));
  }

  /** A browser that subscribes again takes its own place. */
  putSubscription(subscription: Subscription): void {
    const known = this.subscriptions();
    const same = known.find(({ endpoint }) => endpoint === subscription.endpoint);
    const number = same?.number ?? Math.max(0, ...known.map((one) => one.number)) + 1;
    this.#put('push', number, subscription);
  }

  dropSubscription(number: number): void {
    this.#drop('push', number);
  }

  /** Opens every row. @throws SealBroken */
  check(): void {
    for (const kind of Object.keys(KIND) as Kind[]) for (const row of this.#rows(kind)) this.#open(kind, row);
    const other = this.#sealed.db.prepare('SELECT count(*) FROM telling WHERE kind NOT BETWEEN 1 AND 7');
    if (other.pluck().get() !== 0) throw new Error('a row of a kind that Heartwood does not write');
  }

  #all<T>(kind: Kind): [number, T][] {
    return this.#rows(kind).flatMap((row): [number, T][] => {
      try {
        return [[row.number, this.#open<T>(kind, row)]];
      } catch (error) {
        if (!(error instanceof SealBroken)) throw error;
        this.#onDamaged(`${kind} ${row.number}`);
        return [];
      }
    });
  }

  #rows(kind: Kind): Row[] {
    return this.#sealed.db.prepare<[number], Row>(SQL.of).all(KIND[kind]);
  }

  /** @throws SealBroken */
  #open<T>(kind: Kind, { number, sealed }: Row): T {
    const plain = this.#sealed.keyring.open(place('telling', KIND[kind], number), sealed);
    return JSON.parse(plain.toString()) as T;
  }

  #put(kind: Kind, number: number, value: unknown): void {
    const { db, keyring } = this.#sealed;
    const sealed = keyring.seal(place('telling', KIND[kind], number), Buffer.from(JSON.stringify(value)));
    db.prepare(SQL.put).run(KIND[kind], number, sealed);
  }

  #drop(kind: Kind, number: number): void {
    this.#sealed.db.prepare(SQL.drop).run(KIND[kind], number);
  }
}

/** Says nothing, and is no other's. */
export const newKey = (): string => randomBytes(16).toString('hex');
