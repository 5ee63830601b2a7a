// Bluetooth beside the hub: loaded only where the owner switched it on. Questions about pairing go to whoever sits at
// the terminal; a page may answer them too.

import type { HubThread, Pairing, RadioNotice } from '@heartwood/gateway';
import type { OpenQuestion, RadioAlarm } from '@heartwood/gateway/ble';
import type { Frame } from '../frame.ts';
import type { Log } from '../log.ts';
import { answerAtTerminal } from './pairing-words.ts';
import { Strangers } from './strangers.ts';

export type RadioSettings = {
  readonly bleSlots: number;
  /** Where BlueZ is; by default on the system's bus. */
  readonly bleBus: string | undefined;
};

export type RadioHandle = {
  /** What waits for a person, and a person's answer to it, for a page. */
  readonly pairing: Pairing;
  stop(): Promise<void>;
};

type OnLink = (device: string, link: 'online' | 'offline' | 'unknown') => void;

/** How often devices that nobody enrolled are looked for, to be named in the log once. */
const CANDIDATES_EVERY_MS = 5_000;

/** Begins; without Bluetooth on this machine it waits for it, and says so. */
export async function openRadio(
  settings: RadioSettings,
  thread: HubThread,
  tell: { readonly onLink: OnLink; readonly onNotice: (notice: RadioNotice) => void },
  frame: Frame,
  log: Log,
): Promise<RadioHandle> {
  const { Desk, Radio } = await import('@heartwood/gateway/ble');
  /** Questions that were put to the terminal, of those that are open. */
  let asked: readonly number[] = [];
  const troubles = new Map<string, RadioNotice['troubles'][number]>();
  const notify = (): void =>
    tell.onNotice({ troubles: [...troubles.values()], questions: desk.open.map(questionOf) });
  const ask = (open: readonly OpenQuestion[]): void => {
    notify();
    const before = asked;
    asked = open.map(({ id }) => id);
    for (const one of open) {
      if (before.includes(one.id)) continue;
      void answerAtTerminal(one.question, frame, (answer) => desk.answer(one.id, answer, { by: 'terminal' }));
    }
  };
  const desk = new Desk(ask, ({ kind, device }, answer, who) => {
    // What is only shown is settled by the device.
    if (kind === 'show-passkey') return;
    const settled = { device, question: kind, answer: answer === false ? 'no' : 'yes', ...who } as const;
    void thread.call('pairingSettled', settled).catch((error: unknown) => {
      log('warn', 'pairing-not-recorded', { device, why: String(error) });
    });
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
    keepClock: (device, clock) => thread.call('radioClock', device, clock),
    events: {
      link: (device, state) =>
        tell.onLink(device, state === 'up' ? 'online' : state === 'lost' ? 'offline' : 'unknown'),
      alarm: (alarm, isSo) => {
        log(isSo ? 'error' : 'info', isSo ? 'bluetooth-alarm' : 'bluetooth-alarm-over', alarm);
        void thread.call('radio', alarm, isSo).catch(() => undefined);
        if (note(troubles, alarm, isSo)) notify();
      },
      log,
    },
  });
  const strangers = new Strangers(log);
  const look = setInterval(() => strangers.look(radio.candidates(), performance.now()), CANDIDATES_EVERY_MS);
  look.unref();
  return {
    pairing: {
      questions: () => desk.open.map(questionOf),
      answer: (id, answer, person) => {
        const open = desk.answer(id, answer, { by: 'page', person });
        log('info', 'pairing-answered', { question: id, open: open ? 'yes' : 'no' });
        return open;
      },
    },
    stop: () => {
      clearInterval(look);
      return radio.stop();
    },
  };
}

const questionOf = ({ id, question }: OpenQuestion): RadioNotice['questions'][number] => ({
  id,
  ...question,
});

/** A page hears of Bluetooth itself here; of devices it hears by their patients' alarms. @returns whether it is so */
function note(
  troubles: Map<string, RadioNotice['troubles'][number]>,
  alarm: RadioAlarm,
  isSo: boolean,
): boolean {
  if ('device' in alarm) return false;
  const adapter = 'adapter' in alarm ? { adapter: alarm.adapter } : {};
  const name = [alarm.kind, ...Object.values(adapter)].join(':');
  if (isSo) troubles.set(name, { kind: alarm.kind, ...adapter, since: Date.now() });
  else troubles.delete(name);
  return true;
}
