import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { formatBundle } from './bundle.ts';
import { hexOf } from './bytes.ts';
import { formatCheckpoint, parseCheckpoint } from './checkpoint.ts';
import { verifyCosignatures } from './cosignature.ts';
import { formatVerifierKey, KEY_TYPES, parseVerifierKey, type Signer, verifierKey } from './key.ts';
import { SAMPLE_LOG, SAMPLE_WITNESSES, sampleSeed } from './ledger-sample.ts';
import { checkpointMessage, subtreeMessage } from './mldsa-cosignature.ts';
import { nodeMlDsaCosigner, nodeVerifyMlDsa44 } from './node-mldsa.ts';
import { NODE_PRIMITIVES, nodeSigner, nodeVerifyEd25519 } from './node-primitive.ts';
import { parseNote, signNote, verifyNote } from './note.ts';
import { SAMPLE_SEALED_MS, samplePolicy, sampleProof } from './proof-sample.ts';
import { parseTlogProof } from './tlog-proof.ts';
import { type VerifyOptions, verifyBundle } from './verify.ts';

const witness = nodeMlDsaCosigner('witness.example/w4', sampleSeed(4), () => 1_679_315_147);
const [ALICE] = SAMPLE_WITNESSES as [Signer];
const CHECKPOINT = formatCheckpoint({
  origin: 'example.com/behind-the-sofa',
  size: 20_852_163,
  root: sampleSeed(9),
});
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('ML-DSA-44 keys', () => {
  it('have the id of c2sp.org/tlog-cosignature, and travel as words', () => {
    const hashed = Buffer.concat([utf8('witness.example/w4\n\u0006'), witness.publicKey]);
    expect(witness.keyId).toBe(createHash('sha256').update(hashed).digest().readUInt32BE(0));
    const { sign: _sign, ...key } = witness;
    expect(key).toMatchObject({ type: KEY_TYPES.cosignatureMlDsa44 });
    expect(key.publicKey).toHaveLength(1312);
    expect(parseVerifierKey(formatVerifierKey(witness))).toEqual(key);
  });

  it('refuse other lengths, and names that the message cannot carry', () => {
    expect(() => verifierKey('w', new Uint8Array(32), 6)).toThrow(/1312 bytes, not 32/);
    expect(() => verifierKey('w', new Uint8Array(1312), 4)).toThrow(/32 bytes, not 1312/);
    expect(() => verifierKey('w'.repeat(256), new Uint8Array(1312), 6)).toThrow(/at most 255/);
    expect(() => nodeMlDsaCosigner('w', new Uint8Array(31), () => 0)).toThrow(/32 bytes/);
    const short = formatVerifierKey(witness).slice(0, -4);
    expect(() => parseVerifierKey(short)).toThrow();
  });
});

describe('ML-DSA-44 message', () => {
  it('is the cosigned_message of c2sp.org/tlog-cosignature, byte for byte', () => {
    const expected = [
      '737562747265652f76310a00',
      `12${Buffer.from('witness.example/w4').toString('hex')}`,
      '00000000641850cb',
      `1b${Buffer.from('example.com/behind-the-sofa').toString('hex')}`,
      '0000000000000000',
      '00000000013e2dc3',
      '09'.repeat(32),
    ].join('');
    expect(hexOf(checkpointMessage('witness.example/w4', 1_679_315_147, utf8(CHECKPOINT)))).toBe(expected);
  });

  it('refuses what it cannot say', () => {
    const subtree = { cosigner: 'w', timeS: 0, origin: 'o', start: 4, end: 8, hash: sampleSeed(1) };
    expect(subtreeMessage(subtree)).toHaveLength(72);
    expect(() => subtreeMessage({ ...subtree, timeS: 1 })).toThrow(/has no time/);
    expect(() => subtreeMessage({ ...subtree, origin: 'ü'.repeat(128) })).toThrow(/more than 255/);
    expect(() => subtreeMessage({ ...subtree, cosigner: '' })).toThrow(/no bytes/);
    expect(() => subtreeMessage({ ...subtree, hash: new Uint8Array(31) })).toThrow(/32 bytes/);
    expect(() => signNote('no checkpoint\n', [witness])).toThrow(/not a checkpoint/);
  });
});

