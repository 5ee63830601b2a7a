// The last messages, the newest first, with what became of each.

import type { VNode } from 'preact';
import { PRIORITY_WORDS } from '../alarm.ts';
import { type Delivery, outcomeWords, WAYS } from '../telling.ts';

export function SentList({ deliveries }: { deliveries: readonly Delivery[] }): VNode {
  return (
    <section aria-labelledby="sent-title">
      <h3 id="sent-title">Last messages</h3>
      {deliveries.length === 0 ? (
        <p>None yet.</p>
      ) : (
        // A wide table scrolls by itself, by keyboard too.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: WCAG 2.1.1: what scrolls can be reached by keyboard.
        <section class="sent" aria-label="Messages, to be scrolled" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">Of</th>
                <th scope="col">To</th>
                <th scope="col">By</th>
                <th scope="col">Outcome</th>
              </tr>
            </thead>
            <tbody>
              {deliveries.map((delivery) => (
                <tr key={delivery.number}>
                  <td class="number">
                    {timeOf(delivery.at)}{' '}
                    {delivery.kind === 'test' ? 'test' : PRIORITY_WORDS[delivery.priority]}
                  </td>
                  <td>{delivery.contact}</td>
                  <td>{WAYS[delivery.channel] ?? delivery.channel}</td>
                  <td>{outcomeWords(delivery)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}

const timeOf = (ms: number): string =>
  new Date(ms).toLocaleString([], { weekday: 'short', hour: '2-digit', minute: '2-digit' });
