// A household for the demonstration: four people, what happens to each, and what they wear. As data, so that a hub
// can enrol them; nothing in an id says whose it is.

import type { Kind, Origin } from '@heartwood/vitals';
import { createBody } from '../body/body.ts';
import type { ScenarioName } from '../body/scenario.ts';
import type { DeviceStream } from '../delivery.ts';
import { type Fault, withFaults } from '../fault/fault.ts';
import { type Random, seededRandom } from '../random.ts';
import { kindsOf, labelOf, type WearableModel, wearableStream } from '../wearable/wearable.ts';
import type { FleetDevice } from './fleet.ts';
import type { MessageFormat } from './wearable-client.ts';

export type HouseholdDevice = {
  readonly id: string;
  readonly label: string;
  readonly origin: Origin;
  readonly kinds: readonly Kind[];
  readonly format: MessageFormat;
  readonly rest: 'drop' | 'burst';
};

export type HouseholdPerson = {
  readonly name: string;
  /** What happens to this person; undefined for a recording. */
  readonly scenario?: ScenarioName;
  readonly devices: readonly HouseholdDevice[];
};

export type Household = {
  readonly people: readonly HouseholdPerson[];
  /** What a device of this household delivers when the simulation starts at `startAtMs` (virtual, ms since 1970). */
  stream(deviceId: string, startAtMs: number): DeviceStream;
};

type Worn = {
  readonly model: WearableModel;
  readonly waveforms?: boolean;
  readonly everyMs?: number;
  readonly format?: MessageFormat;
  readonly faults?: readonly Fault[];
};
type Member = {
  readonly name: string;
  readonly scenario: ScenarioName;
  /** How many times faster than in life the course passes when shown. */
  readonly tempo: number;
  readonly localHourAtStart: number;
  readonly worn: readonly Worn[];
};

const MINUTE = 60_000;
const PREFIXES: Readonly<Record<WearableModel, string>> = {
  'chest-strap': 'strap',
  watch: 'watch',
  oximeter: 'oximeter',
  cuff: 'cuff',
  thermometer: 'patch',
  scale: 'scale',
  'glucose-sensor': 'glucose',
};

const MEMBERS: readonly Member[] = [
  {
    name: 'Ada Lindqvist',
    scenario: 'deterioration',
    tempo: 24,
    localHourAtStart: 14,
    worn: [
      { model: 'chest-strap', waveforms: true, format: 'cbor' },
      { model: 'oximeter', waveforms: true, format: 'cbor' },
      { model: 'cuff', everyMs: MINUTE },
      { model: 'thermometer', everyMs: 30_000 },
    ],
  },
  {
    name: 'Bruno Keller',
    scenario: 'atrial-fibrillation',
    tempo: 1,
    localHourAtStart: 10,
    worn: [
      { model: 'chest-strap', waveforms: true, format: 'cbor' },
      {
        model: 'watch',
        faults: [
          { kind: 'artefact', meanBetweenMs: 4 * MINUTE, meanLengthMs: 20_000 },
          { kind: 'duplicate', share: 0.02, withinMs: 4000 },
          { kind: 'reconnect-storm', meanBetweenMs: 8 * MINUTE, meanLengthMs: 30_000, everyMs: 8000 },
        ],
      },
      { model: 'cuff', everyMs: 2 * MINUTE, faults: [{ kind: 'clock-drift', ppm: -150 }] },
      { model: 'scale', everyMs: 5 * MINUTE },
    ],
  },
  {
    name: 'Carmen Ortega',
    scenario: 'desaturation-at-night',
    tempo: 1,
    localHourAtStart: 1.5,
    worn: [
      {
        model: 'oximeter',
        waveforms: true,
        format: 'cbor',
        faults: [{ kind: 'sensor-off', meanBetweenMs: 6 * MINUTE, meanLengthMs: 25_000 }],
      },
      { model: 'thermometer' },
      { model: 'glucose-sensor', everyMs: MINUTE },
    ],
  },
  {
    name: 'David Osei',
    scenario: 'exercise',
    tempo: 5,
    localHourAtStart: 17,
    worn: [
      { model: 'chest-strap', waveforms: true, format: 'cbor' },
      {
        model: 'watch',
        faults: [
          { kind: 'offline', meanBetweenMs: 5 * MINUTE, meanLengthMs: 45_000 },
          { kind: 'reorder', share: 0.03, withinMs: 6000 },
        ],
      },
      { model: 'scale', everyMs: 5 * MINUTE },
    ],
  },
];

export type HouseholdOptions = {
  /** `demo` (default): courses run fast enough to be watched; `life`: as slowly as in life. */
  readonly pace?: 'demo' | 'life';
  /** False: sound hardware. True by default. */
  readonly faults?: boolean;
};

/** Four people from a seed: the same seed gives the same ids, bodies and troubles. */
export function household(seed: string | number, options: HouseholdOptions = {}): Household {
  const random = seededRandom(seed);
  const streams = new Map<string, (startAtMs: number) => DeviceStream>();
  const people = MEMBERS.map((member): HouseholdPerson => {
    const own = random.fork(`person ${member.name}`);
    const devices = member.worn.map((worn): HouseholdDevice => {
      const id = freeId(PREFIXES[worn.model], own, (taken) => streams.has(taken));
      const waveforms = worn.waveforms ?? false;
      streams.set(id, (startAtMs) => {
        const body = createBody({
          random: own.fork('body'),
          startAtMs,
          scenario: member.scenario,
          tempo: options.pace === 'life' ? 1 : member.tempo,
          localHourAtStart: member.localHourAtStart,
        });
        const { model } = worn;
        const sound = wearableStream(body, {
          model,
          id,
          waveforms,
          ...(worn.everyMs !== undefined && { everyMs: worn.everyMs }),
        });
        if (options.faults === false) return sound;
        return withFaults(sound, worn.faults ?? [], own.fork(`faults ${id}`));
      });
      return {
        id,
        label: labelOf(worn.model),
        origin: 'simulator',
        kinds: kindsOf(worn.model, waveforms),
        format: worn.format ?? 'json',
        rest: 'drop',
      };
    });
    return { name: member.name, scenario: member.scenario, devices };
  });
  return {
    people,
    stream: (deviceId, startAtMs) => {
      const make = streams.get(deviceId);
      if (!make) throw new RangeError(`no device ${deviceId} in this household`);
      return make(startAtMs);
    },
  };
}

/** `<prefix>-<4 hex digits>` that nothing else bears yet. */
export function freeId(prefix: string, random: Random, taken: (id: string) => boolean): string {
  for (let attempt = 0; ; attempt++) {
    const digits = random.fork(`id ${prefix} ${attempt}`).below(65_536).toString(16).padStart(4, '0');
    const id = `${prefix}-${digits}`;
    if (!taken(id)) return id;
  }
}

/**
 * All devices of a household, ready for `runFleet`. `passwordOf` returns what the hub gave out at enrolment;
 * a device without a password (undefined) is left out.
 */
export function fleetOf(
  home: Household,
  startAtMs: number,
  passwordOf: (deviceId: string) => string | undefined,
): FleetDevice[] {
  return home.people.flatMap((person) =>
    person.devices.flatMap(({ id, format, rest }) => {
      const password = passwordOf(id);
      return password === undefined
        ? []
        : [{ id, password, format, rest, stream: home.stream(id, startAtMs) }];
    }),
  );
}
