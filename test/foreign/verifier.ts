// The verifiers that we did not write, each as one question: does it accept the whole folder that was published?

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { verifyWithSigstore } from './npm.ts';
import { VKEYS } from './published.ts';

/** How a verifier ended, and all it wrote: `accepted: …`, or `REFUSED: …` with status 1. */
export type Said = { readonly status: number | null; readonly text: string };

const GO = 'go';
const GO_PATH = '/usr/share/gocode';
const runs = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0;
const source = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export const hasGo: boolean =
  runs(GO, 'version') && existsSync(join(GO_PATH, 'src/golang.org/x/mod/sumdb/tlog'));
/** Added to a test's name when it is skipped: says what is missing. */
export const goIs: string = hasGo ? '' : ' (skipped: apt-get install golang-go golang-golang-x-mod-dev)';
export const python: string | undefined = ['/usr/bin/python3', 'python3'].find((name) =>
  runs(name, '-c', 'import cryptography.hazmat.primitives.asymmetric.ed25519'),
);
export const pythonIs: string = python ? '' : ' (skipped: apt-get install python3-cryptography)';

/** Runs a program to its end. */
export function said(command: string, args: readonly string[]): Said {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return { status, text: stdout + stderr };
}

/** Builds the Go verifier in a folder. @returns the program's path */
export function buildGo(folder: string): string {
  const program = join(folder, 'verify-log');
  const env = { ...process.env, GO111MODULE: 'off', GOPATH: GO_PATH, GOFLAGS: '' };
  const { status, stderr } = spawnSync(GO, ['build', '-o', program, source('log.go')], {
    env,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return program;
}

/** Everything of a folder, by golang.org/x/mod. `keys` are those of hubs and witnesses. */
export const verifyWithGo = (program: string, folder: string, keys: readonly string[] = all): Said =>
  said(program, [folder, VKEYS.log, ...keys]);

/** Everything of a folder, by Python. */
export const verifyWithPython = (folder: string): Said =>
  said(python ?? 'python3', [source('log.py'), folder, VKEYS.log, ...all]);

/** One note, by Python. */
export const verifyNoteWithPython = (path: string, keys: readonly string[]): Said =>
  said(python ?? 'python3', [source('notes.py'), path, ...keys]);

/** Proofs of a folder, by npm's `@sigstore/verify`. */
export const verifyWithNpm = (folder: string): Said => verifyWithSigstore(folder, VKEYS.log);

const all: readonly string[] = [...VKEYS.hubs, ...VKEYS.witnesses];
