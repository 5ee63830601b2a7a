// The witnesses that the owner chose: other people's programs that cosign the ledger's checkpoints, and so make sure
// that everybody is shown the same one. They are asked after each batch, and nothing waits for them: a batch is on
// disk and in the ledger whether they answer or not. Before anything is signed at start, they say how far they have
// seen this ledger come: what they know cannot be put back by restoring this machine.

import { AnchorError, type Checkpoint, type Policy, parsePolicy, type VerifierKey } from '@heartwood/anchor';
import {
  closeWitnessCircle,
  type EmbeddedLedger,
  type ForkEvidence,
  gatherCosignatures,
  knownByWitnesses,
  openWitnessCircle,
  type WithoutQuorum,
  type WitnessCircle,
} from '@heartwood/anchor/node';
import { HeartwoodError } from '../error.ts';

/** What the witnesses said after a batch. */
export type Witnessed = {
  /** Entries of the ledger that the checkpoint covers. */
  readonly size: number;
  /** As many as the policy asks for have cosigned it. */
  readonly quorum: boolean;
  /** A sentence for a person, where something is wrong. */
  readonly alarm: string | undefined;
  /** Signed proof of a second history under this ledger's key. */
  readonly evidence: readonly ForkEvidence[];
};

export class Witnesses {
  readonly #circle: WitnessCircle;
  readonly #ledger: EmbeddedLedger;

  constructor(circle: WitnessCircle, ledger: EmbeddedLedger) {
    this.#circle = circle;
    this.#ledger = ledger;
  }

  /** Asks all of them about the ledger's newest checkpoint. */
  async gather(): Promise<Witnessed> {
    const { size, quorum, alarm, evidence } = await gatherCosignatures(this.#ledger, this.#circle);
    return { size, quorum, alarm, evidence };
  }
}

/** The owner's choice of witnesses: the `witness`, `group` and `quorum` lines of a tlog-policy file. */
export type WitnessChoice = { readonly policy: Policy; readonly lines: readonly string[] };

/** @throws HeartwoodError bad-setting */
export function readWitnessChoice(text: string): WitnessChoice {
  try {
    const policy = parsePolicy(text);
    if (!policy.witnesses.some(({ url }) => url !== undefined)) {
      throw new HeartwoodError(
        'bad-setting',
        'witness-policy names no witness with an address: add lines like witness NAME VKEY https://…',
      );
    }
    return { policy, lines: text.split('\n').filter((line) => /^\s*(witness|group|quorum)\s/.test(line)) };
  } catch (cause) {
    if (!(cause instanceof AnchorError)) throw cause;
    throw new HeartwoodError('bad-setting', `witness-policy: ${cause.message}`, { cause });
  }
}

export function openCircle(
  { policy }: WitnessChoice,
  withoutQuorum: WithoutQuorum,
  clock: () => number,
): WitnessCircle {
  return openWitnessCircle(policy, { withoutQuorum, nowMs: clock });
}

/** How far the witnesses have seen this ledger come; undefined where none could be asked. */
export async function seenByWitnesses(
  circle: WitnessCircle,
  key: VerifierKey,
): Promise<Checkpoint | undefined> {
  return (await knownByWitnesses(circle, key)).newest;
}

export const closeCircle: (circle: WitnessCircle) => Promise<void> = closeWitnessCircle;
