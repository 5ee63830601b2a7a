// For tests: the program run on real files in a folder of its own, a ledger started by it, and a hub's statements.

import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Fetch,
  FIRST_PREVIOUS,
  formatVerifierKey,
  parseVerifierKey,
  RemoteLedger,
  type Signer,
  signStatement,
  statementHash,
} from '@heartwood/anchor';
import { nodeSigner } from '@heartwood/anchor/node';
import { NODE_PRIMITIVES } from '@heartwood/anchor/node-primitive';
import type { ExitStatus } from '../exit-status.ts';
import { runProgram } from '../program.ts';

export const folder: string = mkdtempSync(join(tmpdir(), 'heartwood-cli-ledger-'));
export const HUB: Signer = nodeSigner('heartwood/hub/00112233aabbccdd', new Uint8Array(32).fill(1));
export const read = (path: string): string | undefined =>
  existsSync(path) ? readFileSync(path, 'utf8') : undefined;

/** Runs a command on real files; `until` hears its output and may tell it to stop. */
export async function run(
  args: readonly string[],
  until: (out: string, stop: () => void) => void = () => undefined,
): Promise<{ status: ExitStatus | undefined; out: string; err: string }> {
  const stop = new AbortController();
  let [out, err] = ['', ''];
  let status: ExitStatus | undefined;
  await runProgram(args, {
    env: {},
    cwd: folder,
    decorated: false,
    columns: undefined,
    write: (text) => {
      out += text;
      until(out, () => stop.abort());
    },
    warn: (line) => {
      err += `${line}\n`;
    },
    readText: read,
    readInput: async () => '',
    stopSignal: () => stop.signal,
    end: (how) => {
      status = how;
    },
  });
  return { status, out, err };
}

/** `count` statements of a hub, the last of them made now, 10 s apart. */
export function chain(count: number, fill = 7, hub: Signer = HUB): string[] {
  const notes: string[] = [];
  for (let sequence = 0; sequence < count; sequence++) {
    const statement = {
      origin: hub.name,
      sequence,
      endMs: Date.now() - (count - sequence) * 10_000,
      batchRoot: new Uint8Array(32).fill(fill),
      previous: sequence === 0 ? FIRST_PREVIOUS : statementHash(notes.at(-1)!),
    };
    notes.push(signStatement(statement, hub));
  }
  return notes;
}

export type Running = {
  readonly url: string;
  readonly vkey: string;
  /** Of both its keys. */
  readonly vkeys: readonly string[];
  readonly stop: () => Promise<{ status?: ExitStatus | undefined; err: string }>;
};

/** Takes the statements of `HUB`, unless `more` names another file of hubs. */
export async function startLedger(data: string, ...more: string[]): Promise<Running> {
  const hubs = join(folder, 'hubs.txt');
  writeFileSync(hubs, `hub ${formatVerifierKey(HUB)}\nquorum none\n`);
  const args = ['ledger', '--data', data, '--hubs', hubs, '--http-port', '0', '--log', 'silent', ...more];
  const ready = Promise.withResolvers<Pick<Running, 'url' | 'vkey' | 'vkeys'>>();
  let stopIt: () => void = () => undefined;
  const ended = run(args, (out, stop) => {
    stopIt = stop;
    const [, vkey, url] = /^Policy +log (\S+) (\S+)$/m.exec(out) ?? [];
    const vkeys = [...out.matchAll(/ log (\S+) \S+$/gm)].map(([, one]) => one!);
    if (vkey && url) ready.resolve({ vkey, vkeys, url });
  });
  const early = ended.then(({ err }) => Promise.reject(new Error(err)));
  const started = await Promise.race([ready.promise, early]);
  return {
    ...started,
    stop: () => {
      stopIt();
      return ended;
    },
  };
}

export const remote = ({ url, vkey }: Running): RemoteLedger =>
  new RemoteLedger({
    url,
    key: parseVerifierKey(vkey),
    fetch: fetch as Fetch,
    sleep: async () => undefined,
    random: () => 0,
    ...NODE_PRIMITIVES,
  });
