import { describe, expect, it } from 'vitest';
import { formatBundle, type ProofBundle, parseBundle } from './bundle.ts';
import type { BundleAnchor } from './bundle-anchors.ts';
import { joinBytes, textOf, utf8 } from './bytes.ts';
import { checkpointDigest } from './checkpoint.ts';
import type { NodeConfirmation } from './evm/confirm-with-node.ts';
import { SAMPLE_EVIDENCE, SAMPLE_TEXT } from './evm/evidence-sample.ts';
import { nodeSha256, nodeVerifyEd25519 } from './node-primitive.ts';
import { parseNote } from './note.ts';
import { mineSample, samplePath } from './opentimestamps/calendar-sample.ts';
import { formatOtsEvidence } from './opentimestamps/evidence.ts';
import { apply, type Operation } from './opentimestamps/timestamp.ts';
import { sha256 } from './primitive.ts';
import { samplePolicy, sampleProof } from './proof-sample.ts';
import { parseTlogProof } from './tlog-proof.ts';
import type { Verdict } from './verdict.ts';
import { type VerifyOptions, verifyBundle } from './verify.ts';
import { checkAnchors } from './verify-anchors.ts';

const POLICY = samplePolicy();
const bare = sampleProof({ after: 3 });
const about = checkpointDigest(parseNote(parseTlogProof(bare.ledger).checkpoint).text);
const operations: readonly Operation[] = [
  { name: 'append', argument: new Uint8Array(16).fill(6) },
  { name: 'sha256' },
];
const root = operations.reduce((message, operation) => apply(operation, message), about);
const header = mineSample(root, 1_795_264_000);
const stamp = samplePath(about, operations, { kind: 'bitcoin', height: 930_000 });
const promise = samplePath(about, operations, { kind: 'pending', uri: 'https://a.example' });
const ots = (given: Parameters<typeof formatOtsEvidence>[0]): BundleAnchor => ({
  kind: 'opentimestamps',
  evidence: formatOtsEvidence(given),
});
const withAnchors = (...anchors: BundleAnchor[]): ProofBundle => ({ ...bare, anchors });

const fast: VerifyOptions = { digest: nodeSha256, verify: nodeVerifyEd25519, difficultyMin: 0 };
const check = (bundle: ProofBundle | Uint8Array, options: VerifyOptions = {}): Verdict =>
  verifyBundle(bundle instanceof Uint8Array ? bundle : formatBundle(bundle), POLICY, { ...fast, ...options });
const stepOf = ({ steps }: Verdict) => steps.find(({ name }) => name === 'anchors');

