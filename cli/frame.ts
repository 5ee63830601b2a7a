// What a command is given of the world: text in and out, environment, folder, and word that it should stop. Made once
// in main.ts from the real process, and by tests from nothing.

import type { ExitStatus } from './exit-status.ts';

export type Frame = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Standard output is a terminal and NO_COLOR is not set: ✓ and colour are welcome. */
  readonly decorated: boolean;
  /** Columns of the terminal; undefined where there is none. */
  readonly columns: number | undefined;
  /** Writes to standard output, as it is; a text as UTF-8. */
  readonly write: (chunk: string | Uint8Array) => void;
  /** Writes one line to standard error. */
  readonly warn: (line: string) => void;
  /** The text of a file, or undefined where there is none; other failures are thrown. */
  readonly readText: (path: string) => string | undefined;
  /** All of standard input, as UTF-8. */
  readonly readInput: () => Promise<string>;
  /** Asks whoever sits at the terminal, and gives the line typed; undefined where there is no terminal. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
  /**
   * Aborts at the first SIGINT, SIGTERM or SIGHUP; a second one ends the process at once. A command that never asks is
   * ended by the first.
   */
  readonly stopSignal: () => AbortSignal;
  /** Says how the command ended. */
  readonly end: (status: ExitStatus) => void;
};
