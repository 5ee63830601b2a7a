// What a monitor remembers between two looks: the frontier of all it has read, which is enough to hash on from there; the
// checkpoint that it belongs to; each hub's newest statement; and the notes that show a fork. A page of text, however large the log. It travels as
// JSON (`heartwood-monitor/v1`) and is worth as much as the disk it lies on: who can change it can hide a fork.

import { decodeBase64, encodeBase64 } from './base64.ts';
import { AnchorError } from './error.ts';
import { type Alarm, isStanding } from './monitor-alarm.ts';
import { readStatementNote } from './statement.ts';
import { EMPTY_FRONTIER, type Frontier, HASH_SIZE } from './tree.ts';

export type HubSeen = { readonly sequence: number; readonly endMs: number; readonly note: string };

export type MonitorState = {
  readonly frontier: Frontier;
  /** The note of the newest checkpoint that was followed; absent before the first look. */
  readonly checkpoint?: string;
  /** By origin. */
  readonly hubs: ReadonlyMap<string, HubSeen>;
  /** When the log was last seen to grow, ms since 1970. */
  readonly grownMs?: number;
  /** The log was not read from its beginning: the first statement seen of a hub follows on something unseen. */
  readonly fromNow?: true;
  /** When the first look was, ms since 1970. */
  readonly sinceMs?: number;
  /** Forks and damage, each with its contradicting notes: they stand until a person moves the state away. */
  readonly standing?: readonly Alarm[];
};

export const EMPTY_STATE: MonitorState = { frontier: EMPTY_FRONTIER, hubs: new Map() };

const FORMAT = 'heartwood-monitor/v1';

export function formatMonitorState(kept: MonitorState): string {
  const { frontier, checkpoint, hubs, grownMs, fromNow, sinceMs, standing } = kept;
  const state = {
    format: FORMAT,
    size: frontier.size,
    subtrees: frontier.subtrees.map(encodeBase64),
    checkpoint,
    statements: [...hubs.values()].map(({ note }) => note),
    grownMs,
    fromNow,
    sinceMs,
    standing,
  };
  return `${JSON.stringify(state, undefined, 2)}\n`;
}

/** `parseMonitorState(formatMonitorState(s))` equals `s`. Throws `bad-state` for anything else. */
export function parseMonitorState(text: string): MonitorState {
  try {
    const { format, size, subtrees, checkpoint, statements, grownMs, fromNow, sinceMs, standing } =
      JSON.parse(text);
    const hashes: Uint8Array[] = subtrees.map(decodeBase64);
    const ones = [...size.toString(2)].filter((digit) => digit === '1').length;
    const sound =
      format === FORMAT &&
      Number.isSafeInteger(size) &&
      size >= 0 &&
      hashes.length === ones &&
      hashes.every((hash) => hash.length === HASH_SIZE) &&
      (checkpoint === undefined || typeof checkpoint === 'string') &&
      (fromNow === undefined || fromNow === true) &&
      (grownMs === undefined || Number.isSafeInteger(grownMs)) &&
      (sinceMs === undefined || Number.isSafeInteger(sinceMs)) &&
      (standing === undefined || (Array.isArray(standing) && standing.every(isStandingAlarm)));
    if (!sound) throw new AnchorError('bad-state', 'its fields are not those of a monitor');
    const hubs = statements.map((note: string) => {
      const { origin, sequence, endMs } = readStatementNote(note);
      return [origin, { sequence, endMs, note }] as const;
    });
    return {
      frontier: { size, subtrees: hashes },
      hubs: new Map(hubs),
      ...(checkpoint !== undefined && { checkpoint }),
      ...(grownMs !== undefined && { grownMs }),
      ...(fromNow !== undefined && { fromNow }),
      ...(sinceMs !== undefined && { sinceMs }),
      ...(standing !== undefined && { standing }),
    };
  } catch (cause) {
    throw new AnchorError(
      'bad-state',
      'the state of the monitor cannot be read: it is damaged, or of another program',
      {
        cause,
      },
    );
  }
}

function isStandingAlarm(alarm: Alarm): boolean {
  const { text, evidence = [] } = alarm;
  return (
    isStanding(alarm) &&
    typeof text === 'string' &&
    Array.isArray(evidence) &&
    evidence.every((note) => typeof note === 'string')
  );
}
