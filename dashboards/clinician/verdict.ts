// The verdict on a reading's proof: anchor's verifier, the very code of the command line, and one question more that
// only a page can ask: does the proof speak of what this screen showed? A hub could show one number and prove another.
//
// A file of its own, loaded when somebody verifies: the cryptography is as large as the rest of the page.

import {
  equalBytes,
  hexOf,
  parseBundle,
  parseNote,
  parseStatement,
  type Step,
  verifyBundle,
} from '@heartwood/anchor';
import {
  decodeEntry,
  type Entry,
  encodeEvent,
  encodeReading,
  HUB_EVENT_NAMES,
  type HubEvent,
  type Reading,
} from '@heartwood/vitals';
import type { FeedReading } from './feed.ts';
import type { Proved } from './proved.ts';
import type { HubEventTold } from './trend/event.ts';

/** A step of anchor's verifier, or `screen`, the page's own. */
export type ShownStep = Omit<Step, 'name'> & { readonly name: Step['name'] | 'screen' };

export type Verdict = {
  readonly ok: boolean;
  readonly steps: readonly ShownStep[];
  /** What it comes to, one sentence each. Empty where the proof does not hold. */
  readonly proves: readonly string[];
  readonly doesNotProve: readonly string[];
};

const SALT_BYTES = 32;

/** Checks the texts that the hub answered against the policy and against what was clicked. Never throws. */
export function verify(bundle: string, policy: string, shown: Proved): Verdict {
  const { ok, steps, proves, doesNotProve } = verifyBundle(bundle, policy);
  const screen = checkScreen(bundle, shown);
  const both = ok && screen.ok;
  return {
    ok: both,
    steps: [...steps, screen],
    proves: both ? proves : [],
    doesNotProve: both ? doesNotProve : [],
  };
}

/** Writes what the screen showed as canonical bytes, samples and all, and compares them with those of the proof. */
function checkScreen(bundle: string, shown: Proved): ShownStep {
  const title = 'What this screen showed';
  const proved = entryOf(bundle);
  const { id } = shown.kind === 'reading' ? shown.reading : shown.event;
  const ok = proved !== undefined && id === proved.id && isSame(proved.entry, shown);
  const noun = shown.kind === 'reading' ? 'reading' : 'event';
  const text = ok
    ? `It is the ${noun} that you clicked: number ${id}, to the last bit.`
    : `The file is about another ${noun} than the one that you clicked.`;
  return { name: 'screen', title, ok, text };
}

/** What the file is about, and its number: the batch as the statement counts it, slot and place as the paths fit. */
function entryOf(text: string): { entry: Entry; id: string } | undefined {
  try {
    const { entry, segment, batch, statement } = parseBundle(text);
    const { sequence } = parseStatement(parseNote(statement).text);
    const id = `${sequence}.${batch.slot}.${segment.index}`;
    return { entry: decodeEntry(entry.subarray(SALT_BYTES)), id };
  } catch {
    return undefined;
  }
}

function isSame(proved: Entry, shown: Proved): boolean {
  try {
    if (proved.type === 'reading')
      return shown.kind === 'reading' && isReading(proved.reading, shown.reading);
    return shown.kind === 'event' && isEvent(proved.event, shown.event);
  } catch {
    return false;
  }
}

function isReading(proved: Reading, shown: FeedReading): boolean {
  const { boot, index, subject } = proved;
  const bytes = encodeReading({
    // The feed leaves out which run of the device and which place in its message: here the proof's word stands.
    ...(boot === undefined ? {} : { boot }),
    index,
    subject,
    device: shown.device,
    seq: shown.seq,
    ...(shown.at === undefined ? {} : { at: shown.at }),
    received: shown.received,
    origin: shown.origin,
    measurement: shown.measurement,
  });
  return hexOf(subject) === shown.patient && equalBytes(bytes, encodeReading(proved));
}

/** The hub's own pseudonym is not on the screen: there the proof's word stands. */
function isEvent(proved: HubEvent, { at, name, detail }: HubEventTold): boolean {
  const known = HUB_EVENT_NAMES.find((each) => each === name);
  if (known === undefined) return false;
  const bytes = encodeEvent({ subject: proved.subject, at, name: known, detail });
  return equalBytes(bytes, encodeEvent(proved));
}
