// The books of whoever talked to the ledger: every statement's place, every checkpoint, cosignature and publication that
// left the process. Whatever happened to the disk, the home must bear all of it out, and then go on.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  decodeEntries,
  decodeTile,
  equalBytes,
  frontierOf,
  frontierRoot,
  hexOf,
  leafHash,
  parseCheckpoint,
  parseNote,
  parseStatement,
  readFrontier,
  TILE_WIDTH,
  type Tile,
  tilePath,
  tilesOf,
  verifyCosignatures,
  verifyNote,
} from '@heartwood/anchor';
import {
  checkLedger,
  type EmbeddedLedger,
  nodeSha256,
  nodeVerifyEd25519,
  openLedgerReader,
} from '@heartwood/anchor/node';
import {
  append,
  cosign,
  HUBS,
  heldBy,
  LOG,
  openLedgerIn,
  openWitnessIn,
  otherStatementOf,
  placesIn,
  publish,
  statementOf,
  type Told,
} from './ledger-home.ts';

/** What a failure may be called: an error of the disk, said by SQLite, by Node or by the room. */
const DISK_CODES =
  /^(SQLITE_(IOERR|FULL|CANTOPEN|READONLY)\w*|EIO|ENOSPC|EFBIG|mark-unreadable|ledger-unreadable|witness-unreadable)$/;
/**
 * Node's `rmSync` gives the system's words and no code. Its `mkdirSync` with `recursive`, where the system refuses a folder
 * for any reason, looks whether the folder is there after all, and tells that it is not.
 */
const DISK_WORDS = /No space left on device|Input\/output error|^ENOENT: no such file or directory, mkdir /;

export class Books {
  readonly #placed = new Map<number, string>();
  readonly #indexOf = new Map<string, number>();
  readonly #roots = new Map<number, string>();
  #size = 0;
  #cosigned = 0;
  #published = 0;
  /** Errors of the disk that were told. */
  failures = 0;
  isDone = false;

