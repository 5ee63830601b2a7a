#!/usr/bin/env node
// Starts the program on the Node that the project pins (node_modules/node), whatever Node the shell has.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const pinned = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
const program = fileURLToPath(new URL('../cli/main.ts', import.meta.url));

if (!existsSync(pinned)) {
  console.error('heartwood: Node 24 is missing from node_modules. Run `npm run setup` once, then try again.');
  process.exit(69);
}
const child = spawn(pinned, ['--disable-warning=ExperimentalWarning', program, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
