// Conditions of the measuring itself: a number that stopped coming, a sensor that is off, a device that was never heard,
// a battery that ends. By the hub's receive clock, from enrolment on, so that a device that never said anything is
// missed as one that fell silent is.

import { freshness } from '@heartwood/vitals';
import { MINUTE, type Observed, type Priority, SECOND } from './condition.ts';
import type { AlarmTiming } from './episode.ts';
import { kindOf, type Measure, type Picture } from './picture.ts';

/** A device of the patient, as the registry has it. */
export type WatchedDevice = {
  readonly id: string;
  readonly number: number;
  /** Since when it is this patient's, hub's clock. */
  readonly sinceMs: number;
  /** What the broker says of its connection. */
  readonly link: 'online' | 'offline' | 'unknown';
  /** Its last word before this hub's start, where there is one. */
  readonly heardBeforeMs?: number | undefined;
};

/** Numbers that come by themselves all the time: that they stop means something. A cuff or a scale is used when it is. */
const CONTINUOUS: ReadonlySet<Measure> = new Set<Measure>([
  'heart-rate',
  'spo2',
  'respiratory-rate',
  'glucose',
]);
/** Measured one at a time, with limits: one that was measured badly is measured again. */
const SPOT: ReadonlySet<Measure> = new Set<Measure>(['systolic', 'body-temperature']);
/** Nothing from a device for so long; a third of it for a link that is known to be down. */
const SILENT_MS = 15 * MINUTE;
const LINK_LOST_MS = 5 * MINUTE;
/** A cuff that hangs up when it is done has not lost its link: only one that measured all the time until then. */
const LINKED_BEFORE_MS = 15 * MINUTE;
const BATTERY_LOW = 20;
const BATTERY_EMPTY = 5;

const steady = (raiseAfterMs: number): AlarmTiming => ({
  raiseAfterMs,
  clearAfterMs: 5 * SECOND,
  latching: false,
});

/** What is wrong with the measuring of one patient. @param limits what is seen of theirs: what a poor number hides */
export function* observeTechnical(
  picture: Picture,
  devices: readonly WatchedDevice[],
  limits: readonly Observed[],
  nowMs: number,
): Generator<Observed> {
  const hidden = limits.filter(({ because }) => because === 'poor-value');
  const hides = (measure: Measure, priority?: Priority): boolean =>
    hidden.some((one) => one.facts['measure'] === measure && (priority ?? one.priority) === one.priority);
  for (const device of devices) {
    yield deviceSilence(picture, device, nowMs);
    yield linkLost(picture, device, nowMs);
  }
  for (const [measure, { value, absent, receivedMs, poor, device: number }] of picture.measures()) {
    const ageMs = nowMs - receivedMs;
    if (measure === 'battery') {
      yield* battery(value, ageMs);
      continue;
    }
    if (SPOT.has(measure)) {
      const evidence = hides(measure) ? 'violated' : 'clear';
      yield { id: `artefact:${measure}`, priority: 'low', timing: steady(0), evidence, facts: { measure } };
    }
    if (!CONTINUOUS.has(measure)) continue;
    const old = freshness(kindOf(measure), ageMs) === 'stale';
    const device = devices.find((each) => each.number === number)?.id;
    const of = { measure, ...(device !== undefined && { device }) };
    const facts = { ...of, seconds: Math.round(ageMs / SECOND) };
    yield {
      id: `stale:${measure}`,
      priority: 'low',
      timing: steady(0),
      evidence: old ? 'violated' : 'clear',
      facts,
    };
    yield {
      id: `sensor-off:${measure}`,
      priority: 'low',
      timing: steady(30 * SECOND),
      evidence: old ? 'unknown' : absent === 'sensor-off' ? 'violated' : 'clear',
      facts: of,
    };
    yield {
      id: `artefact:${measure}`,
      // Somebody has to look, where the number would be a danger if it were believed.
      priority: hides(measure, 'high') ? 'medium' : 'low',
      timing: steady(MINUTE),
      evidence: old ? 'unknown' : absent === 'artefact' || poor ? 'violated' : 'clear',
      facts: of,
    };
  }
}

/** Never heard, or silent for long: one condition, whose facts say which. */
function deviceSilence(picture: Picture, device: WatchedDevice, nowMs: number): Observed {
  const heardMs = picture.heard(device.number) ?? device.heardBeforeMs;
  const silentMs = nowMs - Math.max(heardMs ?? 0, device.sinceMs);
  const limitMs = device.link === 'offline' ? LINK_LOST_MS : SILENT_MS;
  return {
    id: `silent:${device.id}`,
    priority: 'medium',
    timing: steady(0),
    evidence: silentMs > limitMs ? 'violated' : 'clear',
    facts: {
      device: device.id,
      minutes: Math.floor(silentMs / MINUTE),
      heard: heardMs === undefined ? 'never' : 'before',
      link: device.link,
    },
  };
}

/** The broker lost it, while it was measuring. Its numbers grow stale meanwhile; whether it is silent for long is another condition. */
function linkLost(picture: Picture, { id, number, link }: WatchedDevice, nowMs: number): Observed {
  const heardMs = picture.heard(number);
  const measured = [...picture.measures()].some(
    ([measure, newest]) =>
      newest.device === number &&
      CONTINUOUS.has(measure) &&
      (heardMs ?? newest.receivedMs) - newest.receivedMs <= LINKED_BEFORE_MS,
  );
  return {
    id: `link-lost:${id}`,
    priority: 'low',
    timing: steady(MINUTE),
    evidence: link === 'unknown' ? 'unknown' : link === 'offline' && measured ? 'violated' : 'clear',
    facts: {
      device: id,
      ...(heardMs !== undefined && { seconds: Math.round((nowMs - heardMs) / SECOND) }),
    },
  };
}

function* battery(value: number | undefined, ageMs: number): Generator<Observed> {
  const known = value !== undefined && freshness('battery', ageMs) !== 'stale';
  const facts = known ? { percent: value } : {};
  const of = (limit: number): Observed['evidence'] =>
    !known ? 'unknown' : value <= limit ? 'violated' : value > limit + 5 ? 'clear' : 'between';
  yield { id: 'battery-low', priority: 'low', timing: steady(0), evidence: of(BATTERY_LOW), facts };
  yield { id: 'battery-empty', priority: 'medium', timing: steady(0), evidence: of(BATTERY_EMPTY), facts };
}
