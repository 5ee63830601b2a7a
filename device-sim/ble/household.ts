// A household of Bluetooth wearables for a machine without Bluetooth: the same four people as in the household over MQTT,
// what they wear, and some of the troubles that such devices have. Ten devices share the five slots of one adapter.

import { type Bluez, type DeviceWanted, startBluez } from './bluez.ts';
import type { PeripheralModel } from './model.ts';
import { PERIPHERALS } from './model.ts';
import type { Pairing } from './peripheral.ts';

const MINUTE_MS = 60_000;

type Member = {
  readonly name: string;
  readonly course: NonNullable<Parameters<typeof startBluez>[0]['people']>[string];
  readonly worn: readonly (Omit<DeviceWanted, 'id' | 'person' | 'model'> & {
    readonly model: PeripheralModel;
  })[];
};

const MEMBERS: readonly Member[] = [
  {
    name: 'Ada Lindqvist',
    course: { scenario: 'deterioration', tempo: 24, localHourAtStart: 14 },
    worn: [
      { model: 'heart-rate-strap' },
      { model: 'pulse-oximeter' },
      { model: 'blood-pressure-cuff', everyMs: 2 * MINUTE_MS, bondable: true },
    ],
  },
  {
    name: 'Bruno Keller',
    course: { scenario: 'atrial-fibrillation', localHourAtStart: 10 },
    worn: [
      { model: 'heart-rate-strap' },
      {
        model: 'blood-pressure-cuff',
        everyMs: 3 * MINUTE_MS,
        bondable: true,
        trouble: { clock: 'slow', nanShare: 0.1 },
      },
      { model: 'scale', everyMs: 10 * MINUTE_MS },
    ],
  },
  {
    name: 'Carmen Ortega',
    course: { scenario: 'desaturation-at-night', localHourAtStart: 1.5 },
    worn: [
      { model: 'thermometer' },
      { model: 'glucose-meter', everyMs: 5 * MINUTE_MS, trouble: { repeatsLastRecord: true } },
    ],
  },
  {
    name: 'David Osei',
    course: { scenario: 'exercise', tempo: 5, localHourAtStart: 17 },
    worn: [{ model: 'heart-rate-strap' }, { model: 'running-pod' }],
  },
];

export type BleHouseholdDevice = {
  /** What `bluez.device` takes. */
  readonly id: string;
  readonly label: string;
  readonly model: PeripheralModel;
  readonly address: string;
  readonly serial: string;
  /** Four-digit UUIDs that it advertises. */
  readonly services: readonly string[];
  readonly pairing: Pairing;
};
export type BleHousehold = {
  /** For `DBUS_SYSTEM_BUS_ADDRESS`. */
  readonly address: string;
  readonly people: readonly { readonly name: string; readonly devices: readonly BleHouseholdDevice[] }[];
  readonly bluez: Bluez;
  stop(): Promise<void>;
};
export type BleHouseholdOptions = {
  readonly seed: string | number;
  /** Simulated seconds that pass in one; 1 by default. */
  readonly speed?: number;
  /** Simulated time at the start, ms since 1970; the real time by default. */
  readonly startAtMs?: number;
  /** Bonded from before, so that nobody needs to pair; false by default. */
  readonly bonded?: boolean;
  /** What BlueZ's delays are multiplied with; 1 by default. */
  readonly delayScale?: number;
  readonly onPasskey?: (device: string, passkey: number) => void;
};

const LABELS: Readonly<Record<PeripheralModel, string>> = {
  'heart-rate-strap': 'Chest strap',
  'blood-pressure-cuff': 'Blood pressure cuff',
  thermometer: 'Thermometer',
  'pulse-oximeter': 'Pulse oximeter',
  scale: 'Scale',
  'glucose-meter': 'Glucose meter',
  'glucose-sensor': 'Glucose sensor',
  'running-pod': 'Foot pod',
  'health-sensor': 'Health sensor',
  'twin-thermometer': 'Thermometer with two probes',
};

/** Starts the household on a private bus. Rejects where `dbus-daemon` is not installed. */
export async function startBleHousehold(options: BleHouseholdOptions): Promise<BleHousehold> {
  const worn = MEMBERS.flatMap(({ name, worn }) =>
    worn.map((device) => ({
      ...device,
      person: name,
      id: idOf(name, device.model),
      bonded: options.bonded ?? false,
    })),
  );
  const bluez = await startBluez({
    seed: options.seed,
    pace: options.speed ?? 1,
    delayScale: options.delayScale ?? 1,
    // What a demonstration has sent nobody compares afterwards.
    truthMax: 0,
    people: Object.fromEntries(MEMBERS.map(({ name, course }) => [name, course])),
    devices: worn.map((device) => ({
      ...device,
      bonded: device.bonded && PERIPHERALS[device.model].pairing !== 'none',
    })),
    ...(options.startAtMs !== undefined && { startAtMs: options.startAtMs }),
    ...(options.onPasskey && { onPasskey: options.onPasskey }),
  });
  return {
    address: bluez.address,
    bluez,
    people: MEMBERS.map(({ name }) => ({
      name,
      devices: worn
        .filter(({ person }) => person === name)
        .map(({ id, model }) => {
          const { address, serial } = bluez.device(id);
          const { advertised, pairing } = PERIPHERALS[model];
          return { id, label: LABELS[model], model, address, serial, services: advertised, pairing };
        }),
    })),
    stop: bluez.stop,
  };
}

function idOf(name: string, model: PeripheralModel): string {
  return `${name.split(' ', 1)[0]!.toLowerCase()}-${model}`;
}
