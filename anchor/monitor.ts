// Watching a log from outside, as anybody can: everything that it published since the last look is fetched, hashed and
// read again. One look, in the order of the argument:
//   1. the checkpoint is signed by the log's key, and cosigned as the policy asks;
//   2. it grows out of the one seen before: the entries since then lead from the old root to the new one. Where they do
//      not, tiles tell whether the log forked or only its entries are damaged, and which entry is the first;
//   3. each entry is a statement of a hub that the policy names, and continues that hub's chain: no number is missing,
//      none is rewritten, no clock runs back;
//   4. each hub that the policy names has spoken lately, and made no longer pause; one that never spoke is silent since the
//      first look.
// A look changes nothing but the state it returns. After a fork the state stays at the history that was seen first, and
// both checkpoints are in the alarm: two signatures of one key that contradict each other convince everybody. A fork, and
// damage, are kept in the state with them, and told at every later look, whatever the log shows then: only a person who
// moves the state away ends them.

import { equalBytes, textOf } from './bytes.ts';
import { verifyCosignatures } from './cosignature.ts';
import { AnchorError } from './error.ts';
import type { LogClient, LogHead } from './log-client.ts';
import { type Alarm, alarmList, alarmName, stillStanding } from './monitor-alarm.ts';
import { EMPTY_STATE, type HubSeen, type MonitorState } from './monitor-state.ts';
import { parseNote } from './note.ts';
import { describeQuorum, isQuorum, type Policy } from './policy.ts';
import { type Digest, sha256, type VerifyEd25519, type VerifyMlDsa44, verifyEd25519 } from './primitive.ts';
import { readFrontier } from './proof.ts';
import { checkChain, verifyStatementNote } from './statement.ts';
import { TILE_WIDTH, tileWidth } from './tile.ts';
import { appendLeaf, frontierRoot, leafHash } from './tree.ts';
import { spanWords, timeWords } from './verdict.ts';

export type Look = {
  readonly state: MonitorState;
  readonly alarms: readonly Alarm[];
  /** By how many entries the log went on since the state that was given. */
  readonly entries: number;
};

export type MonitorOptions = {
  readonly client: LogClient;
  readonly policy: Policy;
  /** Longest time without a statement of a hub, ms. */
  readonly silenceMs: number;
  readonly nowMs: number;
  readonly verify?: VerifyEd25519;
  /** Without it, cosignatures of type 0x06 are not counted. */
  readonly verifyMlDsa44?: VerifyMlDsa44 | undefined;
  readonly digest?: Digest;
};

/** One look at the log, going on from `state` (`EMPTY_STATE`: all of it is read). Throws `ledger-unreachable`. */
export async function lookAt(state: MonitorState, options: MonitorOptions): Promise<Look> {
  const { list, raise } = alarmList();
  const followed = await follow(state, options, raise);
  const looked = { ...followed, sinceMs: state.sinceMs ?? options.nowMs };
  tellSilence(looked, options, raise);
  const standing = stillStanding(state.standing ?? [], list);
  const told = new Set(standing.map(alarmName));
  return {
    state: standing.length === 0 ? looked : { ...looked, standing },
    alarms: [...standing, ...list.filter((alarm) => !told.has(alarmName(alarm)))],
    entries: looked.frontier.size - state.frontier.size,
  };
}

/**
 * The state of somebody who trusts the log's past and watches from here on; what a log that keeps no old entries needs.
 * Throws `ledger-unreachable`, `bad-tile`, `ledger-mismatch`, and what a wrong checkpoint throws.
 */
export async function startFromNow(client: LogClient, digest: Digest = sha256): Promise<MonitorState> {
  const head = await client.head();
  const frontier = await client.read(head.size, (from) => readFrontier(from, head.size));
  if (!equalBytes(frontierRoot(frontier, digest), head.root)) {
    throw new AnchorError(
      'ledger-mismatch',
      'the tiles of the log do not lead to the root of its checkpoint',
    );
  }
  return { ...EMPTY_STATE, frontier, checkpoint: head.note, fromNow: true };
}

type Raise = (alarm: Alarm) => void;

async function follow(state: MonitorState, options: MonitorOptions, raise: Raise): Promise<MonitorState> {
  const { client } = options;
  try {
    const head = await client.head();
    checkWitnesses(head, options, raise);
    return head.size >= state.frontier.size
      ? await readOn(state, head, options, raise)
      : await stayAt(state, head, options, raise);
  } catch (error) {
    if (!(error instanceof AnchorError) || error.code === 'ledger-unreachable') throw error;
    const kind = ['bad-signature', 'unknown-signer'].includes(error.code) ? 'unsigned' : 'damaged';
    raise({ kind, text: `What ${client.key.name} serves cannot be checked: ${error.message}.` });
    return state;
  }
}

