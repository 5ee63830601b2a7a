// Which line of a chart is whose, where several devices of one patient measure the same; or that they stand together, where
// the hub's summaries do not know them apart.

import type { Kind } from '@heartwood/vitals';
import type { VNode } from 'preact';
import { chartsText } from '../text/charts.ts';
import type { Book } from '../trend/book.ts';
import { DASHES } from '../trend/draw.ts';
import { devicesOf, partsOf } from '../trend/line.ts';
import type { NameOf } from '../trend/moment.ts';

type Props = {
  readonly kind: Kind;
  readonly book: Book;
  /** Whether several have measured it lately. */
  readonly several: boolean;
  readonly nameOf: NameOf;
};

export function DeviceKey({ kind, book, several, nameOf }: Props): VNode | null {
  void book.version(kind).value;
  const [part = 'value'] = partsOf(kind);
  const line = book.lines(kind)[part];
  if (line === undefined || line.time.length === 0) return null;
  const devices = devicesOf(line);
  if (devices.length === 0) return several ? <span class="quiet">{chartsText().together}</span> : null;
  if (devices.length === 1) return <span class="quiet">{nameOf(devices[0] ?? '')}</span>;
  return (
    <ul class="device-key" aria-label={chartsText().devices}>
      {devices.map((device, n) => (
        <li key={device}>
          {part === 'value' && (
            <svg viewBox="0 0 26 6" aria-hidden="true" focusable="false">
              <path d="M1 3h24" stroke-dasharray={DASHES[n % DASHES.length]?.join(' ')} />
            </svg>
          )}
          {nameOf(device)}
        </li>
      ))}
    </ul>
  );
}
