import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { batchRoot, segmentPath, segmentRootOf, slotPath } from './batch.ts';
import { formatBundle, type ProofBundle } from './bundle.ts';
import { joinBytes } from './bytes.ts';
import { formatCheckpoint } from './checkpoint.ts';
import { formatVerifierKey, type Signer } from './key.ts';
import {
  OTHER_HUB,
  SAMPLE_HUB,
  SAMPLE_LOG,
  SAMPLE_WITNESSES,
  sampleChain,
  sampleSeed,
} from './ledger-sample.ts';
import { nodeCosigner, nodeSha256, nodeSigner, nodeVerifyEd25519 } from './node-primitive.ts';
import { formatNote, parseNote, signNote } from './note.ts';
import {
  SAMPLE_SEALED_MS,
  SAMPLE_SEQUENCE,
  sampleEntry,
  sampleEvent,
  samplePolicy,
  sampleProof,
  sampleReading,
} from './proof-sample.ts';
import { statementHash } from './statement.ts';
import { formatTlogProof, parseTlogProof } from './tlog-proof.ts';
import { inclusionPath, leafHash, nodeHash, treeRoot } from './tree.ts';
import { STEP_TITLES, type Verdict } from './verdict.ts';
import { type VerifyOptions, verifyBundle } from './verify.ts';

const fast: VerifyOptions = { digest: nodeSha256, verify: nodeVerifyEd25519 };
const POLICY = samplePolicy();
const check = (
  bundle: ProofBundle | string | Uint8Array,
  policy = POLICY,
  options: VerifyOptions = fast,
): Verdict =>
  verifyBundle(
    typeof bundle === 'string' || bundle instanceof Uint8Array ? bundle : formatBundle(bundle),
    policy,
    options,
  );
/** The first step that failed. */
const fails = (verdict: Verdict): string | undefined => {
  const step = verdict.steps.find(({ ok }) => !ok);
  expect(verdict.ok).toBe(step === undefined);
  return step?.name;
};
const textOf = (verdict: Verdict, name: string): string =>
  verdict.steps.find((step) => step.name === name)?.text ?? '';
const withLedger = (
  bundle: ProofBundle,
  change: (proof: ReturnType<typeof parseTlogProof>) => object,
): ProofBundle => {
  const proof = parseTlogProof(bundle.ledger);
  return { ...bundle, ledger: formatTlogProof({ ...proof, ...change(proof) }) };
};
const checkpointText = (bundle: ProofBundle): string =>
  parseNote(parseTlogProof(bundle.ledger).checkpoint).text;
const resigned = (bundle: ProofBundle, ...signers: Signer[]): ProofBundle =>
  withLedger(bundle, () => ({ checkpoint: signNote(checkpointText(bundle), signers) }));

/** All but that of second anchors, which is taken where there are some: `verify-anchors.test.ts`. */
const STEPS = Object.keys(STEP_TITLES).filter((name) => name !== 'anchors');

const good = sampleProof();
const [ALICE, BOB, CAROL] = SAMPLE_WITNESSES as [Signer, Signer, Signer];