describe('a bundle with second anchors', () => {
  const whole = withAnchors(ots({ stamp, header }), ots({ stamp: promise }));
  const file = utf8(formatBundle(whole));

  it('is printed as it was read, and holds', () => {
    expect(parseBundle(file)).toEqual(whole);
    const verdict = check(file);
    expect(verdict.ok, verdict.summary).toBe(true);
    expect(stepOf(verdict)).toMatchObject({ ok: true, title: 'Second anchors' });
    expect(verdict.steps.at(-1)?.name).toBe('anchors');
    expect(verdict.doesNotProve.filter((text) => /Bitcoin/.test(text))).toHaveLength(2);
    expect(verdict.summary).not.toContain('by Bitcoin block');
  });

  it('holds all the same without them, printed again; and an empty list of them is none', () => {
    const { anchors: _, ...rest } = parseBundle(file);
    expect(formatBundle(rest)).toBe(formatBundle(bare));
    const verdict = check(rest);
    expect([verdict.ok, stepOf(verdict)]).toEqual([true, undefined]);
    expect(() => formatBundle(withAnchors())).toThrow(/a list of 1 to 16, or not be there/);
  });

  it('proves a time by headers that the verifier brought, and is refused where they say otherwise', () => {
    const right = check(whole, { bitcoinHeaders: new Map([[930_000, header]]) });
    expect(right.proves.join(' ')).toContain(
      'existed at 2026-11-21T12:26:40.000Z at the latest, by Bitcoin block 930000',
    );
    expect(right.summary).toContain('by Bitcoin block 930000, whose header you supplied');
    const wrong = check(whole, { bitcoinHeaders: new Map([[930_000, mineSample(about, 1)]]) });
    expect([wrong.ok, stepOf(wrong)?.ok, wrong.proves]).toEqual([false, false, []]);
    expect(wrong.summary).toContain('It fails at "Second anchors"');
  });

  it('is refused where the evidence is of another checkpoint, or its header was made up', () => {
    const others = samplePath(sha256(about), operations, { kind: 'bitcoin', height: 1 });
    expect(stepOf(check(withAnchors(ots({ stamp: others }))))?.text).toContain(
      'something else than the checkpoint',
    );
    const { difficultyMin: _, ...strict } = fast;
    const verdict = verifyBundle(file, POLICY, strict);
    expect([verdict.ok, stepOf(verdict)?.text]).toEqual([false, expect.stringContaining('made up')]);
  });

  it('does not reach them where the checkpoint is not there', () => {
    const broken = { ...whole, ledger: whole.ledger.replace('index 57', 'index 56') };
    expect(stepOf(check(broken))).toMatchObject({ ok: false, text: expect.stringMatching(/^Not checked/) });
  });

  const accepted = (changed: Uint8Array): boolean => {
    const verdict = check(changed);
    if (!verdict.ok) expect(verdict.proves).toEqual([]);
    return verdict.ok;
  };
  const begin = formatBundle(bare).length - 3;

  it.each([0x01, 0x02, 0x20, 0xff])('fails whatever byte is xored with %i', (mask) => {
    for (let at = 0; at < file.length; at++) {
      expect(accepted(file.with(at, file[at]! ^ mask)), `byte ${at}`).toBe(false);
    }
  });

  it('fails whatever byte of them is left out, doubled, put in, or replaced by its neighbour', () => {
    for (let at = begin; at <= file.length; at++) {
      const [head, tail] = [file.subarray(0, at), file.subarray(at)];
      const ways = [joinBytes(head, Uint8Array.of(0x20), tail), joinBytes(head, Uint8Array.of(0x30), tail)];
      if (at < file.length) {
        ways.push(joinBytes(head, tail.subarray(1)), joinBytes(head, tail.subarray(0, 1), tail));
        ways.push(file.with(at, file[at]! + 1), file.with(at, file[at]! - 1));
      }
      for (const changed of ways) expect(accepted(changed), `byte ${at}`).toBe(false);
    }
  });

  it('fails whatever line of them is left out, doubled, or swapped with the next', () => {
    const lines = textOf(file)!.split('\n');
    const first = lines.indexOf('  "anchors": [');
    for (let at = first; at < lines.length; at++) {
      const [head, line, tail] = [lines.slice(0, at), lines[at]!, lines.slice(at + 1)];
      const ways = [
        [...head, ...tail],
        [...head, line, line, ...tail],
      ];
      if (tail[0] !== undefined && tail[0] !== line) ways.push([...head, tail[0], line, ...tail.slice(1)]);
      for (const changed of ways) expect(accepted(utf8(changed.join('\n'))), `line ${at}`).toBe(false);
    }
  });

  const text = textOf(file)!;
  it.each<[string, string]>([
    [
      'anchors before the ledger',
      text.replace(/,\n {2}"anchors"[\s\S]*/, '\n}\n').replace('  "ledger"', '  "anchors": [],\n  "ledger"'),
    ],
    ['an empty list', text.replace(/"anchors": \[[\s\S]*\]/, '"anchors": []')],
    ['null', text.replace(/"anchors": \[[\s\S]*\]/, '"anchors": null')],
    ['one that is text', text.replace(/"anchors": \[[\s\S]*\]/, '"anchors": [\n    "x"\n  ]')],
    ['an unknown kind', text.replace('"opentimestamps"', '"opentimestamp"')],
    ['a kind that inherits', text.replace('"opentimestamps"', '"toString"')],
    ['a key more', text.replace('"kind": ', '"note": 1,\n      "kind": ')],
    ['evidence as text', text.replace(/"evidence": \[\n\s*("[^"]*")[\s\S]*?\]/, '"evidence": $1')],
    ['no evidence', text.replace(/"evidence": \[[\s\S]*?\]/, '"evidence": []')],
    ['another sum', text.replace(/"sum": "./, '"sum": "_')],
    ['a sum that is none', text.replace(/"sum": "[^"]*"/, '"sum": null')],
    [
      'the same twice',
      formatBundle(withAnchors(ots({ stamp }))).replace(/(\n {4}\{[\s\S]*?\n {4}\})/, '$1,$1'),
    ],
    [
      'seventeen',
      formatBundle(withAnchors(ots({ stamp }))).replace(/\n {4}\{[\s\S]*?\n {4}\}/, (one) =>
        Array.from({ length: 17 }, () => one).join(','),
      ),
    ],
  ])('refuses %s', (_, wrong) => {
    expect(wrong).not.toBe(text);
    expect(() => parseBundle(wrong)).toThrow(/not a proof bundle/);
  });
});

describe('evidence from a contract', () => {
  const anchors: BundleAnchor[] = [{ kind: 'evm', evidence: SAMPLE_EVIDENCE }];
  const blockHash = /"blockHash":"(0x[0-9a-f]{64})"/.exec(SAMPLE_EVIDENCE)?.[1] ?? '';

  it('says which block must be in the chain, and proves a time where a node has it', () => {
    const open = checkAnchors(anchors, SAMPLE_TEXT, nodeSha256, {}).value[0];
    expect(open?.proves).toBeUndefined();
    expect(open?.doesNotProve).toContain(`That ${blockHash} is block 2 of chain 31337`);
    const asked = (said: NodeConfirmation) =>
      checkAnchors(anchors, SAMPLE_TEXT, nodeSha256, { evmBlocks: new Map([[blockHash, said]]) }).value[0];
    const known = asked({ state: 'in-chain', blocks: 12, host: 'node.example' });
    expect(known?.text).toMatch(/It is 12 blocks deep there/);
    for (const [blocks, depth] of [
      [1, '1 block deep'],
      [11, '11 blocks deep'],
    ] as const) {
      const young = asked({ state: 'in-chain', blocks, host: 'node.example' });
      expect(young?.text).toMatch(/NOT FINAL below 12/);
      expect(young?.doesNotProve).toMatch(/less than 12 deep may still be replaced/);
      expect([young?.text, young?.proves].every((said) => said?.includes(depth))).toBe(true);
    }
    expect(known?.proves).toContain(
      'existed at 2026-11-21T12:00:00.000Z at the latest, by block 2 of chain 31337',
    );
    expect(known?.doesNotProve).toBeUndefined();
    const unknown = asked({ state: 'not-in-chain', why: 'it has another hash', host: 'node.example' });
    expect(unknown?.proves).toBeUndefined();
    expect([unknown?.text, unknown?.doesNotProve].join()).toMatch(
      /NOT SHOWN: the node at node.example.* it has another hash/,
    );
  });

  it('is refused for another checkpoint', () => {
    expect(() => checkAnchors(anchors, `${SAMPLE_TEXT}x`, nodeSha256, {})).toThrow('no such digest');
  });
});
