// From the sensor to the screen, in one run: a household's devices, the real hub, a real page. Each number is followed from
// its PUBLISH to where it stands drawn, and each alarm from the first value beyond its limit.

import { join } from 'node:path';
import { endChild } from './child.ts';
import { Histogram } from './histogram.ts';
import type { Bench, Section } from './part.ts';
import { clock, ScreenDevice } from './screen-device.ts';
import type { PageSeen, ScreenPage } from './screen-page.ts';
import { alarmTime, drawnTimes, frameTimes, PATIENCE_MS, since, snapshotOf } from './screen-times.ts';
import { makeHome, startHub } from './server.ts';
import { formatTable, number } from './table.ts';

const DEVICES = 20;
const EVERY_MS = 1000;
const GOAL_MS = 1000;

/** How a patient's alarm comes again and again, in messages (one a second): beyond the limit, within, somebody knows. */
type Play = {
  readonly condition: string;
  /** Words of its line on the page. */
  readonly words: RegExp;
  readonly cycle: number;
  readonly beyond: number;
  readonly knownAt: number;
};
const PLAYS: readonly [Play, Play] = [
  // A value by itself: no validation delay, and over with the next.
  { condition: 'glucose-very-low', words: /glucose/i, cycle: 10, beyond: 3, knownAt: 7 },
  // Over when it was within for 10 s.
  { condition: 'heart-rate-very-high', words: /heart rate/i, cycle: 24, beyond: 9, knownAt: 22 },
];
const playOf = (n: number): Play => PLAYS[n % 2] as Play;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));

export async function screen(bench: Bench): Promise<Section> {
  const title = 'From the sensor to the screen';
  // Only here, so that whoever measures something else needs no browser.
  const { hasChromium } = await import('../browser/chromium.ts');
  if (!hasChromium) return { title, text: 'Not measured: chromium is not installed (Debian: chromium).' };
  bench.say(`screen: ${bench.pace.screenMs / 1000} s`);
  const { ScreenPage } = await import('./screen-page.ts');
  const directory = join(bench.folder, 'screen');
  const logins = await makeHome(directory, DEVICES, 1);
  const hub = await startHub(directory);
  const page = await ScreenPage.open(hub);
  const devices: ScreenDevice[] = [];
  try {
    for (const [n, login] of logins.entries())
      devices.push(await ScreenDevice.connect(hub.port, login, `Patient ${n + 1}`));
    // The logins' hashes are over, and everything has run once.
    await sleep(bench.pace.warmMs);
    const firsts = await play(devices, page, Math.floor(bench.pace.screenMs / EVERY_MS));
    await sleep(PATIENCE_MS);
    const error = await page.clockError();
    return { title, text: report(devices, firsts, await page.seen(), error, bench.pace.screenMs) };
  } finally {
    await page.close();
    for (const device of devices) device.close();
    await endChild(hub.child);
  }
}

/** When the first value beyond a limit was sent, by patient, in order. */
type First = { readonly play: Play; readonly patient: string; readonly sentMs: number };

/** Each device sends once a second, all of them spread over it, never twice at the same place of the second. */
async function play(devices: readonly ScreenDevice[], page: ScreenPage, messages: number): Promise<First[]> {
  const firsts: First[] = [];
  const ids = new Map(snapshotOf(await page.seen())?.patients?.map(({ id, name }) => [name, id]));
  const began = clock() + 100;
  for (let n = 0; n < messages; n++) {
    for (const [i, device] of devices.entries()) {
      await sleep(began + n * EVERY_MS + (i * EVERY_MS) / DEVICES + ((n * 37) % 50) - clock());
      const { condition, cycle, beyond, knownAt } = playOf(i);
      const at = n % cycle;
      // One that would not be over before the end is not begun.
      const isBeyond = at < beyond && n - at + beyond <= messages;
      const isGlucose = condition === 'glucose-very-low';
      // Never what stood there before: 60 to 99, or far too fast.
      const rate = isBeyond && !isGlucose ? 160 + (n % 20) : 60 + (n % 40);
      const change = at === 0 || at === beyond;
      device.publish(
        rate,
        isGlucose && change ? [{ kind: 'glucose', value: isBeyond ? 45 : 100 + (n % 5) }] : [],
      );
      if (isBeyond && at === 0)
        firsts.push({ play: playOf(i), patient: device.patient, sentMs: device.sent.at(-1)?.sentMs ?? 0 });
      if (at === knownAt) {
        const status = await page.acknowledge(ids.get(device.patient) ?? '', condition);
        // 404: it was never raised, and is counted as missed.
        if (status !== 204 && status !== 404)
          throw new Error(`${device.patient}: ${condition} was not acknowledged: ${status}`);
      }
    }
  }
  return firsts;
}

function report(
  devices: readonly ScreenDevice[],
  firsts: readonly First[],
  seen: PageSeen,
  error: number,
  ms: number,
): string {
  const sent = devices.flatMap((device) => device.sent);
  const row = (what: string, taken: readonly (number | undefined)[]): string[] => {
    const times = new Histogram();
    for (const one of taken) if (one !== undefined) times.record(one);
    const { count, p50, p99, max } = times.summary();
    const cells = [taken.length, taken.length - count, ...[p50, p99, max].map((one) => Math.round(one))];
    return [what, ...cells.map(number), p99 < GOAL_MS && count === taken.length ? 'yes' : 'no'];
  };
  const framed = frameTimes(seen);
  const limits = snapshotOf(seen)?.limits ?? [];
  const rows = [
    row(
      'number: PUBACK at the device',
      sent.map(({ sentMs, acknowledgedMs }) => acknowledgedMs && acknowledgedMs - sentMs),
    ),
    row(
      'number: frame at the page',
      devices.flatMap(({ id, sent: own }) =>
        own.map(({ sentMs }, seq) => since(sentMs, framed.get(`${id} ${seq}`))),
      ),
    ),
    row(
      'number: drawn in its row',
      devices.flatMap((device) => drawnTimes(seen, device)),
    ),
    ...PLAYS.map((one) => {
      // As the hub tells the page.
      const limit = limits.find(({ condition }) => condition === one.condition);
      const delay = (limit?.delaySeconds ?? Number.NaN) * 1000;
      const taken = firsts
        .filter(({ play: of }) => of === one)
        .map((first) => alarmTime(seen, first, one.words, delay));
      const less = delay === 0 ? 'no validation delay' : `less its validation delay of ${delay / 1000} s`;
      return row(`alarm ${one.condition}: line drawn, ${less}`, taken);
    }),
  ];
  return [
    `${DEVICES} devices of as many patients, one message a second each for ${number(ms / 1000)} s, QoS 1, MQTT 3.1.1; the hub as a user starts it; one page in headless Chromium, logged in, on the list of patients. Every message carries a heart rate that did not stand there before. Milliseconds from the PUBLISH as it is written; alarms are of high priority, from the PUBLISH of the first value beyond the limit to the alarm’s line in the patient’s row. “Drawn” is up to a frame (17 ms) too late and never too early. One clock: generator and page are on one machine, and the two processes’ readings of it differ by less than ${number(Math.max(1, Math.ceil(error)))} ms. Goal: p99 under ${number(GOAL_MS)} ms, and none missed.`,
    '',
    formatTable(['leg', 'measured#', 'missed#', 'p50 ms#', 'p99 ms#', 'max ms#', 'goal met'], rows),
  ].join('\n');
}
