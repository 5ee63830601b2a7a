// `heartwood fsck --ledger`: a ledger by itself, without the keys that open anything: the folder of `heartwood ledger`, the
// files that it publishes, or the address where it shows them. First everything is hashed again and compared, at the speed
// of the disk; then, unless that is enough (`--fast`), every statement's signature is verified and each hub's chain followed.

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AnchorError,
  type Fetch,
  KEY_TYPES,
  LogClient,
  type Policy,
  parsePolicy,
  parseSigningKey,
  type VerifierKey,
} from '@heartwood/anchor';
import {
  checkLedger,
  checkSite,
  nodeSigner,
  openLedgerReader,
  type SiteProblem,
} from '@heartwood/anchor/node';
import { NODE_PRIMITIVES } from '@heartwood/anchor/node-primitive';
import { EXIT, type ExitStatus, Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import { printable, printableJson } from '../printable.ts';

export type FsckLedgerArguments = {
  /** A folder or a URL. */
  readonly ledger: string;
  readonly policy: string | undefined;
  /** Without the signatures of statements. */
  readonly fast: boolean;
  readonly json: boolean;
};

type Finding = {
  readonly where: string;
  readonly what: string;
  readonly path?: string | undefined;
  readonly offset?: number | undefined;
  readonly length?: number | undefined;
  readonly index?: number | undefined;
};
type Checked = {
  readonly entries: number;
  readonly pruned: number;
  readonly entriesPerS: number;
  readonly statementsChecked: boolean;
  readonly of: string;
  readonly problems: readonly Finding[];
};

const FILE_BYTES_MAX = 20 * 1024 * 1024;

export async function runFsckLedger(given: FsckLedgerArguments, frame: Frame): Promise<ExitStatus> {
  const policy = policyOf(given, frame);
  const isUrl = /^https?:\/\//.test(given.ledger);
  const folder = resolve(frame.cwd, given.ledger);
  const path = join(folder, 'ledger.db');
  const checked = await telling(given, () => {
    if (isUrl) return checkShown(given, policy, readerOf(given.ledger, policy));
    if (existsSync(path)) return checkOwn(given, folder, path, policy);
    if (existsSync(join(folder, 'checkpoint'))) {
      return checkShown(given, policy, (name) => {
        const file = join(folder, name);
        return existsSync(file) ? readFileSync(file) : undefined;
      });
    }
    throw new Refusal('cannot-run', `There is no ledger in ${folder}: no ledger.db and no checkpoint.`);
  });
  if (given.json) for (const finding of checked.problems) frame.write(`${printableJson(finding)}\n`);
  else frame.write(`${told(checked, frame.decorated).join('\n')}\n`);
  return checked.problems.length === 0 ? EXIT.ok : EXIT.no;
}

function policyOf({ policy: path }: FsckLedgerArguments, frame: Frame): Policy | undefined {
  if (path === undefined) return undefined;
  const text = frame.readText(resolve(frame.cwd, path));
  if (text === undefined) throw new Refusal('usage', `The policy file ${path} is not there.`);
  try {
    return parsePolicy(text);
  } catch (cause) {
    if (!(cause instanceof AnchorError)) throw cause;
    throw new Refusal('usage', `${path}: ${cause.message}.`, { cause });
  }
}

/** Who cannot be read or reached is told in a line. */
async function telling<T>({ ledger }: FsckLedgerArguments, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof AnchorError) || cause.code === 'ledger-unreadable') throw cause;
    throw new Refusal('cannot-run', `The ledger ${ledger} cannot be checked: ${cause.message}.`, { cause });
  }
}

