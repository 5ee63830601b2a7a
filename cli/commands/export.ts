// `heartwood export`: the readings of one patient, or the notes on them, for a person or another program.

import { Argument, Command, Option } from 'commander';
import { Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import { helpEnd } from '../help-text.ts';
import { addSettings, type Flags, settingsFor } from '../settings-flags.ts';
import { parseTime } from '../time.ts';

export function exportCommand(frame: Frame): Command {
  const command = new Command('export')
    .description(
      'Writes all readings, or those of one patient, in the order they were stored, opened and readable. The file is not ' +
        'encrypted: keep it as you would keep a doctor’s letter.',
    )
    .addArgument(new Argument('[patient]', 'name or pseudonym of the patient (default: everybody)'))
    .option('--from <time>', 'from this time on: 2026-11-21, or 2026-11-21T13:10:00Z (default: all)')
    .option('--to <time>', 'before this time (default: all)')
    .addOption(
      new Option('--format <format>', 'how to write them').choices(['ndjson', 'csv']).default('ndjson'),
    )
    .option('--notes', 'the notes on them instead of their readings')
    .option('-o, --output <file>', 'where to write them (default: standard output)');
  return addSettings(command, 'export')
    .addHelpText(
      'after',
      helpEnd(
        [
          ['heartwood export Ada --format csv --from 2026-11-01 -o ada.csv', 'November, for a spreadsheet'],
          ['heartwood export Ada --notes', 'what was written about her'],
          ['heartwood export | wc -l', 'counts everything there is'],
        ],
        [
          [0, 'the readings were written'],
          [1, 'there is no such patient, or the keys were destroyed'],
          [2, 'wrong arguments or a wrong setting'],
          [3, 'it cannot run here: no data folder, key missing, output not writable'],
        ],
      ),
    )
    .action(async (patient: string | undefined, flags: Flags) => {
      const from = parseTime('--from', flags['from'] as string | undefined);
      const to = parseTime('--to', flags['to'] as string | undefined);
      if (from !== undefined && to !== undefined && from >= to) {
        throw new Refusal('usage', '--from must be earlier than --to; as given, no reading could match.');
      }
      const settings = settingsFor('export', flags, frame);
      const { runExport } = await import('../run/export.ts');
      const format = flags['format'] as 'csv' | 'ndjson';
      const output = flags['output'] as string | undefined;
      const notes = flags['notes'] === true;
      frame.end(await runExport({ ...settings, patient, from, to, format, notes, output }, frame));
    });
}
