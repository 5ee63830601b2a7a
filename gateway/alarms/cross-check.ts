// The heart's own alarms, checked before they are raised. An electrode that moves looks like a heart that races, one that
// falls off like one that stands still: of the arrhythmia alarms of wards nine in ten are false (PLoS ONE 9, 2014, e110274).
// So what an ECG says, or a device counts, is compared with what else is there:
//
//   the ECG is good, and no pulse speaks against it    the alarm is raised
//   a good pleth shows a regular pulse that differs,   it is held back, and that is an event of the hub
//     or another device counts another rate
//   the ECG is poor, or flat                           it is a technical alarm: nobody can say
//   the ECG is poor, and the pulse that was there      `pulse-lost`: two bad signs are not one good one
//     is gone
//
// Holding back is for as long as the other signal speaks. An alarm that was raised is not ended by it, nor by an ECG that
// stops coming: nothing is known of it then.

import { ASYSTOLE_MS, type EcgLook, type PlethLook, ratesOf } from '@heartwood/vitals';
import { type Because, MINUTE, type Observed, type Priority, SECOND } from './condition.ts';
import { type AlarmState, type AlarmTiming, type Evidence, observe, QUIET } from './episode.ts';
import type { SignalsLook, Watched } from './signals.ts';

/** A high alarm that was not raised, and why. Said once for as long as it lasts. */
export type HeldBack = {
  readonly condition: string;
  readonly priority: Priority;
  readonly facts: Observed['facts'];
};

/** /min: what holds for the patient as `heart-rate-very-high` and `heart-rate-very-low`; undefined: lifted. */
export type RateLimits = { readonly high: number | undefined; readonly low: number | undefined };

/** What of a look is for the engine, and what was held back; `keep` once both are on disk. */
export type Checked = {
  readonly observed: readonly Observed[];
  readonly heldBack: readonly HeldBack[];
  keep(): void;
};

/** No pulse that is older is a witness. */
const WITNESS_MS = ASYSTOLE_MS;
/** /min a witness must be on the other side of a limit. */
const APART = 5;
const RATE_LIMITS: ReadonlySet<string> = new Set(['heart-rate-very-high', 'heart-rate-very-low']);
const ECG_SAYS = { high: 'ecg-tachycardia', low: 'ecg-bradycardia' } as const;

const heart = (raiseAfterMs: number): AlarmTiming => ({
  raiseAfterMs,
  clearAfterMs: 10 * SECOND,
  latching: true,
});
/** The definitions wait already: four seconds, seventeen beats, five beats. */
const AT_ONCE: AlarmTiming = heart(0);
const STANDSTILL: AlarmTiming = heart(SECOND);
const PULSE_LOST: AlarmTiming = heart(SECOND);
const artefact = (raiseAfterMs: number): AlarmTiming => ({
  raiseAfterMs,
  clearAfterMs: 5 * SECOND,
  latching: false,
});

export class CrossCheck {
  /** What is being held back, in the states of an alarm: said after the same delay, and once. */
  #held: ReadonlyMap<string, AlarmState> = new Map();

  /** Takes what is seen of all other conditions through, and adds those of the waveforms. */
  check(seen: Iterable<Observed>, signals: SignalsLook, limits: RateLimits, nowMs: number): Checked {
    const suspects: Observed[] = [];
    const shown = [...ofWaveforms(signals, limits)];
    for (const one of seen)
      suspects.push(RATE_LIMITS.has(one.id) ? checkedRate(one, signals, limits, shown) : one);
    suspects.push(...shown);
    const held = new Map<string, AlarmState>();
    const heldBack: HeldBack[] = [];
    for (const { id, priority, timing, facts, because } of suspects) {
      const before = this.#held.get(id);
      if (because === undefined && before === undefined) continue;
      const evidence: Evidence = because === undefined ? 'clear' : 'violated';
      const { state, changes } = observe(before ?? QUIET, evidence, nowMs, { ...timing, latching: false });
      held.set(id, state);
      if (changes.some(({ change }) => change === 'raised'))
        heldBack.push({ condition: id, priority, facts: { ...facts, because: because ?? 'pulse' } });
    }
    const keep = (): void => {
      this.#held = held;
    };
    return { observed: suspects, heldBack, keep };
  }
}

/**
 * A device's count beyond the limit. What an ECG says that comes here too is the ECG's to say: one fact is one alarm, or one
 * that is held back. Where a good signal has another rate, or it was counted from an ECG that cannot be believed, it is held
 * back. `between` raises nothing and ends nothing.
 * @param ofEcg what this look finds in the waveforms
 */
