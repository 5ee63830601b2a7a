// The small world of the fault tests: three hubs whose statements follow from their numbers, one ledger with its mark,
// one witness, one folder of published files. All keys are fixed, so that every life of the process, and whoever checks
// what it left, can make the same statements again.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import {
  FIRST_PREVIOUS,
  formatNote,
  KEY_TYPES,
  parseCheckpoint,
  parseNote,
  type Signer,
  signStatement,
  statementHash,
  utf8,
} from '@heartwood/anchor';
import {
  type EmbeddedLedger,
  exportLog,
  formatAddCheckpoint,
  nodeSigner,
  openEmbeddedLedger,
  openMarkFile,
  openWitness,
  originHash,
  type Witness,
} from '@heartwood/anchor/node';

const seed = (n: number): Uint8Array => new Uint8Array(32).fill(n);
export const HUBS: readonly Signer[] = [1, 2, 3].map((n) =>
  nodeSigner(`heartwood/hub/000000000000000${n}`, seed(n)),
);
export const LOG: Signer = nodeSigner('heartwood/ledger/0000000000000009', seed(9));
const WITNESS_KEYS = {
  name: 'witness.example/fault',
  seeds: [{ type: KEY_TYPES.cosignatureEd25519, seed: seed(10) }],
};
const START_MS = Date.UTC(2026, 10, 21, 13, 10);

/** Where everything of one home lies. */
export type Places = {
  readonly ledger: string;
  readonly mark: string;
  readonly site: string;
  readonly witness: string;
};
export const placesIn = (home: string): Places => ({
  ledger: join(home, 'ledger', 'ledger.db'),
  mark: join(home, 'mark', 'ledger.mark'),
  site: join(home, 'site'),
  witness: join(home, 'witness', 'witness.db'),
});

const chains = HUBS.map((): string[] => []);

/** Statement `sequence` of hub `hub` (0 to 2): always the same note. */
export function statementOf(hub: number, sequence: number): string {
  const chain = chains[hub]!;
  while (chain.length <= sequence) chain.push(signed(hub, chain.length, chain.at(-1)));
  return chain[sequence]!;
}

/** A second statement with the same number, as a hub that lies would sign it. */
export function otherStatementOf(hub: number, sequence: number): string {
  return signed(hub, sequence, sequence === 0 ? undefined : statementOf(hub, sequence - 1), 'other');
}

function signed(hub: number, sequence: number, previous: string | undefined, salt = ''): string {
  const signer = HUBS[hub]!;
  return signStatement(
    {
      origin: signer.name,
      sequence,
      endMs: START_MS + sequence * 10_000,
      batchRoot: createHash('sha256').update(`${salt}${hub}.${sequence}`).digest(),
      previous: previous === undefined ? FIRST_PREVIOUS : statementHash(previous),
    },
    signer,
  );
}

export const openLedgerIn = (home: string): EmbeddedLedger => {
  const { ledger, mark } = placesIn(home);
  return openEmbeddedLedger({ path: ledger, signer: LOG, hubKeys: HUBS, mark: openMarkFile(mark) });
};

/** `create` is for a home that is made now: a witness whose memory is gone must not begin another. */
export const openWitnessIn = (home: string, create = false): Witness =>
  openWitness({
    path: placesIn(home).witness,
    create,
    keys: WITNESS_KEYS,
    logs: [LOG],
    nowS: () => Math.floor(Date.now() / 1000),
  });

/** What left the process: whoever heard it holds the home to it. */
export type Told =
  | { readonly kind: 'ready'; readonly pid: number }
  | {
      readonly kind: 'appended';
      readonly places: readonly (readonly [number, string])[];
      readonly checkpoint: string;
    }
  | { readonly kind: 'cosigned'; readonly checkpoint: string; readonly lines: string }
  | { readonly kind: 'published'; readonly checkpoint: string }
  | { readonly kind: 'failed'; readonly step: string; readonly code: string; readonly message: string }
  | { readonly kind: 'done'; readonly size: number };

/** Appends; throws where the disk does, and where a statement is refused (it never should be). */
export function append(ledger: EmbeddedLedger, notes: readonly string[]): Told {
  const places = ledger.append(notes).map((outcome, i): [number, string] => {
    if (!('index' in outcome)) throw new Error(`a statement was ${outcome.kind}`);
    return [outcome.index, notes[i]!];
  });
  return { kind: 'appended', places, checkpoint: ledger.latest().checkpoint };
}

/** Has the newest checkpoint cosigned; `told` hears of the cosignature before the ledger keeps it, as from the wire. */
export function cosign(ledger: EmbeddedLedger, witness: Witness, told: (one: Told) => void): void {
  const { size, checkpoint } = ledger.latest();
  const { text, signatures } = parseNote(checkpoint);
  const note = formatNote({ text, signatures: signatures.slice(0, 1) });
  const held = heldBy(witness);
  const proof = held === 0 ? [] : ledger.reader.consistency(held, size);
  const answer = witness.addCheckpoint(utf8(formatAddCheckpoint({ oldSize: held, proof, note })));
  if (answer.kind !== 'cosigned') throw new Error(`the witness said ${JSON.stringify(answer)}`);
  told({ kind: 'cosigned', checkpoint: note, lines: answer.lines });
  ledger.addCosignatures(size, answer.lines, witness.keys);
  ledger.markWitnessed(size);
}

export function publish(ledger: EmbeddedLedger, home: string): Told {
  const { checkpoint } = ledger.latest();
  exportLog({ reader: ledger.reader, folder: placesIn(home).site, checkpoint });
  return { kind: 'published', checkpoint };
}

/** Size of the checkpoint that the witness cosigned last; 0 where there is none. */
export function heldBy(witness: Witness): number {
  const held = witness.latest(originHash(LOG.name));
  return held === undefined ? 0 : parseCheckpoint(parseNote(held).text).size;
}
