// Makes a clean clone runnable: installs what package-lock.json names, once, and checks that it came whole.
// Runs on any Node from 20 on, and does nothing when everything is there.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const packages = (path) => JSON.parse(readFileSync(`${root}${path}`, 'utf8')).packages;
const pinned = () => ['node', 'node.exe'].some((name) => existsSync(`${root}node_modules/node/bin/${name}`));

/** npm notes what it installed in node_modules/.package-lock.json: every package that is not optional must be there. */
function ready() {
  if (!pinned() || !existsSync(`${root}node_modules/.package-lock.json`)) return false;
  const installed = packages('node_modules/.package-lock.json');
  return Object.entries(packages('package-lock.json')).every(
    ([path, { version, optional, devOptional, link, peer }]) =>
      !path.includes('node_modules/') ||
      (link ? existsSync(`${root}${path}`) : installed[path]?.version === version) ||
      ((optional || devOptional || peer) && installed[path] === undefined),
  );
}

/** Runs npm to its end; a failure ends the setting up with what to do. */
function npm(...args) {
  const done = spawnSync('npm', [...args, '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (done.status === 0) return;
  console.error(
    done.error === undefined
      ? `Setting up failed: \`npm ${args[0]}\` could not install the packages. The lines above say why.`
      : `Setting up failed: npm cannot be started (${done.error.message}).`,
  );
  process.exit(3);
}

if (Number.parseInt(process.versions.node, 10) < 20) {
  console.error(`Setting up needs Node 20 or newer to begin with; this is ${process.versions.node}.`);
  process.exit(3);
}
if (!ready()) {
  console.log(
    'Setting up: installing the packages that package-lock.json names (about half a minute, once) …',
  );
  // Only the script of the package `node` runs, which brings the pinned Node, whatever npm this is and however it is
  // set: an npm of version 10 does not know `allowScripts` and would run them all.
  npm('ci', '--ignore-scripts', '--no-audit', '--no-fund');
  npm('rebuild', 'node', '--ignore-scripts=false');
  if (!pinned()) {
    console.error(
      'Setting up failed: the pinned Node 24 did not arrive. Its package has one for Linux, macOS and Windows\n' +
        'on the usual processors; try again, or say which machine this is.',
    );
    process.exit(3);
  }
}
