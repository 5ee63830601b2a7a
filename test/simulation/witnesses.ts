// Three witnesses, each a real judge on a file of its own, reached by a call instead of a network. They are away at times.
// What they cosign is held against everything that was ever cosigned: two roots for one size must never be.

import { join } from 'node:path';
import {
  formatVerifierKey,
  KEY_TYPES,
  parseCheckpoint,
  parseNote,
  utf8,
  type VerifierKey,
} from '@heartwood/anchor';
import {
  createWitnessKeys,
  openWitness,
  parseAddCheckpoint,
  type Witness,
  type WitnessAnswer,
  type WitnessCall,
  type WitnessKeys,
} from '@heartwood/anchor/node';
import { insist } from './broken.ts';

type WitnessReply = Awaited<ReturnType<WitnessCall['send']>>;

type Seat = {
  readonly name: string;
  readonly url: string;
  readonly keys: WitnessKeys;
  readonly path: string;
  witness: Witness;
  away: boolean;
};

/** Nobody listens at port 1: who comes past the call, as a command does that looks, finds nobody. */
const HOST = 'http://127.0.0.1:1';

export class WitnessRow {
  readonly policy: string;
  /** Signs whatever it is shown, without looking: to see that this is found. */
  blind = false;
  cosigned = 0;
  refused = 0;
  readonly #seats: readonly Seat[];
  readonly #nowMs: () => number;
  #logs: VerifierKey[] = [];
  /** Root by origin and size, of all that any of them cosigned. */
  readonly #roots = new Map<string, string>();

  constructor(folder: string, nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#seats = ['ann', 'ben', 'cho'].map((name) => {
      const keys = createWitnessKeys(`${name}.example`, [KEY_TYPES.cosignatureEd25519]);
      const path = join(folder, `${name}.db`);
      const witness = openWitness({ path, create: true, keys, logs: [], nowS: () => this.#nowS() });
      return { name, url: `${HOST}/${name}`, keys, path, witness, away: false };
    });
    const lines = this.#seats.map(
      ({ name, url, witness }) =>
        `witness ${name} ${formatVerifierKey(witness.keys[0] as VerifierKey)} ${url}`,
    );
    this.policy = [...lines, 'group all 2 ann ben cho', 'quorum all', ''].join('\n');
  }

  readonly call: WitnessCall = {
    send: (url, body) => {
      const seat = this.#seats.find((one) => url.startsWith(`${one.url}/`));
      if (seat === undefined || seat.away) return Promise.reject(new Error('nobody answers'));
      return Promise.resolve(body === undefined ? this.#show(seat, url) : this.#judge(seat, body));
    },
    close: () => undefined,
  };

  /** They serve these logs too, from now on; each is started anew, as a program would be. */
  serve(keys: readonly VerifierKey[]): void {
    this.#logs = [...this.#logs, ...keys];
    for (const seat of this.#seats) {
      seat.witness.close();
      const { path, keys: own } = seat;
      seat.witness = openWitness({
        path,
        create: false,
        keys: own,
        logs: this.#logs,
        nowS: () => this.#nowS(),
      });
    }
  }

  away(index: number, away: boolean): void {
    (this.#seats[index] as Seat).away = away;
  }

  /** The largest size that anybody who can be asked has cosigned of a log. */
  knownSize(origin: string): number {
    return Math.max(0, ...this.#sizes(origin, ({ away }) => !away));
  }

  /** Whether all of them are at this size. */
  allAt(origin: string, size: number): boolean {
    return this.#sizes(origin, () => true).every((one) => one === size);
  }

  close(): void {
    for (const { witness } of this.#seats) witness.close();
  }

  readonly #held = new Map<string, number>();

  #sizes(origin: string, which: (seat: Seat) => boolean): number[] {
    return this.#seats.filter(which).map(({ name }) => this.#held.get(`${name} ${origin}`) ?? 0);
  }

  #nowS(): number {
    return Math.floor(this.#nowMs() / 1000);
  }

  #show({ witness, url }: Seat, asked: string): WitnessReply {
    const hash = asked.slice(url.length + 1).split('/')[0] as string;
    const shown = witness.latest(hash);
    return shown === undefined ? replyOf(404, '') : replyOf(200, shown);
  }

  #judge(seat: Seat, body: string): WitnessReply {
    const { note } = parseAddCheckpoint(utf8(body));
    const { origin, size, root } = parseCheckpoint(parseNote(note).text);
    const answer = this.blind
      ? ({ kind: 'cosigned', origin, size, lines: '' } as const)
      : seat.witness.addCheckpoint(utf8(body));
    if (answer.kind !== 'cosigned') {
      this.refused++;
      return toReply(answer);
    }
    this.cosigned++;
    const before = this.#held.get(`${seat.name} ${origin}`) ?? 0;
    insist(size >= before, () => `${seat.name} cosigned ${size} after ${before} of ${origin}`);
    this.#held.set(`${seat.name} ${origin}`, size);
    const text = Buffer.from(root).toString('base64');
    const known = this.#roots.get(`${origin} ${size}`) ?? text;
    insist(known === text, () => `${seat.name} cosigned a second history of ${origin} at ${size}`);
    this.#roots.set(`${origin} ${size}`, text);
    return toReply(answer);
  }
}

/** Statuses of tlog-witness. */
function toReply(answer: WitnessAnswer): WitnessReply {
  switch (answer.kind) {
    case 'cosigned':
      return replyOf(200, answer.lines);
    case 'malformed':
      return replyOf(400, `${answer.message}\n`);
    case 'refused-signature':
      return replyOf(403, `${answer.message}\n`);
    case 'unknown-log':
      return replyOf(404, `${answer.message}\n`);
    case 'conflict':
      return { ...replyOf(409, `${answer.size}\n`), type: 'text/x.tlog.size' };
    case 'inconsistent':
      return replyOf(422, `${answer.message}\n`);
    case 'clock':
      return replyOf(503, `${answer.message}\n`);
  }
}

const replyOf = (status: number, text: string): WitnessReply => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: utf8(text),
});
