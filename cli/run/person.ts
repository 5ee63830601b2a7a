// `heartwood person`: lists, lets in, changes, shuts out.

import {
  addPerson,
  changePerson,
  HeartwoodError,
  LOGIN_CODE_MS,
  People,
  type Person,
  type Role,
  removePerson,
  type Vault,
} from '@heartwood/gateway';
import { EXIT, type ExitStatus, Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import type { SettingsOf } from '../settings.ts';
import { answering } from './answering.ts';
import { withVault } from './open-vault.ts';
import { loginLink, whereIs } from './where.ts';

export type PersonArguments = SettingsOf<'person'> & {
  readonly name: string | undefined;
  readonly role: Role | undefined;
  /** As typed: names, `all` or `none`. */
  readonly patients: string | undefined;
  readonly remove: boolean;
  readonly json: boolean;
};

export function runPerson(given: PersonArguments, frame: Frame): Promise<ExitStatus> {
  return answering(frame, () =>
    withVault(given, frame, given.name === undefined ? 'read' : 'write', async (vault) => {
      frame.write(given.name === undefined ? list(vault, given.json) : change(vault, given.name, given));
      return EXIT.ok;
    }),
  );
}

function list(vault: Vault, json: boolean): string {
  const people = new People(vault.db, vault.keyring).all().filter(({ removed }) => !removed);
  if (json) return people.map((person) => `${JSON.stringify(shown(vault, person))}\n`).join('');
  if (people.length === 0)
    return 'Nobody but the operator, who logs in by `heartwood login`. Let somebody in: heartwood person NAME --role clinician --patients all\n';
  const rows = people.map((person) => shown(vault, person));
  const width = Math.max(...rows.map(({ name }) => name.length));
  return rows
    .map(({ name, role, patients }) => `${name.padEnd(width)}  ${role.padEnd(9)}  ${said(patients)}\n`)
    .join('');
}

function change(vault: Vault, name: string, given: PersonArguments): string {
  if (given.remove) {
    removePerson(vault, name);
    return `${name} is shut out: every page that they had open ends within a second.\n`;
  }
  const patients = given.patients === undefined ? undefined : patientsOf(vault, given.patients);
  const known = new People(vault.db, vault.keyring).byName(name);
  if (known !== undefined) {
    if (given.role === undefined && patients === undefined) return `${line(vault, known)}\n`;
    const changed = changePerson(vault, name, {
      ...(given.role !== undefined && { role: given.role }),
      ...(patients !== undefined && { patients }),
    });
    return `${line(vault, changed)}\n`;
  }
  if (given.role === undefined || patients === undefined) {
    throw new Refusal(
      'usage',
      `There is no person “${name}” yet: give --role and --patients to let them in.`,
    );
  }
  const { person, code } = addPerson(vault, { name, role: given.role, patients });
  const url = whereIs(given.data)?.url;
  if (given.json) return `${JSON.stringify({ ...shown(vault, person), code, url })}\n`;
  return [
    line(vault, person),
    url === undefined ? `Code      ${code}, on the page of the hub` : `Page      ${loginLink(url, code)}`,
    `          (works once, for ${LOGIN_CODE_MS / 60_000} minutes; \`heartwood login --person\` makes another)`,
    '',
  ].join('\n');
}

function patientsOf(vault: Vault, words: string): Person['patients'] {
  if (words === 'all') return 'all';
  if (words === 'none') return [];
  return words.split(',').map((word) => {
    const patient = vault.registry.patients().find(({ name }) => name === word.trim());
    if (patient === undefined) throw new HeartwoodError('not-found', `There is no patient “${word.trim()}”.`);
    return patient.slot;
  });
}

type Shown = { readonly name: string; readonly role: Role; readonly patients: 'all' | readonly string[] };

function shown(vault: Vault, { name, role, patients }: Person): Shown {
  const names = (slots: readonly number[]): string[] =>
    slots.map((slot) => vault.registry.patient(slot)?.name ?? `${slot}`);
  return { name, role, patients: patients === 'all' ? 'all' : names(patients) };
}

const said = (patients: Shown['patients']): string =>
  patients === 'all' ? 'all patients' : patients.length === 0 ? 'no patient' : patients.join(', ');

function line(vault: Vault, person: Person): string {
  const { name, role, patients } = shown(vault, person);
  return `${name} is ${role === 'admin' || role === 'auditor' ? 'an' : 'a'} ${role}, with ${said(patients)}.`;
}
