// Changing a limit for one patient: what may be asked, and what comes of it. Pure. A change is refused with a sentence that
// says what to do instead. A high rule can be put off for a day at most, with its end, and its limit cannot be moved to
// where no body gets: an alarm that can never come again is no setting but a silence.

import { fromGrid, type Grid, KINDS, toGrid } from '@heartwood/vitals';
import { HeartwoodError } from '../error.ts';
import { MINUTE, SECOND } from './condition.ts';
import { DEFAULT_LIMITS, type Limit, type OwnLimit, type OwnLimits, unitOf } from './limits.ts';
import { kindOf, type Measure } from './picture.ts';

export type LimitAsked = { readonly why: string } & (
  | { readonly kind: 'set'; readonly limit: number; readonly delaySeconds?: number | undefined }
  /** Without `minutes`: for good. */
  | { readonly kind: 'off'; readonly minutes?: number | undefined }
  /** Back to what holds for everybody. */
  | { readonly kind: 'default' }
);
/** Who asks, as the registry names people, and when by the hub's clock. */
export type Asker = { readonly by: string; readonly person: number; readonly atMs: number };

const OFF_MINUTES_MAX = 24 * 60;
/** How long a condition may be waited out: a high one is not, for longer than it is safe. */
const DELAY_SECONDS_MAX: Readonly<Record<Limit['priority'], number>> = { high: 60, medium: 600, low: 600 };

/**
 * A patient's limits after a change.
 * @throws HeartwoodError not-found for a rule that there is not; unacceptable
 */
export function changeLimit(
  own: OwnLimits,
  condition: string,
  asked: LimitAsked,
  { by, atMs }: Asker,
): OwnLimits {
  const rule = DEFAULT_LIMITS.find(({ id }) => id === condition);
  if (rule === undefined) throw new HeartwoodError('not-found', `There is no limit ${condition}.`);
  const { [condition]: before, ...others } = own;
  const signed = { by, atMs, why: asked.why };
  const after: OwnLimits =
    asked.kind === 'default'
      ? others
      : {
          ...others,
          [condition]: {
            ...(asked.kind === 'set' ? setOf(rule, asked) : offOf(rule, asked, before, atMs)),
            ...signed,
          },
        };
  checkOrder(rule.measure, after);
  return after;
}

/** A limit in few words, for the record: `130 /min after 30 s`, `off until 2026-11-21T14:00:00.000Z`. */
export function sayLimit(condition: string, own: OwnLimits): string {
  const rule = DEFAULT_LIMITS.find(({ id }) => id === condition);
  if (rule === undefined) return '';
  const set = own[condition];
  if (set?.limit === 'off') return 'off';
  const seconds = (set?.raiseAfterMs ?? rule.timing.raiseAfterMs) / SECOND;
  const said = `${set?.limit ?? rule.limit} ${unitOf(rule.measure)} after ${seconds} s${set ? '' : ', the default'}`;
  return set?.offUntilMs === undefined
    ? said
    : `off until ${new Date(set.offUntilMs).toISOString()}, then ${said}`;
}

type Setting = Pick<OwnLimit, 'limit' | 'raiseAfterMs' | 'offUntilMs'>;

function setOf(rule: Limit, { limit, delaySeconds }: Extract<LimitAsked, { kind: 'set' }>): Setting {
  const [lowest, highest] = rule.range;
  const unit = unitOf(rule.measure);
  if (!(limit >= lowest && limit <= highest))
    throw refused(`This limit is a number from ${lowest} to ${highest} ${unit}.`);
  const grid = gridOf(rule.measure);
  if (fromGrid(grid, toGrid(grid, limit)) !== limit)
    throw refused(`This limit has at most ${grid.decimals} digits after the point.`);
  if (delaySeconds === undefined) return { limit };
  const spot = rule.timing.raiseAfterMs === 0;
  const most = spot ? 0 : DELAY_SECONDS_MAX[rule.priority];
  if (!(Number.isInteger(delaySeconds) && delaySeconds >= 0 && delaySeconds <= most))
    throw refused(
      spot
        ? 'This is measured one at a time: the alarm comes with the number, and has no delay.'
        : `The delay is a whole number of seconds, ${most} at most for a ${rule.priority} alarm.`,
    );
  return { limit, raiseAfterMs: delaySeconds * SECOND };
}

function offOf(
  rule: Limit,
  { minutes }: Extract<LimitAsked, { kind: 'off' }>,
  before: OwnLimit | undefined,
  atMs: number,
): Setting {
  if (minutes === undefined) {
    if (rule.priority === 'high')
      throw refused('A high alarm is never switched off for good: say for how long, a day at most.');
    return { limit: 'off' };
  }
  if (!(Number.isInteger(minutes) && minutes > 0 && minutes <= OFF_MINUTES_MAX))
    throw refused(`It is off for 1 to ${OFF_MINUTES_MAX} minutes, a day.`);
  const limit = before === undefined || before.limit === 'off' ? rule.limit : before.limit;
  return { limit, raiseAfterMs: before?.raiseAfterMs, offUntilMs: atMs + minutes * MINUTE };
}

/** Of one measure: very low below low below high below very high, whether they are on or off. */
function checkOrder(measure: Measure, own: OwnLimits): void {
  const rules = DEFAULT_LIMITS.filter((rule) => rule.measure === measure).sort((a, b) => rank(a) - rank(b));
  for (const [i, lower] of rules.entries()) {
    const upper = rules[i + 1];
    if (upper === undefined) continue;
    const [low, high] = [numberOf(lower, own), numberOf(upper, own)];
    if (low >= high)
      throw refused(
        `${lower.id} (${low}) has to stay below ${upper.id} (${high}): change the other one first.`,
      );
  }
}

const rank = ({ side, priority }: Limit): number =>
  side === 'below' ? (priority === 'high' ? 0 : 1) : priority === 'high' ? 3 : 2;
const numberOf = ({ id, limit }: Limit, own: OwnLimits): number => {
  const set = own[id]?.limit;
  return set === undefined || set === 'off' ? limit : set;
};

function gridOf(measure: Measure): Grid {
  const spec = KINDS[kindOf(measure)];
  if (spec.shape === 'wave') throw new Error(`${measure} has no numbers`);
  return spec.shape === 'panel' ? spec.parts.systolic : spec;
}

const refused = (why: string): HeartwoodError => new HeartwoodError('unacceptable', why);
