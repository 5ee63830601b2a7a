// The publishing of `heartwood ledger`: an interval a second, its alarms told when they begin and when they are over, and
// the evidence kept where a witness has seen a second history.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AnchorError, type Policy, parsePolicy } from '@heartwood/anchor';
import {
  type Gathered,
  type LedgerPublisher,
  openWitnessCircle,
  type WitnessCircle,
} from '@heartwood/anchor/node';
import { Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import type { Log } from '../log.ts';
import type { Settings } from '../settings.ts';

/** How often what is shown is brought up to what was signed. */
const PUBLISH_MS = 1000;

/** The witnesses that the owner chose; undefined where none were. @throws Refusal usage */
export function openCircle(
  { witnessPolicy, withoutQuorum }: Pick<Settings, 'witnessPolicy' | 'withoutQuorum'>,
  frame: Frame,
): WitnessCircle | undefined {
  if (witnessPolicy === undefined) return undefined;
  const text = frame.readText(witnessPolicy);
  if (text === undefined) throw new Refusal('usage', `witness-policy: ${witnessPolicy} is not there.`);
  try {
    const policy: Policy = parsePolicy(text);
    if (policy.quorum.kind === 'none' || !policy.witnesses.some(({ url }) => url !== undefined)) {
      throw new Refusal(
        'usage',
        `witness-policy: ${witnessPolicy} asks for no witness that has an address: it needs lines like ` +
          '`witness NAME VKEY https://…` and `quorum NAME`.',
      );
    }
    return openWitnessCircle(policy, { withoutQuorum, nowMs: Date.now });
  } catch (cause) {
    if (!(cause instanceof AnchorError)) throw cause;
    throw new Refusal('usage', `witness-policy: ${witnessPolicy}: ${cause.message}.`, { cause });
  }
}

export type Publishing = {
  readonly publisher: LedgerPublisher;
  /** Where evidence goes. */
  readonly data: string;
  readonly log: Log;
  /** Called at the beginning of each interval. */
  readonly also: () => void;
  readonly stop: AbortSignal;
  /** Takes no statement any more when it resolves. */
  readonly close: () => Promise<void>;
};

/** Publishes until told to stop; then closes, and publishes once more what came last. @throws Refusal cannot-run where a witness has seen a second history */
export async function publishUntilStopped(publishing: Publishing): Promise<void> {
  const alarms = new Standing(publishing.log);
  const { stop } = publishing;
  try {
    while (!stop.aborted) {
      const began = performance.now();
      await interval(publishing, alarms);
      const rest = Math.max(0, PUBLISH_MS - (performance.now() - began));
      await sleep(rest, undefined, { signal: stop }).catch(() => undefined);
    }
  } finally {
    await publishing.close();
  }
  await interval(publishing, alarms);
}

async function interval({ publisher, also, data, log }: Publishing, alarms: Standing): Promise<void> {
  try {
    also();
    const { gathered, exported, minimumIndex } = await publisher.step();
    if (gathered) tellGathered(gathered, alarms, log, data);
    if (exported && exported.written + exported.removed > 0) {
      log('debug', 'published', { ...exported, minimumIndex });
    }
    alarms.over('not-published');
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const why = error instanceof Error ? error.message : String(error);
    alarms.stands('not-published', { why });
  }
}

function tellGathered(
  { size, quorum, alarm, answers, evidence }: Gathered,
  alarms: Standing,
  log: Log,
  data: string,
): void {
  if (evidence.length > 0) {
    const path = keepEvidence(evidence, size, data);
    log('error', 'second-history', { size, evidence: path });
    throw new Refusal('cannot-run', `${alarm} The proof of it is in ${path}. Nothing more is signed.`);
  }
  const outcomes = Object.fromEntries(answers.map(({ names, outcome }) => [names.join(' '), outcome.kind]));
  log('debug', 'witnesses', { size, quorum, ...outcomes });
  if (quorum) alarms.over('no-quorum', { size });
  else alarms.stands('no-quorum', { size, why: alarm, ...outcomes });
}

function keepEvidence(evidence: Gathered['evidence'], size: number, data: string): string {
  const folder = join(data, 'evidence');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `ledger-${size}.json`);
  writeFileSync(path, `${JSON.stringify(evidence, undefined, 2)}\n`, { flush: true });
  return path;
}

/** What is wrong at the moment: told when it begins, and when it is over. */
class Standing {
  readonly #log: Log;
  readonly #alarms = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  stands(alarm: string, facts: Readonly<Record<string, unknown>>): void {
    if (this.#alarms.has(alarm)) return;
    this.#alarms.add(alarm);
    this.#log('error', alarm, facts);
  }

  over(alarm: string, facts: Readonly<Record<string, unknown>> = {}): void {
    if (this.#alarms.delete(alarm)) this.#log('warn', `${alarm}-over`, facts);
  }
}