/** A checkpoint older than the one known: an old copy out of some cache is harmless, another history is not. */
async function stayAt(
  state: MonitorState,
  head: LogHead,
  { client, digest = sha256 }: MonitorOptions,
  raise: Raise,
): Promise<MonitorState> {
  const known = { size: state.frontier.size, root: frontierRoot(state.frontier, digest) };
  try {
    if (!(await client.isGrowth(head, known))) raise(forked(client, state, head));
  } catch (error) {
    if (!(error instanceof AnchorError) || error.code !== 'bad-tile') throw error;
    const { evidence = [] } = forked(client, state, head);
    const text =
      `${client.key.name} shows ${head.size} entries, has signed ${known.size} before, and does not serve what would show ` +
      'that they belong together: it was restored from an old copy, or it is another history. Keep both checkpoints.';
    raise({ kind: 'damaged', text, evidence });
  }
  return state;
}

async function readOn(
  state: MonitorState,
  head: LogHead,
  options: MonitorOptions,
  raise: Raise,
): Promise<MonitorState> {
  const { client, digest = sha256 } = options;
  const found = alarmList();
  const begun = await beginAt(state, head, client, raise, digest);
  if (!begun) return state;
  let { frontier } = begun;
  const hubs = new Map(begun.hubs);
  while (frontier.size < head.size) {
    const bundle = Math.floor(frontier.size / TILE_WIDTH);
    const entries = await client.entries(bundle, tileWidth('entries', bundle, head.size));
    for (const entry of entries.slice(frontier.size % TILE_WIDTH)) {
      readEntry(entry, frontier.size, hubs, begun.fromNow === true, options, found.raise);
      frontier = appendLeaf(frontier, leafHash(entry, digest), digest);
    }
  }
  if (equalBytes(frontierRoot(frontier, digest), head.root)) {
    for (const alarm of found.list) raise(alarm);
    return { ...begun, frontier, checkpoint: head.note, hubs, grownMs: grownMs(state, head, options) };
  }
  if (begun !== state) {
    const text = `What ${client.key.name} still serves does not lead to the root that it signed over ${head.size} entries.`;
    raise({ kind: 'damaged', text, evidence: [head.note] });
    return state;
  }
  const known = { size: state.frontier.size, root: frontierRoot(state.frontier, digest) };
  if (!(await client.isGrowth(known, head))) raise(forked(client, state, head));
  else {
    const first = await firstBadEntry(state.frontier.size, head.size, client, digest);
    const which = first === undefined ? 'some entries' : `entry ${first} and perhaps later ones`;
    raise({
      kind: 'damaged',
      text: `${client.key.name} grew as it signed, but ${which} that it serves are not what was signed.`,
      evidence: [head.note],
    });
  }
  return state;
}

/**
 * Where reading goes on: at what is known, or, where the log has let go of what comes next by its retention policy, at the
 * first entry that it keeps, over the hashes that its tiles give for those before. They are worth something only if all
 * that is read from there leads to the signed root. Undefined after a fork.
 */
async function beginAt(
  state: MonitorState,
  head: LogHead,
  client: LogClient,
  raise: Raise,
  digest: Digest,
): Promise<MonitorState | undefined> {
  const { size } = state.frontier;
  if (size === head.size) return state;
  const minimum = (await client.retention())?.minimumIndex ?? 0;
  const first = Math.floor(Math.min(minimum, head.size) / TILE_WIDTH) * TILE_WIDTH;
  if (size >= first) return state;
  if (state.checkpoint !== undefined && size > 0) {
    const grown = await isShownGrowth(state, head, client, digest);
    if (grown === false) {
      raise(forked(client, state, head));
      return undefined;
    }
    raise({
      kind: 'gap',
      text:
        `${client.key.name} let go of the entries ${size} to ${first - 1} before they were read here, as its retention ` +
        `policy allows.${grown ? '' : ' Whether they continued what was seen before cannot be shown any more.'}`,
      evidence: [state.checkpoint, head.note],
    });
  }
  const frontier = await client.read(head.size, (from) => readFrontier(from, first));
  return { ...state, frontier, hubs: new Map(), fromNow: true };
}

/** Undefined where the tiles that would show it are gone. */
async function isShownGrowth(
  state: MonitorState,
  head: LogHead,
  client: LogClient,
  digest: Digest,
): Promise<boolean | undefined> {
  const known = { size: state.frontier.size, root: frontierRoot(state.frontier, digest) };
  try {
    return await client.isGrowth(known, head);
  } catch (error) {
    if (!(error instanceof AnchorError) || error.code !== 'bad-tile') throw error;
    return undefined;
  }
}

function grownMs(state: MonitorState, head: LogHead, { nowMs }: MonitorOptions): number {
  return head.size > state.frontier.size || state.grownMs === undefined ? nowMs : state.grownMs;
}

