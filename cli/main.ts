// The entry of the program: makes the frame from the real process and leaves the exit status. Nothing is loaded here
// that a command may not need (`heartwood verify` never touches the database).

import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { EXIT } from './exit-status.ts';
import type { Frame } from './frame.ts';
import { runProgram } from './program.ts';

const LINGER_MAX_MS = 5_000;
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function ask(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // Ctrl-D is an answer too: no.
  const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  try {
    return await Promise.race([terminal.question(question), closed]);
  } finally {
    terminal.close();
  }
}

let stopping: AbortController | undefined;
/** A signal to a terminal's whole group arrives twice under a launcher that passes signals on: that is one wish. */
const SAME_WISH_MS = 500;
function stopSignal(): AbortSignal {
  if (stopping === undefined) {
    const stop = new AbortController();
    stopping = stop;
    let first = 0;
    for (const [signal, status] of Object.entries(SIGNALS)) {
      process.on(signal, () => {
        if (!stop.signal.aborted) {
          first = performance.now();
          stop.abort(signal);
        } else if (performance.now() - first > SAME_WISH_MS) {
          process.exit(status);
        }
      });
    }
  }
  return stopping.signal;
}

/** A fault of the program itself: one line, and the way to the trace. */
function reportFault(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`heartwood: internal fault: ${message.split('\n')[0]}\n`);
  if (process.env['HEARTWOOD_DEBUG'] === '1') {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    for (
      let cause = error instanceof Error ? error.cause : undefined;
      cause instanceof Error;
      cause = cause.cause
    ) {
      process.stderr.write(`caused by ${cause.stack}\n`);
    }
  } else {
    process.stderr.write('Run it again with HEARTWOOD_DEBUG=1 to see where it happened.\n');
  }
}

// After a fault nothing is known of the state: what is on disk is the truth, and the next start recovers from it.
for (const event of ['uncaughtException', 'unhandledRejection']) {
  process.on(event, (error: unknown) => {
    reportFault(error);
    process.exit(EXIT.fault);
  });
}
// A reader that left early (`heartwood verify … | head -1`) is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(process.exitCode ?? EXIT.ok);
});

// Whatever a command writes is its owner's alone.
process.umask(0o077);

const frame: Frame = {
  env: process.env,
  cwd: process.cwd(),
  decorated: process.stdout.isTTY === true && !process.env['NO_COLOR'],
  columns: process.stdout.columns,
  write: (chunk) => process.stdout.write(chunk),
  warn: (line) => process.stderr.write(`${line}\n`),
  readText,
  readInput: () => text(process.stdin),
  ask: process.stdin.isTTY && process.stdout.isTTY ? ask : undefined,
  stopSignal,
  end: (status) => {
    process.exitCode = status;
  },
};

try {
  await runProgram(process.argv.slice(2), frame);
} catch (error) {
  reportFault(error);
  process.exit(EXIT.fault);
}
// A command that has ended must not linger because a connection does: whoever supervises the hub waits for its end.
setTimeout(() => process.exit(), LINGER_MAX_MS).unref();
