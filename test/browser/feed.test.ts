// Pages at a real hub, over lines that break: who stands first, who knows of an alarm, who may see what, and that nothing is
// lost or doubled when a page or the hub was away. Beside it somebody's night passes six hundred times faster than it is.

import { createBody, seededRandom } from '@heartwood/device-sim';
import { encodeMessageJson, type Measurement, type News2Input, news2 } from '@heartwood/vitals';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../journey/free-port.ts';
import { Home } from '../journey/home.ts';
import { type HubProcess, JOURNEY, pause } from '../journey/program.ts';
import { type Sender, sender } from '../journey/sender.ts';
import { hasChromium, launchChromium, needsChromium } from './chromium.ts';
import { type Line, startLine } from './cut-line.ts';
import { Overheard } from './overheard.ts';

const PATIENCE = { timeout: 60_000, interval: 50 };
const NIGHT_SPEED = 600;
const EVERY_MS = 500;
/** Of this one the pressure falls below 91 at 01:45, saturation at 02:10 for good, and the fever passes 39 at 03:00. */
const SEED = 33;
const sum = (points: Points): number => Object.values(points).reduce((all, one) => all + one, 0);
const same = (a: Points, b: Points): boolean =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].every(
    (input) => a[input as News2Input] === b[input as News2Input],
  );
/** From the second hour of an illness that began at eleven in the evening. */
const NIGHT_FROM_MS = Date.UTC(2026, 10, 21, 1, 0);
const NIGHT_BEGAN_MS = Date.UTC(2026, 10, 20, 23, 0);

type Points = Readonly<Partial<Record<News2Input, number>>>;

