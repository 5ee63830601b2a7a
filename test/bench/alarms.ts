// `npm run bench -- alarms`: simulated patients whose truth is known, at virtual time through the hub's own alarms: what is
// found and how soon, what is missed, what is false, and what was held back. From one seed: the same each time.

import { join } from 'node:path';
import { EcgSignal, PlethSignal } from '@heartwood/vitals';
import { AlarmBedside, type Told } from './alarm-bedside.ts';
import { type AlarmPatient, alarmPatients } from './alarm-patients.ts';
import { newTally, score, type Tally } from './alarm-score.ts';
import { type Truth, truthsOf } from './alarm-truth.ts';
import { median } from './histogram.ts';
import type { Bench, Section } from './part.ts';
import { type Cell, formatTable, number } from './table.ts';

const ALARM_SEED = 'alarms 1';
const START = Date.UTC(2026, 10, 21, 8);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

type Scored = {
  readonly byCondition: ReadonlyMap<string, Tally>;
  readonly patients: readonly (readonly Cell[])[];
  readonly days: number;
};

export async function alarms({ pace, folder, say }: Bench): Promise<Section> {
  const lengthMs = pace.alarmHours * HOUR;
  const patients = alarmPatients(ALARM_SEED, START, lengthMs);
  const { byCondition, patients: rows, days } = await lived(patients, lengthMs, folder, say);
  const text = [
    `${patients.length} simulated patients, ${number(pace.alarmHours)} h of each at virtual time, seed “${ALARM_SEED}”. Every condition as the hub looks at it, once a second; somebody sees each alarm that is over at once. “True” are stretches that had to be told: as long as the validation delay and what a device takes (a cuff measures every 15 min). Delays are from the moment at which the body is beyond the limit, the validation delay included; an alarm that was on by then has none.`,
    conditionTable(byCondition, days),
    'By patient, over the whole time. “False” are alarms without anything true behind them, by priority.',
    formatTable(
      ['patient', 'high#', 'medium#', 'low#', 'false high#', 'false medium#', 'false low#', 'held back#'],
      rows,
    ),
    `What judging a waveform costs, of one core: ${costs()}.`,
  ];
  return { title: 'Alarms', text: text.join('\n\n') };
}

async function lived(
  patients: readonly AlarmPatient[],
  lengthMs: number,
  folder: string,
  say: Bench['say'],
): Promise<Scored> {
  const byCondition = new Map<string, Tally>();
  const rows: Cell[][] = [];
  for (const [i, patient] of patients.entries()) {
    say(`alarms: ${patient.name}`);
    const bedside = new AlarmBedside(join(folder, `alarms-${i}`), START);
    for (const [device, stream] of patient.devices) await bedside.wear(patient.name, device, stream);
    bedside.run(START + lengthMs);
    const held = bedside.heldBack();
    bedside.close();
    const truths = truthsOf(patient, START, START + lengthMs);
    for (const truth of truths) {
      const tally = byCondition.get(truth.name) ?? newTally();
      byCondition.set(truth.name, tally);
      score(tally, truth, bedside.told, held);
    }
    rows.push([patient.name, ...raisedOf(bedside.told), ...falseOf(bedside.told, truths), held.length]);
  }
  return { byCondition, patients: rows, days: (patients.length * lengthMs) / DAY };
}

const PRIORITIES = ['high', 'medium', 'low'] as const;
const raises = (told: readonly Told[]): readonly Told[] =>
  told.filter(({ change }) => change === 'raised' || change === 'resumed');
const raisedOf = (told: readonly Told[]): number[] =>
  PRIORITIES.map((priority) => raises(told).filter((one) => one.priority === priority).length);

/** Alarms that no truth explains; those of a condition that the benchmark has no truth for count too. */
function falseOf(told: readonly Told[], truths: readonly Truth[]): number[] {
  return PRIORITIES.map((priority) => {
    const suspects = raises(told).filter((one) => one.priority === priority);
    return suspects.filter((one) => {
      const about = truths.filter(({ conditions }) => conditions.test(one.condition));
      return about.every((truth) => {
        const tally = newTally();
        score(tally, truth, [one], []);
        return tally.false > 0;
      });
    }).length;
  });
}

function conditionTable(byCondition: ReadonlyMap<string, Tally>, days: number): string {
  const rows = [...byCondition].flatMap(([name, tally]): Cell[][] => {
    const { must, missed, delaysMs, heldBack, wronglyHeld } = tally;
    if (must === 0 && tally.false === 0 && heldBack === 0) return [];
    const seconds = delaysMs.map((ms) => ms / 1000);
    return [
      [
        name,
        must,
        missed,
        median(seconds),
        seconds.length === 0 ? Number.NaN : Math.max(...seconds),
        tally.false,
        tally.false / days,
        heldBack,
        wronglyHeld,
      ],
    ];
  });
  return formatTable(
    [
      'condition',
      'true#',
      'missed#',
      'delay p50 s#',
      'max s#',
      'false#',
      'false a patient and day#',
      'held back#',
      'wrongly#',
    ],
    rows,
  );
}

/** CPU of one second of signal, each second pushed and looked at, over ten minutes. */
function costs(): string {
  const patient = alarmPatients(ALARM_SEED, START, HOUR)[0];
  const parts: string[] = [];
  for (const [device, kind, signal] of [
    ['chest-strap', 'ecg', new EcgSignal(250)],
    ['oximeter', 'ppg', new PlethSignal(50)],
  ] as const) {
    const frames = [];
    for (const delivery of patient?.devices.get(device) ?? []) {
      if (!('message' in delivery)) continue;
      for (const { measurement } of delivery.message.readings)
        if (measurement.kind === kind && 'wave' in measurement) frames.push(measurement.wave);
      if (frames.length === 600) break;
    }
    const before = process.cpuUsage();
    for (const wave of frames) {
      signal.push(wave);
      signal.look();
    }
    const { user, system } = process.cpuUsage(before);
    parts.push(
      `${number((user + system) / 1000 / frames.length)} ms a second of ${kind === 'ecg' ? 'ECG at 250 Hz' : 'pleth at 50 Hz'}`,
    );
  }
  return parts.join(', ');
}
