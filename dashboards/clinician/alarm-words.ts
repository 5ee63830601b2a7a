// What is wrong, in words. The numbers of an alarm are those that raised it: beside what is measured now they say so.

import { KINDS, type Kind } from '@heartwood/vitals';
import { formatAge } from './age.ts';
import type { Alarm, Facts } from './alarm.ts';
import type { Fact } from './text/en.ts';
import { locale } from './text/language.ts';
import { text } from './text/text.ts';
import { labelOf, unitOf } from './wording.ts';

/**
 * Which numbers are said: of the moment that is told (an event), of when it began (an alarm that lasts or is over), or none
 * (an event about one that began earlier).
 */
export type Numbers = 'now' | 'began' | 'none';

/**
 * What is wrong, as a person says it: `Heart rate above 150 /min: 172 when it began`, at that moment `Heart rate 172 /min,
 * above 150`, without numbers `Heart rate above 150 /min`. An unknown condition is shown by its name.
 */
export function alarmWords(
  { condition, facts }: Pick<Alarm, 'condition' | 'facts'>,
  numbers: Numbers = 'began',
): string {
  const [rule = condition] = condition.split(':', 1);
  const measure = measureWords(facts['measure']);
  const words = text().alarmed;
  const { device, from, to } = facts;
  switch (rule) {
    case 'news2-emergency':
    case 'news2-urgent':
      return numbers === 'none'
        ? words.news2From(rule === 'news2-emergency' ? 7 : 5)
        : words.news2(leastOf(facts), facts['inputs'], facts['of'], began(numbers));
    case 'news2-extreme':
      return numbers === 'none' ? words.extremeAlone : words.extreme(leastOf(facts), began(numbers));
    case 'stale':
      return words.stale(measure);
    case 'sensor-off':
      return words.sensorOff(measure);
    case 'artefact':
      return words.artefact(measure);
    case 'silent':
      if (facts['heard'] === 'never') return words.neverHeard(device);
      return facts['link'] === 'offline' ? words.silentLost(device) : words.silent(device);
    case 'wants-pairing':
      return words.wantsPairing(device);
    case 'stale-bond':
      return words.staleBond(device);
    case 'clock-wrong':
      return words.clockWrong(device);
    case 'clock-untrusted':
      return words.clockUntrusted(device) + clockWords(facts);
    case 'gap':
      return words.gap(device, facts['missing']);
    case 'link-lost':
      return words.linkLost(device);
    case 'worsening':
      return facts['measure'] === 'news2'
        ? words.worseningScore(facts['hours'])
        : words.worsening(measure, facts['way'], facts['hours']) +
            (numbers === 'none' ? '' : words.fromTo(from, to) + began(numbers));
    case 'ledger-silent':
    case 'witness-silent':
      return words.hub[rule](Math.round(Number(facts['minutes'] ?? 60) / 60));
    case 'disk-full':
    case 'disk-read-only':
    case 'disk-failed':
    case 'disk-low':
    case 'no-bluetooth':
      return words.hub[rule];
    case 'adapter-hangs':
    case 'adapter-gone':
      return words.hub[rule](String(facts['adapter'] ?? ''));
    case 'asystole':
      return numbers === 'now' ? words.asystole(facts['seconds']) : words.asystoleAlone;
    case 'ecg-tachycardia':
    case 'ecg-bradycardia':
      return limitWords(rule === 'ecg-tachycardia', words.ecg, '/min', facts, numbers);
    case 'pulse-lost':
      return words.pulseLost;
    case 'battery-low':
    case 'battery-empty':
      return numbers === 'now' ? words.battery(facts['percent']) : batteryWords(facts['percent'], numbers);
    default: {
      if (facts['limit'] === undefined) return condition;
      const kind = String(facts['measure']);
      const unit = unitOf(Object.hasOwn(words.parts, kind) ? 'blood-pressure' : (kind as Kind));
      return limitWords(!condition.endsWith('low'), measure, unit, facts, numbers);
    }
  }
}

function limitWords(isHigh: boolean, measure: string, unit: string, facts: Facts, numbers: Numbers): string {
  const { above, below, whenItBegan } = text().alarmed;
  const { value } = facts;
  const limit = figure(facts['limit']);
  const side = (bound: string): string => (isHigh ? above(bound) : below(bound));
  if (numbers === 'now' && value !== undefined)
    return `${measure} ${`${figure(value)} ${unit}`.trim()}, ${side(limit)}`;
  const rule = `${measure} ${side(`${limit} ${unit}`.trim())}`;
  return numbers === 'began' && value !== undefined ? `${rule}: ${whenItBegan(figure(value))}` : rule;
}

function batteryWords(percent: Fact, numbers: Numbers): string {
  const { batteryLow, whenItBegan } = text().alarmed;
  return numbers === 'none' || percent === undefined
    ? batteryLow
    : `${batteryLow}: ${whenItBegan(`${figure(percent)} %`)}`;
}

/** A score with all of its inputs is what it is; with fewer, the least that it can be. */
const leastOf = ({ score, inputs, of }: Facts): string =>
  inputs !== undefined && inputs === of ? String(score) : text().alarmed.atLeast(score);

const began = (numbers: Numbers): string => (numbers === 'began' ? text().alarmed.began : '');

/** As the number beside it is printed: with the reader's own decimal sign. */
const figure = (fact: Fact): string =>
  typeof fact === 'number'
    ? fact.toLocaleString(locale(), { maximumFractionDigits: 20, useGrouping: false })
    : String(fact);

function clockWords({ 'ahead-seconds': seconds, steps }: Facts): string {
  const words = text().alarmed;
  if (Number(steps) > 1) return words.clockSet;
  const ahead = Number(seconds ?? 0);
  const age = formatAge(Math.abs(ahead) * 1_000);
  return ahead > 0 ? words.clockAhead(age) : words.clockBehind(age);
}

function measureWords(measure: unknown): string {
  if (typeof measure !== 'string') return '';
  const { parts } = text().alarmed;
  if (Object.hasOwn(parts, measure)) return parts[measure as keyof typeof parts];
  return Object.hasOwn(KINDS, measure) ? labelOf(measure as Kind) : measure;
}
