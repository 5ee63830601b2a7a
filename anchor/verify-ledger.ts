// The second half of a proof: from the statement, over the ledger's tree, to a checkpoint that a trusted ledger signed
// and enough witnesses saw.

import type { ProofBundle } from './bundle.ts';
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';
import { type Cosignature, verifyCosignatures } from './cosignature.ts';
import { AnchorError } from './error.ts';
import { KEY_TYPES, type KeyType, type VerifierKey } from './key.ts';
import { MLDSA44_SIGNATURE_BYTES } from './mldsa-cosignature.ts';
import { parseNote, type SignedNote, type VerifiedNote, verifyNote } from './note.ts';
import { describeQuorum, isQuorum, type Policy } from './policy.ts';
import type { Digest, VerifyEd25519, VerifyMlDsa44 } from './primitive.ts';
import { checkInclusion } from './proof.ts';
import { statementHash } from './statement.ts';
import { parseTlogProof } from './tlog-proof.ts';
import { countWords, spanWords, timeWords } from './verdict.ts';
import { Failed, type Finding } from './verify-step.ts';

/** Cosignatures count whole seconds, and clocks at home are a little off. */
const CLOCK_TOLERANCE_MS = 10_000;

/** The statement's place in the ledger, proved against a checkpoint that is still to be believed. */
export type LedgerPlaced = {
  readonly index: number;
  readonly checkpoint: Checkpoint;
  readonly note: SignedNote;
};

export function checkLedgerPlace(
  { ledger, statement }: Pick<ProofBundle, 'ledger' | 'statement'>,
  digest: Digest,
): Finding<LedgerPlaced> {
  const { extra, index, path, checkpoint: noteText } = parseTlogProof(ledger);
  if (extra !== undefined)
    throw new Failed('The ledger proof has an "extra" line, for which nothing vouches.');
  const note = parseNote(noteText);
  const checkpoint = parseCheckpoint(note.text);
  const { origin, size, root } = checkpoint;
  if (index >= size) {
    throw new Failed(
      `The statement is said to be entry ${index} of the ledger, but the checkpoint covers ${size} entries only.`,
    );
  }
  if (!checkInclusion(statementHash(statement, digest), index, size, path, root, digest)) {
    throw new Failed(
      `The path does not lead from the statement to the root of the ledger's checkpoint: this statement is not entry ${index} of that ledger, or the path or the checkpoint was altered.`,
    );
  }
  return {
    text: `The statement is entry ${index} of the ${size} that ${origin} had then.`,
    value: { index, checkpoint, note },
  };
}

export function checkCheckpoint(
  { checkpoint, note }: LedgerPlaced,
  policy: Policy,
  verify: VerifyEd25519,
  verifyMlDsa44: VerifyMlDsa44 | undefined,
): Finding<true> {
  const { origin, size, extensions } = checkpoint;
  const keys = policy.logs.map(({ key }) => key).filter(({ name }) => name === origin);
  if (keys.length === 0) throw new Failed(`The policy does not name the ledger "${origin}".`);
  let verified: VerifiedNote['verified'];
  try {
    verified = verifyNote(note, keys, verify, verifyMlDsa44).verified;
  } catch (error) {
    if (!(error instanceof AnchorError)) throw error;
    if (error.code === 'unknown-signer') {
      const uncheckable = uncheckableLines(note, keys, verifyMlDsa44);
      if (uncheckable.length > 0) {
        throw new Failed(
          `The ledger signed its checkpoint with ML-DSA-44 only, which cannot be checked here. ${ELSEWHERE}`,
        );
      }
      throw new Failed(
        `The checkpoint is not signed by the key that the policy names for "${origin}": it may be a ledger made up for this proof.`,
      );
    }
    if (error.code === 'bad-signature') {
      throw new Failed(
        "The ledger's signature does not fit the checkpoint: the checkpoint was altered, or the ledger never signed it.",
      );
    }
    throw error;
  }
  // A signature of type 0x06 does not cover them.
  if (extensions.length > 0 && verified.every(({ key }) => key.type === KEY_TYPES.cosignatureMlDsa44)) {
    throw new Failed('The checkpoint has further lines, which its ML-DSA-44 signature does not cover.');
  }
  const kinds = verified.map(({ key }) => (key.type === KEY_TYPES.ed25519 ? 'Ed25519' : 'ML-DSA-44'));
  const by = kinds.length === 1 && kinds[0] === 'Ed25519' ? '' : ` with ${kinds.join(' and ')}`;
  return {
    text: `The ledger ${origin} signed its checkpoint over ${countWords(size, 'entry', 'entries')}${by}.`,
    value: true,
  };
}

type WitnessChecks = {
  readonly endMs: number | undefined;
  readonly verify: VerifyEd25519;
  readonly verifyMlDsa44: VerifyMlDsa44 | undefined;
  readonly allowStrangers: boolean;
};

const ELSEWHERE = '`heartwood verify` in a terminal can check it.';