describe('verifyBundle, on an honest proof', () => {
  it('says what it proves, step by step, in pure JavaScript and with node:crypto', () => {
    const verdict = check(good);
    expect(verdict.steps.map(({ name, ok }) => [name, ok])).toEqual(STEPS.map((name) => [name, true]));
    expect(check(good, POLICY, {})).toEqual(verdict);
    expect(verdict.claim).toEqual({
      id: '57.2.14',
      type: 'reading',
      description: 'Heart rate 86 /min',
      subject: 'a1'.repeat(16),
      device: 'watch-7c21',
      origin: 'wearable',
      atMs: SAMPLE_SEALED_MS - 7400,
      receivedMs: SAMPLE_SEALED_MS - 7200,
    });
    expect(verdict.summary).toContain(
      'Reading 57.2.14 (Heart rate 86 /min) is exactly what heartwood/hub/3f2a9c0d11aa22bb',
    );
    expect(verdict.proves.join(' ')).toContain(
      'existed at 2026-11-21T13:19:36.000Z at the latest, by the clocks of 2 witnesses',
    );
    expect(verdict.doesNotProve.join(' ')).toContain('worn by this patient');
    expect(textOf(verdict, 'times')).toBe('It was sealed 7.2 seconds after the hub received it.');
    for (const { text } of verdict.steps) expect(text).toMatch(/^[A-Z].*\.$/s);
  });

  it('proves events of the hub, single entries, and readings of every shape', () => {
    const event = check(sampleProof({ entries: [sampleEntry(sampleEvent)], index: 0, slot: 0 }));
    expect(fails(event)).toBeUndefined();
    expect(event.claim).toMatchObject({
      type: 'event',
      description: 'login, person: "dr-lee"',
      id: '57.0.0',
    });
    const { at: _at, ...timeless } = sampleReading(0, {
      origin: 'simulator',
      measurement: { kind: 'spo2', absent: 'sensor-off' },
    });
    const absent = check(sampleProof({ entries: [sampleEntry(timeless)], index: 0, slots: 64, slot: 63 }));
    expect(fails(absent)).toBeUndefined();
    expect(textOf(absent, 'entry')).toMatch(/absent \(sensor off\).*SIMULATOR.*has no clock/);
  });

  it('says plainly when a reading was added late', () => {
    const received = SAMPLE_SEALED_MS - 3 * 86_400_000;
    const verdict = check(sampleProof({ entries: [sampleEntry(sampleReading(0, { received }))], index: 0 }));
    expect(fails(verdict)).toBeUndefined();
    expect(textOf(verdict, 'times')).toMatch(/^ADDED LATE: 3 days lie between/);
    expect(textOf(check(good, POLICY, { ...fast, lateAfterMs: 1000 }), 'times')).toMatch(/^ADDED LATE/);
  });

  it('says so when a witness saw it before the hub had sealed it', () => {
    const early = nodeCosigner(ALICE.name, sampleSeed(4), () => SAMPLE_SEALED_MS / 1000 - 3600);
    const verdict = check(sampleProof({ witnesses: [early, BOB] }));
    expect(fails(verdict)).toBeUndefined();
    expect(textOf(verdict, 'witnesses')).toContain('CLOCKS DISAGREE: a witness saw it 60 minutes before');
    expect(textOf(check(good), 'witnesses')).not.toContain('DISAGREE');
  });

  it('says what a policy without witnesses leaves open', () => {
    const verdict = check(sampleProof({ witnesses: [] }), samplePolicy('quorum none'));
    expect(fails(verdict)).toBeUndefined();
    expect(textOf(verdict, 'witnesses')).toContain('The policy asks for no witness');
    expect(verdict.summary).toContain('everybody is shown the same ledger');
  });
});

