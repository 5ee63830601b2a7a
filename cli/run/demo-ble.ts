// `heartwood demo --ble`: a hub, and the household's Bluetooth wearables on a private bus, which it reads as real ones:
// found, connected, subscribed, their records fetched. Ten devices share the five connections of one adapter.

import { type BleHousehold, startBleHousehold } from '@heartwood/device-sim/ble';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import { openLog } from '../log.ts';
import { answering } from './answering.ts';
import { afterwards, type DemoArguments, enrollAll, welcome } from './demo.ts';
import { startHome } from './home.ts';
import { endAfter, refuse, until } from './hub.ts';
import { paceOf } from './pace.ts';
import { ended, needBusDaemon } from './sim-ble.ts';

const HOST = '127.0.0.1';
/** What the simulated adapter holds, as a Pi's does. */
const SLOTS = 5;

export function runBleDemo(settings: DemoArguments, frame: Frame): Promise<ExitStatus> {
  needBusDaemon();
  return answering(frame, async () => {
    const stop = frame.stopSignal();
    const pace = paceOf(settings.speed, settings.forDuration, Date.now());
    // Bonded from before: nobody holds their buttons.
    const household = await startBleHousehold({
      seed: settings.seed,
      speed: pace.speed,
      startAtMs: pace.startAtMs,
      bonded: true,
    });
    try {
      return await play(settings, household, pace, stop, frame);
    } finally {
      await household.stop();
    }
  });
}

async function play(
  settings: DemoArguments,
  household: BleHousehold,
  pace: ReturnType<typeof paceOf>,
  stop: AbortSignal,
  frame: Frame,
): Promise<ExitStatus> {
  const log = openLog(settings.log);
  const radio = { ble: true, bleSlots: SLOTS, bleBus: household.address };
  const where = { mqttHost: HOST, httpHost: HOST };
  const home = await startHome({ ...settings, ...where, ...radio }, frame, log).catch(refuse);
  const worn = household.people.flatMap(({ name: patient, devices }) =>
    devices.map(({ id: device, label, address }) => ({
      device,
      label,
      patient,
      origin: 'simulator' as const,
      radio: address,
    })),
  );
  await enrollAll(settings, worn, frame).catch((error) => endAfter(error, home));
  const names = household.people.map(({ name }) => name);
  const how = `Their ${worn.length} Bluetooth wearables share ${SLOTS} connections: straps stay, cuffs and meters take turns.`;
  frame.write(await welcome(home, names, settings, pace, how));
  const over = settings.forDuration === undefined ? until(stop, home.failed) : ended(pace.forMs, stop);
  await Promise.race([until(stop, home.failed), over]).catch((error) => endAfter(error, home));
  frame.write('Stopping …\n');
  await home.stop();
  frame.write(['What the wearables said is on disk and signed.', ...afterwards(settings)].join('\n'));
  return EXIT.ok;
}