function forked(client: LogClient, state: MonitorState, head: LogHead): Alarm {
  return {
    kind: 'fork',
    text:
      `${client.key.name} signed two histories: its checkpoint over ${head.size} entries contradicts the one over ` +
      `${state.frontier.size} seen before. Keep both checkpoints and show them to whoever relies on this log; its proofs ` +
      'count only where witnesses cosigned them.',
    evidence: state.checkpoint === undefined ? [head.note] : [state.checkpoint, head.note],
  };
}

/** The first entry whose hash is not the one in the tiles; undefined where the tiles of level 0 are wrong as well. */
async function firstBadEntry(
  from: number,
  size: number,
  client: LogClient,
  digest: Digest,
): Promise<number | undefined> {
  for (let bundle = Math.floor(from / TILE_WIDTH); bundle * TILE_WIDTH < size; bundle++) {
    const width = tileWidth(0, bundle, size);
    const hashes = await client.tile({ level: 0, index: bundle, width });
    const entries = await client.entries(bundle, width);
    const bad = entries.findIndex((entry, i) => !equalBytes(leafHash(entry, digest), hashes[i]!));
    if (bad >= 0) return bundle * TILE_WIDTH + bad;
  }
  return undefined;
}

function readEntry(
  entry: Uint8Array,
  index: number,
  hubs: Map<string, HubSeen>,
  fromNow: boolean,
  { policy, silenceMs, verify = verifyEd25519, digest = sha256 }: MonitorOptions,
  raise: Raise,
): void {
  try {
    const note = textOf(entry);
    if (note === undefined) throw new AnchorError('bad-statement', 'not a statement: it is no text');
    const { origin, sequence, endMs } = verifyStatementNote(note, policy.hubs, verify);
    const before = hubs.get(origin);
    hubs.set(origin, { sequence, endMs, note });
    // Whoever watches from some entry on has not seen what a hub's next statement follows on.
    if (!before && fromNow) return;
    const chain = checkChain(before?.note, note, digest);
    if (chain.kind !== 'continues') {
      raise({
        kind: 'gap',
        text: brokenChain(origin, sequence, index, before, chain.kind),
        evidence: [...(before ? [before.note] : []), note],
      });
    } else if (before && endMs - before.endMs > silenceMs) {
      raise({
        kind: 'silence',
        text: `${origin} made no statement for ${spanWords(endMs - before.endMs)}, from ${timeWords(before.endMs)} to ${timeWords(endMs)}.`,
      });
    }
  } catch (error) {
    if (!(error instanceof AnchorError)) throw error;
    const text = `Entry ${index} is no statement of a hub that the policy names: ${error.message}.`;
    raise({ kind: 'unsigned', text });
  }
}

function brokenChain(
  origin: string,
  sequence: number,
  index: number,
  before: HubSeen | undefined,
  kind: string,
): string {
  const after = before ? `number ${before.sequence}` : 'nothing';
  const what =
    kind === 'out-of-sequence'
      ? 'statements are missing between, or one stands twice'
      : kind === 'time-backwards'
        ? 'the clock of the hub was turned back'
        : 'it was made after another history than the one shown';
  return `${origin}: statement ${sequence} (entry ${index}) follows on ${after}, and ${what}.`;
}

function checkWitnesses(head: LogHead, options: MonitorOptions, raise: Raise): void {
  const { policy, client, verify, verifyMlDsa44 } = options;
  if (policy.quorum.kind === 'none') return;
  const keys = policy.witnesses.map(({ key }) => key);
  const cosigned = verifyCosignatures(parseNote(head.note), keys, verify, verifyMlDsa44).map(
    ({ key }) => key,
  );
  if (isQuorum(policy.quorum, new Set(cosigned))) return;
  raise({
    kind: 'unsigned',
    text: `The checkpoint of ${client.key.name} over ${head.size} entries lacks cosignatures: the policy asks for ${describeQuorum(policy.quorum)}, and ${cosigned.length} cosigned.`,
    evidence: [head.note],
  });
}

function tellSilence(
  { hubs, grownMs: grown, sinceMs }: MonitorState,
  options: MonitorOptions,
  raise: Raise,
): void {
  const { nowMs, silenceMs, client, policy } = options;
  for (const [origin, { sequence, endMs }] of hubs) {
    if (nowMs - endMs <= silenceMs) continue;
    raise({
      kind: 'silence',
      text: `${origin} has made no statement for ${spanWords(nowMs - endMs)}: its last is number ${sequence}, of ${timeWords(endMs)}.`,
    });
  }
  const silentMs = nowMs - (sinceMs ?? nowMs);
  for (const origin of new Set(policy.hubs.map(({ name }) => name))) {
    if (hubs.has(origin) || silentMs <= silenceMs) continue;
    raise({
      kind: 'silence',
      text: `${origin} has made no statement that this monitor saw, and it looks for ${spanWords(silentMs)} already.`,
    });
  }
  if (hubs.size === 0 && grown !== undefined && nowMs - grown > silenceMs) {
    raise({ kind: 'silence', text: `${client.key.name} has not grown for ${spanWords(nowMs - grown)}.` });
  }
}
