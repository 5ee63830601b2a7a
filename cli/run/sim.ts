// `heartwood sim`: simulated wearables, or recordings, against a hub or broker that runs elsewhere.

import { readFileSync } from 'node:fs';
import {
  createBody,
  type FleetDevice,
  fleetOf,
  runFleet,
  SCENARIOS,
  seededRandom,
  systemClock,
  WEARABLES,
  wearableStream,
} from '@heartwood/device-sim';
import { z } from 'zod';
import { EXIT, type ExitStatus, Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import { openLog } from '../log.ts';
import type { SettingsOf } from '../settings.ts';
import { householdOf, inRun } from './fleet.ts';
import { paceOf } from './pace.ts';

export type SimArguments = SettingsOf<'sim'> & {
  /** A file of JSON lines, as `heartwood enroll --json` prints them. */
  readonly devicesFile: string;
};

/** One line of the devices file: what `enroll --json` prints, and what a person may add to it. */
const DEVICE = z.strictObject({
  id: z.string(),
  password: z.string(),
  /** Devices of one patient are worn by one body. */
  patient: z.string().default('somebody'),
  wearable: z.enum(WEARABLES).default('watch'),
  scenario: z.enum(SCENARIOS).default('well'),
});
type Device = z.infer<typeof DEVICE>;

export async function runSim(settings: SimArguments, frame: Frame): Promise<ExitStatus> {
  const stop = frame.stopSignal();
  const devices = readDevices(settings.devicesFile);
  const log = openLog(settings.log);
  const pace = paceOf(settings.speed, settings.forDuration, Date.now());
  const worn =
    settings.recording.length === 0
      ? bodies(devices, settings.seed, pace.startAtMs)
      : recorded(devices, settings, pace.startAtMs);
  const brokerUrl = settings.mqtt ?? `mqtt://${settings.mqttHost}:${settings.mqttPort}`;
  frame.write(
    `${worn.length === 1 ? 'One device sends' : `${worn.length} devices send`} to ${new URL(brokerUrl).host}. Ctrl-C ends it.\n`,
  );
  const summary = await runFleet({
    brokerUrl,
    ...(settings.mqttCa !== undefined && { ca: readFileSync(settings.mqttCa, 'utf8') }),
    devices: inRun(worn, Date.now()),
    speed: pace.speed,
    startAtMs: pace.startAtMs,
    ...(pace.forMs !== undefined && { forMs: pace.forMs }),
    random: seededRandom(settings.seed),
    clock: systemClock,
    log: (event, facts) => log('info', event, facts),
    signal: stop,
  });
  frame.write(`Messages acknowledged: ${summary.acknowledged}, not acknowledged: ${summary.pending}.\n`);
  if (summary.connections === 0) {
    throw new Refusal(
      'cannot-run',
      `No device could connect to ${new URL(brokerUrl).host}${summary.refused > 0 ? ': it refused their passwords' : ': nobody answers there'}.`,
    );
  }
  return summary.pending === 0 ? EXIT.ok : EXIT.no;
}

/** A body for each patient, and each device on its patient's body. */
function bodies(devices: readonly Device[], seed: number, startAtMs: number): FleetDevice[] {
  const random = seededRandom(seed);
  return devices.map(({ id, password, patient, wearable, scenario }) => {
    const body = createBody({ random: random.fork(`patient ${patient}`), startAtMs, scenario });
    return { id, password, stream: wearableStream(body, { id, model: wearable }) };
  });
}

function recorded(devices: readonly Device[], settings: SimArguments, startAtMs: number): FleetDevice[] {
  const passwords = new Map(devices.map(({ id, password }) => [id, password]));
  const people = householdOf(settings.seed, settings.recording);
  const fleet = fleetOf(people, startAtMs, (id) => passwords.get(id));
  const wanted = people.people.flatMap((person) => person.devices.map(({ id }) => id));
  const missing = wanted.filter((id) => !passwords.has(id));
  if (missing.length > 0) {
    throw new Refusal(
      'cannot-run',
      `The recordings are sent by devices that ${settings.devicesFile} does not have: ${missing.join(', ')}. Enroll them first, with --origin recording --json.`,
    );
  }
  return fleet;
}

function readDevices(path: string): Device[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Refusal('cannot-run', `The devices file ${path} cannot be read.`, { cause });
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0)
    throw new Refusal(
      'cannot-run',
      `${path} has no device in it: append what \`heartwood enroll --json\` prints.`,
    );
  return lines.map((line, i) => {
    const parsed = DEVICE.safeParse(jsonOf(line));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const at = issue?.path.join('.') ?? '';
    throw new Refusal(
      'usage',
      `${path}, line ${i + 1}: this is no device as \`heartwood enroll --json\` prints it${at === '' ? '' : ` (${at})`}.`,
    );
  });
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
