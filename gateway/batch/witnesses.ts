// The witnesses that the owner chose: other people's programs that cosign the ledger's checkpoints, and so make sure
// that everybody is shown the same one. They are asked after each batch, and nothing waits for them: a batch is on
// disk and in the ledger whether they answer or not. Before anything is signed at start, they say how far they have
// seen this ledger come: what they know cannot be put back by restoring this machine. Where too few of them answer to be
// sure, a hub that is to fail closed signs nothing until they do (`silence.ts`).

import { AnchorError, type Policy, parsePolicy, type VerifierKey } from '@heartwood/anchor';
import {
  closeWitnessCircle,
  type EmbeddedLedger,
  type Gathered,
  gatherCosignatures,
  type KnownByWitnesses,
  knownByWitnesses,
  openWitnessCircle,
  type WithoutQuorum,
  type WitnessCall,
  type WitnessCircle,
} from '@heartwood/anchor/node';
import { HeartwoodError } from '../error.ts';

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

export class Witnesses {
  readonly #circle: WitnessCircle;

  /** @param call how they are reached; over HTTP, unless given */
  constructor(
    { policy }: WitnessChoice,
    withoutQuorum: WithoutQuorum,
    clock: () => number,
    call?: WitnessCall,
  ) {
    this.#circle = openWitnessCircle(policy, { withoutQuorum, nowMs: clock, ...(call && { call }) });
  }

  /** How far they have seen the ledger of that key come, and whether those that were silent could know more. */
  seen(key: VerifierKey): Promise<KnownByWitnesses> {
    return knownByWitnesses(this.#circle, key);
  }

  /** Asks all of them about the ledger's newest checkpoint. */
  gather(ledger: EmbeddedLedger): Promise<Gathered> {
    return gatherCosignatures(ledger, this.#circle);
  }

  /** Before the ledger is closed: resolves when nothing of theirs will touch it any more. May be called again. */
  close(): Promise<void> {
    return closeWitnessCircle(this.#circle);
  }
}
