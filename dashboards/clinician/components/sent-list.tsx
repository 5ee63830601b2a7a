// The last messages, the newest first, with what became of each.

import type { VNode } from 'preact';
import { type Delivery, outcomeWords, wayWords } from '../telling.ts';
import { locale } from '../text/language.ts';
import { tellingText } from '../text/telling.ts';

export function SentList({ deliveries }: { deliveries: readonly Delivery[] }): VNode {
  const words = tellingText();
  const { columns, kinds } = words;
  return (
    <section aria-labelledby="sent-title">
      <h3 id="sent-title">{words.sent}</h3>
      {deliveries.length === 0 ? (
        <p>{words.noneYet}</p>
      ) : (
        // A wide table scrolls by itself, by keyboard too.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: WCAG 2.1.1: what scrolls can be reached by keyboard.
        <section class="sent" aria-label={words.sentScroll} tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">{columns.of}</th>
                <th scope="col">{columns.to}</th>
                <th scope="col">{columns.by}</th>
                <th scope="col">{columns.outcome}</th>
              </tr>
            </thead>
            <tbody>
              {deliveries.map((delivery) => (
                <tr key={delivery.number}>
                  <td class="number">
                    {timeOf(delivery.at)} {kinds[delivery.kind === 'test' ? 'test' : delivery.priority]}
                  </td>
                  <td>{delivery.contact}</td>
                  <td>{wayWords([delivery.channel])}</td>
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
  new Date(ms).toLocaleString(locale(), { weekday: 'short', hour: '2-digit', minute: '2-digit' });