/** Bytes of a signature line behind the key id, by the type of a ledger's key. */
const LOG_LINE_BYTES: Readonly<Partial<Record<KeyType, number>>> = {
  [KEY_TYPES.ed25519]: 64,
  [KEY_TYPES.cosignatureMlDsa44]: 8 + MLDSA44_SIGNATURE_BYTES,
};

/**
 * A ledger signs with Ed25519 and with ML-DSA-44, and a policy may name only one of the two keys: a proof that carries
 * both lines holds by either. The first line under the ledger's name that has the form of the kind which the policy does
 * not name is that other signature. Where the policy names both kinds there is none.
 */
function otherSignature(
  { origin }: Checkpoint,
  note: SignedNote,
  { logs }: Policy,
): SignedNote['signatures'][number] | undefined {
  const named = logs.flatMap(({ key }) => (key.name === origin ? [key.type] : []));
  const missing = [KEY_TYPES.ed25519, KEY_TYPES.cosignatureMlDsa44].filter((type) => !named.includes(type));
  return note.signatures.find(
    ({ name, signature }) =>
      name === origin && missing.some((type) => LOG_LINE_BYTES[type] === signature.length),
  );
}

/** Keys of type 0x06 that have a line in the note, where there is nothing to check them with. */
function uncheckableLines(
  note: SignedNote,
  keys: readonly VerifierKey[],
  verifyMlDsa44: VerifyMlDsa44 | undefined,
): VerifierKey[] {
  if (verifyMlDsa44) return [];
  return keys.filter(
    ({ type, name, keyId }) =>
      type === KEY_TYPES.cosignatureMlDsa44 &&
      note.signatures.some((line) => line.name === name && line.keyId === keyId),
  );
}

export function checkWitnesses(
  { checkpoint, note }: LedgerPlaced,
  policy: Policy,
  { endMs, verify, verifyMlDsa44, allowStrangers }: WitnessChecks,
): Finding<readonly Cosignature[]> {
  let cosignatures: Cosignature[];
  try {
    cosignatures = verifyCosignatures(
      note,
      policy.witnesses.map(({ key }) => key),
      verify,
      verifyMlDsa44,
    );
  } catch (error) {
    if (!(error instanceof AnchorError) || error.code !== 'bad-signature') throw error;
    throw new Failed(`${error.message}: a witness's line was altered, or belongs to another checkpoint.`);
  }
  const known = [...policy.logs.filter(({ key }) => key.name === checkpoint.origin), ...policy.witnesses].map(
    ({ key }) => key,
  );
  const seen = new Set<string>();
  const other = otherSignature(checkpoint, note, policy);
  for (const line of note.signatures) {
    const { name, keyId } = line;
    if (!allowStrangers && line !== other && !known.some((key) => key.name === name && key.keyId === keyId)) {
      throw new Failed(
        `The checkpoint has a signature line by "${name}", a key that the policy does not name, so that nothing vouches for that line.`,
      );
    }
    if (seen.has(`${name} ${keyId}`))
      throw new Failed(`The checkpoint has two signature lines by the same key of "${name}".`);
    seen.add(`${name} ${keyId}`);
  }
  const words = cosignatures.map(({ key, timeS }) => {
    const { name } = policy.witnesses.find((witness) => witness.key === key)!;
    return timeS === 0 ? name : `${name} at ${timeWords(timeS * 1000)}`;
  });
  const uncheckable = uncheckableLines(
    note,
    policy.witnesses.map(({ key }) => key),
    verifyMlDsa44,
  );
  const names = uncheckable.map((key) => policy.witnesses.find((witness) => witness.key === key)!.name);
  const notCounted =
    names.length === 0
      ? ''
      : ` NOT CHECKED: the ML-DSA-44 cosignature of ${names.join(', ')}, which cannot be checked here and was not counted. ${ELSEWHERE}`;
  if (!isQuorum(policy.quorum, new Set(cosignatures.map(({ key }) => key)))) {
    const found = words.length === 0 ? 'no witness cosigned the checkpoint' : `only ${words.join(', ')} did`;
    const seenToCosign = names.length === 0 ? found : found.replace('cosigned', 'is seen to have cosigned');
    throw new Failed(
      `The policy asks for ${describeQuorum(policy.quorum)}, and ${seenToCosign}: the ledger may have shown others something else.${notCounted}`,
    );
  }
  if (words.length > 0) {
    const ahead = Math.max(
      0,
      ...cosignatures.map(({ timeS }) => (timeS > 0 ? (endMs ?? 0) - timeS * 1000 : 0)),
    );
    const clocks =
      ahead > CLOCK_TOLERANCE_MS
        ? ` CLOCKS DISAGREE: a witness saw it ${spanWords(ahead)} before its interval ended by the hub's clock, so that one of the two was wrong.`
        : '';
    const text = `The same checkpoint was seen and cosigned by ${words.join(', ')}.${clocks}${notCounted}`;
    return { text, value: cosignatures };
  }
  return {
    text:
      'The policy asks for no witness, and none cosigned: that the ledger shows everybody the same is its word alone.' +
      notCounted,
    value: cosignatures,
  };
}
