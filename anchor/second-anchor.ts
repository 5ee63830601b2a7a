// The port to a second anchor: a place outside, that no one here controls, which keeps a checkpoint's digest and says
// since when. It is slower than the ledger and its witnesses, and nothing waits for it. Behind it: `opentimestamps/`
// (calendars, and Bitcoin behind them) and `evm/` (a contract's log). Format and meaning: docs/spec/second-anchors.md.

export type SecondAnchorKind = 'opentimestamps' | 'evm';

/** What became of a digest outside. `evidence` is text: what a verifier needs, and what `advance` looks again by. */
export type Anchoring =
  /** Taken by the outside, not final yet. */
  | { readonly state: 'pending'; readonly evidence: string }
  /** Final; may still be looked at again. */
  | { readonly state: 'confirmed'; readonly evidence: string }
  /** The outside forgot it (a reorganisation): submit again. */
  | { readonly state: 'lost'; readonly why: string };

export interface SecondAnchor {
  readonly kind: SecondAnchorKind;
  /** One for each configured place, stable over restarts, no secret in it, e.g. `evm:31337:0x…` or `opentimestamps`. */
  readonly id: string;
  /**
   * Sends a checkpoint's digest (32 bytes). Rejects with AnchorError `anchor-unreachable` when nothing is known:
   * asking again is safe.
   */
  submit(digest: Uint8Array): Promise<Anchoring>;
  /** Looks again at what became of it. Same rejections. */
  advance(digest: Uint8Array, evidence: string): Promise<Anchoring>;
}
