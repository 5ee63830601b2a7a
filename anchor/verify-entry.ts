// The first half of a proof: from the entry, over its segment and slot, to a statement that a trusted hub signed in time.

import { decodeEntry, describeReading, type Entry } from '@heartwood/vitals';
import { batchRootFrom, HUB_SLOT, segmentRootFrom } from './batch.ts';
import type { ProofBundle } from './bundle.ts';
import { equalBytes, hexOf } from './bytes.ts';
import { AnchorError } from './error.ts';
import type { Policy } from './policy.ts';
import type { Digest, VerifyEd25519 } from './primitive.ts';
import { type Statement, verifyStatementNote } from './statement.ts';
import { leafHash } from './tree.ts';
import { type Claim, spanWords, timeWords } from './verdict.ts';
import { Failed, type Finding } from './verify-step.ts';

const SALT_BYTES = 32;

export function checkEntry({ entry }: ProofBundle): Finding<Entry> {
  if (entry.length <= SALT_BYTES) throw new Failed('The entry is too short to hold a salt and a reading.');
  let decoded: Entry;
  try {
    decoded = decodeEntry(entry.subarray(SALT_BYTES));
  } catch (cause) {
    throw new Failed(
      'The entry is neither a reading nor a hub event in the one form each has: it was altered, or it is something else dressed up as one.',
      { cause },
    );
  }
  return { text: entryWords(decoded), value: decoded };
}

function entryWords(entry: Entry): string {
  if (entry.type === 'event') {
    return `The entry is an event of the hub itself: ${eventWords(entry)}, at ${timeWords(entry.event.at)}.`;
  }
  const { reading } = entry;
  const measured =
    reading.at === undefined
      ? 'the device, which has no clock, gave no time'
      : `measured at ${timeWords(reading.at)} by the device's clock`;
  const source = {
    wearable: 'a wearable',
    simulator: 'a SIMULATOR, not a body',
    recording: 'a RECORDING that was played back, not a body at that time',
    person: 'a person who typed it in',
  }[reading.origin];
  return (
    `The entry is a reading: ${describeReading(reading)}, from device "${reading.device}" (${source}), patient ` +
    `${hexOf(reading.subject)}; ${measured}, received at ${timeWords(reading.received)} by the hub's clock.`
  );
}

function eventWords({ event }: Extract<Entry, { type: 'event' }>): string {
  const detail = Object.entries(event.detail).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return [event.name.replaceAll('-', ' '), ...detail].join(', ');
}

export function checkSegment({ entry, segment }: ProofBundle, digest: Digest): Finding<Uint8Array> {
  const { index, size } = segment;
  if (index >= size) {
    throw new Failed(`The proof calls it entry ${index} of ${size}, counted from 0: there is no such place.`);
  }
  const root = segmentRootFrom(leafHash(entry, digest), segment, digest);
  if (!root) {
    throw new Failed(
      `The path cannot belong to entry ${index} of ${size}: the path, the place or the number was altered.`,
    );
  }
  const neighbours = size === 1 ? 'It is the only entry' : `It is entry ${index} of ${size}, counted from 0,`;
  return { text: `${neighbours} of its segment; its salted hash leads to a segment root.`, value: root };
}

export function checkBatch(
  { batch }: ProofBundle,
  segmentRoot: Uint8Array,
  entry: Entry,
  statement: Statement | undefined,
  digest: Digest,
): Finding<true> {
  const { slot, slots } = batch;
  const root = batchRootFrom(segmentRoot, batch, digest);
  if (!root) {
    throw new Failed(
      `The path cannot belong to slot ${slot} of ${slots}: the path, the slot or the number was altered.`,
    );
  }
  if ((entry.type === 'event') !== (slot === HUB_SLOT)) {
    throw new Failed(
      entry.type === 'event'
        ? `An event of the hub stands in slot ${slot}, which is a patient's.`
        : "A reading stands in slot 0, which is the hub's own.",
    );
  }
  if (!statement) throw new Failed('There is no readable statement whose batch root it could lead to.');
  if (!equalBytes(root, statement.batchRoot)) {
    throw new Failed(
      'Entry and paths do not lead to the batch root of the statement: the reading, its place or a path was altered, or ' +
        'the statement is that of another batch.',
    );
  }
  return {
    text: `The segment is slot ${slot} of ${slots}; it leads to the batch root of the statement.`,
    value: true,
  };
}

export function checkStatement(
  { statement: note }: ProofBundle,
  policy: Policy,
  verify: VerifyEd25519,
): Finding<Statement> {
  let statement: Statement;
  try {
    statement = verifyStatementNote(note, policy.hubs, verify);
  } catch (error) {
    if (!(error instanceof AnchorError)) throw error;
    if (error.code === 'unknown-signer') {
      throw new Failed(
        "The statement is not signed by a hub of the policy: it is another hub's, or a forgery, or the policy is meant for another hub.",
      );
    }
    if (error.code === 'bad-signature') {
      throw new Failed(
        "The hub's signature does not fit the statement: the statement was altered, or the signature was taken from another one.",
      );
    }
    throw error;
  }
  const { origin, sequence, endMs } = statement;
  return {
    text: `The hub ${origin} signed batch ${sequence}, whose interval ended at ${timeWords(endMs)} by the hub's clock.`,
    value: statement,
  };
}

export function checkTimes(entry: Entry, { endMs }: Statement, lateAfterMs: number): Finding<true> {
  const receivedMs = receivedOf(entry);
  const waited = endMs - receivedMs;
  if (waited < 0) {
    throw new Failed(
      `It claims to be from ${timeWords(receivedMs)}, after its batch was sealed at ${timeWords(endMs)}: an honest hub with a clock that runs forward cannot write this.`,
    );
  }
  const text =
    waited > lateAfterMs
      ? `ADDED LATE: ${spanWords(waited)} lie between the time it claims and its sealing. That it is from ${timeWords(receivedMs)} is the hub's word alone; proved is that it existed by ${timeWords(endMs)}.`
      : `It was sealed ${spanWords(waited)} after the hub received it.`;
  return { text, value: true };
}

function receivedOf(entry: Entry): number {
  return entry.type === 'reading' ? entry.reading.received : entry.event.at;
}

export function claimOf(
  entry: Entry,
  { batch, segment }: ProofBundle,
  statement: Statement | undefined,
): Claim {
  const id = statement ? { id: `${statement.sequence}.${batch.slot}.${segment.index}` } : {};
  const receivedMs = receivedOf(entry);
  if (entry.type === 'event') {
    return {
      ...id,
      type: 'event',
      description: eventWords(entry),
      subject: hexOf(entry.event.subject),
      receivedMs,
    };
  }
  const { reading } = entry;
  const { device, origin } = reading;
  const at = reading.at === undefined ? {} : { atMs: reading.at };
  const description = describeReading(reading);
  return {
    ...id,
    type: 'reading',
    description,
    subject: hexOf(reading.subject),
    receivedMs,
    ...at,
    device,
    origin,
  };
}
