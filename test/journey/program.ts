// The program as a child process, as a person or systemd starts it: run to its end, or a hub that is launched, heard,
// asked to stop, or killed. Whatever was started is known here, so that nothing outlives a test.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ExitStatus } from '@heartwood/cli';

export const MAIN: string = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
/** Nothing that is waited for takes longer than this, on however busy a machine. */
const PATIENCE_MS = 60_000;

/** For vitest: a journey's processes take turns with everything else that runs on the machine. */
export const JOURNEY: { readonly timeout: number } = { timeout: 180_000 };

const running = new Set<ChildProcess>();

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until something is so. @throws when it does not become so in time */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  patienceMs: number = PATIENCE_MS,
): Promise<void> {
  const end = Date.now() + patienceMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`did not happen within ${patienceMs / 1000} s: ${what}`);
    await pause(10);
  }
}

type Heard = { out: string; err: string };

function launch(args: readonly string[], env: Readonly<Record<string, string>>, cwd?: string) {
  const outside = Object.entries(process.env).filter(([name]) => !/^(HEARTWOOD_|NODE_OPTIONS$)/.test(name));
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...Object.fromEntries(outside), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(cwd !== undefined && { cwd }),
  });
  running.add(child);
  const heard: Heard = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    heard.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    heard.err += text;
  });
  // A child that is killed takes its ends of the pipes with it.
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'close').then(([status]) => {
    running.delete(child);
    return status as ExitStatus | null;
  });
  return { child, heard, ended };
}

export type Ended = { readonly status: ExitStatus } & Readonly<Heard>;
type Circumstance = { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string };

/** Runs one command to its end. @throws when it does not end in time */
export async function heartwood(
  args: readonly string[],
  { env = {}, cwd }: Circumstance = {},
): Promise<Ended> {
  const { child, heard, ended } = launch(args, env, cwd);
  child.stdin.end();
  const late = setTimeout(() => child.kill('SIGKILL'), 2 * PATIENCE_MS);
  const status = await ended;
  clearTimeout(late);
  if (status === null)
    throw new Error(`heartwood ${args[0]} was killed by a signal, or ran too long: ${heard.err}`);
  return { status, ...heard };
}

/** Where a hub listens, as it says itself. */
export type Listening = {
  /** Undefined at a broker elsewhere. */
  readonly mqtt: string | undefined;
  readonly mqttTlsPort: number | undefined;
  readonly page: string;
  readonly loginLink: string;
};

export class HubProcess {
  readonly #child: ChildProcess;
  readonly #heard: Heard;
  /** Null: by a signal. */
  readonly #ended: Promise<ExitStatus | null>;
  /** Rejects when it ends before it listens. */
  readonly ready: Promise<Listening>;

  /** `hub` or `demo`, with its flags. */
  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const { child, heard, ended } = launch(args, env);
    this.#child = child;
    this.#heard = heard;
    this.#ended = ended;
    this.ready = this.#listening();
    // A hub that is killed while it starts is nobody's error, unless somebody waits for it.
    this.ready.catch(() => undefined);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get out(): string {
    return this.#heard.out;
  }

  get err(): string {
    return this.#heard.err;
  }

  /** Lines of the log, of one event or of all. */
  log(event?: string): readonly Record<string, unknown>[] {
    return this.#heard.err
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => event === undefined || line['event'] === event);
  }

  /** Ends it as a power cut would: at once, with nothing said and nothing closed. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** Asks it to stop. @returns its exit status. @throws when it does not end in time */
  async stop(): Promise<ExitStatus | null> {
    this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), PATIENCE_MS);
    const status = await this.#ended;
    clearTimeout(late);
    return status;
  }

  /** Waits for it to end by itself. @throws when it goes on */
  async end(): Promise<ExitStatus | null> {
    const late = pause(PATIENCE_MS).then(() => {
      throw new Error('it goes on although it should have ended');
    });
    return Promise.race([this.#ended, late]);
  }

  async #listening(): Promise<Listening> {
    let over = false;
    void this.#ended.then(() => {
      over = true;
    });
    await until(() => over || / stops it\.|Ctrl-C stops /.test(this.#heard.out), 'the hub listens');
    const loginLink = /\bhttps?:\/\/\S+#login=\S+/.exec(this.out)?.[0];
    if (loginLink === undefined) throw new Error(`the hub ended before it listened: ${this.err}`);
    const ports = this.log('listening');
    return {
      mqtt: /\bmqtt:\/\/127\.0\.0\.1:\d+/.exec(this.out)?.[0],
      mqttTlsPort: ports.find(({ tls }) => tls === true)?.['port'] as number | undefined,
      page: loginLink.slice(0, loginLink.indexOf('/#')),
      loginLink,
    };
  }
}

/** Ends whatever this process started and has not ended. */
export async function endAll(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;
    }),
  );
}
