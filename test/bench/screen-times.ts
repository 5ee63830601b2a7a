// What a page saw, laid beside what devices sent: which frame, which drawn number and which alarm's line was of which message.

import type { ScreenDevice } from './screen-device.ts';
import type { PageSeen } from './screen-page.ts';

/** What has not come by then is lost. */
export const PATIENCE_MS = 5000;

type Frame = {
  readonly type: string;
  readonly patients?: readonly { readonly id: string; readonly name: string }[];
  readonly limits?: readonly { readonly condition: string; readonly delaySeconds: number }[];
  readonly readings?: readonly { readonly device: string; readonly seq: number; readonly kind: string }[];
};
const parsed = (text: string): Frame => JSON.parse(text) as Frame;

export const snapshotOf = ({ frames }: PageSeen): Frame | undefined =>
  frames.map(([, text]) => parsed(text)).find(({ type }) => type === 'snapshot');

export const since = (fromMs: number, atMs: number | undefined): number | undefined =>
  atMs === undefined ? undefined : atMs - fromMs;

/** When the page had the frame with a message's heart rate, by device and number. */
export function frameTimes({ frames }: Pick<PageSeen, 'frames'>): Map<string, number> {
  const times = new Map<string, number>();
  for (const [at, text] of frames)
    for (const { device, seq, kind } of parsed(text).readings ?? [])
      if (kind === 'heart-rate') times.set(`${device} ${seq}`, at);
  return times;
}

/**
 * How long each of a device's messages took to stand drawn, it or one that was sent after it: a page that was held up draws
 * the newest alone. A row's number is the last one sent of that value; values come again after 20 s at the soonest.
 */
export function drawnTimes(
  { rates }: Pick<PageSeen, 'rates'>,
  { patient, sent }: Pick<ScreenDevice, 'patient' | 'sent'>,
): (number | undefined)[] {
  const drawn = rates
    .filter(([, name]) => name === patient)
    .map(([at, , rate]) => [at, sent.findLastIndex((one) => one.rate === rate && one.sentMs < at)] as const);
  return sent.map(({ sentMs }, seq) => since(sentMs, drawn.find(([, which]) => which >= seq)?.[0]));
}

/** How long a high alarm took to stand drawn from the first value beyond its limit, less the delay that it has to wait out. */
export function alarmTime(
  { alarms }: Pick<PageSeen, 'alarms'>,
  { patient, sentMs }: { readonly patient: string; readonly sentMs: number },
  words: RegExp,
  delayMs: number,
): number | undefined {
  const found = alarms.find(
    ([at, name, line]) =>
      at > sentMs &&
      at < sentMs + delayMs + PATIENCE_MS &&
      name === patient &&
      line.startsWith('high on ') &&
      words.test(line),
  );
  return since(sentMs + delayMs, found?.[0]);
}
