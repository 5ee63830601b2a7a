// `heartwood contact`: lists, adds, tests, takes away.

import {
  addContact,
  type Contact,
  contactWays,
  everybodysLadder,
  HeartwoodError,
  knownContacts,
  removeContact,
  setEverybodysLadder,
  testContact,
  type Vault,
} from '@heartwood/gateway';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import type { SettingsOf } from '../settings.ts';
import { answering } from './answering.ts';
import { withVault } from './open-vault.ts';
import { tellingChoiceOf } from './telling-choice.ts';

export type ContactArguments = SettingsOf<'contact'> & {
  readonly name: string | undefined;
  /** As typed: `person`, `mail`, `webhook`, `mqtt`; and `language`. */
  readonly ways: Readonly<Record<string, string>>;
  readonly after: number | undefined;
  readonly from: 'high' | 'medium' | 'low';
  readonly remove: boolean;
  readonly test: boolean;
  readonly json: boolean;
};

export function runContact(given: ContactArguments, frame: Frame): Promise<ExitStatus> {
  const choice = tellingChoiceOf(given);
  return answering(frame, () =>
    withVault(given, frame, given.name === undefined ? 'read' : 'write', async (vault) => {
      const { name } = given;
      if (name === undefined) frame.write(list(vault, given.json));
      else if (given.remove) {
        removeContact(vault, known(vault, name).number);
        frame.write(`${name} is told no more.\n`);
      } else if (given.test) return test(vault, known(vault, name), choice, given, frame);
      else frame.write(change(vault, name, given));
      return EXIT.ok;
    }),
  );
}

function list(vault: Vault, json: boolean): string {
  const contacts = knownContacts(vault);
  if (json) return contacts.map((one) => `${JSON.stringify(shown(vault, one))}\n`).join('');
  if (contacts.length === 0)
    return 'Nobody is told of an alarm: whoever looks at the page sees it. Add somebody: heartwood contact Bea --mail bea@example.org --after 0\n';
  return contacts.map((one) => line(vault, one)).join('');
}

function change(vault: Vault, name: string, { ways, after, from, json }: ContactArguments): string {
  let contact = knownContacts(vault).find((one) => one.name === name.trim());
  if (contact === undefined) contact = addContact(vault, { name, ...ways });
  else if (Object.keys(ways).length > 0)
    throw new HeartwoodError(
      'refused',
      `There is a contact “${name}” already: take it away first (--remove), so that the record tells the change.`,
    );
  const { number } = contact;
  if (after !== undefined) {
    const before = everybodysLadder(vault);
    const others = before.steps.filter((step) => step.contact !== number || step.after !== after);
    const step = { after, contact: number, channels: contactWays(contact), from };
    setEverybodysLadder(vault, { ...before, steps: [...others, step] });
  }
  return json ? `${JSON.stringify(shown(vault, contact))}\n` : line(vault, contact);
}

async function test(
  vault: Vault,
  contact: Contact,
  choice: ReturnType<typeof tellingChoiceOf>,
  { json }: ContactArguments,
  frame: Frame,
): Promise<ExitStatus> {
  const tested = await testContact(vault, choice, contact);
  if (json) frame.write(tested.map((one) => `${JSON.stringify(one)}\n`).join(''));
  else if (tested.length === 0)
    frame.write(`${contact.name} is told by the page alone, which shows alarms: there is nothing to send.\n`);
  else
    for (const { channel, delivered, why } of tested)
      frame.write(`${channel.padEnd(7)}  ${delivered ? 'delivered' : `NOT DELIVERED: ${why ?? ''}`}\n`);
  return tested.every(({ delivered }) => delivered) ? EXIT.ok : EXIT.no;
}

function known(vault: Vault, name: string): Contact {
  const contact = knownContacts(vault).find((one) => one.name === name.trim());
  if (contact === undefined) throw new HeartwoodError('not-found', `There is no contact “${name}”.`);
  return contact;
}

const stepsOf = (vault: Vault, { number }: Contact): { after: number; from: string }[] =>
  everybodysLadder(vault)
    .steps.filter((step) => step.contact === number)
    .map(({ after, from }) => ({ after, from }));

const shown = (vault: Vault, contact: Contact): object => ({
  name: contact.name,
  ways: contactWays(contact),
  ...(contact.language !== undefined && { language: contact.language }),
  steps: stepsOf(vault, contact),
});

function line(vault: Vault, contact: Contact): string {
  const steps = stepsOf(vault, contact).map(
    ({ after, from }) =>
      `${after === 0 ? 'at once' : `after ${after} min`}, ${from} alarms${from === 'high' ? '' : ' and above'}`,
  );
  const when = steps.length === 0 ? 'on no step of everybody’s ladder' : steps.join('; ');
  return `${contact.name}  ${contactWays(contact).join(', ')}  ${when}\n`;
}
