// `npm run soak -- simulate`: many houses, one seed after the other. A seed that breaks is told with its step, and how to
// see every event of it.

import { type SimulationReport, simulate } from './simulate.ts';

export type SoakOptions = {
  readonly seeds: number;
  readonly days: number;
  /** The first is this one; the others are this one and a number. */
  readonly seed: string;
  readonly trace: boolean;
  readonly say: (line: string) => void;
};

const COLUMNS = [
  ['measured', 9],
  ['acknowledged', 13],
  ['sentAgain', 10],
  ['stored', 8],
  ['kills', 6],
  ['refusedCommits', 15],
  ['statements', 11],
  ['cosigned', 9],
  ['restored', 9],
  ['twins', 6],
  ['alarms', 7],
  ['raced', 7],
  ['checks', 9],
  ['seconds', 8],
] as const satisfies readonly (readonly [keyof SimulationReport, number])[];

/** @returns whether every promise held in every house */
export async function simulateMany({ seeds, days, seed, trace, say }: SoakOptions): Promise<boolean> {
  const hours = days * 24;
  say(`${'seed'.padEnd(18)}${COLUMNS.map(([name, width]) => name.padStart(width)).join(' ')}`);
  let broken = 0;
  for (let n = 0; n < seeds; n++) {
    const one = n === 0 ? seed : `${seed}.${n}`;
    const report = await simulate({ seed: one, hours, ...(trace && { onTrace: say }) });
    say(`${one.padEnd(18)}${COLUMNS.map(([name, width]) => `${report[name]}`.padStart(width)).join(' ')}`);
    if (report.broken === undefined) continue;
    broken += 1;
    say(`BROKEN at ${report.broken}`);
    say(`to see every event: npm run soak -- simulate --seeds 1 --days ${days} --seed ${one} --trace`);
  }
  say(
    broken === 0
      ? `${seeds} seeds, ${days} days each: every promise held`
      : `${broken} of ${seeds} seeds broke`,
  );
  return broken === 0;
}
