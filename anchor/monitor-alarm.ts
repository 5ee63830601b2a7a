// What a monitor tells: an alarm, and how many of them it holds. A hostile log has as many faults as it likes; no more of
// them are kept than are told.

export type AlarmKind =
  /** The log signed two histories. */
  | 'fork'
  /** What it serves is not what it signed. */
  | 'damaged'
  /** A hub's numbers have a hole, or its chain was rewritten. */
  | 'gap'
  /** A hub or the whole log has not spoken for too long, or did not for a while. */
  | 'silence'
  /** A checkpoint or entry by a key that the policy does not name, or with too few witnesses. */
  | 'unsigned';

export type Alarm = {
  readonly kind: AlarmKind;
  /** A sentence or two for a person. */
  readonly text: string;
  /** Notes that show it to others. */
  readonly evidence?: readonly string[];
};

/** Alarms of one look; a log that is broken throughout is told by the first of them. */
const ALARMS_MAX = 20;
/** Of those that stand until a person has looked. */
const STANDING_MAX = 8;

export type Alarms = { readonly list: readonly Alarm[]; readonly raise: (alarm: Alarm) => void };

/** A list that takes the first 20 alarms and no more. */
export function alarmList(): Alarms {
  const list: Alarm[] = [];
  const raise = (alarm: Alarm): void => {
    if (list.length < ALARMS_MAX) list.push(alarm);
  };
  return { list, raise };
}

/** The words by which an alarm is known again at the next look: the rest may count time or entries. */
export const alarmName = ({ kind, text }: Alarm): string =>
  `${kind}: ${text.replace(/ (?:for|over) .*/s, '')}`;

/** Whether it stands whatever the log shows later: what was signed cannot be unsigned. */
export const isStanding = ({ kind }: Alarm): boolean => kind === 'fork' || kind === 'damaged';

/** Those that stood before, with what came newly to stand; the first of each name, with its evidence. */
export function stillStanding(before: readonly Alarm[], now: readonly Alarm[]): readonly Alarm[] {
  const names = new Set(before.map(alarmName));
  const added = now.filter((alarm) => isStanding(alarm) && !names.has(alarmName(alarm)));
  return added.length === 0 ? before : [...before, ...added].slice(0, STANDING_MAX);
}
