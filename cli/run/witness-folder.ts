// A witness's folder looked at without starting it: what `heartwood doctor` finds in one, and the proof against a log that
// the witness kept, two notes of that log's own key over one size.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { AnchorError, formatVerifierKey } from '@heartwood/anchor';
import { cosignersOf, parseWitnessKeys, readWitnessMemory, type WitnessMemory } from '@heartwood/anchor/node';
import type { Finding } from '@heartwood/gateway';
import { EXIT, type ExitStatus, Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import { printableJson, printableLines } from '../printable.ts';

const paths = (data: string) => ({ key: join(data, 'witness.key'), memory: join(data, 'witness.db') });

/** Whether a witness was begun there. */
export function isWitnessFolder(data: string): boolean {
  const { key, memory } = paths(data);
  return existsSync(key) || existsSync(memory);
}

/** Both notes of each pair. @throws Refusal `cannot-run` where there is no memory */
export function printWitnessEvidence(data: string, json: boolean, frame: Frame): ExitStatus {
  let memory: WitnessMemory;
  try {
    memory = readWitnessMemory(paths(data).memory);
  } catch (cause) {
    if (!(cause instanceof AnchorError)) throw cause;
    throw new Refusal('cannot-run', `No evidence can be read: ${cause.message}.`, { cause });
  }
  for (const pair of memory.contradictions) {
    const { origin, held, offered } = pair;
    if (json) frame.write(`${printableJson(pair)}\n`);
    else {
      frame.write(
        printableLines(
          `${origin} signed two histories. Cosigned here:\n\n${held}\nand refused:\n\n${offered}\n`,
        ),
      );
    }
  }
  if (memory.contradictions.length === 0)
    frame.warn('No ledger has contradicted itself before this witness.');
  return EXIT.ok;
}

/** What would keep this witness from working, or its operator from knowing. */
export function examineWitness(data: string, nowMs: number): Finding[] {
  const { key, memory: path } = paths(data);
  const trouble = (about: string, what: string): Finding => ({ level: 'trouble', about, what });
  const well = (about: string, what: string): Finding => ({ level: 'well', about, what });
  let memory: WitnessMemory;
  try {
    memory = readWitnessMemory(path);
  } catch (error) {
    if (!(error instanceof AnchorError)) throw error;
    const way = 'Without it these keys could cosign a second history: begin a new witness in another folder.';
    return [trouble('memory', `${error.message}. ${way}`)];
  }
  const { logs, contradictions, vkeys } = memory;
  const ahead = logs.filter(({ timeS }) => timeS * 1000 > nowMs + 60_000);
  return [
    keyFinding(key, vkeys, trouble, well),
    ...logs.map(({ origin, size, timeS }) =>
      well('ledger', `${origin}: ${size} entries cosigned, last at second ${timeS} since 1970`),
    ),
    ...ahead.map(({ origin }) =>
      trouble(
        'clock',
        `${origin} was cosigned at a time that this machine’s clock has not reached: one of the two is wrong`,
      ),
    ),
    contradictions.length === 0
      ? well('evidence', 'no ledger has contradicted itself before this witness')
      : trouble(
          'evidence',
          `${contradictions.length} times a ledger signed two histories; heartwood witness --evidence --data ${data} prints both notes. Show them to whoever relies on that ledger`,
        ),
  ];
}

type Say = (about: string, what: string) => Finding;

function keyFinding(path: string, vkeys: readonly string[], trouble: Say, well: Say): Finding {
  if (!existsSync(path))
    return trouble('key', `${path} is missing: put it back, or begin a new witness elsewhere`);
  if ((statSync(path).mode & 0o077) !== 0)
    return trouble('key', `others can read it. Make it yours alone: chmod 600 ${path}`);
  try {
    const own = cosignersOf(parseWitnessKeys(readFileSync(path, 'utf8')), () => 0).map(formatVerifierKey);
    return own.join('\n') === vkeys.join('\n')
      ? well('key', 'the key and the memory belong together')
      : trouble('key', `${path} is not the key that this memory belongs to`);
  } catch (error) {
    if (!(error instanceof AnchorError)) throw error;
    return trouble('key', error.message);
  }
}
