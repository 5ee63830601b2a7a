// The second anchors that the owner chose: places outside, beyond the ledger and its witnesses, that keep a checkpoint's
// digest and say since when. The hub offers them its ledger's newest checkpoint after each batch, and nothing waits for
// them. What they have is put beside the proofs. Off unless the owner names some.

import { existsSync, renameSync } from 'node:fs';
import { AnchorError, sha256, utf8 } from '@heartwood/anchor';
import {
  type AnchoringPlace,
  type EmbeddedLedger,
  type HeadToAnchor,
  openTimestamps,
  SecondAnchoring,
  type SecondAnchoringOptions,
} from '@heartwood/anchor/node';
import { HeartwoodError } from '../error.ts';

/** Plain data: it crosses into the hub's thread. */
export type SecondAnchorChoice = {
  readonly openTimestamps?:
    | {
        readonly calendars: readonly string[];
        readonly needed: number;
        readonly everyMs: number;
        /** An Esplora-style server of Bitcoin headers. */
        readonly headerSource?: string | undefined;
      }
    | undefined;
  readonly evm?:
    | {
        readonly rpcUrl: string;
        readonly chainId: number;
        readonly contract: string;
        /** Text of the paying account's key file. */
        readonly keyText: string;
        readonly feeCapGwei: number;
        readonly everyMs: number;
      }
    | undefined;
};

type Log = SecondAnchoringOptions['log'];
type Ledger = Pick<EmbeddedLedger, 'key' | 'latest' | 'reader'>;

/** Up to so many entries behind the newest, a checkpoint that witnesses cosigned is the better one to anchor. */
const BEHIND_MAX = 60;

export class SecondAnchors {
  readonly #anchoring: SecondAnchoring;
  readonly #end: AbortController;
  readonly #log: Log;
  #fault: string | undefined;

  private constructor(anchoring: SecondAnchoring, end: AbortController, log: Log) {
    this.#anchoring = anchoring;
    this.#end = end;
    this.#log = log;
  }

  /**
   * @param path the file in which it is kept what became of them; one that cannot be read is set aside
   * @param witnessedOnly no checkpoint without a quorum of witnesses leaves the house
   * @throws HeartwoodError bad-setting
   */
  static async open(
    choice: SecondAnchorChoice,
    path: string,
    { ledger, witnessedOnly, log }: { ledger: Ledger; witnessedOnly: boolean; log: Log },
  ): Promise<SecondAnchors> {
    const end = new AbortController();
    const places = await placesOf(choice, end.signal);
    const head = (): HeadToAnchor | undefined => headOf(ledger, witnessedOnly);
    const phaseMs = phaseOf(ledger.key.name, Math.min(...places.map(({ everyMs }) => everyMs)));
    const options = { path, places, head, log, phaseMs };
    try {
      return new SecondAnchors(new SecondAnchoring(options), end, log);
    } catch (cause) {
      if (!(cause instanceof AnchorError)) throw cause;
      // Nothing that the hub promises is in it: a hub that starts without it is better than none.
      log('error', 'second-anchors-set-aside', { why: cause.message });
      setAside(path);
      return new SecondAnchors(new SecondAnchoring(options), end, log);
    }
  }

  /** For proofs: what is anchored by now. */
  get anchored(): SecondAnchoring['anchored'] {
    return this.#anchoring.anchored;
  }

  /** Does what is due. Never rejects: whatever is wrong with it concerns nobody else, and is said when that changes. */
  async step(nowMs: number): Promise<void> {
    let fault: string | undefined;
    try {
      await this.#anchoring.step(nowMs);
    } catch (error) {
      fault = error instanceof Error ? error.message : String(error);
    }
    if (fault !== undefined && fault !== this.#fault)
      this.#log('error', 'second-anchors-not-kept', { why: fault });
    this.#fault = fault;
  }

  /** Gives up what is under way; the next start takes it up again. */
  close(): void {
    this.#end.abort();
    this.#anchoring.close();
  }
}

/** @throws HeartwoodError bad-setting */
async function placesOf(choice: SecondAnchorChoice, signal: AbortSignal): Promise<AnchoringPlace[]> {
  /** Whoever stops a hub waits for nothing outside. */
  const until: typeof fetch = (input, init) =>
    fetch(input, { ...init, signal: AbortSignal.any([signal, ...(init?.signal ? [init.signal] : [])]) });
  const { openTimestamps: ots, evm } = choice;
  const places: AnchoringPlace[] = [];
  try {
    if (ots) {
      const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
      places.push({ anchor: openTimestamps({ ...ots, fetch: until, random }), everyMs: ots.everyMs });
    }
    if (evm) {
      // It brings viem along, which a hub that anchors in no chain need not load.
      const { createEvmAnchor } = await import('@heartwood/anchor/evm');
      places.push({ anchor: createEvmAnchor({ ...evm, fetch: until }), everyMs: evm.everyMs });
    }
  } catch (cause) {
    if (!(cause instanceof AnchorError)) throw cause;
    throw new HeartwoodError('bad-setting', `Second anchors: ${cause.message}.`, { cause });
  }
  if (places.length === 0) throw new HeartwoodError('bad-setting', 'Second anchors: none is named.');
  return places;
}

function setAside(path: string): void {
  for (const end of ['', '-wal', '-shm'])
    if (existsSync(path + end)) renameSync(path + end, `${path}.damaged${end}`);
}

/** What witnesses cosigned, where that is nearly the newest: a proof under it holds by a policy that asks for them. */
function headOf(ledger: Ledger, witnessedOnly: boolean): HeadToAnchor | undefined {
  const witnessed = ledger.reader.witnessed();
  const { size, checkpoint } = ledger.latest();
  if (witnessed && (witnessedOnly || size - witnessed.size <= BEHIND_MAX)) {
    return { checkpoint: witnessed.checkpoint, witnessed: true };
  }
  return witnessedOnly ? undefined : { checkpoint, witnessed: false };
}

/** Some moment of the cadence, always the same for one ledger: not every hub of the world comes at midnight. */
function phaseOf(name: string, everyMs: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = sha256(utf8(name));
  return (((a * 256 + b) * 256 + c) * 256 + d) % everyMs;
}
