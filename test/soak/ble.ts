// `npm run soak -- ble`: links are lost again and again while straps stream into a real hub, and one in four of the new
// ones once more while it is set up. Every value that reached the bus is stored once, in order; every loss is told once,
// those of links that were not up never; match rules, calls in flight and memory stay flat.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { hasBusDaemon, type Sample, startBluez } from '@heartwood/device-sim/ble';
import { Radio } from '@heartwood/gateway/ble';
import { parseMessage } from '@heartwood/vitals';
import { burstStrap } from '../ble/burst-strap.ts';
import { HubHome } from '../ble/hub-home.ts';
import { FAST } from '../ble/ward.ts';

export type LostLinks = { readonly losses: number; readonly seed: string; say(line: string): void };

export type LostLinksReport = {
  readonly losses: number;
  readonly toldLost: number;
  /** Lost besides, before they were set up. */
  readonly inSetUp: number;
  readonly said: number;
  readonly stored: number;
  readonly lost: number;
  readonly doubledOrOutOfOrder: number;
  readonly matchRulesMax: number;
  readonly inFlightMax: number;
  readonly heapMiB: readonly number[];
  readonly seconds: number;
};

const DEVICES = 8;
const SET_UP_EVERY = 4;
const HEART_RATE = '00002a37-0000-1000-8000-00805f9b34fb';

/** Loses links. Throws where dbus-daemon is not installed. */
export async function loseLinks({ losses, seed, say }: LostLinks): Promise<LostLinksReport> {
  if (!hasBusDaemon()) throw new Error('dbus-daemon is not installed (Debian: dbus)');
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const beganMs = performance.now();
  // By device: what was on the bus and is not stored yet, oldest first.
  const due = new Map<string, string[]>();
  let [said, stored, wrong, toldLost] = [0, 0, 0, 0];
  const up = new Set<string>();
  const bluez = await startBluez({
    seed,
    devices: Array.from({ length: DEVICES }, (_, n) => ({
      id: `strap-${n}`,
      model: burstStrap(4),
      bonded: true,
    })),
    adapters: [{ name: 'hci0', slots: DEVICES }],
    delayScale: 0.002,
    truthMax: 0,
    onSample: ({ device, uuid, value, by }: Sample) => {
      if (uuid !== HEART_RATE || by !== 'device') return;
      said += 1;
      const waiting = due.get(device) ?? [];
      due.set(device, waiting);
      waiting.push(Buffer.from(value).toString('hex'));
    },
  });
  const ids = Array.from({ length: DEVICES }, (_, n) => `strap-${n}`);
  const home = await HubHome.open(ids.map((id) => ({ id, address: bluez.device(id).address })));
  const radio = Radio.start({
    address: bluez.address,
    slots: DEVICES,
    timing: { ...FAST, silentMs: 60_000, presentMs: 60_000 },
    clock: Date.now,
    ticks: () => performance.now(),
    zone: () => 0,
    devices: () => home.thread.call('radioDevices'),
    keepClock: (device, clock) => home.thread.call('radioClock', device, clock),
    accept: async (arrival) => {
      const outcome = await home.thread.accept(arrival);
      const parsed = parseMessage(arrival.body, arrival.contentType);
      if (parsed.kind === 'refused' || outcome !== 'stored') throw new Error(`a message was ${outcome}`);
      for (const { source } of parsed.message.readings) {
        if (source?.characteristic !== 0x2a37) continue;
        stored += 1;
        if (due.get(arrival.device)?.shift() !== Buffer.from(source.octets).toString('hex')) wrong += 1;
      }
      return outcome;
    },
    events: {
      link: (device, state) => {
        if (state === 'up') up.add(device);
        else up.delete(device);
        if (state === 'lost') toldLost += 1;
      },
      alarm: () => undefined,
      log: () => undefined,
    },
  });

  const heapMiB: number[] = [];
  let [lostLinks, inSetUp, matchRulesMax] = [0, 0, 0];
  const look = async (): Promise<void> => {
    collect();
    heapMiB.push(Math.round((process.memoryUsage().heapUsed / 2 ** 20) * 10) / 10);
    const rules = Object.values(await bluez.matchRules());
    matchRulesMax = Math.max(matchRulesMax, ...rules);
    say(
      `${lostLinks} links lost, ${toldLost} told; ${stored} of ${said} values stored; heap ${heapMiB.at(-1)} MiB, match rules ${rules.join(' and ')}`,
    );
  };
  try {
    while (up.size < DEVICES) await wait(10);
    let next = 0;
    while (lostLinks < losses) {
      // Whoever is connected loses its link, a little after it came.
      for (const id of [...up]) {
        if (lostLinks >= losses) break;
        up.delete(id);
        if (lostLinks % SET_UP_EVERY === 0) {
          bluez.device(id).trouble.losesLinkInDiscovery = 1;
          inSetUp += 1;
        }
        bluez.device(id).loseLink();
        lostLinks += 1;
      }
      if (lostLinks >= next) {
        await look();
        next += Math.max(1, Math.floor(losses / 10));
      }
      await wait(15);
    }
    while (up.size < DEVICES) await wait(10);
    await wait(300);
    for (const id of ids) bluez.device(id).trouble.silent = true;
    await wait(500);
    await look();
  } finally {
    await radio.stop();
    await home.stop();
    await bluez.stop();
  }
  const inStore = home.readings().filter(({ kind }) => kind === 'heart-rate').length;
  home.remove();
  return {
    losses: lostLinks,
    toldLost,
    inSetUp,
    said,
    stored: inStore,
    lost: said - inStore,
    doubledOrOutOfOrder: wrong,
    matchRulesMax,
    inFlightMax: bluez.inFlightMax,
    heapMiB,
    seconds: Math.round((performance.now() - beganMs) / 1000),
  };
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
