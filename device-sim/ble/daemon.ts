// A private dbus-daemon: the real program, with the system bus's limits, on a socket in a folder of its own. It ends
// with whoever started it: a shell holds the read end of a pipe whose write end is ours, and when that closes, even
// because we were killed, the daemon is ended and the folder removed.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type BusDaemon = {
  /** For `DBUS_SYSTEM_BUS_ADDRESS`; the same after a restart. */
  readonly address: string;
  /** SIGKILL, as when the kernel runs out of memory: all connections end, nobody is told. */
  kill(): Promise<void>;
  /** A new daemon on the same address, after `kill`. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
};

/** True where Debian's `dbus-daemon` is installed. */
export function hasBusDaemon(): boolean {
  return spawnSync('dbus-daemon', ['--version'], { stdio: 'ignore' }).status === 0;
}

// Limits of a connection are the compiled-in ones, as on a real system bus: 512 match rules, 128 replies pending.
function config(socket: string, policy: string): string {
  const all = ['method_call', 'method_return', 'signal', 'error'];
  const allow = all.map((type) => `<allow send_type="${type}"/><allow receive_type="${type}"/>`).join('');
  return `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=${socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default"><allow user="*"/><allow own="org.bluez"/>${allow}</policy>
${policy}
</busconfig>
`;
}

// "$0" is the configuration, "$1" the folder. `read` ends at end of file.
const KEEPER = `dbus-daemon --config-file="$0" --nofork --nopidfile --print-pid=3 3>&1 >/dev/null 2>&1 &
daemon=$!
read -r word
kill -9 $daemon 2>/dev/null
wait $daemon 2>/dev/null
[ "$word" = stay ] || rm -rf "$1"`;

/**
 * Starts a daemon. Rejects where `dbus-daemon` is not installed or does not come up within 10 s.
 * @param policy elements that follow the open policy and may take from it, such as `<policy context="default">…</policy>`
 */
export async function startBusDaemon(policy: string = ''): Promise<BusDaemon> {
  const folder = mkdtempSync(join(tmpdir(), 'heartwood-bus-'));
  const socket = join(folder, 'bus');
  const configFile = join(folder, 'bus.conf');
  writeFileSync(configFile, config(socket, policy));
  let keeper = await startKeeper(configFile, folder);

  const end = async (word: string): Promise<void> => {
    if (keeper.exitCode !== null || keeper.signalCode !== null) return;
    const ended = once(keeper, 'exit');
    keeper.ref();
    keeper.stdin?.end(word);
    await ended;
  };
  return {
    address: `unix:path=${socket}`,
    kill: () => end('stay\n'),
    restart: async () => {
      await end('stay\n');
      keeper = await startKeeper(configFile, folder);
    },
    stop: async () => {
      await end('go\n');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startKeeper(configFile: string, folder: string): Promise<ChildProcess> {
  // A group of its own: Ctrl-C in a terminal reaches us, and we end the daemon in order.
  const keeper = spawn('sh', ['-c', KEEPER, configFile, folder], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
  // The keeper alone keeps no program running.
  keeper.unref();
  keeper.stdin?.on('error', () => undefined);
  const printed = once(keeper.stdout!, 'data').then(() => true);
  const failed = once(keeper, 'exit').then(() => false);
  const timer = new AbortController();
  const late = new Promise<boolean>((resolve) => {
    const timeout = setTimeout(() => resolve(false), 10_000);
    timer.signal.addEventListener('abort', () => clearTimeout(timeout));
  });
  const up = await Promise.race([printed, failed, late]);
  timer.abort();
  keeper.stdout?.destroy();
  if (up) return keeper;
  keeper.stdin?.end();
  throw new Error('dbus-daemon did not start: is it installed (Debian: package dbus)?');
}
