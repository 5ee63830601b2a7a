// `heartwood fsck`: everything that is stored, checked again from the rows and the keys; then the ledger.

import { AnchorError } from '@heartwood/anchor';
import { checkLedger } from '@heartwood/anchor/node';
import { fsck, HeartwoodError, ledgerPath, type Problem, type Vault } from '@heartwood/gateway';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import type { SettingsOf } from '../settings.ts';
import { answering, ledgerOf, withVault } from './open-vault.ts';

export type FsckArguments = SettingsOf<'fsck'> & { readonly json: boolean };

type Checked = { readonly lines: readonly string[]; readonly problems: readonly Problem[] };
type Whole = Checked & { readonly batches: number };

export function runFsck(given: FsckArguments, frame: Frame): Promise<ExitStatus> {
  return answering(frame, async () => {
    const { lines, problems, batches } = await checked(given, frame);
    if (given.json) for (const problem of problems) frame.write(`${JSON.stringify(problem)}\n`);
    else frame.write(`${[...lines, ...problems.map(told(frame)), verdict(problems, batches)].join('\n')}\n`);
    return problems.length === 0 ? EXIT.ok : EXIT.no;
  });
}

/** The store, then the ledger. Data that is too damaged to be opened is a finding like another. */
async function checked(given: FsckArguments, frame: Frame): Promise<Whole> {
  try {
    return await withVault(given, frame, 'read', (vault) => {
      const store = checkStore(vault, given);
      const ledger = checkItsLedger(vault, given);
      return {
        batches: store.batches,
        lines: [...store.lines, ...ledger.lines],
        problems: [...store.problems, ...ledger.problems],
      };
    });
  } catch (error) {
    if (!(error instanceof HeartwoodError && error.code === 'data-damaged')) throw error;
    return { lines: [], problems: [{ where: 'the data', what: error.message }], batches: 0 };
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
  const closed = counts.erased === 0 ? '' : `, ${counts.erased} of them erased for ever`;
  const lines = [
    `Store   ${counts.batches} batches, each statement made again and its signature verified`,
    `        ${counts.segments} segments${closed}, ${counts.entries} entries hashed again, ${counts.staged} waiting for the next batch (${seconds} s)`,
  ];
  return { lines, problems, batches: counts.batches };
}

/** Undefined where it cannot be read: its own check tells that. */
function openedLedger(given: FsckArguments): ReturnType<typeof ledgerOf> | undefined {
  try {
    return ledgerOf(given);
  } catch (error) {
    if (!(error instanceof AnchorError)) throw error;
    return undefined;
  }
}

function checkItsLedger(vault: Vault, given: FsckArguments): Checked {
  const { signer, ledgerSigner } = vault.identity;
  try {
    const report = checkLedger(ledgerPath(given.data), ledgerSigner, [signer]);
    const problems = report.problems.map(({ index, text }) => ({
      where: index === undefined ? 'the ledger' : `the ledger, entry ${index}`,
      what: text,
    }));
    return {
      lines: [`Ledger  ${report.entries} statements, every hash, checkpoint and signature derived again`],
      problems,
    };
  } catch (error) {
    if (!(error instanceof AnchorError)) throw error;
    return { lines: [], problems: [{ where: 'the ledger', what: error.message }] };
  }
}

const told =
  (frame: Frame) =>
  ({ where, what }: Problem): string =>
    `${frame.decorated ? '✗' : 'WRONG'} ${where}: ${what}`;

/** What was shown, and no more: gateway/store/database.ts has what cannot be. */
function verdict(problems: readonly Problem[], batches: number): string {
  if (problems.length > 0)
    return 'Something was altered or damaged. Keep this folder as it is, and a copy of it, before anything else.';
  if (batches === 0) return 'Every seal is as the hub wrote it. No batch was closed yet.';
  const last = batches - 1;
  return [
    `Every batch, segment, seal and signature up to batch ${last} is as the hub wrote it, and none of them is missing.`,
    `Whether an older copy of the whole folder was put back cannot be seen from inside: compare ${last} with what was seen last.`,
  ].join('\n');
}
