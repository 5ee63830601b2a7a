import { afterEach, describe, expect, it } from 'vitest';
import type { Priority } from '../alarms/condition.ts';
import { Attempts } from './attempts.ts';
import type { Delivery } from './delivery.ts';
import type { ChannelName } from './message.ts';
import { sampleMessage } from './server-sample.ts';

/** What was begun, in order; none of it ever ends. */
let begun: number[];
let attempts: Attempts;
const hanging = (): Attempts => {
  begun = [];
  attempts = new Attempts(
    ({ number }) => {
      begun.push(number);
      return new Promise(() => undefined);
    },
    () => undefined,
  );
  return attempts;
};
afterEach(() => attempts.close());

const delivery = (number: number, channel: ChannelName, priority: Priority): Delivery => ({
  number,
  message: number,
  contact: 1,
  channel,
  what: { ...sampleMessage, priority },
  items: [],
  attempts: 0,
  state: { is: 'open', nextMs: 0 },
});
const many = (from: number, count: number, channel: ChannelName, priority: Priority): Delivery[] =>
  Array.from({ length: count }, (_, i) => delivery(from + i, channel, priority));

describe('attempts', () => {
  it('by the page, which wait for somebody to look, hold back no other', () => {
    hanging().begin([...many(1, 30, 'page', 'high'), delivery(31, 'mail', 'high')], 1000);
    expect(begun).toHaveLength(31);
    expect(begun).toContain(31);
  });

  it('are begun by urgency, then by age, as far as there is room', () => {
    const due = [
      ...many(1, 6, 'webhook', 'low'),
      ...many(7, 3, 'webhook', 'medium'),
      ...many(10, 2, 'mail', 'high'),
    ];
    hanging().begin(due, 1000);
    expect(begun).toEqual([10, 11, 7, 8, 9, 1, 2, 3]);
    attempts.begin([...due, delivery(12, 'mail', 'high'), delivery(13, 'page', 'low')], 2000);
    expect(begun.slice(8)).toEqual([13]);
  });
});
