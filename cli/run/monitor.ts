// `heartwood monitor`: looks again and again, tells each alarm when it begins and when it is over, and keeps what it saw.

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Alarm,
  AnchorError,
  alarmName,
  EMPTY_STATE,
  type Fetch,
  formatMonitorState,
  isStanding,
  LogClient,
  lookAt,
  type MonitorState,
  type Policy,
  parseMonitorState,
  parsePolicy,
  startFromNow,
  type VerifierKey,
} from '@heartwood/anchor';
import { NODE_PRIMITIVES } from '@heartwood/anchor/node-primitive';
import { EXIT, type ExitStatus, Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import { printable, printableJson, printableLines } from '../printable.ts';

export type MonitorArguments = {
  readonly url: string;
  readonly policy: string;
  readonly state: string | undefined;
  readonly once: boolean;
  readonly fromNow: boolean;
  readonly json: boolean;
  readonly everyMs: number;
  readonly silenceMs: number;
};

export async function runMonitor(given: MonitorArguments, frame: Frame): Promise<ExitStatus> {
  const policy = policyOf(given.policy, frame);
  const key = logOf(policy, given.url);
  const client = new LogClient({
    url: urlOf(given.url),
    key,
    fetch: fetch as Fetch,
    sleep: (ms) => sleep(ms),
    random: Math.random,
    ...NODE_PRIMITIVES,
  });
  const path = resolve(frame.cwd, given.state ?? `monitor-${key.keyId.toString(16).padStart(8, '0')}.json`);
  const stop = frame.stopSignal();
  const standing = new Set<string>();
  let state = await begin(path, given, client);
  for (;;) {
    let alarms: readonly Alarm[];
    try {
      const look = await lookAt(state, {
        client,
        policy,
        silenceMs: given.silenceMs,
        nowMs: Date.now(),
        ...NODE_PRIMITIVES,
      });
      ({ state, alarms } = look);
      save(path, state);
      tellLook(look.entries, state, given, frame);
    } catch (error) {
      if (!(error instanceof AnchorError) || error.code !== 'ledger-unreachable') throw error;
      const { standing: kept = [] } = state;
      if (given.once && kept.length === 0)
        throw new Refusal('cannot-run', `The ledger does not answer: ${error.message}.`, { cause: error });
      alarms = [...kept, { kind: 'silence', text: `The ledger does not answer: ${error.message}.` }];
    }
    tellAlarms(alarms, standing, path, given, frame);
    if (given.once || stop.aborted) break;
    await sleep(given.everyMs, undefined, { signal: stop }).catch(() => undefined);
    if (stop.aborted) break;
  }
  return standing.size === 0 ? EXIT.ok : EXIT.no;
}

function policyOf(path: string, frame: Frame): Policy {
  const text = frame.readText(resolve(frame.cwd, path));
  if (text === undefined) throw new Refusal('usage', `The policy file ${path} is not there.`);
  try {
    return parsePolicy(text);
  } catch (cause) {
    if (!(cause instanceof AnchorError)) throw cause;
    throw new Refusal('usage', `${path}: ${cause.message}.`, { cause });
  }
}

/** The log of that URL, or the only one; of its keys the Ed25519 one, which signs every checkpoint. */
function logOf({ logs }: Policy, url: string): VerifierKey {
  const same = (other: string | undefined): boolean => other?.replace(/\/+$/, '') === url.replace(/\/+$/, '');
  const names = new Set(logs.map(({ key }) => key.name));
  const name = logs.find((log) => same(log.url))?.key.name ?? (names.size === 1 ? [...names][0] : undefined);
  const [found] = logs
    .map(({ key }) => key)
    .filter((key) => key.name === name)
    .toSorted((a, b) => a.type - b.type);
  if (found) return found;
  throw new Refusal(
    'usage',
    `The policy names ${names.size} logs and none at ${url}: add the URL to its line, log <vkey> <url>.`,
  );
}

function urlOf(url: string): string {
  const parsed = URL.parse(url);
  if (parsed && ['http:', 'https:'].includes(parsed.protocol) && parsed.search === '' && parsed.hash === '')
    return url;
  throw new Refusal(
    'usage',
    `${JSON.stringify(url)} is no address of a ledger: it reads https://HOST or http://HOST:PORT.`,
  );
}

async function begin(
  path: string,
  { fromNow, url }: MonitorArguments,
  client: LogClient,
): Promise<MonitorState> {
  try {
    return parseMonitorState(readFileSync(path, 'utf8'));
  } catch (cause) {
    if (cause instanceof AnchorError) {
      throw new Refusal('cannot-run', `${path}: ${cause.message}. Move it away to begin anew.`, { cause });
    }
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause;
  }
  if (!fromNow) return EMPTY_STATE;
  try {
    return await startFromNow(client, NODE_PRIMITIVES.digest);
  } catch (cause) {
    if (!(cause instanceof AnchorError)) throw cause;
    throw new Refusal('cannot-run', `The ledger at ${url} cannot be followed from here: ${cause.message}.`, {
      cause,
    });
  }
}

function save(path: string, state: MonitorState): void {
  const file = openSync(`${path}.new`, 'w', 0o600);
  try {
    writeSync(file, formatMonitorState(state));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.new`, path);
}

function tellLook(
  entries: number,
  { frontier, hubs }: MonitorState,
  { once, json }: MonitorArguments,
  frame: Frame,
): void {
  if (json)
    frame.write(`${printableJson({ event: 'look', entries, size: frontier.size, hubs: hubs.size })}\n`);
  else if (once || entries > 0) {
    frame.write(
      `Read ${entries} new entries; the ledger has ${frontier.size}, of ${hubs.size} ${hubs.size === 1 ? 'hub' : 'hubs'}.\n`,
    );
  }
}

/** An alarm that stands is told once; a fork, or damage, stands at every later start too. */
function tellAlarms(
  alarms: readonly Alarm[],
  standing: Set<string>,
  path: string,
  { json, once }: MonitorArguments,
  frame: Frame,
): void {
  const names = new Set(alarms.map(alarmName));
  for (const alarm of alarms) {
    if (standing.has(alarmName(alarm))) continue;
    standing.add(alarmName(alarm));
    if (json) frame.write(`${printableJson({ event: 'alarm', ...alarm })}\n`);
    else {
      frame.write(`ALARM ${alarm.kind}: ${printable(alarm.text)}\n`);
      for (const note of alarm.evidence ?? [])
        frame.write(`${printableLines(note.trimEnd()).replaceAll(/^/gm, '    ')}\n\n`);
      if (isStanding(alarm))
        frame.write(
          `This stands, whatever the ledger shows later, until a person has looked and moves ${path} away. Keep that file: the notes are in it.\n`,
        );
    }
  }
  for (const name of standing) {
    if (names.has(name)) continue;
    standing.delete(name);
    frame.write(json ? `${printableJson({ event: 'over', alarm: name })}\n` : `Over: ${printable(name)}.\n`);
  }
  if (once && alarms.length === 0 && !json) {
    frame.write('All is well: it grew as it signed, and every statement follows on the one before.\n');
  }
}
