// Bluetooth beside the hub: loaded only where the owner switched it on. Questions about pairing go to whoever sits at
// the terminal; a page may answer them too.

import type { HubThread } from '@heartwood/gateway';
import type { OpenQuestion, PairingAnswer } from '@heartwood/gateway/ble';
import type { Frame } from '../frame.ts';
import type { Log } from '../log.ts';
import { answerAtTerminal } from './pairing-words.ts';

export type RadioSettings = {
  readonly bleSlots: number;
  /** Where BlueZ is; by default on the system's bus. */
  readonly bleBus: string | undefined;
};

export type RadioHandle = {
  /** What waits for a person, and a person's answer to it. */
  questions(): readonly OpenQuestion[];
  answer(id: number, answer: PairingAnswer): boolean;
  stop(): Promise<void>;
};

type OnLink = (device: string, link: 'online' | 'offline' | 'unknown') => void;

/** How often devices that nobody enrolled are looked for, to be named in the log once. */
const CANDIDATES_EVERY_MS = 5_000;

/** Begins; without Bluetooth on this machine it waits for it, and says so. */
export async function openRadio(
  settings: RadioSettings,
  thread: HubThread,
  onLink: OnLink,
  frame: Frame,
  log: Log,
): Promise<RadioHandle> {
  const { Desk, Radio } = await import('@heartwood/gateway/ble');
  const asked = new Set<number>();
  const desk = new Desk((open) => {
    for (const one of open) {
      if (asked.has(one.id)) continue;
      asked.add(one.id);
      void answerAtTerminal(one.question, frame, (answer) => desk.answer(one.id, answer));
    }
  });
  const radio = Radio.start({
    ...(settings.bleBus !== undefined && { address: settings.bleBus }),
    slots: settings.bleSlots,
    clock: Date.now,
    ticks: () => performance.now(),
    // The zone of this machine: wall clocks of cuffs and meters hang in the same house.
    zone: (atMs) => -new Date(atMs).getTimezoneOffset(),
    desk,
    accept: (arrival) => thread.accept(arrival),
    devices: () => thread.call('radioDevices'),
    events: {
      link: (device, state) =>
        onLink(device, state === 'up' ? 'online' : state === 'lost' ? 'offline' : 'unknown'),
      alarm: (alarm) => log(alarm.kind === 'over' ? 'info' : 'error', 'bluetooth-alarm', alarm),
      log,
    },
  });
  const named = new Set<string>();
  const look = setInterval(() => {
    for (const { address, services } of radio.candidates()) {
      if (named.has(address)) continue;
      named.add(address);
      // Its name may be a person's: the address and what it measures will do to enroll it.
      log('info', 'bluetooth-device-not-enrolled', { address, measures: services.join(', ') });
    }
  }, CANDIDATES_EVERY_MS);
  look.unref();
  return {
    questions: () => desk.open,
    answer: (id, answer) => desk.answer(id, answer),
    stop: () => {
      clearInterval(look);
      return radio.stop();
    },
  };
}