function checkedRate(
  seen: Observed,
  signals: SignalsLook,
  limits: RateLimits,
  ofEcg: readonly Observed[],
): Observed {
  const side = seen.id === 'heart-rate-very-high' ? 'high' : 'low';
  const limit = limits[side];
  if (limit === undefined) return seen;
  const isBeyond = (rate: number): boolean => (side === 'high' ? rate > limit : rate < limit);
  const one = seen.because === 'poor-value' ? vouchedFor(seen, signals, isBeyond, side) : seen;
  if (one.evidence !== 'violated') return one;
  const shown = signals.ecg.flatMap(({ look }) => (look.quality === 'good' ? rateWitness(look, side) : []));
  const pulses = pulsesOf(signals);
  const isShown = shown.some(({ rate }) => isBeyond(rate));
  if (isShown) {
    const same = ofEcg.find(({ id }) => id === ECG_SAYS[side]);
    if (same?.evidence === 'violated' || same?.because !== undefined) return { ...one, evidence: 'between' };
  }
  // The ECG's own alarm asks for more beats, or for all of them: until it speaks the count does, and with it no third is heard.
  const isAgreed =
    isShown &&
    countedElsewhere(signals, isBeyond, (device) => signals.ecg.some((lead) => lead.device === device));
  const witness = isAgreed ? undefined : contradiction(side, limit, isShown ? pulses : [...shown, ...pulses]);
  if (witness !== undefined) return { ...one, evidence: 'between', ...heldBy(witness, one.facts) };
  if (isShown) return one;
  const unreadable = pulses.some(({ rate }) => isBeyond(rate))
    ? undefined
    : unreadableSource(signals, isBeyond);
  return unreadable === undefined ? one : { ...one, evidence: 'between', because: unreadable };
}

/** A count that its own device calls poor is one all the same where anything that can be believed has the same. */
function vouchedFor(
  one: Observed,
  signals: SignalsLook,
  isBeyond: (rate: number) => boolean,
  side: 'high' | 'low',
): Observed {
  const { ecg, rates } = signals;
  const good = ecg.flatMap(({ look }) => (look.quality === 'good' ? rateWitness(look, side) : []));
  const isVouched =
    [...good, ...pulsesOf(signals)].some(({ rate }) => isBeyond(rate)) ||
    rates.some(({ poor, value }) => !poor && isBeyond(value));
  return isVouched ? { ...one, evidence: 'violated', because: undefined } : one;
}

/** Whether a device that sends no ECG, or another, counts a rate beyond the limit. */
const countedElsewhere = (
  { rates }: SignalsLook,
  isBeyond: (rate: number) => boolean,
  isOfEcg: (device: number) => boolean,
): boolean => rates.some(({ device, value, poor }) => !isOfEcg(device) && !poor && isBeyond(value));

/** Why a count is nothing to go by: whoever counts it does so from an ECG that nobody can read. */
function unreadableSource(
  { rates, ecg }: SignalsLook,
  isBeyond: (rate: number) => boolean,
): Because | undefined {
  const beyond = rates.filter(({ value }) => isBeyond(value));
  const own = ecg.filter(({ device }) => beyond.some((rate) => rate.device === device));
  if (own.length === 0 || beyond.some((rate) => own.every(({ device }) => device !== rate.device)))
    return undefined;
  const { quality, why } = best(own).look;
  // What was lost on the way says nothing of the electrode, from which the device counted all beats.
  if (why === 'missing') return undefined;
  return quality === 'poor' ? 'poor-signal' : quality === 'off' ? 'lead-off' : undefined;
}

/** The conditions that are seen in the waveforms alone. */
function* ofWaveforms(signals: SignalsLook, limits: RateLimits): Generator<Observed> {
  const { ecg, ecgSaidOff } = signals;
  if (ecg.length === 0) {
    yield* unseen(limits);
    yield sensorOff(ecgSaidOff ? 'violated' : 'unknown', 'low', 30 * SECOND, 'said');
    return;
  }
  const lead = best(ecg);
  const pulse = pulsesOf(signals)[0]?.rate;
  const pleth = signals.pleth.find(({ look }) => look.state === 'lost') ?? signals.pleth[0];
  const facts = {
    ecg: lead.look.quality,
    ...(lead.look.why !== undefined && { why: lead.look.why }),
    pleth: pulse === undefined ? (pleth?.look.state ?? 'none') : 'pulse',
    ...(pulse !== undefined && { pulse: Math.round(pulse) }),
  };
  const stands = standstill(lead.look, pulse, facts);
  yield stands;
  const { high, low } = limits;
  const rates: Observed[] = [];
  // What another device counts too is nothing that an electrode did.
  const agreed = (isBeyond: (rate: number) => boolean): boolean =>
    countedElsewhere(signals, isBeyond, (device) => device === lead.device);
  const witnesses = [...pulsesOf(signals), ...countsOf(signals, lead.device)];
  if (high !== undefined)
    rates.push(tooFast(lead.look, high, agreed((rate) => rate > high) ? [] : witnesses, facts));
  if (low !== undefined)
    rates.push(tooSlow(lead.look, low, agreed((rate) => rate < low) ? [] : witnesses, facts));
  yield* rates;
  yield pulseLost(lead.look, pleth?.look, pulse, facts);
  yield* technical(signals, lead.look, pulse, [stands, ...rates]);
}