describe('ML-DSA-44 cosignature', () => {
  const note = signNote(CHECKPOINT, [SAMPLE_LOG, witness]);
  const verified = (text: string) => verifyNote(text, [witness], nodeVerifyEd25519, nodeVerifyMlDsa44);

  it('is 2,428 bytes on its line, says when, and is bound to time, name, origin, size and root', () => {
    const { signature } = parseNote(note).signatures[1]!;
    expect(signature).toHaveLength(2428);
    expect(verifyCosignatures(parseNote(note), [witness], nodeVerifyEd25519, nodeVerifyMlDsa44)).toEqual([
      { key: witness, timeS: 1_679_315_147 },
    ]);
    for (const changed of [
      note.replace('the-sofa', 'the-bed'),
      note.replace('20852163', '20852164'),
      note.replace('CQkJCQkJ', 'CQkJCQkK'),
    ]) {
      expect(changed).not.toBe(note);
      expect(() => verified(changed)).toThrow(/does not belong/);
    }
    for (const at of [0, 7, 8, 2427]) {
      const parsed = parseNote(note);
      parsed.signatures[1]!.signature[at]! ^= 1;
      expect(() => verifyNote(parsed, [witness], nodeVerifyEd25519, nodeVerifyMlDsa44)).toThrow(/does not/);
    }
    const renamed = nodeMlDsaCosigner('another', sampleSeed(4), () => 1);
    const lent = { ...witness, sign: renamed.sign };
    expect(() => verified(signNote(CHECKPOINT, [lent]))).toThrow(/does not belong/);
    const short = { ...witness, sign: () => new Uint8Array(72) };
    expect(() => verified(signNote(CHECKPOINT, [short]))).toThrow(/does not belong/);
  });

  it('does not belong to a text that is no checkpoint, and covers no extension lines', () => {
    const elsewhere = { text: 'hello\n', signatures: parseNote(note).signatures };
    expect(() => verifyNote(elsewhere, [witness], nodeVerifyEd25519, nodeVerifyMlDsa44)).toThrow(/does not/);
    const extended = { text: `${CHECKPOINT}more\n`, signatures: parseNote(note).signatures };
    expect(verifyNote(extended, [witness], nodeVerifyEd25519, nodeVerifyMlDsa44).verified).toHaveLength(1);
  });

  it('is a stranger where there is nothing to check it with', () => {
    expect(verifyNote(note, [SAMPLE_LOG, witness], nodeVerifyEd25519)).toMatchObject({
      verified: [{ key: SAMPLE_LOG }],
      strangers: [{ name: witness.name }],
    });
    expect(verifyCosignatures(parseNote(note), [witness], nodeVerifyEd25519)).toEqual([]);
  });

  it('refuses keys and signatures of other lengths without asking OpenSSL', () => {
    expect(nodeVerifyMlDsa44(new Uint8Array(32), utf8(''), new Uint8Array(2420))).toBe(false);
    expect(nodeVerifyMlDsa44(witness.publicKey, utf8(''), new Uint8Array(64))).toBe(false);
  });
});

