// The verifier: from a proof bundle and a policy to a verdict, offline, in Node or a browser. It believes nothing but the
// keys of the policy. Everything in the bundle is the attacker's: each step takes from it only what the steps before
// and after bind by a hash or a signature, and no step throws.

import type { AnchorFinding } from './anchor-finding.ts';
import { type ProofBundle, parseBundle } from './bundle.ts';
import type { Cosignature } from './cosignature.ts';
import { describeQuorum, type Policy, parsePolicy } from './policy.ts';
import { type Digest, sha256, type VerifyEd25519, type VerifyMlDsa44, verifyEd25519 } from './primitive.ts';
import { readStatementNote, type Statement } from './statement.ts';
import { type Claim, countWords, STEP_TITLES, type Step, timeWords, type Verdict } from './verdict.ts';
import { type AnchorGrounds, checkAnchors } from './verify-anchors.ts';
import { checkBatch, checkEntry, checkSegment, checkStatement, checkTimes, claimOf } from './verify-entry.ts';
import { checkCheckpoint, checkLedgerPlace, checkWitnesses, type LedgerPlaced } from './verify-ledger.ts';
import { Failed, type Finding, need, quietly, Steps } from './verify-step.ts';

export type VerifyOptions = AnchorGrounds & {
  readonly digest?: Digest;
  readonly verify?: VerifyEd25519;
  /**
   * Checks ML-DSA-44 signatures. A browser has nothing to give here: such lines are then not counted, and the verdict
   * says so.
   */
  readonly verifyMlDsa44?: VerifyMlDsa44 | undefined;
  /**
   * Accept signature lines by keys that the policy does not name, as c2sp.org/signed-note asks of its readers. Refused
   * unless set: nothing vouches for such a line, and here every byte of the file is vouched for.
   */
  readonly allowStrangers?: boolean;
  /** A reading sealed longer than this after it was received is called late; 60 s unless set. */
  readonly lateAfterMs?: number;
};

/** Checks a proof bundle against a policy file. Never throws; costs one Ed25519 verification a signature line. */
export function verifyBundle(
  bundleFile: string | Uint8Array,
  policyFile: string | Uint8Array,
  options: VerifyOptions = {},
): Verdict {
  const { digest = sha256, verify = verifyEd25519, verifyMlDsa44 } = options;
  const { allowStrangers = false, lateAfterMs = 60_000 } = options;
  const steps = new Steps(STEP_TITLES);

  const policy = steps.take('policy', () => checkPolicy(policyFile));
  const bundle = steps.take('format', () => checkFormat(bundleFile));
  // Read ahead without belief: the signature is checked when its step comes.
  const statement = bundle && quietly(() => readStatementNote(bundle.statement));
  const entry = steps.take('entry', () => checkEntry(need(bundle)));
  const segment = steps.take('segment', () => checkSegment(need(bundle), digest));
  steps.take('batch', () => checkBatch(need(bundle), need(segment), need(entry), statement, digest));
  const sworn = steps.take('statement', () => checkStatement(need(bundle), need(policy), verify));
  steps.take('times', () => checkTimes(need(entry), need(sworn), lateAfterMs));
  const ledger = steps.take('inclusion', () => checkLedgerPlace(need(bundle), digest));
  steps.take('checkpoint', () => checkCheckpoint(need(ledger), need(policy), verify, verifyMlDsa44));
  const cosignatures = steps.take('witnesses', () =>
    checkWitnesses(need(ledger), need(policy), {
      endMs: statement?.endMs,
      verify,
      verifyMlDsa44,
      allowStrangers,
    }),
  );
  const { anchors } = bundle ?? {};
  const findings =
    anchors && steps.take('anchors', () => checkAnchors(anchors, need(ledger).note.text, digest, options));

  const claim = entry && bundle && claimOf(entry, bundle, statement);
  const ok = steps.list.every((step) => step.ok);
  const words =
    ok && claim && policy && sworn && ledger && cosignatures
      ? conclude(claim, policy, sworn, ledger, cosignatures, findings)
      : { proves: [], doesNotProve: [], summary: refusalOf(steps.list) };
  return { ok, steps: steps.list, ...(claim ? { claim } : {}), ...words };
}

function checkPolicy(file: string | Uint8Array): Finding<Policy> {
  const policy = parsePolicy(file);
  if (policy.hubs.length === 0)
    throw new Failed('The policy has no line "hub <vkey>", so that no statement of any hub can be believed.');
  if (policy.logs.length === 0)
    throw new Failed('The policy has no line "log <vkey>", so that no ledger can be believed.');
  const hubs = countWords(policy.hubs.length, 'hub key');
  // A ledger may have a key of each kind.
  const logs = countWords(new Set(policy.logs.map(({ key }) => key.name)).size, 'ledger');
  const witnesses = countWords(policy.witnesses.length, 'witness', 'witnesses');
  const text = `The policy trusts ${hubs}, ${logs} and ${witnesses}; it asks for witnesses: ${describeQuorum(policy.quorum)}.`;
  return { text, value: policy };
}

function checkFormat(file: string | Uint8Array): Finding<ProofBundle> {
  return {
    text: 'The file is a proof bundle of version 1, whole and printed as it must be.',
    value: parseBundle(file),
  };
}

function refusalOf(steps: readonly Step[]): string {
  const failed = steps.find(({ ok }) => !ok);
  return `This proof does not hold. It fails at "${failed?.title}": ${failed?.text} Nothing that it claims is proved.`;
}

function conclude(
  claim: Claim,
  policy: Policy,
  { origin, sequence, endMs }: Statement,
  { index, checkpoint }: LedgerPlaced,
  cosignatures: readonly Cosignature[],
  findings: readonly AnchorFinding[] = [],
): Pick<Verdict, 'proves' | 'doesNotProve' | 'summary'> {
  const what = `${claim.type === 'reading' ? 'Reading' : 'Event'} ${claim.id} (${claim.description})`;
  const proves = [
    `${what} is exactly what ${origin} sealed in batch ${sequence}; not a bit of it has changed since.`,
    `The ledger ${checkpoint.origin} holds that batch as entry ${index}.`,
  ];
  const seen = cosignatures.map(({ timeS }) => timeS).filter((timeS) => timeS > 0);
  if (seen.length > 0) {
    // The latest of their times: one witness with a clock that lies must not make anything older.
    // One witness may have cosigned with two keys.
    const witnesses = new Set(cosignatures.filter(({ timeS }) => timeS > 0).map(({ key }) => key.name)).size;
    const bySome = witnesses === 1 ? 'the clock of a witness' : `the clocks of ${witnesses} witnesses`;
    proves.push(`It existed at ${timeWords(Math.max(...seen) * 1000)} at the latest, by ${bySome}.`);
  }
  proves.push(...findings.flatMap((finding) => finding.proves ?? []));
  const doesNotProve = [
    claim.type === 'reading'
      ? 'That the device measured rightly, or was worn by this patient.'
      : 'That what the hub wrote of itself is true.',
    `That the hub's clock was right when it wrote ${timeWords(claim.receivedMs)} and ${timeWords(endMs)}.`,
  ];
  if (policy.quorum.kind === 'none') {
    doesNotProve.push('That everybody is shown the same ledger: the policy asks for no witness.');
  }
  doesNotProve.push(...findings.flatMap((finding) => finding.doesNotProve ?? []));
  const summary = `This proof holds. ${proves.join(' ')} It does not prove: ${doesNotProve.map(asClause).join('; ')}.`;
  return { proves, doesNotProve, summary };
}

function asClause(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1, -1);
}
