import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { textOf, utf8 } from './bytes.ts';
import { formatCheckpoint } from './checkpoint.ts';
import { formatVerifierKey } from './key.ts';
import { type EmbeddedLedger, openEmbeddedLedger } from './ledger-embedded.ts';
import {
  OTHER_HUB,
  SAMPLE_END_MS,
  SAMPLE_HUB,
  SAMPLE_LOG,
  sampleChain,
  sampleSeed,
} from './ledger-sample.ts';
import { answerSite } from './ledger-site.ts';
import { type Fetch, LogClient } from './log-client.ts';
import { lookAt, startFromNow } from './monitor.ts';
import { EMPTY_STATE, formatMonitorState, type MonitorState, parseMonitorState } from './monitor-state.ts';
import { nodeSha256, nodeSigner, nodeVerifyEd25519 } from './node-primitive.ts';
import { signNote } from './note.ts';
import { parsePolicy } from './policy.ts';
import { samplePolicy } from './proof-sample.ts';
import { KEEPS_ALL } from './retention.ts';
import { encodeEntries } from './tile.ts';
import { leafHash, treeRoot } from './tree.ts';

const folder = mkdtempSync(join(tmpdir(), 'heartwood-monitor-'));
const opened: EmbeddedLedger[] = [];
let files = 0;
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  for (const ledger of opened.splice(0)) ledger.close();
});

function ledgerOf(notes: readonly string[], hubs = [SAMPLE_HUB, OTHER_HUB]): EmbeddedLedger {
  const ledger = openEmbeddedLedger({
    path: join(folder, `${files++}.db`),
    signer: SAMPLE_LOG,
    hubKeys: hubs,
  });
  opened.push(ledger);
  ledger.append(notes);
  return ledger;
}

/** The log as a server shows it, with `bend` between. */
function clientOf(
  ledger: EmbeddedLedger,
  bend: (path: string, body: Uint8Array) => Uint8Array | undefined = (_, body) => body,
): LogClient {
  const fetch: Fetch = async (url) => {
    const path = new URL(url).pathname;
    const answer = answerSite({ reader: ledger.reader }, path, new URLSearchParams());
    const body = answer && bend(path, answer.body);
    return body ? new Response(new Uint8Array(body)) : new Response(null, { status: 404 });
  };
  return new LogClient({
    url: 'http://log.invalid',
    key: SAMPLE_LOG,
    fetch,
    sleep: async () => undefined,
    random: () => 0,
    verify: nodeVerifyEd25519,
    digest: nodeSha256,
  });
}

const POLICY = parsePolicy(
  `hub ${formatVerifierKey(SAMPLE_HUB)}\nlog ${formatVerifierKey(SAMPLE_LOG)}\nquorum none\n`,
);
const look = (client: LogClient, state: MonitorState = EMPTY_STATE, nowMs?: number, policy = POLICY) =>
  lookAt(state, {
    client,
    policy,
    silenceMs: 60_000,
    nowMs: nowMs ?? SAMPLE_END_MS + 3_000_000,
    verify: nodeVerifyEd25519,
    digest: nodeSha256,
  });
/** When statement `n` of the sample was made. */
const at = (n: number): number => SAMPLE_END_MS + n * 10_000;
const notes = sampleChain(320);
const flip = (bytes: Uint8Array, place: number): Uint8Array =>
  bytes.map((byte, i) => (i === place ? byte ^ 1 : byte));

