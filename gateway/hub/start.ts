// Starting a hub on a directory: lock, vault, ledger, recovery. The policy file is written beside the data, so
// that whoever gets a proof can be given the keys to check it by.

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AnchorError, type Checkpoint, formatVerifierKey } from '@heartwood/anchor';
import {
  type EmbeddedLedger,
  makeFolder,
  openEmbeddedLedger,
  openMarkFile,
  syncFolder,
  type WitnessCall,
} from '@heartwood/anchor/node';
import { LedgerElsewhere, openElsewhereMark, TwoHistories } from '../batch/elsewhere.ts';
import { keepLedgerChoice, type LedgerChoice, readLedgerChoice } from '../batch/elsewhere-choice.ts';
import { ProofCache } from '../batch/proof-cache.ts';
import { SecondAnchors } from '../batch/second-anchors.ts';
import { type Silence, silenceOf } from '../batch/silence.ts';
import { readWitnessChoice, type WitnessChoice, Witnesses } from '../batch/witnesses.ts';
import { HeartwoodError } from '../error.ts';
import {
  anchoredBeside,
  anchorsPath,
  keepWitnessedOnly,
  proofSource,
  withEarlierEpochs,
} from '../inspect/proof-source.ts';
import type { Identity } from '../keys/identity.ts';
import { Vault } from '../vault.ts';
import { diskRefusal } from './disk-watch.ts';
import { ledgerPath, setEarlierAside } from './epoch-files.ts';
import { keepEvidence, withEvidence } from './evidence.ts';
import { Hub, type Recovery } from './hub.ts';
import type { HubEvents } from './hub-thread.ts';
import { lockDirectory } from './lock.ts';
import type { HubSettings } from './settings.ts';

export type RunningHub = {
  readonly hub: Hub;
  readonly ledger: EmbeddedLedger;
  /** Undefined where the owner chose none. */
  readonly witnesses: Witnesses | undefined;
  /** Undefined where the hub's own ledger is the only one. */
  readonly elsewhere: LedgerElsewhere | undefined;
  /** Undefined where the owner chose none. */
  readonly secondAnchors: SecondAnchors | undefined;
  /** What a start found and did. */
  readonly started: Started;
  release(): Promise<void>;
};

export type Started = {
  readonly created: boolean;
  readonly origin: string;
  /** The name that it began with: a new epoch changes the origin, and not whose sessions it has at a broker. */
  readonly firstOrigin: string;
  readonly recovery: Recovery;
  /** Too few witnesses answered to be sure that this is the newest copy; undefined where enough did, or none was chosen. */
  readonly silence: Silence | undefined;
  /** Why the ledger elsewhere could not be asked how far it knows this hub; undefined where it was, or there is none. */
  readonly elsewhere: string | undefined;
};

export const policyPath = (directory: string): string => join(directory, 'policy.txt');

const ASK_DOCTOR = '`heartwood doctor` says what was found, and what to do.';

/**
 * @param call how witnesses are reached; over HTTP, unless given
 * @throws HeartwoodError in-use, no-key, wrong-key, ledger-ahead, …
 */