describe('verifyBundle, on a changed file', () => {
  // The ends of the file, a note's em dashes, hashes, numbers and signatures: all of it, byte by byte.
  const file = new TextEncoder().encode(formatBundle(sampleProof({ after: 3 })));
  const attempt = (changed: Uint8Array): string => {
    const name = fails(check(changed));
    if (name === undefined) throw new Error(`accepted: ${new TextDecoder().decode(changed)}`);
    return name;
  };

  it.each([0x01, 0x02, 0x20, 0xff])('fails whatever byte is xored with 0x%s', (mask) => {
    const steps = new Set<string>();
    for (let at = 0; at < file.length; at++) {
      const changed = file.slice();
      changed[at]! ^= mask;
      steps.add(attempt(changed));
    }
    expect(steps.has('format')).toBe(true);
  });

  it('fails whatever letter or digit is replaced by its neighbour, at a step that fits', () => {
    const steps = new Set<string>();
    for (let at = 0; at < file.length; at++) {
      const letter = String.fromCharCode(file[at]!);
      if (!/[A-Za-z0-9]/.test(letter)) continue;
      const changed = file.slice();
      changed[at] = /[zZ9]/.test(letter) ? file[at]! - 1 : file[at]! + 1;
      steps.add(attempt(changed));
    }
    for (const name of [
      'format',
      'entry',
      'segment',
      'batch',
      'statement',
      'inclusion',
      'checkpoint',
      'witnesses',
    ]) {
      expect([name, steps.has(name)]).toEqual([name, true]);
    }
  });

  it('fails whatever byte is left out, doubled, or put in', () => {
    for (let at = 0; at <= file.length; at++) {
      const [head, tail] = [file.subarray(0, at), file.subarray(at)];
      if (at < file.length) {
        attempt(joinBytes(head, tail.subarray(1)));
        attempt(joinBytes(head, tail.subarray(0, 1), tail));
      }
      attempt(joinBytes(head, Uint8Array.of(0x20), tail));
      attempt(joinBytes(head, Uint8Array.of(0x30), tail));
    }
  });

  it('fails whatever line is left out, doubled, or swapped with the next', () => {
    const lines = new TextDecoder().decode(file).split('\n');
    for (let at = 0; at < lines.length; at++) {
      const [head, line, tail] = [lines.slice(0, at), lines[at]!, lines.slice(at + 1)];
      attempt(new TextEncoder().encode([...head, ...tail].join('\n')));
      attempt(new TextEncoder().encode([...head, line, line, ...tail].join('\n')));
      const [next, ...rest] = tail;
      // Signature lines are a set: their order says nothing, and nothing signs it.
      const bothSign = /^ {4}"— /.test(line) && /^ {4}"— /.test(next ?? '');
      if (next !== undefined && next !== line && !bothSign) {
        attempt(new TextEncoder().encode([...head, next, line, ...rest].join('\n')));
      }
    }
  });

  it.each([0, 1, 100, 1000])('fails cut off after %i bytes', (length) => {
    expect(attempt(file.subarray(0, length))).toBe('format');
  });
});

