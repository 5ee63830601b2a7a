// `heartwood demo`: a hub, and devices that send to it over MQTT as real ones would, in one process.

import {
  type FleetSummary,
  fleetOf,
  type Household,
  runFleet,
  seededRandom,
  systemClock,
} from '@heartwood/device-sim';
import { type Enrollment, enroll, Vault } from '@heartwood/gateway';
import { EXIT, type ExitStatus, Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import { openLog } from '../log.ts';
import type { SettingsOf } from '../settings.ts';
import { answering } from './answering.ts';
import { householdOf, inRun } from './fleet.ts';
import { type Home, startHome } from './home.ts';
import { endAfter, refuse, until } from './hub.ts';
import { vaultOptions } from './open-vault.ts';
import { type Pace, paceOf } from './pace.ts';
import { loginLink } from './where.ts';

export type DemoArguments = SettingsOf<'demo'>;

const HOST = '127.0.0.1';
/** More than a real device would hold: a recording hands over a day at once. */
const IN_FLIGHT_MAX = 64;

export function runDemo(settings: DemoArguments, frame: Frame): Promise<ExitStatus> {
  return answering(frame, async () => {
    const stop = frame.stopSignal();
    const people = householdOf(settings.seed, settings.recording);
    for (const signals of people.skipped)
      frame.write(`Not replayed, because the language of readings has no place for it: ${signals}\n`);
    const log = openLog(settings.log);
    const home = await startHome({ ...settings, mqttHost: HOST, httpHost: HOST }, frame, log).catch(refuse);
    // Only now, behind the lock: a demo that runs already keeps its devices' passwords.
    const passwords = await enrollAll(settings, wornBy(people), frame).catch((error) =>
      endAfter(error, home),
    );
    const pace = paceOf(settings.speed, settings.forDuration, Date.now());
    const who = people.people.map(({ name, scenario }) =>
      scenario === undefined ? name : `${name} (${scenario})`,
    );
    frame.write(await welcome(home, who, settings, pace));
    const over = new AbortController();
    const fleet = runFleet({
      brokerUrl: `mqtt://${HOST}:${home.mqttPort}`,
      devices: inRun(
        fleetOf(people, pace.startAtMs, (id) => passwords.get(id)),
        Date.now(),
      ),
      speed: pace.speed,
      startAtMs: pace.startAtMs,
      ...(pace.forMs !== undefined && { forMs: pace.forMs }),
      inFlightMax: IN_FLIGHT_MAX,
      random: seededRandom(settings.seed),
      clock: systemClock,
      log: (event, facts) => log('debug', event, facts),
      signal: over.signal,
    });
    // Recordings end; the page stays, unless a time was given.
    const ended = settings.forDuration === undefined ? fleet.then(() => until(stop, home.failed)) : fleet;
    await Promise.race([until(stop, home.failed), ended]).catch((error) => {
      over.abort();
      return endAfter(error, home);
    });
    over.abort();
    frame.write('Stopping …\n');
    const summary = await fleet;
    await home.stop();
    frame.write(farewell(summary, settings));
    return summary.pending === 0 ? EXIT.ok : EXIT.no;
  });
}

/** A device to be admitted; `radio` is the address of one that speaks Bluetooth. */
type Worn = Pick<Enrollment, 'device' | 'label' | 'origin' | 'patient' | 'radio'>;

const wornBy = ({ people }: Household): readonly Worn[] =>
  people.flatMap(({ name: patient, devices }) =>
    devices.map(({ id: device, label, origin }) => ({ device, label, origin, patient })),
  );

/** Everybody's devices. @returns passwords by device id */
export async function enrollAll(
  settings: DemoArguments,
  worn: readonly Worn[],
  frame: Frame,
): Promise<Map<string, string>> {
  const vault = Vault.open(vaultOptions(settings, frame), 'write');
  try {
    if (vault.registry.devices().some(({ origin }) => origin === 'wearable' || origin === 'person')) {
      throw new Refusal(
        'cannot-run',
        `${settings.data} has real devices in it: a demo would put simulated people among them. Give it another --data.`,
      );
    }
    const passwords = new Map<string, string>();
    for (const one of worn) passwords.set(one.device, (await enroll(vault, one)).password);
    return passwords;
  } finally {
    vault.close();
  }
}

/** What the terminal says when everything runs. @param how a line of its own, where there is more to say */
export async function welcome(
  home: Home,
  who: readonly string[],
  settings: DemoArguments,
  pace: Pace,
  how?: string,
): Promise<string> {
  const folder = `--data ${settings.data}`;
  return [
    '',
    `Heartwood is running, with ${who.join(', ')}.`,
    ...(how === undefined ? [] : [how]),
    '',
    `  Look    ${loginLink(home.url, await home.loginCode())}`,
    '          (works once, for ten minutes; for another: npx heartwood login …)'.replace('…', folder),
    `  Data    ${settings.data}, closed by the key in ${settings.passphraseFile ?? settings.masterKeyFile}`,
    `  Prove   npx heartwood prove 1.1.0 ${folder} > proof.json`,
    `  Verify  npx heartwood verify proof.json --policy ${settings.data}/policy.txt`,
    '',
    pace.forMs === undefined
      ? 'Ctrl-C stops it.'
      : `It ends after ${Math.round(pace.forMs / 1000)} s${settings.recording.length > 0 ? '; what is left of a recording then is handed over at once, as a wearable empties its memory' : ''}. Ctrl-C stops it sooner.`,
    '',
  ].join('\n');
}

function farewell({ acknowledged, pending, burst }: FleetSummary, settings: DemoArguments): string {
  const handed = burst === 0 ? '' : `, ${burst} of them handed over at the end`;
  return [
    `The devices sent ${acknowledged} messages${handed}. All of them are on disk and signed${pending === 0 ? '' : `, but ${pending} were not acknowledged`}.`,
    ...afterwards(settings),
  ].join('\n');
}

/** What to do with what is left. */
export const afterwards = ({ data }: DemoArguments): readonly string[] => [
  `  Export  npx heartwood export --data ${data}`,
  `  Check   npx heartwood fsck ${data}`,
  '',
];
