// A frame for tests: files and environment from a table, output into strings.

import type { ExitStatus } from './exit-status.ts';
import type { Frame } from './frame.ts';
import { runProgram } from './program.ts';

export type Ended = { readonly status: ExitStatus | undefined; readonly out: string; readonly err: string };
type World = Partial<Pick<Frame, 'env' | 'decorated' | 'columns' | 'ask'>> & {
  readonly files?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Takes standard output byte for byte, as `out` cannot. */
  readonly chunks?: Uint8Array[];
};

/** Runs one command line in this process. `status` is undefined where the command never said how it ended. */
export async function runHeartwood(args: readonly string[], world: World = {}): Promise<Ended> {
  const { chunks = [] } = world;
  let err = '';
  let status: ExitStatus | undefined;
  await runProgram(args, {
    env: world.env ?? {},
    cwd: '/home/ada',
    decorated: world.decorated ?? false,
    columns: world.columns,
    write: (chunk) => {
      chunks.push(Buffer.from(chunk));
    },
    warn: (line) => {
      err += `${line}\n`;
    },
    readText: (path) => world.files?.[path],
    readInput: async () => world.input ?? '',
    ask: world.ask,
    stopSignal: () => new AbortController().signal,
    end: (how) => {
      status = how;
    },
  });
  return { status, out: Buffer.concat(chunks).toString(), err };
}