describe.skipIf(!hasChromium)(`pages at a real hub, over lines that break${needsChromium}`, JOURNEY, () => {
  let home: Home;
  let port: number;
  let hub: HubProcess;
  let line: Line;
  let browser: Browser;
  let ward: Page;
  let heard: Overheard;
  let vale: Page;
  let valeHeard: Overheard;
  let sisters = '';
  const senders = new Map<string, Sender>();
  const seqs = new Map<string, number>();
  const passwords = new Map<string, string>();
  let night: Promise<void> | undefined;
  let nightOver = false;
  /** Points of what was sent of the night, in order, by the chart of NEWS2. */
  const truth: Points[] = [];

  const send = (name: string, ...measurements: readonly Measurement[]): Promise<void> => {
    const seq = (seqs.get(name) ?? 0) + 1;
    seqs.set(name, seq);
    const readings = measurements.map((measurement) => ({ measurement }));
    return (senders.get(name) as Sender).send(encodeMessageJson({ seq, readings }));
  };
  const rate = (value: number): Measurement => ({ kind: 'heart-rate', value });
  const link = async (): Promise<void> => {
    const { mqtt = '' } = await hub.ready;
    for (const [device, password] of passwords) senders.set(device, await sender(mqtt, device, password));
  };
  const names = (page: Page): Promise<string[]> => page.locator('.row-name a').allInnerTexts();
  const row = (page: Page, name: string) =>
    page.locator('li.row').filter({ has: page.getByRole('link', { name }) });
  const lost = (page: Page): Promise<number> => page.getByText('Link to the hub lost').count();
  const idOf = (name: string): string => {
    const snapshot = heard.frames.find(({ type }) => type === 'snapshot');
    const patients = (snapshot?.['patients'] ?? []) as { id: string; name: string }[];
    return patients.find((one) => one.name === name)?.id ?? '';
  };
  const enter = async (at: number, code: string): Promise<[Page, Overheard]> => {
    const context = await browser.newContext({ reducedMotion: 'reduce', locale: 'en-GB' });
    const page = await context.newPage();
    const overheard = new Overheard(page);
    await page.goto(`http://127.0.0.1:${at}/#login=${code}`);
    await page.evaluate('self.sameDocument = true');
    return [page, overheard];
  };
  const person = async (...args: readonly string[]): Promise<string> => {
    const said = await home.insist('person', ...args, '--json');
    return (JSON.parse(said) as { code: string }).code;
  };

  /** Ada's night: every half second five minutes of it. */
  const liveThroughTheNight = async (): Promise<void> => {
    const body = createBody({
      random: seededRandom(SEED),
      scenario: 'deterioration',
      startAtMs: NIGHT_BEGAN_MS,
    });
    // By the count of the messages, not by the clock: however busy the machine, no five minutes are left out.
    for (let n = 0; !nightOver; n++) {
      const at = NIGHT_FROM_MS + n * EVERY_MS * NIGHT_SPEED;
      const now = body.vitalsAt(at);
      const [pulse, spo2] = [Math.round(now.heartRate), Math.round(now.spo2)];
      const respiratoryRate = Math.round(now.respiratoryRate);
      const [systolic, diastolic] = [Math.round(now.systolic), Math.round(now.diastolic)];
      const temperature = Math.round(now.temperature * 10) / 10;
      truth.push(news2({ pulse, spo2, respiratoryRate, systolic, temperature }, 1).points);
      await send(
        'watch-ada',
        rate(pulse),
        { kind: 'spo2', value: spo2 },
        { kind: 'respiratory-rate', value: respiratoryRate },
        { kind: 'body-temperature', value: temperature },
        { kind: 'blood-pressure', systolic, diastolic },
      );
      await pause(EVERY_MS);
    }
  };

  beforeAll(async () => {
    home = new Home();
    [port, browser] = await Promise.all([freePort(), launchChromium()]);
    hub = await home.start('--http-port', String(port), '--interval-ms', '1000');
    line = await startLine(port);
    for (const [device, name] of [
      ['watch-ada', 'Ada'],
      ['watch-ben', 'Ben'],
      ['watch-cora', 'Cora'],
    ] as const)
      passwords.set(device, await home.enroll(device, name));
    await link();
    night = liveThroughTheNight();
    night.catch(() => undefined);
    sisters = new URL((await hub.ready).loginLink).hash.slice('#login='.length);
    [ward, heard] = await enter(line.port, sisters);
    [vale, valeHeard] = await enter(
      port,
      await person('Dr Vale', '--role', 'clinician', '--patients', 'Ben,Cora'),
    );
    await ward.locator('li.row').nth(2).waitFor();
    await vale.locator('li.row').nth(1).waitFor();
  });
  afterAll(async () => {
    nightOver = true;
    await browser?.close();
    await line?.close();
    await home?.close();
  });

  it('show first who needs somebody, as that changes', async () => {
    expect(await names(vale)).toEqual(['Ben', 'Cora']);
    await send('watch-cora', { kind: 'body-temperature', value: 39.6 });
    await expect.poll(() => names(vale), PATIENCE).toEqual(['Cora', 'Ben']);
    await send('watch-ben', { kind: 'glucose', value: 48 });
    await expect.poll(() => names(vale), PATIENCE).toEqual(['Ben', 'Cora']);
    await expect.poll(async () => (await names(ward))[0], PATIENCE).toBe('Ben');
  });

  it('know of an acknowledgement as soon as the other browser does', async () => {
    await row(vale, 'Cora')
      .getByRole('button', { name: /^(Ack )?Acknowledge/ })
      .click();
    await vale.getByRole('dialog', { name: 'Cora' }).getByRole('button', { name: 'Acknowledge' }).click();
    await expect.poll(() => row(ward, 'Cora').innerText(), PATIENCE).toContain('Dr Vale');
    await expect.poll(() => row(vale, 'Cora').innerText(), PATIENCE).toContain('Dr Vale');
  });

  it('hear nothing of those whom their viewer was not given, and forget whom they are given no more', async () => {
    const [stranger, strangerHeard] = await enter(
      port,
      await person('Dr Strange', '--role', 'clinician', '--patients', 'none'),
    );
    await expect.poll(() => strangerHeard.count('snapshot'), PATIENCE).toBe(1);
    await send('watch-ben', rate(71));
    await send('watch-cora', rate(72));
    await expect.poll(() => strangerHeard.count('batch'), PATIENCE).toBeGreaterThan(0);
    for (const name of ['Ada', 'Ben', 'Cora']) {
      expect(strangerHeard.text).not.toContain(name);
      expect(strangerHeard.text).not.toContain(idOf(name));
    }
    expect(strangerHeard.told()).toEqual([]);
    await stranger.context().close();

    await home.insist('person', 'Dr Vale', '--patients', 'Ben');
    // Whoever may see one alone is there at once.
    await vale.getByRole('heading', { level: 1, name: 'Ben' }).waitFor();
    expect(await vale.content()).not.toContain('Cora');
    const before = valeHeard.text.length;
    await send('watch-cora', rate(73));
    await send('watch-ben', rate(74));
    await expect.poll(() => valeHeard.text.slice(before).includes('"value":74'), PATIENCE).toBe(true);
    expect(valeHeard.text.slice(before)).not.toContain(idOf('Cora'));
    expect(await vale.content()).not.toContain('Cora');
    expect(valeHeard.text).not.toContain(idOf('Ada'));
  });

  it('draw a waveform that came as bytes', async () => {
    const samples = Int32Array.from({ length: 250 }, (_, i) =>
      Math.round(1_024 + 230 * Math.exp(-((((i % 200) - 100) / 4) ** 2))),
    );
    const wave = { lead: 'II', rateHz: 250, gain: 200, baseline: 1_024, samples };
    await send('watch-ben', { kind: 'ecg', wave });
    await expect.poll(() => valeHeard.text.includes('"packed":250'), PATIENCE).toBe(true);
    await vale.locator('canvas').first().waitFor();
    await expect.poll(() => lost(vale)).toBe(0);
  });

  it('go on where they were when their line is mended: nothing is missing and nothing comes twice', async () => {
    for (let round = 0; round < 3; round++) {
      const snapshots = heard.count('snapshot');
      const resumed = heard.count('resumed');
      line.cut();
      for (let n = 0; n < 4; n++) await send('watch-ben', rate(80 + n), rate(90 + n));
      await expect.poll(() => lost(ward), PATIENCE).toBe(1);
      line.mend();
      await send('watch-ben', rate(100 + round));
      await expect.poll(() => lost(ward), PATIENCE).toBe(0);
      expect(heard.sockets.at(-1)).toMatch(/\?v=2&session=[\w-]+&after=\d+$/);
      expect(heard.count('resumed')).toBe(resumed + 1);
      expect(heard.count('snapshot')).toBe(snapshots);
    }
    await expect.poll(() => heard.text.includes('"value":102'), PATIENCE).toBe(true);
    const numbers = heard.frames.filter(({ type }) => type !== 'resumed').map(({ feed }) => feed);
    expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] ?? 0) + i));
    const told = heard.told();
    expect(new Set(told).size).toBe(told.length);
  });

  it('tell of a night in the order in which it gets worse', async () => {
    const ada = idOf('Ada');
    await expect.poll(() => heard.alarms(ada), PATIENCE).toContain('spo2-low');
    nightOver = true;
    await night;
    const order = heard.alarms(ada).filter((one) => /^(systolic-low|body-temp|spo2-low)/.test(one));
    expect(order).toEqual(['systolic-low', 'body-temperature-high', 'spo2-low']);
    // And with it the score: each that was told is that of the body at a moment, in the order of the night.
    const told = heard.scores(ada);
    expect(Math.max(...told.map(sum))).toBeGreaterThanOrEqual(7);
    expect(sum(truth[0] ?? {})).toBeLessThan(7);
    let at = 0;
    for (const points of told) {
      while (at < truth.length && !same(truth[at] ?? {}, points)) at++;
      expect(at, `${JSON.stringify(points)} is none of the night's from then on`).toBeLessThan(truth.length);
    }
    await expect.poll(() => row(ward, 'Ada').innerText(), PATIENCE).toMatch(/[2-9] more/);
    // Meanwhile the page has told how long its drawing took, and nothing else.
    await expect.poll(() => heard.sent.join(), PATIENCE).toMatch(/"shown":\[\d/);
    for (const text of heard.sent) expect(text).toMatch(/^\{"type":"seen","now":\d+,"shown":\[[\d,]*\]\}$/);
  });

  it('begin anew at a hub that was started again, in the same document', async () => {
    const snapshots = heard.count('snapshot');
    await hub.kill();
    await expect.poll(() => lost(ward), PATIENCE).toBe(1);
    hub = await home.start('--http-port', String(port), '--interval-ms', '1000');
    await link();
    await send('watch-cora', rate(111));
    await expect.poll(() => lost(ward), PATIENCE).toBe(0);
    await expect.poll(() => row(ward, 'Cora').innerText(), PATIENCE).toContain('111');
    // Who knew of what is known still, and nothing is raised a second time.
    expect(await row(ward, 'Cora').innerText()).toContain('Dr Vale');
    const cora = heard
      .alarmsOf(idOf('Cora'))
      .filter(({ condition }) => condition === 'body-temperature-high');
    expect(new Set(cora.map(({ episode }) => episode)).size).toBe(1);
    expect(cora.at(-1)?.presence).toBe('acknowledged');
    expect(heard.count('snapshot')).toBe(snapshots + 1);
    expect(await ward.evaluate('self.sameDocument')).toBe(true);
    // What the page had seen before is on disk, once.
    const ids = (await home.exported()).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of heard.told()) expect(ids).toContain(id);
    for (const one of senders.values()) await one.end();
  });
});
