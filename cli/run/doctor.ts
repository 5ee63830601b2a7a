// `heartwood doctor`: looks for what would keep the hub from working well, and says what to do; prints evidence as it is.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { equivocationsIn, examine, ledgerPath } from '@heartwood/gateway';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import { printableJson, printableLines } from '../printable.ts';
import type { SettingsOf } from '../settings.ts';
import { findingLine } from './finding-line.ts';
import { vaultOptions } from './open-vault.ts';
import { examineWitness, isWitnessFolder, printWitnessEvidence } from './witness-folder.ts';

export type DoctorArguments = SettingsOf<'doctor'> & {
  readonly json: boolean;
  /** Print the statements that contradict each other, and nothing else. */
  readonly evidence: boolean;
};

export async function runDoctor(given: DoctorArguments, frame: Frame): Promise<ExitStatus> {
  if (given.evidence) return printEvidence(given, frame);
  const isWitness = isWitnessFolder(given.data);
  const isHub = !isWitness || existsSync(join(given.data, 'hub.db'));
  const findings = [
    ...(isWitness ? examineWitness(given.data, Date.now()) : []),
    ...(isHub ? await examine({ ...vaultOptions(given, frame), markFile: given.markFile }) : []),
  ];
  for (const finding of findings) frame.write(findingLine(finding, given.json, frame));
  return findings.some(({ level }) => level === 'trouble') ? EXIT.no : EXIT.ok;
}

/** Both notes of each pair, of the hub's own ledger or of one that runs alone. A file that the hub wrote needs no printing. */
function printEvidence({ data, json }: DoctorArguments, frame: Frame): ExitStatus {
  if (isWitnessFolder(data)) printWitnessEvidence(data, json, frame);
  const pairs = [ledgerPath(data), join(data, 'ledger.db')].flatMap(equivocationsIn);
  for (const { held, offered } of pairs) {
    if (json)
      frame.write(
        `${printableJson({ index: held.index, sequence: held.sequence, held: held.note, offered })}\n`,
      );
    else
      frame.write(
        `Batch ${held.sequence}, held as entry ${held.index}:\n\n${printableLines(held.note)}\nand refused:\n\n${printableLines(offered)}\n`,
      );
  }
  if (pairs.length === 0 && !isWitnessFolder(data))
    frame.warn('No ledger here has refused a statement that contradicts another.');
  return EXIT.ok;
}
