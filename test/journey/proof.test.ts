// Promise 3 through the whole: every kind of reading, in every format that a device may speak, is proved by the hub and
// verified by the program alone, far from any hub; and no byte of a proof can be changed.

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HUB_SLOT, verifyBundle } from '@heartwood/anchor';
import { NODE_PRIMITIVES, openLedgerReader } from '@heartwood/anchor/node';
import { ledgerPath, proveReading, Vault } from '@heartwood/gateway';
import {
  type ContentType,
  encodeMessageCbor,
  encodeMessageJson,
  KIND_NAMES,
  KINDS,
  type Kind,
  type Measurement,
} from '@heartwood/vitals';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Home } from './home.ts';
import { heartwood, JOURNEY } from './program.ts';
import { sender } from './sender.ts';
import { type SenmlPack, senmlCbor } from './senml-cbor.ts';

/** Of each shape one, which the program itself proves and verifies as well. */
const BY_PROGRAM: readonly Kind[] = ['heart-rate', 'blood-pressure', 'ecg'];
const AT = 1_790_000_000_000;

/** A plausible measurement of each kind. */
function sampleOf(kind: Kind): Measurement {
  if (kind === 'blood-pressure') return { kind, systolic: 121.5, diastolic: 79, mean: 93 };
  if (kind === 'ecg' || kind === 'ppg') {
    const samples = Int32Array.from({ length: 50 }, (_, i) => (i * 37) % 101);
    return { kind, quality: 'uncertain', wave: { lead: 'II', rateHz: 50, gain: 200, baseline: 12, samples } };
  }
  const [low, high] = KINDS[kind].plausible;
  return { kind, value: Math.round(low + (high - low) / 3) };
}

function senmlOf(kind: Kind, seq: number): SenmlPack {
  const first = { bn: 'urn:dev:strap-1:', bt: AT / 1000, n: 'seq', v: seq };
  const sample = sampleOf(kind);
  if ('value' in sample) return [first, { n: kind, v: sample.value }];
  if (sample.kind !== 'blood-pressure' || 'absent' in sample) return [first, { n: kind, vs: 'artefact' }];
  const { systolic = 0, diastolic = 0, mean = 0 } = sample;
  const parts = { systolic, diastolic, mean };
  return [first, ...Object.entries(parts).map(([part, v]) => ({ n: `${kind}/${part}`, v }))];
}

const FORMATS: Readonly<Record<ContentType, (kind: Kind, seq: number) => Uint8Array | string>> = {
  'application/json': (kind, seq) =>
    encodeMessageJson({ seq, readings: [{ at: AT, measurement: sampleOf(kind) }] }),
  'application/cbor': (kind, seq) =>
    encodeMessageCbor({ seq, readings: [{ at: AT, measurement: sampleOf(kind) }] }),
  'application/senml+json': (kind, seq) => JSON.stringify(senmlOf(kind, seq)),
  'application/senml+cbor': (kind, seq) => senmlCbor(senmlOf(kind, seq)),
};

let home: Home;
/** Ids and bundles by `kind format`. */
const ids = new Map<string, string>();
const bundles = new Map<string, string>();
let policy: string;

beforeAll(async () => {
  home = new Home();
  const hub = await home.start('--interval-ms', '500');
  const password = await home.enroll('strap-1', 'Ada');
  const strap = await sender((await hub.ready).mqtt ?? '', 'strap-1', password);
  const sent = new Map<number, string>();
  for (const kind of KIND_NAMES) {
    for (const [format, encode] of Object.entries(FORMATS)) {
      const seq = sent.size + 1;
      sent.set(seq, `${kind} ${format}`);
      // Every other one leaves it to the first byte to say what it is.
      await strap.send(encode(kind, seq), seq % 2 === 0 ? format : undefined);
    }
  }
  await strap.end();
  expect(await hub.stop()).toBe(0);
  const readings = await home.exported();
  expect(hub.log('quarantined')).toEqual([]);
  // SenML has no waveforms: there it says that they are absent.
  expect(readings.map(({ seq, kind }) => [seq, kind])).toEqual(
    [...sent].map(([seq, name]) => [seq, name.split(' ')[0]]),
  );
  for (const { id, seq } of readings) ids.set(sent.get(seq) ?? '', id);
  await proveAll();
  policy = readFileSync(home.policy, 'utf8');
}, JOURNEY.timeout);
afterAll(() => home?.close());

/** What `prove` does, for all, without a process for each. */
async function proveAll(): Promise<void> {
  const source = { keyFile: home.key };
  const vault = Vault.open({ directory: home.data, keySource: source, clock: Date.now }, 'read');
  const ledger = openLedgerReader(ledgerPath(home.data));
  for (const [name, id] of ids) {
    const [batch, slot, index] = id.split('.').map(Number) as [number, number, number];
    bundles.set(name, await proveReading(vault, ledger, { batch, slot, index }));
  }
  for (const { batch, slot } of vault.store.segmentsFrom(0)) {
    if (slot !== HUB_SLOT) continue;
    for (const [index, one] of (await ownOf(batch)).entries())
      bundles.set(`hub ${batch}.${slot}.${index}`, one);
  }
  ledger.close();
  vault.close();

  /** The hub's own events of a batch: as many as there are. */
  async function ownOf(batch: number): Promise<string[]> {
    const found: string[] = [];
    for (;;) {
      const one = await proveReading(vault, ledger, { batch, slot: HUB_SLOT, index: found.length }).catch(
        () => undefined,
      );
      if (one === undefined) return found;
      found.push(one);
    }
  }
}

const check = (bundle: Uint8Array | string, by: string = policy) => verifyBundle(bundle, by, NODE_PRIMITIVES);
const bundleOf = (name: string): Buffer => Buffer.from(bundles.get(name) ?? '');