/** No ECG is coming, or none has yet since a start: what it showed before may hold still. */
function* unseen({ high, low }: RateLimits): Generator<Observed> {
  const unknown = { evidence: 'unknown', facts: { ecg: 'none' } } as const;
  yield { id: 'asystole', priority: 'high', timing: STANDSTILL, ...unknown };
  if (high !== undefined) yield { id: 'ecg-tachycardia', priority: 'high', timing: AT_ONCE, ...unknown };
  if (low !== undefined) yield { id: 'ecg-bradycardia', priority: 'high', timing: AT_ONCE, ...unknown };
  yield { id: 'pulse-lost', priority: 'high', timing: PULSE_LOST, ...unknown };
  yield { id: 'artefact:ecg', priority: 'low', timing: artefact(MINUTE), ...unknown };
}

function standstill(look: EcgLook, pulse: number | undefined, facts: Observed['facts']): Observed {
  const condition = {
    id: 'asystole',
    priority: 'high',
    timing: STANDSTILL,
    facts: { ...facts, seconds: Math.floor(look.sinceBeatMs / SECOND) },
  } as const;
  const long = look.sinceBeatMs >= ASYSTOLE_MS;
  if (look.quality === 'learning') return { ...condition, evidence: 'unknown' };
  if (look.quality === 'off')
    return { ...condition, evidence: 'unknown', ...(long && { because: 'lead-off' }) };
  if (look.quality === 'poor')
    return { ...condition, evidence: 'unknown', ...(long && { because: 'poor-signal' }) };
  if (!long) return { ...condition, evidence: 'clear' };
  return pulse === undefined
    ? { ...condition, evidence: 'violated' }
    : { ...condition, evidence: 'between', because: 'pulse' };
}

function tooFast(
  look: EcgLook,
  high: number,
  pulses: readonly Witness[],
  facts: Observed['facts'],
): Observed {
  const { fast } = ratesOf(look);
  const condition = {
    id: 'ecg-tachycardia',
    priority: 'high',
    timing: AT_ONCE,
    facts: { ...facts, limit: high, ...(fast !== undefined && { value: Math.round(fast) }) },
  } as const;
  if (fast === undefined || look.quality === 'learning' || look.quality === 'off')
    return { ...condition, evidence: 'unknown' };
  const beyond = fast > high;
  if (look.quality === 'poor')
    return { ...condition, evidence: 'unknown', ...(beyond && { because: 'poor-signal' }) };
  if (!beyond) return { ...condition, evidence: fast <= high - APART ? 'clear' : 'between' };
  const witness = contradiction('high', high, pulses);
  return witness === undefined || isEverySecond(look, fast, witness.rate)
    ? { ...condition, evidence: 'violated' }
    : { ...condition, evidence: 'between', ...heldBy(witness, condition.facts) };
}

function tooSlow(look: EcgLook, low: number, pulses: readonly Witness[], facts: Observed['facts']): Observed {
  const { slow } = ratesOf(look);
  const condition = {
    id: 'ecg-bradycardia',
    priority: 'high',
    timing: AT_ONCE,
    facts: { ...facts, limit: low, ...(slow !== undefined && { value: Math.round(slow) }) },
  } as const;
  if (slow === undefined || look.quality !== 'good') return { ...condition, evidence: 'unknown' };
  if (slow >= low) return { ...condition, evidence: slow >= low + APART ? 'clear' : 'between' };
  const witness = contradiction('low', low, pulses);
  return witness === undefined
    ? { ...condition, evidence: 'violated' }
    : { ...condition, evidence: 'between', ...heldBy(witness, condition.facts) };
}

/** Nobody can say what the ECG shows, and the finger that had a pulse has none. */
function pulseLost(
  look: EcgLook,
  pleth: PlethLook | undefined,
  pulse: number | undefined,
  facts: Observed['facts'],
): Observed {
  const evidence: Evidence =
    pulse !== undefined || (look.quality === 'good' && look.sinceBeatMs < ASYSTOLE_MS)
      ? 'clear'
      : pleth?.state === 'lost' && look.quality === 'poor'
        ? 'violated'
        : 'unknown';
  return { id: 'pulse-lost', priority: 'high', timing: PULSE_LOST, evidence, facts };
}

