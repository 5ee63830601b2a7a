// The part of a proof bundle that may be there or not: the evidence of second anchors for the bundle's checkpoint. Nothing
// that this house signs covers it, so that it may be dropped and the rest still holds; and so that its bytes could change
// into other evidence unseen. A sum beside each piece makes a damaged file a refused one. It is no signature: whoever
// changes evidence on purpose makes a new sum, and meets what `verify-anchors.ts` checks.

import { decodeBase64, encodeBase64 } from './base64.ts';
import { equalBytes, utf8 } from './bytes.ts';
import { sha256 } from './primitive.ts';
import type { SecondAnchorKind } from './second-anchor.ts';

export type BundleAnchor = {
  readonly kind: SecondAnchorKind;
  /** As the anchor gave it (`Anchoring`). */
  readonly evidence: string;
};

/** Most pieces in one bundle. */
const ANCHORS_MAX = 16;
const KINDS: readonly string[] = ['opentimestamps', 'evm'] satisfies SecondAnchorKind[];

/** One piece as the file has it: kind, evidence as its lines, sum. */
export function printAnchor({ kind, evidence }: BundleAnchor): Readonly<Record<string, unknown>> {
  return { kind, evidence: evidence.split('\n'), sum: encodeBase64(sumOf(kind, evidence)) };
}

/** Inverse of `printAnchor` for a list of them; the form only. Throws what `refused` makes. */
export function parseAnchors(value: unknown, refused: (why: string) => Error): BundleAnchor[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > ANCHORS_MAX) {
    throw refused(`"anchors" must be a list of 1 to ${ANCHORS_MAX}, or not be there`);
  }
  const anchors = value.map((one: unknown) => parseAnchor(one, refused));
  if (new Set(anchors.map(({ kind, evidence }) => `${kind} ${evidence}`)).size < anchors.length) {
    throw refused('"anchors" has the same evidence twice');
  }
  return anchors;
}

function parseAnchor(value: unknown, refused: (why: string) => Error): BundleAnchor {
  if (typeof value !== 'object' || value === null || Object.keys(value).join(' ') !== 'kind evidence sum') {
    throw refused('each of "anchors" must have the keys kind, evidence, sum, in this order and no others');
  }
  const { kind, evidence, sum } = value as Readonly<Record<string, unknown>>;
  if (typeof kind !== 'string' || !KINDS.includes(kind)) {
    throw refused(`"kind" of an anchor must be one of ${KINDS.join(', ')}`);
  }
  const isLine = (line: unknown): line is string => typeof line === 'string' && !line.includes('\n');
  if (!Array.isArray(evidence) || evidence.length === 0 || !evidence.every(isLine)) {
    throw refused('"evidence" of an anchor must be a list of lines');
  }
  const text = evidence.join('\n');
  if (!isSum(sum, kind, text)) throw refused('an anchor does not have its sum: the file was damaged');
  return { kind: kind as SecondAnchorKind, evidence: text };
}

function isSum(sum: unknown, kind: string, evidence: string): boolean {
  try {
    return typeof sum === 'string' && equalBytes(decodeBase64(sum), sumOf(kind, evidence));
  } catch {
    return false;
  }
}

function sumOf(kind: string, evidence: string): Uint8Array {
  return sha256(utf8(`${kind}\n${evidence}`));
}
