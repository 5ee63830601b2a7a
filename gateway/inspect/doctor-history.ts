// What doctor says of the record's history: whether anything knows more than this copy of the data does, where the evidence
// of that lies, and what a person should do, in which order.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { AnchorError } from '@heartwood/anchor';
import { type Equivocation, openLedgerReader } from '@heartwood/anchor/node';
import { LedgerElsewhere, openElsewhereMark } from '../batch/elsewhere.ts';
import { keptLedgerChoice } from '../batch/elsewhere-choice.ts';
import { HeartwoodError } from '../error.ts';
import { earlierLedgerPath, ledgerPath } from '../hub/epoch-files.ts';
import type { Vault } from '../vault.ts';
import { standingOf } from './contradiction.ts';
import { advice, type Finding, trouble, well } from './finding.ts';

/** Findings about a hub's history, in the order in which a person should read them. */
export async function* history(vault: Vault, markFile: string): AsyncGenerator<Finding> {
  const { contradictions, onlyLedgerLost, witnesses } = await standingOf(vault, markFile);
  for (const { what } of contradictions) yield trouble('history', what);
  if (contradictions.length === 0) {
    yield well(
      'history',
      `neither ledger nor mark${witnesses?.answered ? ` nor ${witnesses.answered} of ${witnesses.asked} witnesses` : ''} knows more than this data`,
    );
  } else if (onlyLedgerLost) {
    yield advice('history, what to do', ledgerLost(vault.directory, markFile));
  } else {
    for (const step of steps(vault.directory, markFile)) yield advice('history, what to do', step);
  }
  if (witnesses !== undefined && witnesses.answered < witnesses.asked)
    yield advice(
      'witnesses',
      `${witnesses.answered} of ${witnesses.asked} answered: what the others have seen is not known. Ask again when they are there.`,
    );
  yield* epochs(vault);
  yield* evidence(vault.directory);
  yield* elsewhere(vault, markFile);
}

/** The data is whole and only the ledger's file is not: the harmless way on. */
export const ledgerLost = (directory: string, markFile: string): string =>
  `No batch was lost: those in ${directory} make exactly what the mark ${markFile} remembers, and only the ledger's file is older or gone. ` +
  `Move ${join(directory, 'ledger')} and ${markFile} to another place and start the hub: it tells its ledger all again, and the same checkpoints come of it.`;

const steps = (directory: string, markFile: string): string[] => [
  `1. Start no hub on this folder, and delete nothing: this copy, ${markFile} and whatever lies in the folder "evidence" are what shows what happened. Copy them to another medium.`,
  '2. Look for the newer copy: the card or disk that ran last, a newer backup, another machine that was started from the same card. If a hub still runs on it, that one is the hub: stop using this copy. Two hubs with one identity must never run.',
  `3. If the newer copy is found: stop every hub, put its folder in the place of ${directory}, and its mark beside it; then ask doctor again.`,
  `4. If the mark's medium was exchanged or mixed up with another hub's, bring the right one back.`,
  `5. Only if the newer copy is gone for good: heartwood new-epoch --data ${directory} --because "what happened". It explains what it costs, and asks.`,
];

function* epochs({ identity, directory }: Vault): Generator<Finding> {
  for (const { number, from, begun } of identity.epochs) {
    if (begun === undefined) continue;
    const at = new Date(begun.atMs).toISOString();
    const kept = existsSync(earlierLedgerPath(directory, number - 1))
      ? ` The ledger of the time before is kept in ${join(directory, `ledger-of-epoch-${number - 1}`)}.`
      : '';
    yield well(
      'history',
      `epoch ${number} began with batch ${from} at ${at}, because ${begun.because}.${kept}`,
    );
  }
}

/** Files that the hub wrote when it met a contradiction, and statements that a ledger refused. */
function* evidence(directory: string): Generator<Finding> {
  const folder = join(directory, 'evidence');
  if (existsSync(folder)) {
    for (const name of readdirSync(folder).sort())
      yield trouble('evidence', `${join(folder, name)}: ${meaning(name)}. Keep it.`);
  }
  yield* equivocations(ledgerPath(directory));
}

const meaning = (name: string): string =>
  name.startsWith('statements')
    ? "two statements of one number, both signed with this hub's key; the first is the ledger's"
    : name.startsWith('ledger-elsewhere')
      ? 'two checkpoints of the ledger elsewhere that contradict each other; show them to whoever runs it'
      : "checkpoints of another history under this ledger's key, as a witness showed them";

/** What a ledger's file refused and kept. */
export function* equivocations(path: string): Generator<Finding> {
  const found = equivocationsIn(path);
  for (const origin of new Set(found.map(({ held }) => originOf(held.note)))) {
    const numbers = found
      .filter(({ held }) => originOf(held.note) === origin)
      .map(({ held }) => held.sequence);
    yield trouble(
      'evidence',
      `${path} refused ${numbers.length} statements of ${origin} that contradict what it holds, about batch ${Math.min(...numbers)} and on: ` +
        'two copies of that hub have signed. Both notes of each are kept: heartwood doctor --evidence prints them.',
    );
  }
}

const originOf = (note: string): string => note.slice(0, note.indexOf('\n'));

/** Empty where there is no ledger. */
export function equivocationsIn(path: string): readonly Equivocation[] {
  try {
    const reader = openLedgerReader(path);
    try {
      return reader.equivocations();
    } finally {
      reader.close();
    }
  } catch (error) {
    if (!(error instanceof AnchorError)) throw error;
    return [];
  }
}

async function* elsewhere(vault: Vault, markFile: string): AsyncGenerator<Finding> {
  const about = 'ledger elsewhere';
  const choice = keptLedgerChoice(vault);
  if (choice === undefined) return;
  const mark = openElsewhereMark(markFile);
  try {
    const ledger = new LedgerElsewhere(choice, { mark, writes: false });
    const { size } = await ledger.look();
    const waiting = await ledger.waiting(vault);
    yield waiting === 0
      ? well(about, `${ledger.name} has ${size} statements, and all of this hub's`)
      : advice(about, `${ledger.name} has ${size} statements; ${waiting} of this hub wait for it.`);
  } catch (error) {
    // That it shows what this data has not was told above.
    if (error instanceof HeartwoodError) return;
    if (!(error instanceof AnchorError)) throw error;
    yield error.code === 'ledger-unreachable'
      ? advice(
          about,
          `${choice.url} cannot be reached (${error.message}). Nothing is lost: statements wait for it.`,
        )
      : trouble(about, `${error.message}. What it showed before is in ${mark.place}.`);
  }
}
