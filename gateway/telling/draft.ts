// What a look changes, before it is on disk: the ladder's state, deliveries, and the events that tell of them. Either all of
// it is kept, or nothing has happened.

import type { Delivery, Outcome } from './delivery.ts';
import type { Item, LadderState } from './ladder.ts';

export class Draft {
  state: LadderState;
  readonly deliveries: Map<number, Delivery>;
  next: number;
  readonly changed: Set<number> = new Set();
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

  /** Something became of a delivery: for the record too. No address, and nothing of what was said. */
  tell(delivery: Delivery, outcome?: Outcome): void {
    this.change(delivery);
    const { message, contact, channel, attempts, items, what, state } = delivery;
    this.events.push({
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

/** The slots of which something is told otherwise than before. */
export function changedSlots(before: LadderState, after: LadderState): number[] {
  const texts = (state: LadderState): Map<number, string> =>
    new Map(
      [...Map.groupBy(state.tellings, ({ slot }) => slot)].map(([slot, of]) => [slot, JSON.stringify(of)]),
    );
  const [old, now] = [texts(before), texts(after)];
  return [...new Set([...old.keys(), ...now.keys()])].filter((slot) => old.get(slot) !== now.get(slot));
}
