// Alarms that say the same of a patient are one alarm to whoever looks: a pulse that is above two limits, and has three
// points of NEWS2 by itself, is one thing to see to. Each keeps its own state, its own events and its own place in the
// record; only what is shown and answered together is decided here. Pure.

import { DEFAULT_LIMITS } from './limits.ts';

type Named = {
  readonly condition: string;
  readonly facts: Readonly<Record<string, string | number>>;
};

/** Which measure an input of NEWS2 is of. */
const INPUT_MEASURES: Readonly<Record<string, string>> = {
  respiratoryRate: 'respiratory-rate',
  spo2: 'spo2',
  systolic: 'systolic',
  pulse: 'heart-rate',
  temperature: 'body-temperature',
};
const OF_A_SIGNAL: ReadonlySet<string> = new Set(['stale', 'sensor-off', 'artefact']);
const OF_A_DEVICE: ReadonlySet<string> = new Set(['silent', 'link-lost']);

/** By condition: the name of what it says. Conditions of one name are one alarm. */
export function groupAlarms(alarms: readonly Named[]): ReadonlyMap<string, string> {
  const conditions = new Set(alarms.map(({ condition }) => condition));
  const groups = new Map<string, string>();
  for (const { condition, facts } of alarms) groups.set(condition, groupOf(condition, facts, conditions));
  // One input alone says what its own limit says, where nothing says more of the whole score.
  const sides = new Set(groups.values());
  for (const { condition, facts } of alarms) {
    if (condition !== 'news2-extreme') continue;
    const measure = INPUT_MEASURES[String(facts['extreme'] ?? '')];
    const side = sides.has('news2')
      ? undefined
      : [`${measure}-above`, `${measure}-below`].find((one) => sides.has(one));
    groups.set(condition, side ?? 'news2');
  }
  return groups;
}

function groupOf(condition: string, facts: Named['facts'], there: ReadonlySet<string>): string {
  const rule = DEFAULT_LIMITS.find(({ id }) => id === condition);
  if (rule !== undefined) return `${rule.measure}-${rule.side}`;
  // What the waveform shows is what a device counts.
  if (condition === 'ecg-tachycardia') return 'heart-rate-above';
  if (condition === 'ecg-bradycardia') return 'heart-rate-below';
  const [kind = condition, of = ''] = condition.split(':', 2);
  if (kind === 'worsening')
    return of === 'news2' ? 'news2' : `${of}-${facts['way'] === 'falling' ? 'below' : 'above'}`;
  if (kind === 'news2-emergency' || kind === 'news2-urgent') return 'news2';
  if (kind === 'news2-extreme') return 'one-input';
  if (kind === 'battery-low' || kind === 'battery-empty') return 'battery';
  if (OF_A_DEVICE.has(kind)) return `device:${of}`;
  if (!OF_A_SIGNAL.has(kind)) return condition;
  const device = facts['device'];
  // Its numbers stopped because it did.
  const stopped = [...OF_A_DEVICE].some((one) => there.has(`${one}:${device}`));
  return stopped && kind === 'stale' ? `device:${device}` : `signal:${of}`;
}