export async function startHub(
  settings: HubSettings,
  clock: () => number,
  log: HubEvents['log'] = () => undefined,
  call?: WitnessCall,
): Promise<RunningHub> {
  const noDisk = diskRefusal(settings.directory);
  if (noDisk) throw noDisk;
  const open: (() => void | Promise<void>)[] = [lockDirectory(settings.directory)];
  const release = async (): Promise<void> => {
    for (const close of open.splice(0).reverse()) {
      const closing = close();
      if (closing) await closing;
    }
  };
  try {
    const choice =
      settings.witnessPolicy === undefined ? undefined : readWitnessChoice(settings.witnessPolicy);
    // Before anything is made: a mistyped policy leaves no half-made hub behind.
    const ledgerChoice =
      settings.ledgerPolicy === undefined ? undefined : readLedgerChoice(settings.ledgerPolicy);
    const { vault, created } = Vault.openOrCreate({ ...settings, clock }, settings.originPrefix);
    open.push(() => vault.close());
    if (created) setOldMarkAside(settings.markFile);
    else setEarlierAside(settings, vault.identity);
    const witnesses = choice && new Witnesses(choice, settings.withoutQuorum, clock, call);
    if (witnesses) open.push(() => witnesses.close());
    const seen = await witnesses?.seen(vault.identity.ledgerSigner);
    const failClosed = settings.withoutQuorum === 'fail-closed';
    const silence = seen && silenceOf(seen, failClosed);
    const ledger = openLedger(settings, vault.identity, seen?.newest);
    open.push(() => ledger.close());
    if (witnesses) open.push(() => witnesses.close());
    keepLedgerChoice(vault, ledgerChoice);
    const elsewhere = ledgerChoice && openElsewhere(ledgerChoice, settings);
    if (elsewhere) open.push(() => elsewhere.close());
    const notAsked = await elsewhere?.compare(vault).catch((error: unknown) => whyAway(error, settings));
    const policy = policyText(vault.identity, choice, ledgerChoice);
    writePolicy(settings.directory, policy);
    const quarantine = { rowsMax: settings.quarantineRowsMax, bytesMax: settings.quarantineBytesMax };
    const witnessedOnly = choice !== undefined && failClosed;
    keepWitnessedOnly(vault, witnessedOnly);
    const secondAnchors = await openSecondAnchors(settings, { ledger, witnessedOnly, log });
    if (secondAnchors) open.push(() => secondAnchors.close());
    // What was anchored stays anchored, also where the owner names no place any more.
    const anchored = secondAnchors?.anchored ?? anchoredBeside(ledgerPath(settings.directory));
    if (anchored) open.push(() => anchored.close());
    const own = proofSource(ledger, witnessedOnly, anchored);
    const source = elsewhere ?? withEarlierEpochs(own, vault);
    const { telling } = settings;
    const options = { vault, ledger, source, policy, quarantine, telling };
    const { hub, recovery } = await Hub.open(options).catch(markAway);
    open.push(() => hub.teller.close());
    const { origin, epochs } = vault.identity;
    const firstOrigin = epochs[0]?.hubKey.name ?? origin;
    const started = { created, origin, firstOrigin, recovery, silence, elsewhere: notAsked ?? undefined };
    return { hub, ledger, witnesses, elsewhere, secondAnchors, started, release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** @throws HeartwoodError bad-setting */
async function openSecondAnchors(
  { directory, secondAnchors: choice, ledgerPolicy }: HubSettings,
  given: Parameters<typeof SecondAnchors.open>[2],
): Promise<SecondAnchors | undefined> {
  if (choice === undefined) return undefined;
  if (ledgerPolicy !== undefined) {
    throw new HeartwoodError(
      'bad-setting',
      'Second anchors take this hub’s own ledger outside, and its proofs come from the ledger of ledger-policy: leave out one of the two.',
    );
  }
  return SecondAnchors.open(choice, anchorsPath(ledgerPath(directory)), given);
}

/** @throws HeartwoodError bad-setting where its mark cannot be read */
function openElsewhere(choice: LedgerChoice, { directory, markFile }: HubSettings): LedgerElsewhere {
  try {
    return new LedgerElsewhere(choice, {
      mark: openElsewhereMark(markFile),
      writes: true,
      cache: new ProofCache(directory),
      onFork: (checkpoints) => void keepEvidence(directory, 'ledger-elsewhere', checkpoints),
    });
  } catch (cause) {
    if (!(cause instanceof AnchorError)) throw cause;
    throw new HeartwoodError('bad-setting', `mark-file: ${cause.message}.`, { cause });
  }
}

/** Why the hub starts without its word. @throws what shows that the data is not the newest */
function whyAway(error: unknown, { directory }: HubSettings): string {
  if (error instanceof TwoHistories) throw withEvidence(error, directory);
  if (error instanceof AnchorError) return error.message;
  throw error;
}

/** The medium of the mark may go, or be full, between its reading and what a start has still to send. */
function markAway(cause: unknown): never {
  if (!(cause instanceof AnchorError) || cause.code !== 'mark-unreadable') throw cause;
  throw new HeartwoodError('bad-setting', `mark-file: ${cause.message}. ${ASK_DOCTOR}`, { cause });
}

/** @throws HeartwoodError ledger-ahead, data-damaged */
function openLedger(
  { directory, markFile }: HubSettings,
  { signer, ledgerSigner }: Identity,
  known: Checkpoint | undefined,
): EmbeddedLedger {
  makeFolder(join(directory, 'ledger'));
  const path = ledgerPath(directory);
  try {
    return openEmbeddedLedger({
      path,
      signer: ledgerSigner,
      hubKeys: [signer],
      known,
      mark: openMarkFile(markFile),
    });
  } catch (cause) {
    if (!(cause instanceof AnchorError)) throw cause;
    if (cause.code === 'ledger-behind') {
      throw new HeartwoodError('ledger-ahead', `The hub signs nothing: ${cause.message}. ${ASK_DOCTOR}`, {
        cause,
      });
    }
    if (cause.code === 'mark-unreadable') markAway(cause);
    throw new HeartwoodError(
      'data-damaged',
      `The ledger ${path} is not this hub's, or altered: ${cause.message}. ${ASK_DOCTOR}`,
      { cause },
    );
  }
}

/** The policy of a hub with its embedded ledger, or one elsewhere: which keys a proof of it is checked by. */
export function policyText(
  identity: Identity,
  choice?: Pick<WitnessChoice, 'lines'>,
  elsewhere?: LedgerChoice,
): string {
  // Those of earlier epochs too: what they signed holds. Both keys of a ledger: a proof holds by either (docs/adr/0006).
  const epochs = identity.epochs.toReversed();
  return [
    '# The keys by which proofs of this hub are checked: heartwood verify proof.json --policy policy.txt',
    '# Keep a copy where the hub cannot change it: a proof is worth as much as the keys it is checked by.',
    ...epochs.map(({ hubKey }) => `hub ${formatVerifierKey(hubKey)}`),
    ...(elsewhere?.lines ?? [
      ...epochs.flatMap(({ ledgerKeys }) => ledgerKeys.map((key) => `log ${formatVerifierKey(key)}`)),
      ...(choice?.lines ?? ['quorum none']),
    ]),
    '',
  ].join('\n');
}

/** A mark that is there before its hub is another hub's, whose data is gone: this one begins its own. */
function setOldMarkAside(markFile: string): void {
  if (existsSync(markFile)) renameSync(markFile, `${markFile}.old`);
}

/** With the keys of the present identity; the witnesses of the last start stay in it. */
export function rewritePolicy({ directory, identity }: Vault, elsewhere: LedgerChoice | undefined): void {
  const path = policyPath(directory);
  const before = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  const lines = before.filter((line) => /^\s*(witness|group|quorum)\s/.test(line));
  writePolicy(directory, policyText(identity, lines.length > 0 ? { lines } : undefined, elsewhere));
}

function writePolicy(directory: string, text: string): void {
  const path = policyPath(directory);
  writeFileSync(`${path}.new`, text, { mode: 0o644, flush: true });
  renameSync(`${path}.new`, path);
  syncFolder(directory);
}
