// The verdict on a reading's proof: anchor's verifier, the very code of the command line, and one question more that
// only a page can ask: does the proof speak of what this screen showed? A hub could show one number and prove another.
//
// A file of its own, loaded when somebody verifies: the cryptography is as large as the rest of the page.

import { equalBytes, hexOf, parseBundle, type Step, verifyBundle } from '@heartwood/anchor';
import { decodeEntry, encodeReading, type Reading } from '@heartwood/vitals';
import type { FeedReading } from './feed.ts';

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

/** Checks the texts that the hub answered against the policy and against the reading that was clicked. Never throws. */
export function verify(bundle: string, policy: string, shown: FeedReading): Verdict {
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
function checkScreen(bundle: string, shown: FeedReading): ShownStep {
  const title = 'What this screen showed';
  const proved = readingOf(bundle);
  const ok = proved !== undefined && isSame(proved.reading, shown) && shown.id.endsWith(proved.place);
  const text = ok
    ? `It is the reading that you clicked: number ${shown.id}, to the last bit.`
    : 'The file is about another reading than the one that you clicked.';
  return { name: 'screen', title, ok, text };
}

function readingOf(text: string): { reading: Reading; place: string } | undefined {
  try {
    const { entry, segment, batch } = parseBundle(text);
    const decoded = decodeEntry(entry.subarray(SALT_BYTES));
    if (decoded.type !== 'reading') return undefined;
    return { reading: decoded.reading, place: `.${batch.slot}.${segment.index}` };
  } catch {
    return undefined;
  }
}

function isSame(proved: Reading, shown: FeedReading): boolean {
  const { boot, index, subject } = proved;
  try {
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
  } catch {
    return false;
  }
}
