// For tests: a ledger, witnesses over HTTP on the loopback address and impostors, ended all together.

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatVerifierKey, type VerifierKey } from './key.ts';
import { type EmbeddedLedger, openEmbeddedLedger } from './ledger-embedded.ts';
import { SAMPLE_HUB, SAMPLE_LOG, sampleChain } from './ledger-sample.ts';
import { parsePolicy } from './policy.ts';
import { openWitness, type Witness } from './witness.ts';
import type { WitnessOutcome } from './witness-ask.ts';
import {
  type CircleOptions,
  closeWitnessCircle,
  openWitnessCircle,
  type WitnessCircle,
} from './witness-circle.ts';
import type { Gathered } from './witness-gather.ts';
import { sampleWitnessKeys } from './witness-sample.ts';
import { startWitnessServer } from './witness-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'heartwood-gather-'));
/** What is to be ended, last first. */
export const ends: (() => unknown)[] = [];
/** Ends all that was started since the last call; for `afterEach`. */
export async function endAll(): Promise<void> {
  for (const end of ends.splice(0).reverse()) await end();
}
/** For `afterAll`. */
export const removeFiles = (): void => rmSync(folder, { recursive: true, force: true });
let files = 0;
export const newPath = (): string => join(folder, `${files++}.db`);

export type Running = {
  readonly witness: Witness;
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
};

export async function startWitness(
  n: number,
  port = 0,
  path: string = newPath(),
  create = true,
): Promise<Running & { path: string }> {
  const keys = sampleWitnessKeys(n);
  const witness = openWitness({
    path,
    create,
    keys,
    logs: [SAMPLE_LOG],
    nowS: () => Math.floor(Date.now() / 1000),
  });
  const server = await startWitnessServer({ witness, host: '127.0.0.1', port });
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    await server.close();
    witness.close();
  };
  ends.push(stop);
  return { witness, url: server.url, port: Number(new URL(server.url).port), stop, path };
}

/** A program that answers as it likes at a witness's address. */
export async function startImpostor(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A ledger with `count` statements, and the way to add more. */
export function startLedger(
  count: number,
  path: string = newPath(),
): { ledger: EmbeddedLedger; grow: (by: number) => void } {
  const ledger = openEmbeddedLedger({ path, signer: SAMPLE_LOG, hubKeys: [SAMPLE_HUB] });
  ends.push(() => ledger.close());
  const notes: string[] = [];
  const grow = (by: number): void => {
    const next = sampleChain(by, { after: notes });
    ledger.append(next);
    notes.push(...next);
  };
  grow(count);
  return { ledger, grow };
}

export type Line = { readonly name: string; readonly key: VerifierKey; readonly url: string };
const lineOf = (name: string, { witness, url }: Running): Line => ({
  name,
  key: witness.keys[0]!,
  url,
});
/** The circles' clock. */
export const clock = { nowMs: 0 };

export function startCircle(
  lines: readonly Line[],
  quorum: string,
  options: Partial<CircleOptions> = {},
): WitnessCircle {
  const text = lines
    .map(({ name, key, url }) => `witness ${name} ${formatVerifierKey(key)} ${url}\n`)
    .join('');
  const circle = openWitnessCircle(parsePolicy(`${text}${quorum}\n`), {
    withoutQuorum: 'fail-closed',
    nowMs: () => clock.nowMs,
    timeoutMs: 2000,
    ...options,
  });
  ends.push(() => closeWitnessCircle(circle));
  return circle;
}

export const kinds = ({ answers }: Gathered): string[] => answers.map(({ outcome }) => outcome.kind);
export const outcomeOf = ({ answers }: Gathered, name: string): WitnessOutcome =>
  answers.find(({ names }) => names.includes(name))!.outcome;
export const TWO = 'group g 2 alice bob carol\nquorum g';
export const ALL = 'group g all alice bob carol\nquorum g';

export async function three(): Promise<{ running: (Running & { path: string })[]; lines: Line[] }> {
  const running = [await startWitness(1), await startWitness(2), await startWitness(3)];
  return { running, lines: running.map((one, i) => lineOf(['alice', 'bob', 'carol'][i]!, one)) };
}
