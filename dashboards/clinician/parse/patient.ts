// Patients, their devices, and their scores.

import { NEWS2_INPUTS, ORIGINS } from '@heartwood/vitals';
import { NO_CARE } from '../care.ts';
import type { Device, Link, Patient } from '../feed.ts';
import type { Score } from '../score.ts';
import { parseAlarm } from './alarm.ts';
import { parseCare } from './care.ts';
import { Fields, HEX, Malformed } from './fields.ts';
import { parseRecent } from './reading.ts';

export const LINKS: readonly Link[] = ['online', 'offline', 'unknown'];

export function parsePatient(json: unknown): Patient {
  const o = new Fields(json, 'patient');
  return {
    id: o.match('id', HEX),
    name: o.text('name', 256),
    slot: o.count('slot'),
    devices: o.list('devices', parseDevice),
    alarms: o.list('alarms', parseAlarm),
    score: o.has('score') ? parseScore(o.get('score')) : undefined,
    care: o.has('care') ? parseCare(o.get('care')) : NO_CARE,
    recent: parseRecent(o.get('recent')),
  };
}

function parseDevice(json: unknown): Device {
  const o = new Fields(json, 'device');
  return {
    id: o.text('id', 64),
    label: o.text('label', 256),
    origin: o.oneOf('origin', ORIGINS),
    link: o.oneOf('link', LINKS),
    lastReceived: o.get('lastReceived') === null ? null : o.time('lastReceived'),
  };
}

export function parsePatientScore(json: unknown): { patient: string; score: Score } {
  const o = new Fields(json, 'score of a patient');
  return { patient: o.match('patient', HEX), score: parseScore(o.get('score')) };
}

function parseScore(json: unknown): Score {
  const o = new Fields(json, 'score');
  const told = new Fields(o.get('inputs'), 'score.inputs');
  const inputs: { -readonly [Input in keyof Score['inputs']]: Score['inputs'][Input] } = {};
  for (const input of NEWS2_INPUTS) {
    if (!told.has(input)) continue;
    const one = new Fields(told.get(input), input);
    const points = one.has('points') ? one.count('points') : undefined;
    if (points !== undefined && points > 3) throw new Malformed(`score.inputs.${input} has too many points`);
    inputs[input] = { at: one.time('at'), points };
  }
  return { score: o.count('score'), most: o.count('most'), scale: o.count('scale') === 2 ? 2 : 1, inputs };
}
