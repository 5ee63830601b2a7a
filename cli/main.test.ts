// The program as a process: through its launcher, on whichever Node, with signals, pipes and faults.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LAUNCHER = join(ROOT, 'bin/heartwood.js');
const MAIN = join(ROOT, 'cli/main.ts');
const PINNED = realpathSync(join(ROOT, 'node_modules/node/bin/node'));

let folder: string;
/** The same Node under another path: to the launcher it is "whatever Node the shell has". */
let otherNode: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heartwood-main-'));
  otherNode = join(folder, 'other-node');
  try {
    linkSync(PINNED, otherNode);
  } catch {
    copyFileSync(PINNED, otherNode);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Ended = { status: number | null; out: string; err: string };
const clean = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HEARTWOOD_')));

function start(node: string, args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  return spawn(node, args, { cwd: folder, env: { ...clean(), ...env }, stdio: 'pipe' });
}
async function run(node: string, args: readonly string[], env?: Record<string, string>): Promise<Ended> {
  const child = start(node, args, env);
  child.stdin!.end();
  const [[status], out, err] = await Promise.all([
    once(child, 'close') as Promise<[number | null]>,
    text(child.stdout!),
    text(child.stderr!),
  ]);
  return { status, out, err };
}
/** Node arguments that run `body` before the program; `load(url, context, next)` sees each module. */
const preload = (body: string): string[] => [
  '--import',
  `data:text/javascript,${encodeURIComponent(`import { registerHooks } from 'node:module'; registerHooks({ load(url, context, next) { ${body} } });`)}`,
];

describe('the launcher', () => {
  it.each([
    ['the pinned Node', () => PINNED],
    ['another Node', () => otherNode],
  ])('keeps arguments and exit status under %s', async (_name, node) => {
    expect(await run(node(), [LAUNCHER, '--version'])).toMatchObject({ status: 0, err: '' });
    const refused = await run(node(), [LAUNCHER, 'hub', '--mqtt-port', 'a "b" $c']);
    expect(refused.status).toBe(2);
    expect(refused.err).toContain(String.raw`says "a \"b\" $c"`);
  });

  it('starts through a symlink, as npm makes one', async () => {
    mkdirSync(join(folder, 'link'), { recursive: true });
    symlinkSync(LAUNCHER, join(folder, 'link/heartwood'));
    expect(await run(otherNode, [join(folder, 'link/heartwood'), '--version'])).toMatchObject({ status: 0 });
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'passes %s on and tells how the program ended',
    async (signal) => {
      const endless = preload(
        `return url.endsWith('/cli/run/hub.ts') ? { format: 'module', shortCircuit: true, source:
        "export async function runHub(_s, frame) { setInterval(() => {}, 1e6); frame.write('up'); await new Promise(() => {}); }" } : next(url, context);`,
      );
      const child = start(otherNode, [LAUNCHER, 'hub'], { NODE_OPTIONS: endless.join('=') });
      await once(child.stdout!, 'data');
      child.kill(signal);
      const [status] = (await once(child, 'exit')) as [number | null];
      expect(status).toBe({ SIGTERM: 143, SIGINT: 130, SIGHUP: 129 }[signal]);
    },
  );

  it('says what to do where set-up has not been run', async () => {
    const bare = join(folder, 'bare');
    cpSync(LAUNCHER, join(bare, 'bin/heartwood.js'));
    writeFileSync(join(bare, 'package.json'), '{"type":"module"}');
    const { status, out, err } = await run(PINNED, [join(bare, 'bin/heartwood.js'), 'demo']);
    expect(status).toBe(3);
    expect(out).toBe('');
    expect(err).toMatch(/not installed yet\.\nRun `npm run setup` once in .*bare\//);
  });
});

describe('the process', () => {
  it('loads neither database nor hub for help and verify', async () => {
    const shout = preload('process._rawDebug(url); return next(url, context);');
    writeFileSync(join(folder, 'policy'), '');
    writeFileSync(join(folder, 'bundle'), '{}');
    for (const args of [['--help'], ['verify', 'bundle', '--policy', 'policy']]) {
      const { err } = await run(PINNED, [...shout, MAIN, ...args]);
      const loaded = err.split('\n').filter((line) => /^(file|node):/.test(line));
      expect(loaded.some((url) => url.endsWith('/cli/program.ts'))).toBe(true);
      expect(
        loaded.filter((url) =>
          /sqlite|\/(gateway|broker|dashboards|device-sim)\/|\/(zod|aedes|fastify|pino)\//.test(url),
        ),
      ).toEqual([]);
    }
    // The same eyes see the modules of a command that does load more.
    expect((await run(PINNED, [...shout, MAIN, 'hub', '--help'])).err).toMatch(/\/zod\//);
  });

  it('tells a fault of its own in two lines, and with HEARTWOOD_DEBUG=1 where it happened', async () => {
    const broken = preload(
      `return url.endsWith('/cli/run/hub.ts') ? { format: 'module', shortCircuit: true, source:
        "export async function runHub() { throw new Error('the tree is upside down', { cause: new Error('wind') }); }" } : next(url, context);`,
    );
    const plain = await run(PINNED, [...broken, MAIN, 'hub']);
    expect(plain.status).toBe(70);
    expect(plain.err).toBe(
      'heartwood: internal fault: the tree is upside down\n' +
        'Run it again with HEARTWOOD_DEBUG=1 to see where it happened.\n',
    );
    const traced = await run(PINNED, [...broken, MAIN, 'hub'], { HEARTWOOD_DEBUG: '1' });
    expect(traced.status).toBe(70);
    expect(traced.err).toMatch(/ {4}at .*runHub/);
    expect(traced.err).toContain('caused by Error: wind');
  });

  it('hands a command one wish to stop, and ends at once when asked again later', async () => {
    const waits = preload(
      `return url.endsWith('/cli/run/hub.ts') ? { format: 'module', shortCircuit: true, source:
        "export async function runHub(_s, frame) { const stop = frame.stopSignal(); frame.write('up '); setInterval(() => {}, 1e6); await new Promise((done) => { stop.onabort = () => { frame.write('stopping'); if (process.env.OBEY) done(); }; }); process.exit(0); }" } : next(url, context);`,
    );
    const obedient = start(PINNED, [...waits, MAIN, 'hub'], { OBEY: '1' });
    await once(obedient.stdout!, 'data');
    obedient.kill('SIGINT');
    expect((await once(obedient, 'exit'))[0]).toBe(0);

    const stubborn = start(PINNED, [...waits, MAIN, 'hub']);
    await once(stubborn.stdout!, 'data');
    stubborn.kill('SIGTERM');
    await once(stubborn.stdout!, 'data');
    stubborn.kill('SIGTERM'); // the same wish, arrived twice
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(stubborn.exitCode).toBeNull();
    stubborn.kill('SIGTERM');
    expect((await once(stubborn, 'exit'))[0]).toBe(143);
  });

  it('ends quietly when its reader leaves', async () => {
    const child = start(PINNED, [MAIN, 'hub', '--help']);
    child.stdout!.destroy();
    const [[status], err] = await Promise.all([
      once(child, 'exit') as Promise<[number | null]>,
      text(child.stderr!),
    ]);
    expect(err).toBe('');
    expect(status).toBe(0);
  });
});