describe('verifyBundle, against an attacker with tools', () => {
  const other = sampleProof({ index: 3 });

  it('binds place and number of the segment', () => {
    const { path } = good.segment;
    for (let size = 0; size < 40; size++) {
      for (let index = 0; index < 40; index++) {
        const name = fails(check({ ...good, segment: { index, size, path } }));
        if (index === 14 && size === 20) expect(name).toBeUndefined();
        else expect(name).toBe(index >= size ? 'segment' : name === 'segment' ? name : 'batch');
      }
    }
  });

  it.each<[string, ProofBundle, string]>([
    ['the path of another entry', { ...good, segment: other.segment }, 'batch'],
    ['the entry of another path', { ...good, entry: other.entry }, 'batch'],
    [
      'segment path and batch path exchanged',
      { ...good, segment: { ...good.segment, path: good.batch.path } },
      'segment',
    ],
    [
      'a path that is too long',
      { ...good, segment: { ...good.segment, path: [...good.segment.path, sampleSeed(1)] } },
      'segment',
    ],
    ['an empty path', { ...good, batch: { ...good.batch, path: [] } }, 'batch'],
    ['another slot', { ...good, batch: { ...good.batch, slot: 3 } }, 'batch'],
    ['a slot beyond the last', { ...good, batch: { ...good.batch, slot: 16 } }, 'batch'],
    ['twice the slots', { ...good, batch: { ...good.batch, slots: 32 } }, 'batch'],
    ['15 slots', { ...good, batch: { ...good.batch, slots: 15 } }, 'batch'],
    ['a statement of another batch', { ...good, statement: sampleChain(1)[0]! }, 'batch'],
    [
      'the checkpoint as the statement',
      { ...good, statement: parseTlogProof(good.ledger).checkpoint },
      'batch',
    ],
    ['another salt', { ...good, entry: joinBytes(sampleSeed(99), good.entry.subarray(32)) }, 'batch'],
    ['another value', { ...good, entry: sampleEntry(sampleReading(15), 14) }, 'batch'],
    ['only a salt', { ...good, entry: good.entry.subarray(0, 32) }, 'entry'],
    ['a byte after the reading', { ...good, entry: joinBytes(good.entry, Uint8Array.of(0)) }, 'entry'],
    ['a reading of a type of its own', { ...good, entry: good.entry.with(34, 3) }, 'entry'],
  ])('refuses %s', (_, bundle, step) => {
    expect(fails(check(bundle))).toBe(step);
  });

  it('refuses inner nodes as entries, and trees of one level as those of another', () => {
    const entries = Array.from({ length: 2 }, (_, n) => sampleEntry(sampleReading(n), n));
    const [left, right] = entries.map((entry) => leafHash(entry)) as [Uint8Array, Uint8Array];
    const honest = sampleProof({ entries, index: 0 });
    const single = { index: 0, size: 1, path: [] };
    // A node's 64 bytes as an entry: RFC 6962 hashes it with another first byte, and it is no reading.
    expect(fails(check({ ...honest, entry: joinBytes(left, right), segment: single }))).toBe('entry');
    // A hub that puts the plain tree root, a node or an entry's hash where the segment root belongs.
    for (const value of [
      treeRoot([left, right]),
      nodeHash(left, right),
      left,
      hash('sha256', entries[0]!, 'buffer'),
    ]) {
      const values = Array.from({ length: 16 }, (_, i) => (i === 2 ? new Uint8Array(value) : sampleSeed(i)));
      const forged = sampleProof({
        entries,
        index: 0,
        change: (s) => ({ ...s, batchRoot: batchRoot(values) }),
      });
      const batch = { slot: 2, slots: 16, path: slotPath(values, 2) };
      const paths = [segmentPath([left, right], 0), [], [right]];
      for (const path of paths) {
        for (const size of [1, 2, 3]) {
          expect(fails(check({ ...forged, segment: { index: 0, size, path }, batch }))).toMatch(
            /segment|batch/,
          );
        }
      }
    }
    // A batch whose slots are entries' hashes themselves, without a segment between.
    const values = Array.from({ length: 16 }, (_, i) => (i === 2 ? segmentRootOf([left]) : sampleSeed(i)));
    expect(
      fails(
        check(sampleProof({ entries, index: 0, change: (s) => ({ ...s, batchRoot: batchRoot(values) }) })),
      ),
    ).toBe('batch');
  });

  it("refuses an event in a patient's slot and a reading in the hub's, though the hub signed it", () => {
    const event = check(sampleProof({ entries: [sampleEntry(sampleEvent)], index: 0, slot: 2 }));
    expect(fails(event)).toBe('batch');
    expect(textOf(event, 'batch')).toContain('event of the hub stands in slot 2');
    const reading = check(sampleProof({ slot: 0 }));
    expect(fails(reading)).toBe('batch');
    expect(textOf(reading, 'batch')).toContain('reading stands in slot 0');
  });

  it('refuses statements that the trusted hub did not sign', () => {
    const foreign = check(sampleProof({ hub: OTHER_HUB }));
    expect(fails(foreign)).toBe('statement');
    expect(textOf(foreign, 'statement')).toContain('not signed by a hub of the policy');
    expect(fails(check(sampleProof({ hub: nodeSigner(SAMPLE_HUB.name, sampleSeed(80)) })))).toBe('statement');
    // Right name and key id, another key: what an attacker with 2^32 tries has.
    const collided = { ...SAMPLE_HUB, sign: nodeSigner('x', sampleSeed(80)).sign };
    const verdict = check(sampleProof({ hub: collided }));
    expect(fails(verdict)).toBe('statement');
    expect(textOf(verdict, 'statement')).toContain('does not fit the statement');
    const ledgerAsHub = samplePolicy().replace(/^log.*\n/m, '');
    expect(fails(check(good, ledgerAsHub))).toBe('policy');
  });

  it('refuses a reading received after it was sealed', () => {
    const received = SAMPLE_SEALED_MS + 1;
    const verdict = check(sampleProof({ entries: [sampleEntry(sampleReading(0, { received }))], index: 0 }));
    expect(fails(verdict)).toBe('times');
    expect(
      fails(
        check(
          sampleProof({ entries: [sampleEntry(sampleReading(0, { received: SAMPLE_SEALED_MS }))], index: 0 }),
        ),
      ),
    ).toBeUndefined();
  });

  it('refuses a statement that is not in the ledger at its place', () => {
    expect(fails(check(withLedger(good, () => ({ index: SAMPLE_SEQUENCE + 1 }))))).toBe('inclusion');
    expect(fails(check(withLedger(good, () => ({ index: 70 }))))).toBe('inclusion');
    expect(fails(check(withLedger(good, ({ path }) => ({ path: path.toReversed() }))))).toBe('inclusion');
    expect(fails(check(withLedger(good, ({ path }) => ({ path: path.slice(1) }))))).toBe('inclusion');
    expect(fails(check(withLedger(good, () => ({ extra: Uint8Array.of(1) }))))).toBe('inclusion');
    // A stranger's line under the statement changes no signature, but its leaf.
    const note = parseNote(good.statement);
    const line = { name: 'x', keyId: 1, signature: Uint8Array.of(1) };
    const marked = formatNote({ ...note, signatures: [...note.signatures, line] });
    expect(fails(check({ ...good, statement: marked }))).toBe('batch');
  });

  it('refuses an older checkpoint, though the ledger signed it', () => {
    const leaves = sampleChain(SAMPLE_SEQUENCE).map((n) => statementHash(n));
    const text = formatCheckpoint({ origin: SAMPLE_LOG.name, size: leaves.length, root: treeRoot(leaves) });
    const checkpoint = signNote(text, [SAMPLE_LOG, ALICE, BOB]);
    const verdict = check(withLedger(good, () => ({ checkpoint })));
    expect(fails(verdict)).toBe('inclusion');
    expect(textOf(verdict, 'inclusion')).toContain('covers 57 entries only');
    const path = inclusionPath(leaves, SAMPLE_SEQUENCE - 1);
    expect(fails(check(withLedger(good, () => ({ checkpoint, path, index: SAMPLE_SEQUENCE - 1 }))))).toBe(
      'inclusion',
    );
  });

  it('refuses ledgers that the policy does not name', () => {
    expect(fails(check(sampleProof({ log: nodeSigner('heartwood/ledger/other', sampleSeed(3)) })))).toBe(
      'checkpoint',
    );
    expect(fails(check(sampleProof({ log: nodeSigner(SAMPLE_LOG.name, sampleSeed(81)) })))).toBe(
      'checkpoint',
    );
    expect(
      fails(check(sampleProof({ log: { ...SAMPLE_LOG, sign: nodeSigner('x', sampleSeed(81)).sign } }))),
    ).toBe('checkpoint');
    // The ledger of the policy signs a checkpoint of another origin.
    const renamed = { ...SAMPLE_LOG, name: 'heartwood/ledger/other' };
    const verdict = check(resigned(sampleProof({ log: renamed }), SAMPLE_LOG, ALICE, BOB));
    expect(fails(verdict)).toBe('checkpoint');
    expect(textOf(verdict, 'checkpoint')).toContain('does not name the ledger');
    expect(fails(check(resigned(good, ALICE, BOB)))).toBe('checkpoint');
  });

  it('counts witnesses as the policy says, each once, and believes no line it cannot check', () => {
    expect(fails(check(sampleProof({ witnesses: [ALICE] })))).toBe('witnesses');
    expect(fails(check(sampleProof({ witnesses: [] })))).toBe('witnesses');
    expect(fails(check(sampleProof({ witnesses: [ALICE, ALICE] })))).toBe('witnesses');
    const any = samplePolicy('group one any alice bob\nquorum one');
    expect(fails(check(sampleProof({ witnesses: [BOB] }), any))).toBeUndefined();
    const forged = { ...ALICE, sign: nodeCosigner('x', sampleSeed(82), () => 1).sign };
    expect(fails(check(sampleProof({ witnesses: [forged, BOB] }), any))).toBe('witnesses');
    const plain = { ...ALICE, sign: nodeSigner('x', sampleSeed(4)).sign };
    expect(fails(check(sampleProof({ witnesses: [plain, BOB] }), any))).toBe('witnesses');
    expect(fails(check(sampleProof({ witnesses: [BOB, BOB] }), any))).toBe('witnesses');
    expect(fails(check(resigned(good, SAMPLE_LOG, SAMPLE_LOG, ALICE, BOB)))).toBe('witnesses');
  });

  it('refuses lines of keys that the policy does not name, unless told to let them be', () => {
    const stranger = sampleProof({ witnesses: [ALICE, BOB, CAROL] });
    const verdict = check(stranger);
    expect(fails(verdict)).toBe('witnesses');
    expect(textOf(verdict, 'witnesses')).toContain(CAROL.name);
    expect(fails(check(stranger, POLICY, { ...fast, allowStrangers: true }))).toBeUndefined();
  });

  it('takes no checkpoint of one log for that of another in a policy of two', () => {
    const second = nodeSigner('heartwood/ledger/second', sampleSeed(83));
    const policy = `log ${formatVerifierKey(second)}\n${POLICY}`;
    expect(fails(check(good, policy))).toBeUndefined();
    expect(fails(check(resigned(good, SAMPLE_LOG, second, ALICE, BOB), policy))).toBe('witnesses');
    expect(fails(check(resigned(good, second, ALICE, BOB), policy))).toBe('checkpoint');
  });
});

