import { describe, expect, it } from 'vitest';
import { formatBundle, type ProofBundle } from './bundle.ts';
import { formatVerifierKey, KEY_TYPES, type VerifierKey } from './key.ts';
import { postQuantumSigner, proofWithPostQuantum, withPostQuantum } from './ledger-post-quantum.ts';
import { SAMPLE_LOG, sampleSeed } from './ledger-sample.ts';
import { LogClient } from './log-client.ts';
import { nodeVerifyMlDsa44 } from './node-mldsa.ts';
import { NODE_PRIMITIVES, nodeSha256, nodeVerifyEd25519 } from './node-primitive.ts';
import { formatNote, parseNote, verifyNote } from './note.ts';
import { samplePolicy, sampleProof } from './proof-sample.ts';
import { formatTlogProof, parseTlogProof } from './tlog-proof.ts';
import { verifyBundle } from './verify.ts';

const PQ = postQuantumSigner(SAMPLE_LOG.name, sampleSeed(3));
const plain = sampleProof();
const both: ProofBundle = { ...plain, ledger: proofWithPostQuantum(plain.ledger, SAMPLE_LOG, PQ) };
const checkpointOf = ({ ledger }: ProofBundle): string => parseTlogProof(ledger).checkpoint;
const withCheckpoint = (bundle: ProofBundle, checkpoint: string): ProofBundle => ({
  ...bundle,
  ledger: formatTlogProof({ ...parseTlogProof(bundle.ledger), checkpoint }),
});
const ED_LINE = `log ${formatVerifierKey(SAMPLE_LOG)}\n`;
const PQ_LINE = `log ${formatVerifierKey(PQ)}\n`;
/** The sample's policy with these lines for its ledger. */
const policyWith = (lines: string): string => samplePolicy().replace(ED_LINE, lines);
const verified = (bundle: ProofBundle, lines: string, verifyMlDsa44 = true) =>
  verifyBundle(formatBundle(bundle), policyWith(lines), {
    digest: nodeSha256,
    verify: nodeVerifyEd25519,
    ...(verifyMlDsa44 && { verifyMlDsa44: nodeVerifyMlDsa44 }),
  });
const why = (verdict: ReturnType<typeof verified>): string =>
  verdict.steps.find(({ ok }) => !ok)?.text ?? 'holds';

