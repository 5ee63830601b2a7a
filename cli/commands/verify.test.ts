// `heartwood verify` against real bundles: a small hub and ledger are played with anchor's own signers, then bent.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  batchRoot,
  checkpointDigest,
  FIRST_PREVIOUS,
  formatBundle,
  formatCheckpoint,
  formatRangeLine,
  formatTlogProof,
  formatVerifierKey,
  leafHash,
  parseBundle,
  parseNote,
  parseTlogProof,
  RANGE_FORMAT,
  segmentPath,
  segmentRootOf,
  signerOf,
  signNote,
  signStatement,
  slotPath,
  statementHash,
  treeRoot,
  type Verdict,
} from '@heartwood/anchor';
import { openTimestamps } from '@heartwood/anchor/node';
import { SampleCalendar } from '@heartwood/anchor/opentimestamps-sample';
import { encodeReading, type Reading } from '@heartwood/vitals';
import { afterAll, describe, expect, it } from 'vitest';
import { runHeartwood } from '../test-frame.ts';

const bytes = (fill: number, length = 32): Uint8Array => new Uint8Array(length).fill(fill);
const HUB = signerOf('heartwood/hub/00112233aabbccdd', bytes(1));
const LEDGER = signerOf('heartwood/ledger/00112233aabbccdd', bytes(2));
const POLICY = `hub ${formatVerifierKey(HUB)}\nlog ${formatVerifierKey(LEDGER)}\nquorum none\n`;
const END_MS = Date.UTC(2026, 10, 21, 13, 10);

/** A bundle of one reading among three in slot 2, in the first batch, alone in its ledger. */
function makeBundle(lead = 'II'): string {
  const reading: Reading = {
    subject: bytes(7, 16),
    device: 'watch-ada',
    seq: 4,
    index: 0,
    received: END_MS - 2000,
    origin: 'wearable',
    measurement: {
      kind: 'ecg',
      wave: { lead, rateHz: 250, gain: 200, baseline: 0, samples: Int32Array.of(1, 2, 3) },
    },
  };
  const entry = Uint8Array.of(...bytes(9), ...encodeReading(reading));
  const entries = [leafHash(bytes(3)), leafHash(entry), leafHash(bytes(4))];
  const slots = Array.from({ length: 16 }, (_, slot) => bytes(slot));
  slots[2] = segmentRootOf(entries);
  const statement = signStatement(
    { origin: HUB.name, sequence: 0, endMs: END_MS, batchRoot: batchRoot(slots), previous: FIRST_PREVIOUS },
    HUB,
  );
  const checkpoint = signNote(
    formatCheckpoint({ origin: LEDGER.name, size: 1, root: statementHash(statement) }),
    [LEDGER],
  );
  return formatBundle({
    entry,
    segment: { index: 1, size: 3, path: segmentPath(entries, 1) },
    batch: { slot: 2, slots: 16, path: slotPath(slots, 2) },
    statement,
    ledger: formatTlogProof({ index: 0, path: [], checkpoint }),
  });
}

const BUNDLE = makeBundle();
const files = { 'proof.json': BUNDLE, 'policy.txt': POLICY };
const verify = (
  args: readonly string[] = [],
  world: Parameters<typeof runHeartwood>[1] = {},
): ReturnType<typeof runHeartwood> =>
  runHeartwood(['verify', 'proof.json', '--policy', 'policy.txt', ...args], { files, ...world });

