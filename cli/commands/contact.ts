// `heartwood contact`: who is told of an alarm, and by what.

import { Command, InvalidArgumentError, Option } from 'commander';
import { Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import { helpEnd } from '../help-text.ts';
import { addSettings, type Flags, settingsFor } from '../settings-flags.ts';

const LANGUAGES = ['en', 'de'] as const;
const PRIORITIES = ['high', 'medium', 'low'] as const;
export type PriorityWord = (typeof PRIORITIES)[number];

export function contactCommand(frame: Frame): Command {
  const command = new Command('contact')
    .description(
      'Lists who is told of an alarm, and by what; with a name and a way, adds somebody; with --after, has them told so ' +
        'many minutes after an alarm was raised while nobody answered it. The page arranges the same, and more, for each ' +
        'patient (docs/telling.md). Everything here is written into the record.',
    )
    .argument('[name]', 'the contact’s name')
    .option('--person <name>', 'one of the hub’s people: told on their page, and in browsers that they let')
    .option('--mail <address>', 'a mail address')
    .option('--webhook <url>', 'an address that takes JSON by POST: https://, or http:// on this machine')
    .option('--mqtt <topic>', 'a topic at the broker of --tell-mqtt-file')
    .addOption(
      new Option(
        '--language <language>',
        'in which they are told; the hub’s (--tell-language) unless given',
      ).choices(LANGUAGES),
    )
    .option('--after <minutes>', 'has them told by everybody’s ladder: at once is 0', minutes)
    .addOption(
      new Option(
        '--from <priority>',
        'the lowest priority they are told of by it; high unless given',
      ).choices(PRIORITIES),
    )
    .addOption(new Option('--remove', 'nobody is told by it any more').conflicts(['test', 'after']))
    .addOption(new Option('--test', 'send a test by each way, and print what came of it').conflicts('after'))
    .option('--json', 'print it as JSON, for programs');
  return addSettings(command, 'contact')
    .addHelpText(
      'after',
      helpEnd(
        [
          ['heartwood contact Bea --mail bea@example.org --after 0', 'Bea gets a mail for each high alarm'],
          [
            'heartwood contact "Dr Vale" --person "Dr Vale" --after 10',
            'ten minutes later, Dr Vale’s page and telephone',
          ],
          ['heartwood contact Bea --test', 'sends Bea a test'],
          ['heartwood contact Bea --remove', 'takes Bea away'],
          ['heartwood contact', 'lists everybody'],
        ],
        [
          [0, 'it was done; a test came through by every way'],
          [1, 'there is no such contact or person, the name is taken, or a test did not come through'],
          [2, 'wrong arguments or a wrong setting'],
          [3, 'it cannot run here: no data folder, key missing'],
        ],
      ),
    )
    .action(async (name: string | undefined, flags: Flags) => {
      const { person, mail, webhook, mqtt, language, after, from, remove, test, json } = flags;
      const asked = [person, mail, webhook, mqtt, language, after, from, remove, test];
      if (name === undefined && asked.some((one) => one !== undefined))
        throw new Refusal('usage', 'Of whom? Give the contact’s name first: heartwood contact Bea …');
      if (from !== undefined && after === undefined)
        throw new Refusal('usage', 'From that priority, after how many minutes? Add --after 0.');
      const settings = settingsFor('contact', flags, frame);
      const { runContact } = await import('../run/contact.ts');
      frame.end(
        await runContact(
          {
            ...settings,
            name,
            ways: Object.fromEntries(
              Object.entries({ person, mail, webhook, mqtt, language }).filter(
                ([, way]) => way !== undefined,
              ),
            ) as Record<string, string>,
            after: after as number | undefined,
            from: (from as PriorityWord | undefined) ?? 'high',
            remove: remove === true,
            test: test === true,
            json: json === true,
          },
          frame,
        ),
      );
    });
}

function minutes(word: string): number {
  if (!/^\d{1,4}$/.test(word)) throw new InvalidArgumentError('It must be a number of minutes, such as 10.');
  return Number(word);
}