/** The folder of `heartwood ledger`. */
function checkOwn(
  given: FsckLedgerArguments,
  folder: string,
  path: string,
  policy: Policy | undefined,
): Checked {
  const hubs = given.fast ? [] : (policy?.hubs ?? []);
  try {
    const key = ownKey(folder, path, policy);
    const report = checkLedger(path, key, hubs, { statements: hubs.length > 0, policy });
    return {
      ...report,
      of: key.name,
      statementsChecked: hubs.length > 0,
      problems: report.problems.map(({ index, offset, text }) => ({
        where: 'ledger.db',
        what: text,
        path: 'ledger.db',
        index,
        offset,
      })),
    };
  } catch (error) {
    if (!(error instanceof AnchorError)) throw error;
    const problems = [{ where: 'ledger.db', what: error.message }];
    return { entries: 0, pruned: 0, entriesPerS: 0, of: 'the ledger', statementsChecked: false, problems };
  }
}

/** The key that the folder signs with; without its file, the one that the policy or the ledger itself names. */
function ownKey(folder: string, path: string, policy: Policy | undefined): VerifierKey {
  const named = policy?.logs.map(({ key }) => key).find(({ type }) => type === KEY_TYPES.ed25519);
  if (named) return named;
  const file = join(folder, 'ledger.key');
  if (existsSync(file)) {
    const { name, seed } = parseSigningKey(readFileSync(file, 'utf8').trim());
    return nodeSigner(name, seed);
  }
  const reader = openLedgerReader(path);
  const { key } = reader;
  reader.close();
  return key;
}

/** What a ledger shows to everybody. */
async function checkShown(
  given: FsckLedgerArguments,
  policy: Policy | undefined,
  read: (path: string) => Uint8Array | undefined | Promise<Uint8Array | undefined>,
): Promise<Checked> {
  const keys = logKeys(policy);
  const hubs = policy?.hubs ?? [];
  const report = await checkSite({
    read,
    keys,
    witnesses: policy?.witnesses.map(({ key }) => key) ?? [],
    hubKeys: given.fast || hubs.length === 0 ? undefined : hubs,
  });
  return { ...report, of: keys[0]!.name, problems: report.problems.map(findingOf) };
}

function findingOf({ path, offset, length, index, text }: SiteProblem): Finding {
  const place =
    offset === undefined
      ? ''
      : length === undefined
        ? `, byte ${offset}`
        : `, bytes ${offset} to ${offset + length - 1}`;
  return { where: `${path}${place}`, what: text, path, offset, length, index };
}

function logKeys(policy: Policy | undefined): VerifierKey[] {
  const keys = policy?.logs.map(({ key }) => key) ?? [];
  const [first] = keys;
  if (first && keys.every(({ name }) => name === first.name)) return keys;
  throw new Refusal(
    'usage',
    'Whose signature counts? Give --policy FILE with the `log` lines of this ledger and of no other.',
  );
}

function readerOf(
  url: string,
  policy: Policy | undefined,
): (path: string) => Promise<Uint8Array | undefined> {
  const [key] = logKeys(policy);
  const client = new LogClient({
    url,
    key: key!,
    fetch: fetch as Fetch,
    sleep: (ms) => sleep(ms),
    random: Math.random,
    ...NODE_PRIMITIVES,
  });
  return (path) => client.ask('GET', `/${path}`, FILE_BYTES_MAX);
}

function told(
  { of, entries, pruned, entriesPerS, statementsChecked, problems }: Checked,
  decorated: boolean,
): string[] {
  const gone = pruned === 0 ? '' : `, of which ${pruned} were let go by its retention policy`;
  return [
    `Ledger  ${of}, ${entries} entries${gone}`,
    `        every entry hashed again, every stored hash and checkpoint compared: ${entriesPerS} entries/s`,
    statementsChecked
      ? '        every statement’s signature verified, and each hub’s chain followed'
      : '        no statement’s signature was verified: that needs --policy FILE with `hub` lines, without --fast',
    ...problems.map(
      ({ where, what }) => `${decorated ? '✗' : 'WRONG'} ${printable(where)}: ${printable(what)}`,
    ),
    problems.length === 0
      ? 'Everything is as it was signed.'
      : 'Something was altered or damaged. Keep it as it is, and a copy of it, before anything else.',
  ];
}
