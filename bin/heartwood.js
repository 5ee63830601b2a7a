#!/usr/bin/env node
// Starts the program on the Node that the project pins (node_modules/node), whatever Node the shell has. Plain
// JavaScript, since an older Node reads it first.
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import * as module from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const root = new URL('..', import.meta.url);
const program = fileURLToPath(new URL('cli/main.ts', root));
const pinned = ['node', 'node.exe']
  .map((name) => fileURLToPath(new URL(`node_modules/node/bin/${name}`, root)))
  .find((path) => existsSync(path));

if (pinned === undefined || !existsSync(new URL('node_modules/commander', root))) {
  console.error(
    'heartwood: the packages it needs are not installed yet.\n' +
      `Run \`npm run setup\` once in ${fileURLToPath(root)}, then try again.`,
  );
  process.exit(3);
}

// Node keeps compiled modules here, checked against their source: `heartwood verify` starts in 0.14 s instead of 0.38
// (2 cores, Node 24.21; `heartwood --help` 0.04 instead of 0.12). Where the folder cannot be written it does without.
const cache = process.env.NODE_COMPILE_CACHE ?? fileURLToPath(new URL('node_modules/.cache/heartwood', root));

// Who serves many allocates much that lives for a request; V8 would let its young generation grow to 64 MB for it. Measured
// at 2,000 statements a second: at most 192 MB resident instead of 246; a hub with 100 devices: 193 instead of 258.
// A hub collects its garbage itself when it has time (gateway/hub/give-back.ts).
const nodeFlags = ['hub', 'demo', 'ledger', 'witness'].includes(process.argv[2])
  ? ['--max-semi-space-size=4', '--expose-gc']
  : [];

// A login costs a hash in 16 MB of memory. glibc would keep such pieces for the next one; beyond a fixed threshold it gives
// them back: 1,000 devices connected take 209 MB resident instead of 291. Other C libraries do not look at it.
const MALLOC = { MALLOC_MMAP_THRESHOLD_: '1048576' };

if (realpathSync(process.execPath) === realpathSync(pinned)) {
  // npx and npm scripts put the pinned Node first in the PATH: no second process is needed.
  module.enableCompileCache(cache);
  // For the hub's thread, which reads the environment: without it the thread strips the types anew (37 MB more).
  process.env.NODE_COMPILE_CACHE = cache;
  if (nodeFlags.length > 0 && process.execve) {
    // The same process, begun anew with them.
    const args = [...nodeFlags, ...process.execArgv, program, ...process.argv.slice(2)];
    process.execve(process.execPath, [process.execPath, ...args], { ...MALLOC, ...process.env });
  }
  process.argv[1] = program;
  await import(new URL('cli/main.ts', root).href);
} else {
  const child = spawn(pinned, [...nodeFlags, program, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...MALLOC, ...process.env, NODE_COMPILE_CACHE: cache },
  });
  // A terminal sends Ctrl-C to the child by itself too; the program takes two within half a second as one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`heartwood: the pinned Node cannot be started: ${error.message}`);
    process.exit(3);
  });
  child.on('exit', (code, signal) => {
    process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
  });
}
