// What says that this copy of a hub's data is not the newest: its ledger, its mark, its witnesses, or a ledger elsewhere
// knows more than the data does, or something else. Looked for without signing or changing anything, for whoever
// explains it (`heartwood doctor`) and whoever goes on from it (`heartwood new-epoch`).

import { existsSync, readFileSync } from 'node:fs';
import {
  AnchorError,
  appendLeaf,
  type Checkpoint,
  EMPTY_FRONTIER,
  equalBytes,
  firstSequenceOf,
  frontierRoot,
  parseCheckpoint,
  parseNote,
  readFrontier,
  SEQUENCE_MAX,
  statementHash,
  verifyNote,
} from '@heartwood/anchor';
import {
  type LedgerReader,
  nodeSha256,
  nodeVerifyEd25519,
  openLedgerReader,
  openMarkFile,
} from '@heartwood/anchor/node';
import { LedgerAhead, LedgerElsewhere, openElsewhereMark } from '../batch/elsewhere.ts';
import { keptLedgerChoice } from '../batch/elsewhere-choice.ts';
import { statementOf } from '../batch/statement.ts';
import { readWitnessChoice, Witnesses } from '../batch/witnesses.ts';
import { HeartwoodError } from '../error.ts';
import { diskRefusal } from '../hub/disk-watch.ts';
import { ledgerPath } from '../hub/epoch-files.ts';
import { policyPath } from '../hub/start.ts';
import type { Vault } from '../vault.ts';

export type Contradiction = {
  readonly by: 'ledger' | 'mark' | 'witness' | 'remote-ledger';
  /** What was found and where it lies, in a sentence or two. */
  readonly what: string;
  /** The highest batch number that it shows to be used; undefined where it shows none. */
  readonly used?: number | undefined;
  /** The checkpoint that it knows, of this hub's ledger. */
  readonly known?: Pick<Checkpoint, 'size' | 'root'>;
};

export type Standing = {
  /** How many witnesses were asked, and how many answered; undefined where none was chosen. */
  readonly witnesses: { readonly asked: number; readonly answered: number } | undefined;
  readonly contradictions: readonly Contradiction[];
  /** Entries in the embedded ledger; undefined where it cannot be read, or belongs to another key. */
  readonly ledgerSize: number | undefined;
  /**
   * The data holds everything that the mark knows of, and only the ledger's file does not: nothing was lost, and the
   * ledger can be made again from the data.
   */
  readonly onlyLedgerLost: boolean;
};

/** More statements are not made again just to look. */
const REMADE_MAX = 200_000;

/** Compares the data with everything that remembers it. Witnesses that do not answer say nothing. */
export async function standingOf(vault: Vault, markFile: string): Promise<Standing> {
  const { ledger, found } = openOwnLedger(vault);
  try {
    const size = ledger?.latest().size ?? 0;
    const mark = markOf(vault, markFile);
    const onlyLedgerLost = 'size' in mark && mark.size > size && leadsTo(vault, mark);
    const seen = await witnessed(vault, ledger);
    const contradictions = [
      ...found,
      ...(ledger ? comparedWithData(vault, ledger) : []),
      ...('what' in mark ? [mark] : comparedWithLedger(vault, ledger, mark, `the mark ${markFile}`, 'mark')),
      ...seen.found,
      ...(await elsewhere(vault, markFile)),
    ];
    return { witnesses: seen.witnesses, contradictions, ledgerSize: ledger && size, onlyLedgerLost };
  } finally {
    ledger?.close();
  }
}

function openOwnLedger({ directory, identity }: Vault): {
  ledger: LedgerReader | undefined;
  found: Contradiction[];
} {
  const path = ledgerPath(directory);
  let ledger: LedgerReader;
  try {
    ledger = openLedgerReader(path);
  } catch (error) {
    if (!(error instanceof AnchorError)) throw error;
    // Not the ledger's fault, which must not be called lost.
    const noDisk = existsSync(path) ? diskRefusal(directory) : undefined;
    if (noDisk) throw noDisk;
    // A hub that never started has none yet; one that did is told by its mark.
    return { ledger: undefined, found: [] };
  }
  const { name, keyId } = identity.ledgerSigner;
  if (ledger.key.name === name && ledger.key.keyId === keyId) return { ledger, found: [] };
  const what = `The ledger ${path} belongs to ${ledger.key.name}, which is not this hub's ledger.`;
  ledger.close();
  return { ledger: undefined, found: [{ by: 'ledger', what }] };
}

/** The newest statement of this hub in its ledger, against the batch of that number here. */
function comparedWithData(vault: Vault, ledger: LedgerReader): Contradiction[] {
  const path = ledgerPath(vault.directory);
  const held = ledger.lastOf(vault.identity.origin);
  if (held === undefined) return [];
  const ours = vault.store.batch(held.sequence);
  const used = held.sequence;
  if (ours === undefined) {
    const last = vault.store.lastBatch();
    const what = `The ledger ${path} knows batch ${held.sequence} of this hub; the data ends at ${last === undefined ? 'none' : `batch ${last.sequence}`}.`;
    return [{ by: 'ledger', what, used }];
  }
  if (statementOf(vault, ours) === held.note) return [];
  return [
    { by: 'ledger', what: `The ledger ${path} holds another statement for batch ${held.sequence}.`, used },
  ];
}

