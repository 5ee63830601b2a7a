// Limits, what was charted, and by whose order scale 2 holds.

import type { Consciousness } from '@heartwood/vitals';
import { PRIORITIES } from '../alarm.ts';
import type { Care, OwnLimit, Rule } from '../care.ts';
import { Fields, Malformed } from './fields.ts';

const CONDITION = /^[a-z0-9-]{1,64}$/;
const SIDES = ['above', 'below'] as const;
const ACVPU: readonly Consciousness[] = ['alert', 'confusion', 'voice', 'pain', 'unresponsive'];

export function parseRule(json: unknown): Rule {
  const o = new Fields(json, 'limit');
  const [lowest, highest, ...rest] = o.list('range', (one) => one);
  if (typeof lowest !== 'number' || typeof highest !== 'number' || rest.length > 0)
    throw new Malformed('limit.range is not two numbers');
  return {
    condition: o.match('condition', CONDITION),
    measure: o.text('measure', 64),
    unit: o.text('unit', 32),
    side: o.oneOf('side', SIDES),
    priority: o.oneOf('priority', PRIORITIES),
    limit: o.number('limit'),
    delaySeconds: o.number('delaySeconds'),
    range: [lowest, highest],
  };
}

export function parseCare(json: unknown): Care {
  const o = new Fields(json, 'care');
  return {
    limits: o.list('limits', parseOwn),
    oxygen: signed(o, 'oxygen', (one) => ({ litres: one.number('litres') })),
    consciousness: signed(o, 'consciousness', (one) => ({ value: one.oneOf('value', ACVPU) })),
    scale2: signed(o, 'scale2', (one) => ({ why: one.text('why', 256) })),
    notes: o.has('notes') ? o.count('notes') : 0,
  };
}

function parseOwn(json: unknown): OwnLimit {
  const o = new Fields(json, 'own limit');
  const offUntil = !o.has('offUntil') ? undefined : o.get('offUntil') === null ? null : o.time('offUntil');
  return {
    condition: o.match('condition', CONDITION),
    limit: o.number('limit'),
    delaySeconds: o.number('delaySeconds'),
    offUntil,
    by: o.text('by', 256),
    at: o.time('at'),
    why: o.text('why', 256),
  };
}

function signed<T extends object>(
  o: Fields,
  name: string,
  parse: (one: Fields) => T,
): (T & { readonly by: string; readonly at: number }) | undefined {
  if (!o.has(name)) return undefined;
  const one = new Fields(o.get(name), name);
  return { ...parse(one), by: one.text('by', 256), at: one.time('at') };
}