describe('a proof that holds', () => {
  it('ends with 0 and says step by step what it proves and what not', async () => {
    const { status, out, err } = await verify();
    expect(err).toBe('');
    expect(out).toMatch(/^ok {5}Whom you trust: /);
    expect(out).toMatch(/\n\nThis proof holds\.\n\nIt proves:\n- Reading 0\.2\.1 \(/);
    expect(out).toMatch(/\nIt does not prove:\n(- .+\n)+$/);
    expect(out).not.toMatch(/FAILED|✓|\p{Cc}(?<!\n)/u);
    expect(status).toBe(0);
  });

  it('comes from standard input as well', async () => {
    const read = await runHeartwood(['verify', '-', '--policy', 'policy.txt'], { files, input: BUNDLE });
    expect(read).toEqual(await verify());
  });

  it('is drawn with marks on a terminal', async () => {
    const { out } = await verify([], { decorated: true });
    expect(out).toContain('\u001b[32m✓\u001b[0m Whom you trust');
  });

  it('is one JSON object for a program', async () => {
    const { status, out } = await verify(['--json']);
    expect(status).toBe(0);
    expect(out.trimEnd()).not.toContain('\n');
    const verdict = JSON.parse(out) as Verdict;
    expect(verdict.ok).toBe(true);
    expect(verdict.claim?.id).toBe('0.2.1');
  });

  it.each([[], ['--json']])('says nothing raw of a stranger who signed it too: %j', async (...args) => {
    const bundle = parseBundle(BUNDLE);
    const ledger = `${bundle.ledger}— evil\u009b31m\u202eabc AAAAAAAA\n`;
    const world = { files: { ...files, 'proof.json': formatBundle({ ...bundle, ledger }) } };
    const { out } = await verify(args, world);
    expect(out).toContain('evil');
    expect(out.split('\n').join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

describe('a proof that does not hold ends with 1 and names the step', () => {
  const bent = (from: RegExp | string, to: string): Record<string, string> => {
    const changed = BUNDLE.replace(from, to);
    expect(changed).not.toBe(BUNDLE);
    return { ...files, 'proof.json': changed };
  };

  it.each([
    ['another index', '"index": 1', '"index": 0'],
    ['another slot', '"slot": 2', '"slot": 3'],
    ['another batch number', '000000000000', '000000000001'],
    ['another time', '13:10:00.000Z', '13:10:00.001Z'],
  ])('%s', async (_name, from, to) => {
    const { status, out } = await verify([], { files: bent(from, to) });
    expect(out).toMatch(/^FAILED /m);
    expect(out).toContain('This proof does not hold. It fails at ');
    expect(out).not.toContain('This proof holds');
    expect(status).toBe(1);
  });

  it.each(['', '{}', 'no json', '\u0000'])('%j is no bundle', async (text) => {
    expect((await verify([], { files: { ...files, 'proof.json': text } })).status).toBe(1);
  });

  it('signed by a hub that the policy does not name', async () => {
    const other = formatVerifierKey(signerOf(HUB.name, bytes(5)));
    const policy = POLICY.replace(/^hub .*$/m, `hub ${other}`);
    const { status, out } = await verify([], { files: { ...files, 'policy.txt': policy } });
    expect(out).toMatch(/^FAILED The hub's signature/m);
    expect(status).toBe(1);
    const json = await verify(['--json'], { files: { ...files, 'policy.txt': policy } });
    expect(json.status).toBe(1);
    expect((JSON.parse(json.out) as Verdict).ok).toBe(false);
  });
});

describe('what cannot be checked ends with 2', () => {
  it('no such bundle, no such policy', async () => {
    expect(await runHeartwood(['verify', 'no.json', '--policy', 'policy.txt'], { files })).toEqual({
      status: 2,
      out: '',
      err: 'heartwood: The proof file no.json is not there.\n',
    });
    expect((await runHeartwood(['verify', 'proof.json', '--policy', 'no.txt'], { files })).err).toBe(
      'heartwood: The policy file no.txt is not there.\n',
    );
  });

  it.each(['', 'quorum none\n', 'hub nonsense\nquorum none\n'])(
    'a file that is no policy: %j',
    async (policy) => {
      const { status, out } = await verify([], { files: { ...files, 'policy.txt': policy } });
      expect(out).toMatch(/^FAILED Whom you trust/);
      expect(status).toBe(2);
    },
  );
});

describe('a proof with a second anchor', () => {
  /** The bundle with evidence that leads to a block, and that block's header in hexadecimal. */
  async function anchored(): Promise<{ bundle: string; header: string; calendar: SampleCalendar }> {
    const calendar = new SampleCalendar('https://calendar.example');
    const anchor = openTimestamps({
      calendars: [calendar.uri],
      random: (length) => bytes(1, length),
      fetch: async (url, { method, body }) => {
        const { status, body: said } = calendar.answer(method, new URL(url).pathname, body);
        return new Response(typeof said === 'string' ? said : new Uint8Array(said), { status });
      },
    });
    const bundle = parseBundle(BUNDLE);
    const digest = checkpointDigest(parseNote(parseTlogProof(bundle.ledger).checkpoint).text);
    const promised = await anchor.submit(digest);
    const header = Buffer.from(calendar.confirm(930_000, END_MS / 1000 + 60)).toString('hex');
    if (promised.state === 'lost') throw new Error(promised.why);
    const confirmed = await anchor.advance(digest, promised.evidence);
    if (confirmed.state !== 'confirmed') throw new Error(confirmed.state);
    const anchors = [{ kind: anchor.kind, evidence: confirmed.evidence }];
    return { bundle: formatBundle({ ...bundle, anchors }), header, calendar };
  }

  it('says what must be looked up, and with a header proves a time', async () => {
    const { bundle, header } = await anchored();
    const world = { ...files, 'proof.json': bundle, 'headers.txt': `930000 ${header}\n` };
    const bare = await verify([], { files: world });
    expect(bare.status).toBe(0);
    expect(bare.out).toMatch(/^ok {5}Second anchors: OpenTimestamps: Bitcoin block 930000 must have/m);
    expect(bare.out).toMatch(/- That it stands in Bitcoin: .* until then this shows nothing/);
    const own = await verify(['--bitcoin-headers', 'headers.txt'], { files: world });
    expect(own.status).toBe(0);
    expect(own.out).toContain(
      '- The checkpoint existed at 2026-11-21T13:11:00.000Z at the latest, by Bitcoin block',
    );
  });

  it('is refused by a header of another block, and by one that is none', async () => {
    const { bundle, header, calendar } = await anchored();
    calendar.reorganise();
    const other = calendar.answer('GET', '/block-height/930000').body as string;
    const { body } = calendar.answer('GET', `/block/${other}/header`);
    const withHeaders = (text: string) => ({ files: { ...files, 'proof.json': bundle, 'h.txt': text } });
    const refused = await verify(['--bitcoin-headers', 'h.txt'], withHeaders(`930000 ${String(body)}\n`));
    expect(refused.status).toBe(1);
    expect(refused.out).toMatch(/^FAILED Second anchors: .*never in that block/m);
    const none = await verify(['--bitcoin-headers', 'h.txt'], withHeaders(`930000 ${header}00\n`));
    expect([none.status, none.out]).toEqual([2, '']);
    expect(none.err).toContain('line 1 is not "<height> <160 hexadecimal digits>"');
    const gone = await verify(['--bitcoin-headers', 'gone.txt'], withHeaders(''));
    expect([gone.status, gone.err]).toEqual([
      2,
      'heartwood: The file of Bitcoin headers gone.txt is not there.\n',
    ]);
  });

  it('asks the servers that it is told to, and says where they are away', async () => {
    const { bundle } = await anchored();
    const world = { files: { ...files, 'proof.json': bundle } };
    const away = await verify(['--bitcoin-headers', 'http://127.0.0.1:9'], world);
    expect([away.status, away.err]).toEqual([3, 'heartwood: 127.0.0.1:9: no connection.\n']);
    expect((await verify(['--bitcoin-headers', 'http://elsewhere.example'], world)).status).toBe(2);
    // Nothing in it is of a chain, so that no node is asked.
    expect((await verify(['--evm-rpc', 'http://127.0.0.1:9'], world)).status).toBe(0);
    expect((await verify(['--bitcoin-headers', 'http://127.0.0.1:9'])).status).toBe(0);
    const range = ['verify', '--range', 'r', '--policy', 'policy.txt', '--evm-rpc', 'http://127.0.0.1:9'];
    expect((await runHeartwood(range, { files })).err).toContain('A range proof has no second anchors');
  });
});

describe('a range proof and a proof of a reading', () => {
  /** The range of the one batch of `BUNDLE`, of that slot or another. */
  function rangeOf(slot: number): string {
    const { batch, statement, ledger } = parseBundle(BUNDLE);
    const entry = parseBundle(BUNDLE).entry;
    const entries = [leafHash(bytes(3)), leafHash(entry), leafHash(bytes(4))];
    const line = formatRangeLine({
      kind: 'batch',
      endMs: END_MS,
      count: 3,
      entriesRoot: treeRoot(entries),
      signature: parseNote(statement).signatures[0]!.signature,
      path: batch.path,
    });
    const hub = formatRangeLine({ kind: 'hub', origin: HUB.name, keyId: HUB.keyId, sequence: 0 });
    return `${RANGE_FORMAT}\nslot ${slot}\n${hub}\n${line}\nledger\n${ledger}`;
  }
  const folder = mkdtempSync(join(tmpdir(), 'heartwood-verify-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'day.range');
  const range = (...args: string[]) =>
    runHeartwood(['verify', '--range', path, '--policy', 'policy.txt', ...args], { files });

  it('are of one person where --same-as says so', async () => {
    writeFileSync(path, rangeOf(2));
    expect(await range()).toMatchObject({
      status: 0,
      out: expect.stringMatching(/Whose slot 2 is, .*--same-as/),
    });
    const same = await range('--same-as', 'proof.json');
    expect(same).toMatchObject({
      status: 0,
      out: expect.stringMatching(/Slot 2 is that of reading 0\.2\.1/),
    });
    expect(same.out).not.toMatch(/Whose slot/);
    const other = makeBundle('V1').replace('"slot": 2', '"slot": 3');
    const world = { files: { ...files, 'proof.json': other } };
    const args = ['verify', '--range', path, '--policy', 'policy.txt', '--same-as', 'proof.json'];
    expect(await runHeartwood(args, world)).toMatchObject({
      status: 1,
      out: expect.stringMatching(/FAILED Whose it is/),
    });
    expect(await verify(['--same-as', 'proof.json'])).toMatchObject({
      status: 2,
      err: expect.stringMatching(/goes with --range/),
    });
  });

  it('given for each other name the flag', async () => {
    writeFileSync(path, BUNDLE);
    expect(await range()).toMatchObject({
      status: 2,
      err: expect.stringMatching(/is the proof of a reading and no range: leave out --range/),
    });
    const world = { files: { ...files, 'proof.json': rangeOf(2) } };
    expect(await verify([], world)).toMatchObject({
      status: 2,
      err: expect.stringMatching(/is a range proof: give it with --range proof\.json/),
    });
  });
});