describe('verifyBundle with ML-DSA-44', () => {
  const NOW_S = SAMPLE_SEALED_MS / 1000 + 5;
  const pq = nodeMlDsaCosigner(ALICE.name, sampleSeed(40), () => NOW_S);
  const policy = (quorum: string): string =>
    samplePolicy(`witness alice-pq ${formatVerifierKey(pq)}\n${quorum}`);
  const either = policy('group one any alice alice-pq\nquorum one');
  const needed = policy('quorum alice-pq');
  const node: VerifyOptions = NODE_PRIMITIVES;
  const browser: VerifyOptions = { ...NODE_PRIMITIVES, verifyMlDsa44: undefined };
  const step = (bundle: string, policyText: string, options: VerifyOptions, name = 'witnesses') => {
    const verdict = verifyBundle(bundle, policyText, options);
    return { ok: verdict.ok, text: verdict.steps.find((s) => s.name === name)!.text, verdict };
  };
  const bundleBy = (...witnesses: Signer[]): string => formatBundle(sampleProof({ witnesses }));

  it('holds by either key of a witness, and counts its clock once', () => {
    expect(step(bundleBy(ALICE), either, node).ok).toBe(true);
    expect(step(bundleBy(pq), either, node).ok).toBe(true);
    const both = step(bundleBy(ALICE, pq), either, node);
    expect(both.ok).toBe(true);
    expect(both.verdict.proves.join(' ')).toContain('by the clock of a witness');
    expect(step(bundleBy(ALICE), needed, node).ok).toBe(false);
  });

  it('says plainly where it cannot be checked, counts it for nothing, and needs no more than it has', () => {
    const alone = step(bundleBy(pq), either, browser);
    expect(alone.ok).toBe(false);
    expect(alone.text).toMatch(
      /is seen to have cosigned.*NOT CHECKED: the ML-DSA-44 cosignature of alice-pq/,
    );
    const both = step(bundleBy(ALICE, pq), either, browser);
    expect(both.ok).toBe(true);
    expect(both.text).toMatch(/cosigned by alice at .*NOT CHECKED.*`heartwood verify`/);
    expect(step(bundleBy(ALICE, pq), either, node).text).not.toContain('NOT CHECKED');
  });

  it('refuses a changed one', () => {
    const text = bundleBy(ALICE, pq);
    const line = text.split('\n').find((l) => l.length > 3000)!;
    const flipped = line.replace(/(.{2000})(.)/, (_, head, c) => head + (c === 'A' ? 'B' : 'A'));
    expect(step(text.replace(line, flipped), either, node).ok).toBe(false);
  });

  it("takes a ledger's own ML-DSA-44 signature, with time 0, but no lines that it does not cover", () => {
    const log = nodeMlDsaCosigner(SAMPLE_LOG.name, sampleSeed(41), () => 0);
    const none = samplePolicy('quorum none').replace(
      /^log .*$/m,
      `log ${formatVerifierKey(SAMPLE_LOG)}\nlog ${formatVerifierKey(log)}`,
    );
    const signedBy = (...signers: Signer[]): string => {
      const bundle = sampleProof({ witnesses: [] });
      const { text } = parseNote(parseTlogProof(bundle.ledger).checkpoint);
      return formatBundle({
        ...bundle,
        ledger: bundle.ledger.slice(0, bundle.ledger.indexOf(text)) + signNote(text, signers),
      });
    };
    expect(parseCheckpoint(parseNote(parseTlogProof(sampleProof().ledger).checkpoint).text).size).toBe(70);
    expect(step(signedBy(log), none, node).ok).toBe(true);
    expect(step(signedBy(SAMPLE_LOG, log), none, node).ok).toBe(true);
    expect(step(signedBy(SAMPLE_LOG, log), none, browser).ok).toBe(true);
    expect(step(signedBy(log), none, browser, 'checkpoint')).toMatchObject({
      ok: false,
      text: expect.stringContaining('with ML-DSA-44 only, which cannot be checked here'),
    });
    const forged = { ...log, sign: nodeMlDsaCosigner(log.name, sampleSeed(42), () => 0).sign };
    expect(step(signedBy(forged), none, node, 'checkpoint').ok).toBe(false);
    const bundle = sampleProof({ witnesses: [] });
    const { text } = parseNote(parseTlogProof(bundle.ledger).checkpoint);
    const extended = (...signers: Signer[]) => ({
      ...bundle,
      ledger: bundle.ledger.slice(0, bundle.ledger.indexOf(text)) + signNote(`${text}more\n`, signers),
    });
    expect(step(formatBundle(extended(log)), none, node, 'checkpoint').text).toContain('does not cover');
    expect(step(formatBundle(extended(log, nodeSigner(SAMPLE_LOG.name, sampleSeed(3)))), none, node).ok).toBe(
      true,
    );
  });
});