describe('verifyBundle, on nonsense', () => {
  it.each(['', 'x', '{}', '[]', 'null', '\u0000', '{"format":"heartwood-proof/v1"}'])(
    'does not throw on %j',
    (text) => {
      const verdict = check(text);
      expect(fails(verdict)).toBe('format');
      expect(verdict.steps).toHaveLength(STEPS.length);
      expect(verdict.summary).toMatch(
        /^This proof does not hold\. It fails at "Form of the file": Not a proof bundle/,
      );
      expect(verdict).toMatchObject({ proves: [], doesNotProve: [] });
      expect(textOf(verdict, 'statement')).toBe('Not checked: it stands on a step above that failed.');
    },
  );

  it('does not throw on a bad policy, and still says what the file claims', () => {
    for (const policy of [
      '',
      'quorum none',
      'x',
      samplePolicy().replace(/^hub.*\n/m, ''),
      samplePolicy().replace(/^log.*\n/m, ''),
    ]) {
      const verdict = check(good, policy);
      expect(fails(verdict)).toBe('policy');
      expect(verdict.claim?.description).toBe('Heart rate 86 /min');
    }
    expect(textOf(check(good, 'quorum none\nx'), 'policy')).toBe(
      'Policy line 2: "x" is not one of hub, log, witness, group, quorum.',
    );
  });

  it('does not throw on files that are no notes inside', () => {
    for (const text of ['\n', 'x\n', '\n\n\n']) {
      expect(fails(check({ ...good, statement: text }))).toBe('batch');
      expect(fails(check({ ...good, ledger: text }))).toBe('inclusion');
      expect(fails(check(withLedger(good, () => ({ checkpoint: text }))))).toBe('inclusion');
    }
  });
});
