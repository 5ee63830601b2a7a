// Makes a clean clone runnable: installs what package-lock.json names, once, and checks that it came whole.
// Runs on any Node from 20 on, and does nothing when everything is there.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const lock = createHash('sha256')
  .update(readFileSync(`${root}package-lock.json`))
  .digest('hex');
const mark = `${root}node_modules/.heartwood-setup`;
const pinned = `${root}node_modules/node/bin/node`;

const ready = () => existsSync(pinned) && existsSync(mark) && readFileSync(mark, 'utf8') === lock;

if (!ready()) {
  console.log(
    'Setting up: installing the packages that package-lock.json names (about half a minute, once) …',
  );
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (npm.status !== 0) {
    console.error('Setting up failed: `npm ci` could not install the packages. The lines above say why.');
    process.exit(1);
  }
  if (!existsSync(pinned)) {
    console.error(
      'Setting up failed: the pinned Node 24 did not arrive. npm was told to run no install scripts;\n' +
        'allow the one of the package `node` (npm config get ignore-scripts must say false), then try again.',
    );
    process.exit(1);
  }
  mkdirSync(`${root}node_modules`, { recursive: true });
  writeFileSync(mark, lock);
}
