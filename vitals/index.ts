export * from './kind.ts';
export * from './reading.ts';
