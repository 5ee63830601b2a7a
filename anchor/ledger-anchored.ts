// What second anchors have of a ledger, for whoever proves an entry: under which anchored checkpoint to prove it, and the
// evidence to put beside that proof. The earliest checkpoint that covers the entry is the best: it shows the oldest time.

import type Database from 'better-sqlite3';
import type { BundleAnchor } from './bundle-anchors.ts';
import { utf8 } from './bytes.ts';
import { checkpointDigest, parseCheckpoint } from './checkpoint.ts';
import { AnchorError } from './error.ts';
import type { LedgerPlace } from './ledger.ts';
import { type AnchoringRow, AnchoringStore, openAnchoringFile } from './ledger-anchoring-store.ts';
import type { LedgerReader } from './ledger-reader.ts';
import { nodeSha256 } from './node-primitive.ts';
import { parseNote } from './note.ts';
import { checkInclusion, readInclusionPath } from './proof.ts';
import { formatTlogProof, parseTlogProof } from './tlog-proof.ts';
import { leafHash } from './tree.ts';

/** Longest evidence put into a proof; one from a block with a very large transaction stays out. */
const EVIDENCE_BYTES_MAX = 100_000;

type Ledger = Pick<LedgerReader, 'key' | 'latest' | 'entry' | 'node'>;

export class AnchoredReader {
  readonly #store: AnchoringStore;
  readonly #close: () => void;

  /** Made by `openAnchoredReader` and by the writer, whose `db` it stays. */
  constructor(db: Database.Database, close: () => void = () => undefined) {
    this.#store = new AnchoringStore(db);
    this.#close = close;
  }

  /**
   * Text of a `.tlog-proof` under an anchored checkpoint: the earliest that is confirmed, or else the earliest that is
   * promised in a way which whoever gets the proof can follow up. `witnessed`: under those with a quorum only. Undefined
   * where there is none that covers the entry, or the ledger cannot show it any more.
   */
  proofOf(ledger: Ledger, place: LedgerPlace, witnessed: boolean): string | undefined {
    const index = ledger.entry(place)?.index;
    if (index === undefined) return undefined;
    const rows = [
      ...this.#store.covering('confirmed', index, witnessed),
      ...this.#store.covering('pending', index, witnessed),
    ];
    for (const row of rows) {
      const proof = isShowable(row) ? proofUnder(ledger, index, row.note) : undefined;
      if (proof !== undefined) return proof;
    }
    return undefined;
  }

  /** The evidence that belongs beside a `.tlog-proof`: all that is known of its checkpoint. */
  evidenceFor(proof: string): BundleAnchor[] {
    const { text } = parseNote(parseTlogProof(proof).checkpoint);
    const rows = this.#store.byDigest(checkpointDigest(text, nodeSha256)).filter(isShowable);
    // A ledger that stands still is anchored again and again: of each place one is enough, and best one that is final.
    const byPlace = Map.groupBy(rows, ({ place }) => place);
    return [...byPlace.values()].map((known) => {
      const { kind, evidence } = known.find(({ state }) => state === 'confirmed') ?? known[0]!;
      return { kind, evidence: evidence! };
    });
  }

  close(): void {
    this.#close();
  }
}

/** Opens a file of second anchors for reading, beside a hub that may be writing it; undefined where there is none. Close it. */
export function openAnchoredReader(path: string): AnchoredReader | undefined {
  const db = openAnchoringFile(path, 'read');
  return db && new AnchoredReader(db, () => db.close());
}

/** A calendar's promise can be followed up by anybody; a transaction that is not in a block shows nothing to nobody. */
function isShowable({ state, kind, evidence }: AnchoringRow): boolean {
  const showable = state === 'confirmed' || (state === 'pending' && kind === 'opentimestamps');
  return showable && evidence !== null && evidence.length <= EVIDENCE_BYTES_MAX;
}

/**
 * A proof of entry `index` under an earlier checkpoint of the ledger, as it was kept. Undefined where it is not of this
 * ledger's history (a ledger that was restored, or begun anew, beside an older file of anchors), and where the ledger has
 * let go of what the path is made of.
 */
function proofUnder(ledger: Ledger, index: number, note: string): string | undefined {
  const { origin, size, root } = parseCheckpoint(parseNote(note).text);
  if (origin !== ledger.key.name || size > ledger.latest().size) return undefined;
  try {
    const entry = ledger.entry({ index });
    const path = readInclusionPath((level, at) => ledger.node(level, at), index, size, nodeSha256);
    if (
      !entry ||
      !checkInclusion(leafHash(utf8(entry.note), nodeSha256), index, size, path, root, nodeSha256)
    ) {
      return undefined;
    }
    return formatTlogProof({ index, path, checkpoint: note });
  } catch (error) {
    if (error instanceof AnchorError) return undefined;
    throw error;
  }
}
