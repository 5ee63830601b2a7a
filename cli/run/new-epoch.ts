// `heartwood new-epoch`: explains, asks for a typed word, begins.

import { formatVerifierKey } from '@heartwood/anchor';
import { type EpochPlan, ledgerLost, type NewEpoch, openNewEpoch, policyPath } from '@heartwood/gateway';
import { EXIT, type ExitStatus, Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import type { SettingsOf } from '../settings.ts';
import { answering } from './answering.ts';
import { vaultOptions } from './open-vault.ts';

export type NewEpochArguments = SettingsOf<'new-epoch'> & {
  readonly because: string;
  readonly seenBatch: number | undefined;
  readonly yes: boolean;
};

const WORD = 'new epoch';

export function runNewEpoch(given: NewEpochArguments, frame: Frame): Promise<ExitStatus> {
  return answering(frame, async () => {
    if (!given.yes && frame.ask === undefined)
      throw new Refusal(
        'cannot-run',
        'There is no terminal to ask at. Read what it would do in a terminal, or give --yes.',
      );
    const { markFile, seenBatch } = given;
    const epoch = await openNewEpoch({ ...vaultOptions(given, frame), markFile, seenBatch });
    try {
      return await decide(epoch, given, frame);
    } finally {
      epoch.close();
    }
  });
}

async function decide(epoch: NewEpoch, given: NewEpochArguments, frame: Frame): Promise<ExitStatus> {
  const { plan } = epoch;
  if (plan.onlyLedgerLost) {
    frame.warn(`heartwood: No new epoch is needed. ${ledgerLost(given.data, given.markFile)}`);
    return EXIT.no;
  }
  if (plan.contradictions.length === 0 && given.yes && given.seenBatch === undefined) {
    frame.warn(
      'heartwood: No new epoch is needed: nothing that could be asked knows of a newer copy. If you know better, say which batch was seen (--seen-batch), or answer at a terminal.',
    );
    return EXIT.no;
  }
  frame.write(`${explained(plan, given).join('\n')}\n`);
  if (!given.yes) {
    const answer = await frame.ask?.(`Type "${WORD}" to go on, anything else to leave all as it is: `);
    if (answer?.trim().toLowerCase() !== WORD) {
      frame.warn('heartwood: Nothing was changed.');
      return EXIT.no;
    }
  }
  const begun = epoch.begin(given.because);
  const [ed25519, mlDsa44] = begun.ledgerKeys.map(formatVerifierKey);
  const lines = [
    '',
    `Epoch ${plan.number} has begun; its first batch is ${plan.from}. Start the hub again: it goes on from there.`,
    ...begun.setAside.map((path) => `Kept as evidence   ${path}`),
    `New policy file    ${policyPath(given.data)}: give it to whoever checks proofs of this hub. It holds the old keys too.`,
    '',
    'Others know this hub by its old keys. Give them these lines, beside the old ones:',
    `  whoever runs a ledger that this hub sends to, for the file of its --hubs (it reads that file again by itself):`,
    `    hub ${formatVerifierKey(begun.hubKey)}`,
    '  whoever runs a witness of this hub, for the file of its --witness-logs:',
    `    log ${ed25519}`,
    `    log ${mlDsa44}`,
  ];
  frame.write(`${lines.join('\n')}\n`);
  return EXIT.ok;
}

function explained(plan: EpochPlan, { data, markFile }: NewEpochArguments): string[] {
  const { contradictions, from, lastHeld, number, unanchored } = plan;
  return [
    `This copy of the hub's data (${data}) ends ${lastHeld === undefined ? 'before its first batch' : `with batch ${lastHeld}`}.`,
    ...(contradictions.length === 0
      ? ['Nothing that could be asked knows of a newer one. A new epoch is needed only if you know better.']
      : contradictions.map(({ what }) => `  - ${what}`)),
    '',
    `Epoch ${number} would`,
    '  - give the hub and its ledger new keys and new names. With the old keys nothing is ever signed again;',
    `  - go on at batch ${from}, above every number that the lost copy can have used;`,
    '  - keep all patients, devices and readings that this copy has, and their proofs;',
    `  - set the old ledger and its mark (${markFile}) aside, as evidence;`,
    "  - write into the hub's own record that it began, why, and what was found, as provable as a reading.",
    'What it costs:',
    '  - Readings that only the lost copy had stay lost. Proofs of them that were handed out hold, by the policy file of that time.',
    ...(unanchored === 0
      ? []
      : [
          `  - ${unanchored} batches of this copy are not in its ledger. Their readings stay, and cannot be proved one by one.`,
        ]),
    '  - Whoever checks proofs, witnesses this hub or keeps a ledger for it needs its new keys.',
    '  - It cannot be taken back. If the newer copy can still be found, stop here, and put that one back instead.',
    '',
  ];
}
