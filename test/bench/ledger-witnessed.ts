// From a statement to the checkpoint that three witnesses have cosigned: what a family waits until nobody, the ledger's
// owner included, can put anything else in that place.

import { join } from 'node:path';
import {
  encodeEntries,
  isQuorum,
  parseCheckpoint,
  parseNote,
  parsePolicy,
  utf8,
  verifyCosignatures,
} from '@heartwood/anchor';
import { nodeVerifyEd25519 } from '@heartwood/anchor/node';
import { endChild } from './child.ts';
import { Histogram } from './histogram.ts';
import { BenchHub } from './ledger-hubs.ts';
import { startLedger, startWitness } from './ledger-process.ts';

const WITNESSES = 3;
const HUBS = 8;
const STATEMENT_MS = 200;
const LOOK_MS = 10;
const PATIENCE_MS = 10_000;

/** @returns witnesses, statements, checkpoints seen, p50, p99, largest (ms) */
export async function timeWitnessed(folder: string, ms: number): Promise<number[]> {
  // Its first start makes the key that the witnesses must know before the ledger may ask them.
  const first = await startLedger(join(folder, 'ledger'));
  await endChild(first.child);
  const witnesses = await Promise.all(
    Array.from({ length: WITNESSES }, (_, n) =>
      startWitness(join(folder, `witness-${n}`), first.vkey, `w${n}`),
    ),
  );
  const words = witnesses.map((_, n) => `w${n}`).join(' ');
  const policyText = `${witnesses.map(({ line }) => `${line}\n`).join('')}group all all ${words}\nquorum all\n`;
  const ledger = await startLedger(join(folder, 'ledger'), policyText);
  const policy = parsePolicy(policyText);
  const keys = policy.witnesses.map(({ key }) => key);

  const times = new Histogram();
  /** When statements were sent, by their index. */
  const sent = new Map<number, number>();
  let statements = 0;
  let stop = false;
  const send = async (n: number): Promise<void> => {
    const hub = new BenchHub(n);
    // They begin at different moments of the interval.
    await sleep((n * STATEMENT_MS) / HUBS);
    while (!stop) {
      const at = performance.now();
      const body = new Blob([new Uint8Array(encodeEntries([utf8(hub.next())]))]);
      const answer = await fetch(`${ledger.url}/add-statements`, { method: 'POST', body });
      const { outcomes } = (await answer.json()) as { outcomes: { kind: string; index: number }[] };
      if (outcomes[0]?.kind !== 'appended') throw new Error(`a statement was ${JSON.stringify(outcomes)}`);
      sent.set(outcomes[0].index, at);
      statements += 1;
      await sleep(Math.max(0, at + STATEMENT_MS - performance.now()));
    }
  };
  const sending = Promise.all(Array.from({ length: HUBS }, (_, n) => send(n)));
  let [seen, checkpoints] = [0, 0];
  const began = performance.now();
  for (let late = 0; ; await sleep(LOOK_MS)) {
    const now = performance.now();
    stop = now > began + ms;
    if (stop && late === 0) late = now + PATIENCE_MS;
    if (stop && sent.size === 0) break;
    if (stop && now > late) throw new Error(`${sent.size} statements were never witnessed`);
    const answer = await fetch(`${ledger.url}/checkpoint`);
    const text = await answer.text();
    if (answer.status !== 200) continue;
    const note = parseNote(text);
    const { size } = parseCheckpoint(note.text);
    if (size <= seen) continue;
    const found = verifyCosignatures(note, keys, nodeVerifyEd25519);
    if (!isQuorum(policy.quorum, new Set(found.map(({ key }) => key)))) {
      throw new Error(`the checkpoint of ${size} is shown and has not its witnesses`);
    }
    [seen, checkpoints] = [size, checkpoints + 1];
    const heard = performance.now();
    for (const [index, at] of sent) {
      if (index >= size) continue;
      times.record(heard - at);
      sent.delete(index);
    }
  }
  await sending;
  await endChild(ledger.child);
  await Promise.all(witnesses.map(({ child }) => endChild(child)));
  const { p50, p99, max } = times.summary();
  return [WITNESSES, statements, checkpoints, p50, p99, max];
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