/** The mark, or why it cannot be read; of size 0 where there is none. */
function markOf({ identity }: Vault, markFile: string): Pick<Checkpoint, 'size' | 'root'> | Contradiction {
  try {
    const text = openMarkFile(markFile).read();
    if (text === undefined) return { size: 0, root: new Uint8Array() };
    return parseCheckpoint(verifyNote(text, [identity.ledgerSigner], nodeVerifyEd25519).text);
  } catch (error) {
    if (!(error instanceof AnchorError)) throw error;
    if (error.code === 'mark-unreadable')
      return { by: 'mark', what: `The mark ${markFile} cannot be used: ${error.message}.` };
    return foreignMark(markFile);
  }
}

/** Above it a number is nobody's honest work. */
const USED_MAX = SEQUENCE_MAX / 4;

/**
 * A mark that this hub's ledger did not sign: of another hub, or of an epoch that another copy of this one began. Nothing
 * vouches for what it says; that its numbers are left out costs nothing.
 */
function foreignMark(markFile: string): Contradiction {
  const what = `The mark ${markFile} is not this hub's:`;
  try {
    const { origin, size } = parseCheckpoint(parseNote(readFileSync(markFile, 'utf8')).text);
    const used = firstSequenceOf(origin) + size - 1;
    const whose = /^[\w./-]{1,100}$/.test(origin) ? origin : 'an unknown ledger';
    return {
      by: 'mark',
      what: `${what} it is of ${whose}, another hub or a later epoch of this one.`,
      used: used < USED_MAX ? used : undefined,
    };
  } catch (error) {
    if (!(error instanceof AnchorError)) throw error;
    return { by: 'mark', what: `${what} it holds no checkpoint.` };
  }
}

function comparedWithLedger(
  { identity, directory }: Vault,
  ledger: LedgerReader | undefined,
  known: Pick<Checkpoint, 'size' | 'root'>,
  who: string,
  by: Contradiction['by'],
): Contradiction[] {
  const { size, root } = known;
  const held = ledger?.latest().size ?? 0;
  // Only this hub's statements are in its own ledger, one for each batch of the epoch.
  const used = size === 0 ? undefined : (identity.epochs.at(-1)?.from ?? 0) + size - 1;
  if (size > held) {
    const what = `By ${who} this hub's ledger had signed ${size} statements, up to batch ${used}; the one in ${directory} has ${held}.`;
    return [{ by, what, used, known }];
  }
  if (ledger === undefined || size === 0) return [];
  const ours = frontierRoot(
    readFrontier((level, index) => ledger.node(level, index), size),
    nodeSha256,
  );
  if (equalBytes(ours, root)) return [];
  const what = `By ${who} the first ${size} statements of this hub's ledger were others than those in ${directory}: two copies have signed with one key.`;
  return [{ by, what, used, known }];
}

async function witnessed(
  vault: Vault,
  ledger: LedgerReader | undefined,
): Promise<{ readonly found: Contradiction[]; readonly witnesses: Standing['witnesses'] }> {
  const witnesses = witnessesOf(vault);
  if (witnesses === undefined) return { found: [], witnesses: undefined };
  try {
    const { asked, answered, newest } = await witnesses.seen(vault.identity.ledgerSigner);
    const found =
      newest === undefined
        ? []
        : comparedWithLedger(vault, ledger, newest, 'what a witness has seen', 'witness');
    return { found, witnesses: { asked, answered } };
  } finally {
    await witnesses.close();
  }
}

/** A ledger elsewhere that shows what this hub's key signed. One that is away, or in trouble of its own, says nothing. */
async function elsewhere(vault: Vault, markFile: string): Promise<Contradiction[]> {
  const choice = keptLedgerChoice(vault);
  if (choice === undefined) return [];
  try {
    const ledger = new LedgerElsewhere(choice, { mark: openElsewhereMark(markFile), writes: false });
    await ledger.compare(vault);
  } catch (error) {
    if (error instanceof LedgerAhead)
      return [{ by: 'remote-ledger', what: error.message, used: error.sequence }];
    if (!(error instanceof AnchorError)) throw error;
  }
  return [];
}

/** Those that policy.txt names; undefined where it names none that can be asked. */
function witnessesOf({ directory, clock }: Vault): Witnesses | undefined {
  try {
    const choice = readWitnessChoice(readFileSync(policyPath(directory), 'utf8'));
    return new Witnesses(choice, 'publish-with-alarm', clock);
  } catch (error) {
    if (error instanceof HeartwoodError || (error as NodeJS.ErrnoException).code === 'ENOENT')
      return undefined;
    throw error;
  }
}

/** Whether the statements of the batches that are here make the tree that the mark remembers. */
function leadsTo(vault: Vault, { size, root }: Pick<Checkpoint, 'size' | 'root'>): boolean {
  const from = vault.identity.epochs.at(-1)?.from ?? 0;
  const last = vault.store.lastBatch();
  if (size > REMADE_MAX || last === undefined || last.sequence < from + size - 1) return false;
  let frontier = EMPTY_FRONTIER;
  for (let next = from; frontier.size < size; ) {
    const rows = vault.store.batchesFrom(next, Math.min(1024, size - frontier.size));
    if (rows.length === 0) return false;
    for (const row of rows)
      frontier = appendLeaf(frontier, statementHash(statementOf(vault, row), nodeSha256), nodeSha256);
    next += rows.length;
  }
  return equalBytes(frontierRoot(frontier, nodeSha256), root);
}
