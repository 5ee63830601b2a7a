// Hostile bodies through the real ingest, at speed: a real hub on real SQLite in a temporary folder, in this process. What
// must become of each body is told beforehand by the parser alone; what did become of it must be that, with the same
// reason, whole or not at all. At the end the books are compared with the disk.

import { seededRandom } from '@heartwood/device-sim';
import { exportReadings, fsck } from '@heartwood/gateway';
import { type ParsedMessage, parseMessage } from '@heartwood/vitals';
import { BODIES, type Body } from './body.ts';
import { House } from './house.ts';
import { shrink } from './shrink.ts';
import type { Tally } from './tally.ts';

export type IngestFuzz = {
  readonly messages: number;
  readonly seed: string;
  readonly tally: Tally;
  readonly say: (line: string) => void;
};

export type IngestReport = {
  readonly stored: number;
  readonly readings: number;
  readonly quarantined: number;
  readonly inQuarantine: number;
  readonly droppedFromQuarantine: number;
  readonly batches: number;
  /** Of one body alone through the parser. */
  readonly slowest: { readonly ms: number; readonly generator: string; readonly bytes: number };
  readonly slowestGroupMs: number;
  readonly peakRssMb: number;
  readonly seconds: number;
};

const GROUP = 200;
const BATCH_EVERY = 25_000;
const DEVICES = ['strap-1', 'strap-2', 'watch-1', 'watch-2'];

/** Something was accepted, refused or lost that must not have been; the input is in the message. */
export class FuzzFailure extends Error {}

type Made = Body & { readonly generator: string; readonly device: string; readonly expected: ParsedMessage };

/** @throws FuzzFailure with the shrunk input */
export async function fuzzIngest({ messages, seed, tally, say }: IngestFuzz): Promise<IngestReport> {
  const random = seededRandom(`ingest ${seed}`);
  const home = new House();
  const began = performance.now();
  const names = Object.keys(BODIES);
  const books = { stored: 0, readings: 0, quarantined: 0, batches: 0, slowestGroupMs: 0, peak: 0 };
  let slowest = { ms: 0, generator: '', bytes: 0 };
  try {
    await home.start(5000, 4_000_000);
    for (const [at, device] of DEVICES.entries()) await home.enroll(at < 2 ? 'Ada' : 'Tomas', device);
    let seq = 0;
    for (let sent = 0; sent < messages; ) {
      const group: Made[] = [];
      for (; group.length < GROUP && sent < messages; sent++) {
        const generator = names[random.below(names.length)] as string;
        const made = (BODIES[generator] as (typeof BODIES)[string])(random, ++seq);
        const start = performance.now();
        const expected = parse(made, generator);
        const ms = performance.now() - start;
        if (ms > slowest.ms) slowest = { ms, generator, bytes: made.body.length };
        group.push({ ...made, generator, device: DEVICES[random.below(DEVICES.length)] as string, expected });
      }
      home.nowMs += 50;
      const start = performance.now();
      commit(home, group, books, tally);
      books.slowestGroupMs = Math.max(books.slowestGroupMs, performance.now() - start);
      books.peak = Math.max(books.peak, process.memoryUsage.rss());
      if (sent % BATCH_EVERY < GROUP || sent >= messages) {
        await home.interval();
        books.batches += 1;
      }
      if (sent % 100_000 < GROUP && sent >= 100_000) say(`${sent.toLocaleString('en')} bodies`);
      // One turn of the event loop, as between two messages of the main thread.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { ...compare(home, books), slowest, seconds: Math.round((performance.now() - began) / 1000) };
  } finally {
    home.remove();
  }
}

function parse({ body, contentType }: Body, generator: string): ParsedMessage {
  try {
    return parseMessage(body, contentType);
  } catch (error) {
    const fails = (bytes: Uint8Array): boolean => {
      try {
        parseMessage(bytes, contentType);
        return false;
      } catch {
        return true;
      }
    };
    throw failure(generator, shrink(body, fails), contentType, `the parser threw: ${String(error)}`);
  }
}

function failure(
  generator: string,
  body: Uint8Array,
  contentType: string | undefined,
  why: string,
): FuzzFailure {
  const vector = { generator, contentType, base64: Buffer.from(body).toString('base64') };
  return new FuzzFailure(`${why}\nadd to test/vectors/fuzz.json: ${JSON.stringify(vector)}`);
}

type Books = {
  stored: number;
  readings: number;
  quarantined: number;
  batches: number;
  slowestGroupMs: number;
  peak: number;
};

function commit(home: House, group: readonly Made[], books: Books, tally: Tally): void {
  const arrivals = group.map(({ device, body, contentType }) => ({
    device,
    received: home.nowMs,
    body,
    ...(contentType !== undefined && { contentType }),
  }));
  const { outcomes, refused, readings } = home.hub.commit(arrivals);
  if (outcomes.length !== group.length)
    throw new FuzzFailure(`${group.length} sent, ${outcomes.length} outcomes`);
  let [due, at] = [0, 0];
  for (const [i, { generator, expected, body, contentType }] of group.entries()) {
    const outcome = outcomes[i] as string;
    const reason = outcome === 'quarantined' ? refused[at++]?.reason : undefined;
    const right =
      expected.kind === 'refused'
        ? reason === expected.reason
        : outcome === 'stored' || outcome === 'duplicate' || reason === 'sequence-reused';
    if (!right) {
      const why = `expected ${expected.kind === 'refused' ? expected.reason : 'a message'}, became ${reason ?? outcome}`;
      throw failure(generator, body, contentType, why);
    }
    if (outcome === 'stored' && expected.kind === 'message') {
      books.stored += 1;
      due += expected.message.readings.length;
    }
    if (reason !== undefined) books.quarantined += 1;
    tally.add(generator, reason === undefined ? outcome : `refused: ${reason}`);
  }
  if (readings.length !== due)
    throw new FuzzFailure(`${due} readings accepted, ${readings.length} taken: a half message`);
  books.readings += due;
}

/** The disk at the end: every accepted reading once, every refused message in the quarantine or counted as gone. */
function compare(home: House, books: Books): Omit<IngestReport, 'slowest' | 'seconds'> {
  const { vault, quarantine } = home.hub;
  let exported = 0;
  for (const _reading of exportReadings(vault)) exported += 1;
  if (exported !== books.readings)
    throw new FuzzFailure(`${books.readings} readings stored, ${exported} on the disk`);
  let rows = 0;
  for (const one of vault.store.quarantined()) {
    if (one.reason === '') throw new FuzzFailure('a quarantined message without a reason');
    rows += 1;
  }
  if (rows + quarantine.dropped !== books.quarantined) {
    throw new FuzzFailure(`${books.quarantined} refused, ${rows} kept and ${quarantine.dropped} dropped`);
  }
  const { problems } = fsck(vault, () => undefined);
  if (problems.length > 0) throw new FuzzFailure(`fsck: ${JSON.stringify(problems.slice(0, 3))}`);
  return {
    stored: books.stored,
    readings: books.readings,
    quarantined: books.quarantined,
    inQuarantine: rows,
    droppedFromQuarantine: quarantine.dropped,
    batches: books.batches,
    slowestGroupMs: Math.round(books.slowestGroupMs),
    peakRssMb: Math.round(books.peak / 1024 / 1024),
  };
}
