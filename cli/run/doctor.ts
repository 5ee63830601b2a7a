// `heartwood doctor`: looks for what would keep the hub from working well, and says what to do.

import { examine, type FindingLevel } from '@heartwood/gateway';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import type { SettingsOf } from '../settings.ts';
import { vaultOptions } from './open-vault.ts';

export type DoctorArguments = SettingsOf<'doctor'> & { readonly json: boolean };

const MARKS: Readonly<Record<FindingLevel, readonly [plain: string, decorated: string]>> = {
  well: ['ok     ', '✓'],
  advice: ['advice ', '•'],
  trouble: ['TROUBLE', '✗'],
};

export async function runDoctor(given: DoctorArguments, frame: Frame): Promise<ExitStatus> {
  const findings = examine(vaultOptions(given, frame));
  for (const { level, about, what } of findings) {
    if (given.json) frame.write(`${JSON.stringify({ level, about, what })}\n`);
    else frame.write(`${MARKS[level][frame.decorated ? 1 : 0]} ${about}: ${what}\n`);
  }
  return findings.some(({ level }) => level === 'trouble') ? EXIT.no : EXIT.ok;
}
