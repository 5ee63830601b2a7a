// What a verifier finds in the evidence of a second anchor, in sentences. Evidence that contradicts itself or the digest
// is no finding: it throws `bad-anchor`.

export type AnchorFinding = {
  /** What was checked, and what it comes to: a sentence of the step. */
  readonly text: string;
  /** What now holds, on grounds that the verifier brought along itself: a sentence. */
  readonly proves?: string;
  /** What must still be looked up elsewhere before anything is shown: a sentence that begins with "That". */
  readonly doesNotProve?: string;
};
