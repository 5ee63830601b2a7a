// Tamper evidence, the part that runs anywhere: trees, proofs, signed notes, statements, and the port to a ledger.
export * from './base64.ts';
export * from './batch.ts';
export * from './bytes.ts';
export * from './checkpoint.ts';
export * from './cosignature.ts';
export * from './error.ts';
export * from './key.ts';
export * from './ledger.ts';
export * from './note.ts';
export * from './policy.ts';
export * from './primitive.ts';
export * from './proof.ts';
export * from './statement.ts';
export * from './tlog-proof.ts';
export * from './tree.ts';
