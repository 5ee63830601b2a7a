// What the firmware of a simulated wearable is: services with characteristics, and what it does while somebody is
// connected. It sees a `Host`, which is the radio, its clock and its body; it knows nothing of D-Bus or BlueZ.

import type { Body } from '../body/body.ts';
import type { Random } from '../random.ts';
import type { Trouble } from './trouble.ts';

export type Flag = 'read' | 'write' | 'write-without-response' | 'notify' | 'indicate';

export type Characteristic = {
  /** Four hexadecimal digits for one of the SIG's, or all 36 characters. */
  readonly uuid: string;
  readonly flags: readonly Flag[];
  /** Nothing of it is given without a bond. */
  readonly secured?: boolean;
  /** Throws an AttError to refuse. */
  readonly read?: () => Uint8Array;
  /** Throws an AttError to refuse. */
  readonly write?: (value: Uint8Array) => void;
};

export type Service = {
  readonly uuid: string;
  readonly characteristics: readonly Characteristic[];
};

/** How a device proves to a person that it is the right one. */
export type Pairing =
  /** It cannot bond. */
  | 'none'
  | 'just-works'
  /** It shows six digits, a person types them at the hub. */
  | 'passkey-display'
  /** The hub shows six digits, a person types them at the device. */
  | 'passkey-entry'
  /** Both show six digits, a person compares them. */
  | 'numeric-comparison';

/** What the firmware sees of the world. */
export type Host = {
  readonly id: string;
  readonly body: Body;
  readonly random: Random;
  readonly trouble: Trouble;
  /** Simulated milliseconds between two measurements, where a test wants others than the model's own. */
  readonly everyMs: number | undefined;
  /** Records in its memory when the simulation starts; undefined: the model's own number. */
  readonly stored: number | undefined;
  /** True time of the simulation, ms since 1970: the body's, not what the device's own clock shows. */
  now(): number;
  subscribed(characteristic: Characteristic): boolean;
  /** A notification or indication. False where nobody is connected or listens: then it is lost. */
  say(characteristic: Characteristic, value: Uint8Array): boolean;
  /** After simulated milliseconds, unless the link ends before. */
  after(ms: number, then: () => void): void;
  /** The device ends the link itself, as cuffs and scales do when they have said all. */
  hangUp(): void;
};

export type Firmware = {
  readonly services: readonly Service[];
  /** What it does by the clock: at every multiple of `everyMs` since the simulation's start while connected. */
  readonly pulse?: { readonly everyMs: number; readonly at: (atMs: number) => void };
  /** The services are resolved and earlier subscriptions are armed again. */
  readonly connected?: () => void;
  readonly disconnected?: () => void;
  readonly subscribed?: (characteristic: Characteristic) => void;
  /** Whether it advertises and takes connections now; always, unless it says otherwise. */
  readonly awake?: () => boolean;
};

export type Peripheral = {
  /** As it advertises itself. */
  readonly name: string;
  readonly advertised: readonly string[];
  /** GAP appearance. */
  readonly appearance: number;
  readonly pairing: Pairing;
  /** It takes bonds only for so long (simulated ms) after its button. Undefined: always. */
  readonly bondWindowMs?: number;
  readonly addressType: 'public' | 'random';
  /** Company identifier and data, where it advertises some. */
  readonly manufacturerData?: readonly (readonly [company: number, data: Uint8Array])[];
  readonly serviceData?: readonly (readonly [uuid: string, data: Uint8Array])[];
  readonly firmware: (host: Host) => Firmware;
};

/** The 128 bits of a UUID, as BlueZ writes it. */
export function longUuid(uuid: string): string {
  return (uuid.length === 4 ? `0000${uuid}-0000-1000-8000-00805f9b34fb` : uuid).toLowerCase();
}