describe('a proof', JOURNEY, () => {
  it.each(KIND_NAMES)('of %s holds, in every format that a device may speak', async (kind) => {
    for (const format of Object.keys(FORMATS)) {
      const verdict = check(bundleOf(`${kind} ${format}`));
      expect(verdict.ok, verdict.summary).toBe(true);
      expect(verdict.claim).toMatchObject({
        type: 'reading',
        device: 'strap-1',
        origin: 'wearable',
        atMs: AT,
      });
    }
    if (!BY_PROGRAM.includes(kind)) return;
    const bundle = await home.prove(ids.get(`${kind} application/json`) ?? '');
    expect(readFileSync(bundle)).toEqual(bundleOf(`${kind} application/json`));
    const { status, out } = await home.verify(bundle);
    expect(status, out).toBe(0);
    const sample = sampleOf(kind);
    if ('value' in sample) expect(out).toContain(String(sample.value));
  });

  it('of what the hub itself did holds too', () => {
    const said = [...bundles]
      .filter(([name]) => name.startsWith('hub '))
      .map(([, bundle]) => check(bundle))
      .map(({ ok, claim, summary }) => (ok && claim?.type === 'event' ? claim.description : summary));
    expect(said.map((words) => words.split(',')[0])).toEqual(
      expect.arrayContaining([
        'hub started',
        'patient added',
        'device enrolled',
        'device assigned',
        'hub stopped',
      ]),
    );
  });

  it('says the same of a reading, in whichever format it came', () => {
    const said = (format: string): string | undefined =>
      check(bundleOf(`glucose ${format}`)).claim?.description;
    expect(new Set(Object.keys(FORMATS).map(said)).size).toBe(1);
  });

  it('fails, at a named step, for each single byte of the file that is changed', () => {
    const whole = bundleOf('heart-rate application/cbor');
    const survived: number[] = [];
    const steps = new Set<string>();
    for (let at = 0; at < whole.length; at++) {
      // One bit, another one at each place.
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] as number) ^ (1 << (at % 8));
      const verdict = check(changed);
      const failed = verdict.steps.find(({ ok }) => !ok);
      if (verdict.ok || failed === undefined || failed.text === '') survived.push(at);
      else steps.add(failed.name);
      if (verdict.proves.length > 0) survived.push(at);
    }
    expect(survived).toEqual([]);
    expect(whole.length).toBeGreaterThan(1_000);
    expect([...steps]).toEqual(
      expect.arrayContaining(['format', 'entry', 'batch', 'statement', 'checkpoint']),
    );
    expect(check(whole).ok).toBe(true);
  });

  it('fails for each byte that is missing at its end, and for one too many', () => {
    const whole = bundleOf('spo2 application/json');
    const passed = Array.from({ length: 64 }, (_, n) => check(whole.subarray(0, whole.length - 1 - n)).ok);
    expect(passed).not.toContain(true);
    expect(check(Buffer.concat([whole, Buffer.from('\n')])).ok).toBe(false);
  });

  it('is checked by the program where there is nothing but the two files', async () => {
    const alone = join(home.folder, 'alone');
    mkdirSync(alone);
    home.write('alone/proof.json', bundleOf('weight application/json'));
    home.write('alone/policy.txt', policy);
    const verify = (...args: readonly string[]) => heartwood(['verify', ...args], { cwd: alone });
    const good = await verify('proof.json', '--policy', 'policy.txt');
    expect(good.status, good.err).toBe(0);

    const text = bundleOf('weight application/json').toString();
    const changed = text.replace(
      /("entry": ".{60})(.)/,
      (_all, before: string, c: string) => `${before}${c === 'A' ? 'B' : 'A'}`,
    );
    home.write('alone/changed.json', changed);
    const bad = await verify('changed.json', '--policy', 'policy.txt', '--json');
    expect(bad.status).toBe(1);
    const { ok, steps } = JSON.parse(bad.out) as { ok: boolean; steps: { name: string; ok: boolean }[] };
    expect(ok).toBe(false);
    expect(steps.find((step) => !step.ok)?.name).toMatch(/^(entry|batch)$/);
  });

  it('fails by the policy of another hub, at the statement; and what is no policy is said to be none', async () => {
    const other = new Home();
    onTestFinished(() => other.close());
    const hub = await other.start();
    expect(await hub.stop()).toBe(0);
    const bundle = home.write('proof.json', bundleOf('battery application/json'));
    const wrong = await home.verify(bundle, other.policy);
    expect(wrong.status).toBe(1);
    expect(wrong.out).toContain('not signed by a hub of the policy');
    const theirs = readFileSync(other.policy, 'utf8');
    // The right hub, but a ledger that somebody made up.
    const hubLine = (text: string): string => text.split('\n').find((line) => line.startsWith('hub ')) ?? '';
    const mixed = theirs.replace(hubLine(theirs), hubLine(policy));
    const verdict = check(readFileSync(bundle), mixed);
    expect(verdict.steps.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['checkpoint']),
    );
    expect((await home.verify(bundle, home.write('empty.txt', ''))).status).toBe(2);
  });

  it('cannot be made of two that hold', () => {
    const one = JSON.parse(bundleOf('heart-rate application/json').toString()) as Record<string, unknown>;
    const two = JSON.parse(bundleOf('perfusion-index application/json').toString()) as Record<
      string,
      unknown
    >;
    for (const part of ['entry', 'segment', 'statement', 'ledger']) {
      if (JSON.stringify(one[part]) === JSON.stringify(two[part])) continue;
      const mixed = `${JSON.stringify({ ...one, [part]: two[part] }, null, 2)}\n`;
      expect(check(mixed).ok, part).toBe(false);
    }
  });
});