describe("the ledger's ML-DSA-44 signature", () => {
  it('is by a key of the same name, made from the same seed, and stands behind the Ed25519 line', () => {
    expect(PQ).toMatchObject({ name: SAMPLE_LOG.name, type: KEY_TYPES.cosignatureMlDsa44 });
    expect(formatVerifierKey(postQuantumSigner(SAMPLE_LOG.name, sampleSeed(3)))).toBe(formatVerifierKey(PQ));
    expect(PQ.keyId).not.toBe(postQuantumSigner(SAMPLE_LOG.name, sampleSeed(4)).keyId);
    const { signatures, text } = parseNote(checkpointOf(both));
    expect(signatures.slice(0, 2).map(({ keyId }) => keyId)).toEqual([SAMPLE_LOG.keyId, PQ.keyId]);
    expect(signatures).toHaveLength(4);
    // Its time is 0: a log does not claim to have looked.
    expect([...signatures[1]!.signature.subarray(0, 8)]).toEqual(Array(8).fill(0));
    expect(signatures[1]!.signature).toHaveLength(8 + 2420);
    for (const key of [SAMPLE_LOG, PQ]) {
      const keys: VerifierKey[] = [key];
      expect(
        verifyNote(checkpointOf(both), keys, nodeVerifyEd25519, nodeVerifyMlDsa44).verified,
      ).toHaveLength(1);
    }
    expect(text).toBe(parseNote(checkpointOf(plain)).text);
    expect(withPostQuantum(checkpointOf(both), SAMPLE_LOG, PQ)).toBe(checkpointOf(both));
  });

  it('is put on nothing that the Ed25519 key has not signed', () => {
    const { text, signatures } = parseNote(checkpointOf(plain));
    const unsigned = formatNote({ text, signatures: signatures.slice(1) });
    expect(() => withPostQuantum(unsigned, SAMPLE_LOG, PQ)).toThrow(/no key that is trusted/);
    const other = formatNote({ text: text.replace('\n70\n', '\n71\n'), signatures });
    expect(other).not.toBe(checkpointOf(plain));
    expect(() => withPostQuantum(other, SAMPLE_LOG, PQ)).toThrow(/does not belong/);
  });

  it('lets a proof hold by either key, by both, and in a verifier that cannot check it', () => {
    for (const lines of [ED_LINE, PQ_LINE, ED_LINE + PQ_LINE, PQ_LINE + ED_LINE]) {
      expect([lines.length, why(verified(both, lines))]).toEqual([lines.length, 'holds']);
    }
    expect(why(verified(plain, ED_LINE))).toBe('holds');
    expect(why(verified(plain, ED_LINE + PQ_LINE))).toBe('holds');
    expect(why(verified(plain, PQ_LINE))).toMatch(/not signed by the key that the policy names/);
    expect(why(verified(both, ED_LINE, false))).toBe('holds');
    expect(why(verified(both, ED_LINE + PQ_LINE, false))).toBe('holds');
    expect(why(verified(both, PQ_LINE, false))).toMatch(/cannot be checked here/);
    expect(verified(both, PQ_LINE).steps.find(({ name }) => name === 'checkpoint')?.text).toMatch(
      /signed its checkpoint over 70 entries with ML-DSA-44\.$/,
    );
  });

  it('refuses a proof where a key that the policy names is altered, and a third line under its name', () => {
    const { text, signatures } = parseNote(checkpointOf(both));
    const bent = (at: number, byte: number): ProofBundle =>
      withCheckpoint(
        both,
        formatNote({
          text,
          signatures: signatures.map((line, i) => {
            if (i !== at) return line;
            const signature = line.signature.slice();
            signature[byte]! ^= 1;
            return { ...line, signature };
          }),
        }),
      );
    for (const [at, byte] of [
      [1, 7],
      [1, 8],
      [1, 2427],
      [0, 63],
    ] as const) {
      expect(why(verified(bent(at, byte), ED_LINE + PQ_LINE))).toMatch(/does not fit the checkpoint/);
    }
    expect(why(verified(bent(1, 100), PQ_LINE))).toMatch(/does not fit/);
    // Which other key it is cannot be said by a policy that does not name it; where it names both, every line must be named.
    expect(why(verified(bent(1, 100), ED_LINE))).toBe('holds');
    const third = { ...signatures[1]!, keyId: 7 };
    const twice = withCheckpoint(both, formatNote({ text, signatures: [...signatures, third] }));
    for (const lines of [ED_LINE, ED_LINE + PQ_LINE]) {
      expect(why(verified(twice, lines))).toMatch(/a key that the policy does not name/);
    }
    const renamed = signatures.map((line, i) => (i === 1 ? third : line));
    const unnamed = withCheckpoint(both, formatNote({ text, signatures: renamed }));
    expect(why(verified(unnamed, ED_LINE + PQ_LINE))).toMatch(/a key that the policy does not name/);
  });

  it('costs a proof 3.3 kB, which is why it rides only where it is asked for', () => {
    const [small, large] = [formatBundle(plain).length, formatBundle(both).length];
    expect(small).toBeLessThan(4096);
    expect(large - small).toBeGreaterThan(3250);
    expect(large - small).toBeLessThan(3400);
  });

  it('is enough for a client of the log that knows no other key', async () => {
    const client = new LogClient({
      url: 'http://log.invalid',
      key: PQ,
      fetch: async () => new Response(checkpointOf(both)),
      sleep: async () => undefined,
      random: () => 0,
      ...NODE_PRIMITIVES,
    });
    expect((await client.head()).size).toBe(70);
    expect(() => client.parseHead(checkpointOf(plain))).toThrow(/no key that is trusted/);
  });
});
