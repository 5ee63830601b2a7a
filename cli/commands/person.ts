// `heartwood person`: who may look at the dashboard, and at whom.

import { Command, Option } from 'commander';
import { Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import { helpEnd } from '../help-text.ts';
import { addSettings, type Flags, settingsFor } from '../settings-flags.ts';

const ROLES = ['admin', 'clinician', 'patient', 'auditor'] as const;
export type RoleWord = (typeof ROLES)[number];

export function personCommand(frame: Frame): Command {
  const command = new Command('person')
    .description(
      'Lists who may look at the dashboard; with a name, lets somebody in, changes what they see, or shuts them out. A new ' +
        'person gets an address that lets one browser in, once; they may then set a password. Somebody who is removed is ' +
        'out at once, on every page that is open. Everything here is written into the record.',
    )
    .argument('[name]', 'the person’s name')
    .addOption(new Option('--role <role>', 'what they may do: see docs/people.md').choices(ROLES))
    .option('--patients <names>', 'whom they see: names with commas between, "all", or "none"')
    .addOption(new Option('--remove', 'shut them out').conflicts(['role', 'patients']))
    .option('--json', 'print it as JSON, for programs');
  return addSettings(command, 'person')
    .addHelpText(
      'after',
      helpEnd(
        [
          ['heartwood person "Dr Vale" --role clinician --patients Ada,Ben', 'lets Dr Vale see Ada and Ben'],
          ['heartwood person "Dr Vale" --patients Ada', 'from now on Ada alone'],
          ['heartwood person "Dr Vale" --remove', 'shuts Dr Vale out'],
          ['heartwood person', 'lists everybody'],
        ],
        [
          [0, 'it was done'],
          [1, 'there is no such person or patient, or the name is taken'],
          [2, 'wrong arguments or a wrong setting'],
          [3, 'it cannot run here: no data folder, key missing'],
        ],
      ),
    )
    .action(async (name: string | undefined, flags: Flags) => {
      const { role, patients, remove, json } = flags;
      if (name === undefined && (role ?? patients ?? remove) !== undefined) {
        throw new Refusal('usage', 'Of whom? Give the person’s name first: heartwood person "Dr Vale" …');
      }
      const settings = settingsFor('person', flags, frame);
      const { runPerson } = await import('../run/person.ts');
      frame.end(
        await runPerson(
          {
            ...settings,
            name,
            role: role as RoleWord | undefined,
            patients: patients as string | undefined,
            remove: remove === true,
            json: json === true,
          },
          frame,
        ),
      );
    });
}
