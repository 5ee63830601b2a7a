// `heartwood fsck`: everything that is stored, checked again from the rows and the keys; then the ledger.

import { existsSync } from 'node:fs';
import { AnchorError } from '@heartwood/anchor';
import { checkLedger } from '@heartwood/anchor/node';
import {
  diskRefusal,
  earlierLedgerPath,
  fsck,
  HeartwoodError,
  type HubEpoch,
  ledgerPath,
  type Problem,
  type Vault,
} from '@heartwood/gateway';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import type { SettingsOf } from '../settings.ts';
import { answering } from './answering.ts';
import { ledgerOf, withVault } from './open-vault.ts';

export type FsckArguments = SettingsOf<'fsck'> & {
  readonly json: boolean;
  /** Without the signatures of the ledger's statements. */
  readonly fast: boolean;
};

type Checked = { readonly lines: readonly string[]; readonly problems: readonly Problem[] };
/** `last`: the last batch; undefined where none was closed. */
type Whole = Checked & { readonly last: number | undefined };

export function runFsck(given: FsckArguments, frame: Frame): Promise<ExitStatus> {
  return answering(frame, async () => {
    const { lines, problems, last } = await checked(given, frame);
    if (given.json) for (const problem of problems) frame.write(`${JSON.stringify(problem)}\n`);
    else frame.write(`${[...lines, ...problems.map(told(frame)), verdict(problems, last)].join('\n')}\n`);
    return problems.length === 0 ? EXIT.ok : EXIT.no;
  });
}

/** The store, then the ledger. Data that is too damaged to be opened is a finding like another. */
async function checked(given: FsckArguments, frame: Frame): Promise<Whole> {
  try {
    return await withVault(given, frame, 'read', (vault) => {
      const store = checkStore(vault, given);
      const ledgers = vault.identity.epochs.map((_, i) => checkLedgerOf(vault, i, given.fast));
      return {
        last: store.last,
        lines: [...store.lines, ...ledgers.flatMap(({ lines }) => lines)],
        problems: [...store.problems, ...ledgers.flatMap(({ problems }) => problems)],
      };
    });
  } catch (error) {
    if (!(error instanceof HeartwoodError && error.code === 'data-damaged')) throw error;
    return { lines: [], problems: [{ where: 'the data', what: error.message }], last: undefined };
  }
}

function checkStore(vault: Vault, given: FsckArguments): Whole {
  const began = performance.now();
  const ledger = openedLedger(given);
  const { problems, ...counts } = fsck(
    vault,
    (sequence) => ledger?.entry({ origin: vault.identity.origin, sequence })?.note,
  );
  ledger?.close();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const erased = counts.erased === 0 ? '' : `, ${counts.erased} of them erased for ever`;
  const letGo = counts.letGo === 0 ? '' : `, the readings of ${counts.letGo} let go when their time was over`;
  const lines = [
    `Store   ${counts.batches} batches, each statement made again and its signature verified`,
    `        ${counts.segments} segments${erased}${letGo}, ${counts.entries} entries hashed again, ${counts.staged} waiting for the next batch (${seconds} s)`,
    ...counts.epochs,
  ];
  return { lines, problems, last: counts.last };
}

/** Undefined where it cannot be read: its own check tells that. */
function openedLedger(given: FsckArguments): ReturnType<typeof ledgerOf> | undefined {
  try {
    return ledgerOf(given);
  } catch (error) {
    if (!(error instanceof AnchorError)) throw error;
    // On a disk that is full or takes no writes it cannot be opened, which is no damage.
    const noDisk = diskRefusal(given.data);
    if (noDisk) throw noDisk;
    return undefined;
  }
}

/** The ledger of an epoch: the present one, or one that was set aside and could be read then. */
function checkLedgerOf(vault: Vault, index: number, fast: boolean): Checked {
  const { identity, directory, store } = vault;
  const { epochs } = identity;
  const epoch = epochs[index] as HubEpoch;
  const next = epochs[index + 1];
  if (next !== undefined && next.begun?.ledgerSize === undefined) return { lines: [], problems: [] };
  // A new epoch has no ledger until its first start makes one.
  const unused = next === undefined && index > 0 && (store.lastBatch()?.sequence ?? -1) < epoch.from;
  if (unused && !existsSync(ledgerPath(directory)))
    return { lines: [`Ledger of epoch ${epoch.number}: none yet, the next start makes it`], problems: [] };
  const which = next === undefined ? 'the ledger' : `the ledger of epoch ${epoch.number}`;
  const path = next === undefined ? ledgerPath(directory) : earlierLedgerPath(directory, epoch.number);
  try {
    const report = checkLedger(path, epoch.ledgerKeys[0], [epoch.hubKey], { statements: !fast });
    const problems = report.problems.map(({ index: entry, text }) => ({
      where: entry === undefined ? which : `${which}, entry ${entry}`,
      what: text,
    }));
    const held = next?.begun?.ledgerSize;
    if (held !== undefined && report.entries !== held)
      problems.push({
        where: which,
        what: `it has ${report.entries} entries, and ${held} when it was set aside`,
      });
    const title = next === undefined ? 'Ledger ' : `Ledger of epoch ${epoch.number}`;
    return {
      lines: [
        `${title} ${report.entries} statements, every hash${fast ? ' and checkpoint' : ', checkpoint and signature'} derived again`,
        `        hashes at ${report.entriesPerS} entries/s${fast ? '; no signature of a statement in it was verified (--fast)' : ', then each signature'}`,
      ],
      problems,
    };
  } catch (error) {
    if (!(error instanceof AnchorError)) throw error;
    return { lines: [], problems: [{ where: which, what: error.message }] };
  }
}

const told =
  (frame: Frame) =>
  ({ where, what }: Problem): string =>
    `${frame.decorated ? '✗' : 'WRONG'} ${where}: ${what}`;

/** What was shown, and no more: gateway/store/database.ts has what cannot be. */
function verdict(problems: readonly Problem[], last: number | undefined): string {
  if (problems.length > 0)
    return 'Something was altered or damaged. Keep this folder as it is, and a copy of it, before anything else.';
  if (last === undefined) return 'Every seal is as the hub wrote it. No batch was closed yet.';
  return [
    `Every batch, segment, seal and signature up to batch ${last} is as the hub wrote it, and none of them is missing.`,
    `Whether an older copy of the whole folder was put back cannot be seen from inside: compare ${last} with what was seen last.`,
  ].join('\n');
}
