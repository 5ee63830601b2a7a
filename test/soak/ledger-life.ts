// The process that the fault tests kill and starve: it appends statements, has their checkpoints cosigned, publishes, and
// tells everything that it would have answered on standard output, a line of JSON each. Where the disk fails it says so
// and tries again, as a ledger does whose hubs ask again. Arguments: home, rounds.

import { writeSync } from 'node:fs';
import type { EmbeddedLedger, Witness } from '@heartwood/anchor/node';
import {
  append,
  cosign,
  HUBS,
  openLedgerIn,
  openWitnessIn,
  publish,
  statementOf,
  type Told,
} from './ledger-home.ts';

const [home = '', rounds = '0'] = process.argv.slice(2);
const RETRIES = 200;
const REST_MS = 10;

const tell = (one: Told): void => void writeSync(1, `${JSON.stringify(one)}\n`);
const rest = new Int32Array(new SharedArrayBuffer(4));

function persist<T>(step: string, work: () => T): T {
  for (let left = RETRIES; ; left--) {
    try {
      return work();
    } catch (error) {
      const { code = 'none', message } = error as Error & { code?: string };
      tell({ kind: 'failed', step, code, message });
      if (left === 0) process.exit(1);
      Atomics.wait(rest, 0, 0, REST_MS);
    }
  }
}

let ledger: EmbeddedLedger | undefined;
let witness: Witness | undefined;
function openAll(): { readonly ledger: EmbeddedLedger; readonly witness: Witness } {
  ledger ??= openLedgerIn(home);
  witness ??= openWitnessIn(home);
  return { ledger, witness };
}

tell({ kind: 'ready', pid: process.pid });
const next = persist('open', () => {
  const { ledger: open } = openAll();
  return HUBS.map(({ name }) => (open.lastOf(name)?.sequence ?? -1) + 1);
});
for (let round = 0; round < Number(rounds); round++) {
  const open = persist('open', openAll);
  const notes = Array.from({ length: 1 + ((round * 3) % 7) }, (_, i) => {
    const hub = (round + i) % HUBS.length;
    return statementOf(hub, next[hub]!++);
  });
  // After a failure the same notes are given again, as a hub does that heard no answer.
  tell(persist('append', () => append(open.ledger, notes)));
  persist('cosign', () => cosign(open.ledger, open.witness, tell));
  tell(persist('publish', () => publish(open.ledger, home)));
  if (round % 3 === 1) {
    // The last one to close moves the write-ahead log into the database.
    persist('close', () => {
      ledger?.close();
      ledger = undefined;
      witness?.close();
      witness = undefined;
    });
  }
}
tell({ kind: 'done', size: persist('open', openAll).ledger.latest().size });