  copy(): Books {
    const other = new Books();
    for (const [index, note] of this.#placed) other.#place(index, note);
    for (const [size, root] of this.#roots) other.#roots.set(size, root);
    [other.#size, other.#cosigned, other.#published] = [this.#size, this.#cosigned, this.#published];
    return other;
  }

  /** Takes what was heard, whole lines of it. @throws where it contradicts what was heard before */
  hear(out: string): void {
    for (const line of out.split('\n').slice(0, -1)) this.take(JSON.parse(line) as Told);
  }

  take(told: Told): void {
    switch (told.kind) {
      case 'appended':
        for (const [index, note] of told.places) this.#place(index, note);
        this.#size = Math.max(this.#size, this.#checkpoint(told.checkpoint));
        return;
      case 'cosigned': {
        const size = this.#checkpoint(told.checkpoint);
        this.#cosigned = Math.max(this.#cosigned, size);
        return;
      }
      case 'published':
        this.#published = Math.max(this.#published, this.#checkpoint(told.checkpoint));
        return;
      case 'failed':
        this.failures += 1;
        if (!DISK_CODES.test(told.code) && !DISK_WORDS.test(told.message)) {
          throw new Error(`${told.step} failed with ${told.code}: ${told.message}`);
        }
        return;
      case 'done':
        this.isDone = true;
        return;
      case 'ready':
        return;
    }
  }

  /** The home as the fault left it, opened and held to the books; then it goes on. @throws what is not as it must be */
  check(home: string): void {
    const places = placesIn(home);
    // What strangers see while nobody has mended anything.
    const shown = checkSite(places.site);
    if (shown < this.#published) throw new Error(`${shown} entries are published, ${this.#published} were`);
    const marked = existsSync(places.mark) ? sizeOf(readFileSync(places.mark, 'utf8')) : 0;
    if (marked < this.#size) throw new Error(`the mark says ${marked}, ${this.#size} were answered`);

    const ledger = openLedgerIn(home);
    const witness = openWitnessIn(home);
    try {
      this.#checkFile(places.ledger);
      const { size } = ledger.latest();
      if (size < this.#size) throw new Error(`the ledger has ${size} entries, ${this.#size} were answered`);
      this.#checkRoots(ledger);
      const held = heldBy(witness);
      if (held < this.#cosigned) throw new Error(`the witness holds ${held}, it cosigned ${this.#cosigned}`);
      if (held > size) throw new Error(`the witness holds ${held}, the ledger has ${size}`);
      if (witness.contradictions().length > 0) throw new Error('the witness holds a contradiction');
      this.#goOn(ledger, home);
      cosign(ledger, witness, (one) => this.take(one));
      this.take(publish(ledger, home));
      if (heldBy(witness) !== ledger.latest().size) throw new Error('the witness did not go on');
    } finally {
      ledger.close();
      witness.close();
    }
    this.#checkFile(places.ledger);
    if (checkSite(places.site) !== this.#published) throw new Error('the published files did not go on');
  }

  #place(index: number, note: string): void {
    const there = this.#placed.get(index);
    if (there !== undefined && there !== note) throw new Error(`index ${index} was given twice`);
    const before = this.#indexOf.get(note);
    if (before !== undefined && before !== index) {
      throw new Error(`a statement was answered with index ${before}, and then with ${index}`);
    }
    this.#placed.set(index, note);
    this.#indexOf.set(note, index);
  }

  /** Of all checkpoints with one size, one root. Returns the size. */
  #checkpoint(note: string): number {
    const { size, root } = parseCheckpoint(verifyNote(note, [LOG], nodeVerifyEd25519).text);
    const known = this.#roots.get(size);
    if (known !== undefined && known !== hexOf(root)) {
      throw new Error(`two checkpoints of ${size} entries were signed and told`);
    }
    this.#roots.set(size, hexOf(root));
    return size;
  }

  #checkFile(path: string): void {
    const { ok, problems } = checkLedger(path, LOG, HUBS);
    if (!ok) throw new Error(`the ledger does not check: ${JSON.stringify(problems)}`);
    const reader = openLedgerReader(path);
    try {
      for (const [index, note] of this.#placed) {
        if (reader.entry({ index })?.note !== note)
          throw new Error(`entry ${index} is not what was answered`);
      }
    } finally {
      reader.close();
    }
  }

  #checkRoots({ reader }: EmbeddedLedger): void {
    for (const [size, root] of this.#roots) {
      const frontier = readFrontier((level, index) => reader.node(level, index), size);
      if (hexOf(frontierRoot(frontier, nodeSha256)) !== root) {
        throw new Error(`the checkpoint of ${size} entries, which was told, is contradicted`);
      }
    }
  }

  /** What was answered is answered again alike, another statement of its number is refused, and new ones are taken. */
  #goOn(ledger: EmbeddedLedger, home: string): void {
    const { size } = ledger.latest();
    for (const [index, note] of [...this.#placed].slice(-5)) {
      const [outcome] = ledger.append([note]);
      if (outcome?.kind !== 'already-there' || outcome.index !== index) {
        throw new Error(`entry ${index} given again was ${JSON.stringify(outcome)} in ${home}`);
      }
      const { origin, sequence } = parseStatement(parseNote(note).text);
      const hub = HUBS.findIndex(({ name }) => name === origin);
      const [other] = ledger.append([otherStatementOf(hub, sequence)]);
      if (other?.kind !== 'equivocation') throw new Error(`a second ${sequence} was ${other?.kind}`);
    }
    const fresh = HUBS.map(({ name }, hub) => statementOf(hub, (ledger.lastOf(name)?.sequence ?? -1) + 1));
    const told = append(ledger, fresh);
    this.take(told);
    if (told.kind !== 'appended' || told.places.some(([index], i) => index !== size + i)) {
      throw new Error('new statements did not follow on the last entry');
    }
  }
}

const sizeOf = (note: string): number =>
  parseCheckpoint(verifyNote(note, [LOG], nodeVerifyEd25519).text).size;

/** The published files, as a stranger verifies them: all entries, all hashes, the root. Returns the size; 0 where nothing is published. */
function checkSite(folder: string): number {
  const path = join(folder, 'checkpoint');
  if (!existsSync(path)) return 0;
  const note = readFileSync(path, 'utf8');
  const { size, root } = parseCheckpoint(verifyNote(note, [LOG], nodeVerifyEd25519).text);
  verifyCosignatures(parseNote(note), [], nodeVerifyEd25519);
  const leaves: Uint8Array[] = [];
  for (const tile of tilesOf(size)) {
    const bytes = published(folder, tile);
    if (tile.level === 'entries') {
      const entries = decodeEntries(bytes).slice(0, tile.width);
      if (entries.length < tile.width) throw new Error(`${tilePath(tile)} has ${entries.length} entries`);
      leaves.push(...entries.map((entry) => leafHash(entry, nodeSha256)));
      continue;
    }
    const hashes = decodeTile(bytes, bytes.length / 32).slice(0, tile.width);
    hashes.forEach((hash, i) => {
      const width = TILE_WIDTH ** (tile.level as number);
      const first = (tile.index * TILE_WIDTH + i) * width;
      const made = frontierRoot(frontierOf(leaves.slice(first, first + width), nodeSha256), nodeSha256);
      if (!equalBytes(made, hash)) throw new Error(`hash ${i} of ${tilePath(tile)} is wrong`);
    });
    if (hashes.length < tile.width) throw new Error(`${tilePath(tile)} has ${hashes.length} hashes`);
  }
  if (!equalBytes(frontierRoot(frontierOf(leaves, nodeSha256), nodeSha256), root)) {
    throw new Error('the published files do not have the root of the published checkpoint');
  }
  return size;
}

/** A partial tile may be gone where the full one is there (c2sp.org/tlog-tiles). */
function published(folder: string, tile: Tile): Uint8Array {
  const at = [tile, { ...tile, width: TILE_WIDTH }]
    .map((one) => join(folder, tilePath(one)))
    .find((path) => existsSync(path));
  if (at === undefined) throw new Error(`${tilePath(tile)} is not published`);
  return new Uint8Array(readFileSync(at));
}
