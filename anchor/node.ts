// Tamper evidence, the part that needs Node: the ledger in SQLite, and the primitives of node:crypto.

export * from './ledger-anchored.ts';
export * from './ledger-anchoring.ts';
export * from './ledger-check.ts';
export * from './ledger-embedded.ts';
export * from './ledger-export.ts';
export * from './ledger-mark.ts';
export * from './ledger-post-quantum.ts';
export * from './ledger-publish.ts';
export * from './ledger-queue.ts';
export * from './ledger-reader.ts';
export * from './ledger-retention.ts';
export * from './ledger-server.ts';
export * from './ledger-site-check.ts';
export type { EmbeddedLedgerOptions } from './ledger-start.ts';
export * from './node-folder.ts';
export * from './node-mldsa.ts';
export * from './node-primitive.ts';
export { fetchHeader, outsideUrl } from './opentimestamps/calendar.ts';
export * from './opentimestamps/opentimestamps.ts';
export * from './witness.ts';
export type { ForkEvidence, WitnessedLedger, WitnessOutcome } from './witness-ask.ts';
export { httpCall, type WitnessCall } from './witness-call.ts';
export * from './witness-circle.ts';
export * from './witness-gather.ts';
export * from './witness-key.ts';
export * from './witness-request.ts';
export * from './witness-server.ts';