describe('monitor', () => {
  it('reads all at first, then what is new, and finds nothing wrong with a sound log', async () => {
    const ledger = ledgerOf(notes.slice(0, 300));
    const asked: string[] = [];
    const client = clientOf(ledger, (path, body) => {
      asked.push(path);
      return body;
    });
    const first = await look(client, EMPTY_STATE, at(300));
    expect([first.alarms, first.entries]).toEqual([[], 300]);
    ledger.append(notes.slice(300));
    asked.length = 0;
    const kept = parseMonitorState(formatMonitorState(first.state));
    expect(formatMonitorState(kept)).toBe(formatMonitorState(first.state));
    const second = await look(client, kept, at(320));
    expect([second.alarms, second.entries]).toEqual([[], 20]);
    expect(asked).toEqual(['/checkpoint', '/retention', '/tile/entries/001.p/64']);
    expect((await look(client, second.state, at(321))).entries).toBe(0);
  });

  it('alarms on a fork: of the same size, larger, and smaller', async () => {
    const { state } = await look(clientOf(ledgerOf(notes.slice(0, 290))), EMPTY_STATE, at(290));
    // A log that went back has no tiles that would prove the fork; both checkpoints are kept all the same.
    const expected = [
      [290, 'fork', /signed two histories.*Keep both checkpoints/s],
      [310, 'fork', /signed two histories/],
      [200, 'damaged', /shows 200 entries, has signed 290 before.*Keep both checkpoints/s],
    ] as const;
    for (const [size, kind, text] of expected) {
      const change = <T>(one: T): T => ({ ...one, batchRoot: sampleSeed(9) });
      const after = notes.slice(0, 150);
      const other = ledgerOf([...after, ...sampleChain(size - 150, { after, change })]);
      const { alarms, state: left } = await look(clientOf(other), state, at(290));
      expect(alarms.map((alarm) => alarm.kind)).toEqual([kind]);
      expect(alarms[0]!.text).toMatch(text);
      expect(alarms[0]!.evidence).toEqual([state.checkpoint, other.latest().checkpoint]);
      expect(left).toEqual({ ...state, standing: alarms });
    }
  });

  it('remembers a fork and damage with both notes, whatever the log shows afterwards', async () => {
    const good = ledgerOf(notes.slice(0, 290));
    const { state } = await look(clientOf(good), EMPTY_STATE, at(290));
    const change = <T>(one: T): T => ({ ...one, batchRoot: sampleSeed(9) });
    const other = ledgerOf(sampleChain(290, { change }));
    const forked = await look(clientOf(other), state, at(290));
    const kept = parseMonitorState(formatMonitorState(forked.state));
    expect(kept.standing).toEqual(forked.alarms);
    for (const client of [clientOf(good), clientOf(other), clientOf(good)]) {
      const again = await look(client, kept, at(290));
      expect(again.alarms).toMatchObject([
        { kind: 'fork', evidence: [state.checkpoint, other.latest().checkpoint] },
      ]);
      expect(parseMonitorState(formatMonitorState(again.state)).standing).toEqual(kept.standing);
    }
    const broken = await look(
      clientOf(good, (path, body) => (path.includes('tile') ? body.subarray(1) : body)),
      EMPTY_STATE,
      at(290),
    );
    const mended = await look(clientOf(good), broken.state, at(290));
    expect(mended.alarms).toMatchObject([{ kind: 'damaged' }]);
    expect(mended.entries).toBe(290);
  });

  it('holds no more alarms of a hostile log than it tells', async () => {
    const ledger = ledgerOf(sampleChain(300, { hub: OTHER_HUB }));
    const { push } = Array.prototype;
    let most = 0;
    Array.prototype.push = function counted(this: unknown[], ...items: unknown[]): number {
      const length = push.apply(this, items);
      const [first] = items as { kind?: string }[];
      if (first?.kind === 'unsigned') most = Math.max(most, length);
      return length;
    };
    try {
      const { alarms } = await look(clientOf(ledger), EMPTY_STATE, at(300));
      expect(alarms).toHaveLength(20);
    } finally {
      Array.prototype.push = push;
    }
    expect(most).toBe(20);
  });

  it('hears that a hub of the policy never spoke, in a log that goes on and in an empty one', async () => {
    const policy = parsePolicy(
      `${[SAMPLE_HUB, OTHER_HUB].map((hub) => `hub ${formatVerifierKey(hub)}\n`).join('')}log ${formatVerifierKey(SAMPLE_LOG)}\nquorum none\n`,
    );
    const ledger = ledgerOf(notes.slice(0, 10));
    const first = await look(clientOf(ledger), EMPTY_STATE, at(10), policy);
    expect(first.alarms).toEqual([]);
    ledger.append(notes.slice(10, 20));
    const kept = parseMonitorState(formatMonitorState(first.state));
    const { alarms } = await look(clientOf(ledger), kept, at(20), policy);
    expect(alarms.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
      expect.stringMatching(`^silence ${OTHER_HUB.name} has made no statement that this monitor saw`),
    ]);
    const empty = clientOf(ledgerOf([]));
    const begun = await look(empty, EMPTY_STATE, at(0), policy);
    expect(begun.alarms).toEqual([]);
    const later = await look(empty, begun.state, at(20), policy);
    const texts = later.alarms.map(({ text }) => text).join('\n');
    for (const { name } of [SAMPLE_HUB, OTHER_HUB]) expect(texts).toContain(`${name} has made no statement`);
  });

  it('takes an old checkpoint of the same history for what it is', async () => {
    const ledger = ledgerOf(notes.slice(0, 300));
    const old = ledger.latest().checkpoint;
    ledger.append(notes.slice(300));
    const { state } = await look(clientOf(ledger), EMPTY_STATE, at(320));
    const cached = clientOf(ledger, (path, body) => (path === '/checkpoint' ? utf8(old) : body));
    expect(await look(cached, state, at(320))).toEqual({ state, alarms: [], entries: 0 });
  });

  it('names the first entry that is not what was signed', async () => {
    const ledger = ledgerOf(notes.slice(0, 300));
    const entryBytes = 2 + utf8(notes[0]!).length;
    const client = clientOf(ledger, (path, body) =>
      path === '/tile/entries/001.p/44' ? flip(body, 7 * entryBytes + 40) : body,
    );
    const { alarms, state } = await look(client, EMPTY_STATE, at(300));
    expect(alarms.map(({ kind }) => kind)).toEqual(['damaged']);
    expect(alarms[0]!.text).toContain('entry 263 and');
    expect(state).toEqual({ ...EMPTY_STATE, sinceMs: at(300), standing: alarms });
  });

  it.each([
    ['a tile of another length', '/tile/entries/000', (body: Uint8Array) => body.subarray(0, 500), 'damaged'],
    ['no tiles', '/tile/entries/000', () => undefined, 'damaged'],
    ['a checkpoint with a wrong signature', '/checkpoint', (body: Uint8Array) => flip(body, 40), 'unsigned'],
    ['no note as its checkpoint', '/checkpoint', () => utf8('<html>'), 'damaged'],
  ])('alarms on %s', async (_, which, bend, kind) => {
    const client = clientOf(ledgerOf(notes.slice(0, 300)), (path, body) =>
      path === which ? bend(body) : body,
    );
    expect((await look(client, EMPTY_STATE, at(300))).alarms.map((alarm) => alarm.kind)).toEqual([kind]);
  });

  it('alarms on a checkpoint by a stranger, and on entries by hubs that the policy does not name', async () => {
    const stranger = nodeSigner(SAMPLE_LOG.name, sampleSeed(40));
    const other = openEmbeddedLedger({ path: join(folder, `${files++}.db`), signer: stranger, hubKeys: [] });
    opened.push(other);
    expect((await look(clientOf(other))).alarms.map(({ kind }) => kind)).toEqual(['unsigned']);
    const mixed = ledgerOf([notes[0]!, sampleChain(1, { hub: OTHER_HUB })[0]!, notes[1]!]);
    const { alarms } = await look(clientOf(mixed), EMPTY_STATE, at(1));
    expect(alarms.map(({ kind, text }) => [kind, text.slice(0, 7)])).toEqual([['unsigned', 'Entry 1']]);
  });

  it('alarms on silence now and on a pause in the past', async () => {
    const ledger = ledgerOf(notes.slice(0, 5));
    const first = await look(clientOf(ledger), EMPTY_STATE, at(4) + 60_000);
    expect(first.alarms).toEqual([]);
    const later = await look(clientOf(ledger), first.state, at(4) + 61_000);
    expect(later.alarms).toMatchObject([
      { kind: 'silence', text: expect.stringMatching(/number 4, of 2026-/) },
    ]);
    const late = sampleChain(1, {
      after: notes.slice(0, 5),
      change: (one) => ({ ...one, endMs: one.endMs + 7_200_000 }),
    });
    ledger.append(late);
    const pause = await look(clientOf(ledger), later.state, at(5) + 7_200_000);
    expect(pause.alarms).toMatchObject([
      { kind: 'silence', text: expect.stringMatching(/for 2 hours, from/) },
    ]);
    expect((await look(clientOf(ledgerOf([])), EMPTY_STATE, 0)).alarms).toEqual([]);
  });

  it('alarms on a log that lets a number out, or a history be rewritten', async () => {
    // A log that does not do its duty: entries put together by hand, under the log's own key.
    const { bend, size } = lawless([notes[0]!, notes[1]!, notes[3]!]);
    const { alarms, state } = await look(bend, EMPTY_STATE, at(3));
    expect(alarms).toMatchObject([{ kind: 'gap', text: expect.stringMatching(/statements are missing/) }]);
    expect(state.frontier.size).toBe(size);
    const rewritten = sampleChain(2, {
      after: notes.slice(0, 1),
      change: (one) => ({ ...one, batchRoot: sampleSeed(9) }),
    });
    const second = await look(lawless([notes[0]!, notes[1]!, rewritten[1]!]).bend, EMPTY_STATE, at(2));
    expect(second.alarms).toMatchObject([{ kind: 'gap', text: expect.stringMatching(/another history/) }]);
    expect(second.alarms[0]!.evidence).toEqual([notes[1], rewritten[1]]);
  });

  it('alarms where too few witnesses cosigned', async () => {
    const { alarms } = await look(
      clientOf(ledgerOf(notes.slice(0, 2))),
      EMPTY_STATE,
      at(1),
      parsePolicy(samplePolicy()),
    );
    expect(alarms).toMatchObject([
      { kind: 'unsigned', text: expect.stringMatching(/alice, bob.*0 cosigned/) },
    ]);
  });

  it('can begin where a log that keeps no old entries is, and goes on from there', async () => {
    const ledger = ledgerOf(notes.slice(0, 300));
    ledger.setRetention({ ...KEEPS_ALL, minimumIndex: 256 });
    while (!ledger.prune());
    const client = clientOf(ledger);
    const state = await startFromNow(client, nodeSha256);
    ledger.append(notes.slice(300));
    const { alarms, entries } = await look(client, parseMonitorState(formatMonitorState(state)), at(320));
    expect([alarms, entries]).toEqual([[], 20]);
  });

  it('reads what a retention policy keeps, and tells whoever was away for longer', async () => {
    const ledger = ledgerOf(notes.slice(0, 200));
    const client = clientOf(ledger);
    const early = (await look(client, EMPTY_STATE, at(200))).state;
    ledger.append(notes.slice(200, 300));
    const timely = (await look(client, early, at(300))).state;
    ledger.setRetention({ ...KEEPS_ALL, minimumIndex: 256 });
    while (!ledger.prune());
    // Who never looked begins at what is kept; who is beyond it reads on; who was away hears that something is gone.
    const fresh = await look(client, EMPTY_STATE, at(300));
    expect(fresh.alarms).toEqual([]);
    const saved = (state: MonitorState): object => JSON.parse(formatMonitorState({ ...state, grownMs: 0 }));
    expect(saved({ ...timely, sinceMs: fresh.state.sinceMs!, fromNow: true })).toEqual(saved(fresh.state));
    ledger.append(notes.slice(300));
    expect((await look(client, timely, at(320))).alarms).toEqual([]);
    expect((await look(client, fresh.state, at(320))).alarms).toEqual([]);
    const late = await look(client, early, at(320));
    expect(late.alarms).toMatchObject([
      { kind: 'gap', text: expect.stringMatching(/let go of the entries 200 to 255 .* cannot be shown/) },
    ]);
    expect(late.state.frontier.size).toBe(320);
    expect((await look(client, late.state, at(320))).alarms).toEqual([]);
    // What is kept must still lead to what was signed; and a policy that the log did not sign is not believed.
    const bent = clientOf(ledger, (path, body) =>
      path.startsWith('/tile/1/') ? body.map((byte, i) => (i === 5 ? byte ^ 1 : byte)) : body,
    );
    expect((await look(bent, EMPTY_STATE, at(320))).alarms).toMatchObject([{ kind: 'damaged' }]);
    const forged = clientOf(ledger, (path, body) =>
      path === '/retention' ? utf8(textOf(body)!.replace('256', '512')) : body,
    );
    expect((await look(forged, EMPTY_STATE, at(320))).alarms).toMatchObject([{ kind: 'unsigned' }]);
  });

  it.each(['', '{}', '{"format":"heartwood-monitor/v1"}', formatMonitorState(EMPTY_STATE).replace('0', '3')])(
    'refuses a state that is none: %j',
    (text) => {
      expect(() => parseMonitorState(text)).toThrow(/damaged, or of another program/);
    },
  );
});

/** A log over any notes, as a ledger that has stopped checking would publish it. */
function lawless(entries: readonly string[]): { bend: LogClient; size: number } {
  const bytes = entries.map(utf8);
  const leaves = bytes.map((entry) => leafHash(entry));
  const text = formatCheckpoint({ origin: SAMPLE_LOG.name, size: entries.length, root: treeRoot(leaves) });
  const checkpoint = signNote(text, [SAMPLE_LOG]);
  const served = new Map([
    ['/checkpoint', utf8(checkpoint)],
    [`/tile/entries/000.p/${entries.length}`, encodeEntries(bytes)],
  ]);
  const fetch: Fetch = async (url) => {
    const body = served.get(new URL(url).pathname);
    return body ? new Response(new Uint8Array(body)) : new Response(null, { status: 404 });
  };
  const client = new LogClient({
    url: 'http://log.invalid',
    key: SAMPLE_LOG,
    fetch,
    sleep: async () => undefined,
    random: () => 0,
    verify: nodeVerifyEd25519,
  });
  return { bend: client, size: entries.length };
}