/** What is wrong with the ECG: soon where something high hides behind it, and sooner seen to where no pulse is known. */
function* technical(
  signals: SignalsLook,
  look: EcgLook,
  pulse: number | undefined,
  suspects: readonly Observed[],
): Generator<Observed> {
  const off = look.quality === 'off';
  const known = pulse !== undefined || signals.rates.some(({ poor, value }) => !poor && value >= 40);
  yield sensorOff(
    off ? 'violated' : look.quality === 'learning' ? 'unknown' : 'clear',
    known ? 'low' : 'medium',
    known ? 30 * SECOND : 10 * SECOND,
    look.why ?? '',
  );
  const hides = suspects.some(({ because }) => because === 'poor-signal');
  const doubted = suspects.some(({ because }) => because === 'pulse' || because === 'count');
  yield {
    id: 'artefact:ecg',
    priority: 'low',
    timing: artefact(hides ? 2 * SECOND : MINUTE),
    evidence: look.quality === 'poor' || doubted ? 'violated' : look.quality === 'good' ? 'clear' : 'unknown',
    facts: { measure: 'ecg', why: look.why ?? (doubted ? 'pulse-differs' : '') },
  };
}

const sensorOff = (evidence: Evidence, priority: Priority, raiseAfterMs: number, why: string): Observed => ({
  id: 'sensor-off:ecg',
  priority,
  timing: { raiseAfterMs, clearAfterMs: 5 * SECOND, latching: false },
  evidence,
  facts: { measure: 'ecg', why },
});

type Witness = { readonly of: 'pulse' | 'ecg' | 'count'; readonly rate: number };

/** A good signal that has the heart on the other side of the limit, if none has it beyond. */
function contradiction(
  side: 'high' | 'low',
  limit: number,
  witnesses: readonly Witness[],
): Witness | undefined {
  const inside = ({ rate }: Witness): boolean =>
    side === 'high' ? rate <= limit - APART : rate >= limit + APART;
  return witnesses.every(inside) ? witnesses.find(inside) : undefined;
}

const heldBy = ({ of, rate }: Witness, facts: Observed['facts']): Pick<Observed, 'because' | 'facts'> => ({
  because: of,
  facts: { ...facts, [of]: Math.round(rate) },
});

/**
 * What other devices count, where their waveforms are not here to be judged. A count lags by what it is the mean of, so that
 * it speaks against a rate and never against a heart that stands still.
 */
const countsOf = ({ rates, pleth }: SignalsLook, ecgDevice: number): Witness[] =>
  rates
    .filter(
      ({ device, poor }) => device !== ecgDevice && !poor && pleth.every((one) => one.device !== device),
    )
    .map(({ value }) => ({ of: 'count', rate: value }));

/**
 * The pulses of now: a device chooses how long its frames are and when it sends them. A heart stands still for longer than a
 * witness is heard, so that none is older than the ECG's last beat.
 */
const pulsesOf = ({ pleth }: SignalsLook): Witness[] =>
  pleth.flatMap(({ look, ageMs }) =>
    look.state === 'pulse' && look.rate !== undefined && ageMs <= WITNESS_MS
      ? [{ of: 'pulse', rate: look.rate } as const]
      : [],
  );

/**
 * The rate of the last intervals, or of the time since the last beat where that is longer. Of a slow heart's two, of which
 * one premature beat makes a quick heart, and of four too.
 */
function rateWitness({ intervalsMs, sinceBeatMs }: EcgLook, side: 'high' | 'low'): Witness[] {
  if (sinceBeatMs >= ASYSTOLE_MS) return [];
  return (side === 'high' ? [4] : [2, 4]).flatMap((over) => {
    const last = intervalsMs.slice(-over);
    if (last.length < over) return [];
    const meanMs = last.reduce((sum, ms) => sum + ms, 0) / over;
    // Detectors speak up to 0.7 s late: by so much a beat may be due already.
    return [{ of: 'ecg', rate: 60_000 / Math.max(meanMs, sinceBeatMs - 700) }];
  });
}

/**
 * A heart that races evenly may move blood with every second beat only: half of a regular rate is no contradiction. (T waves
 * counted as beats make intervals long and short in turn.)
 */
function isEverySecond({ intervalsMs }: EcgLook, rate: number, pulse: number): boolean {
  if (Math.abs(pulse / rate - 0.5) > 0.015) return false;
  const mean = intervalsMs.reduce((sum, ms) => sum + ms, 0) / intervalsMs.length;
  return intervalsMs.every((ms) => Math.abs(ms - mean) < 0.1 * mean);
}

/** The lead that says most: a good one with beats, a good one, a poor one. */
function best(leads: readonly Watched<EcgLook>[]): Watched<EcgLook> {
  const rank = ({ look }: Watched<EcgLook>): number =>
    look.quality === 'good'
      ? look.sinceBeatMs < ASYSTOLE_MS
        ? 0
        : 1
      : { poor: 2, learning: 3, off: 4 }[look.quality];
  return leads.reduce((one, other) => (rank(other) < rank(one) ? other : one));
}
