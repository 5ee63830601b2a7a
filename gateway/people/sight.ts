// Who may see a patient, and who was shown them: what the patient and their family are owed. From the people who can log
// in and the hub's own record, in which `patient-seen` is written once a day for each person who had the page open.

import { hubEvents } from '../inspect/patient-events.ts';
import type { Vault } from '../vault.ts';
import { People } from './people.ts';
import { may, type Role } from './permission.ts';

export type Sight = {
  /** Everybody who may see the patient now, whoever runs the hub included. */
  readonly people: readonly { readonly name: string; readonly role: Role; readonly you: boolean }[];
  /** From here on every look is told; whoever wants those before asks again up to there. */
  readonly from: number;
  readonly to: number;
  /** In the order in which they happened; the name is undefined for somebody whom the registry does not know. */
  readonly looks: readonly {
    readonly at: number;
    readonly name: string | undefined;
    readonly you: boolean;
  }[];
};

/** @param you the number of the person who asks; @param range ms since 1970, by the hub's clock */
export function sightOf(
  vault: Vault,
  slot: number,
  you: number,
  range: { readonly from: number; readonly to: number },
): Sight {
  const people = new People(vault.db, vault.keyring);
  const all = [people.byNumber(0), ...people.all()].filter((person) => person !== undefined);
  const { from, to, events } = hubEvents(
    vault,
    ({ name, detail }) => name === 'patient-seen' && detail['slot'] === slot,
    range,
  );
  return {
    people: all
      .filter((person) => !person.removed && may(person, { do: 'see', slot }))
      .map(({ number, name, role }) => ({ name, role, you: number === you })),
    from,
    to,
    looks: events.map(({ at, detail }) => ({
      at,
      name: all.find(({ number }) => number === detail['person'])?.name,
      you: detail['person'] === you,
    })),
  };
}
