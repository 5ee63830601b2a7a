// Bad hardware. A fault is a transformation of a stream of deliveries, described as data, drawn from the seed, and
// composable. Whatever the order of the list, faults apply in the order of a message's way: sensor, clock, memory,
// network; or a restart would renumber what the network had already mixed up.

import type { Message } from '@heartwood/vitals';
import { type Delivery, type DeviceStream, isMessage, streamOf } from '../delivery.ts';
import type { Random } from '../random.ts';
import { distort, shiftTimes, withoutContact } from './distort.ts';
import { type ElectrodeTrouble, electrode } from './electrode.ts';
import { beginningsBy, reschedule, type When, windowFinder } from './schedule.ts';

export type Fault =
  /** The device produces nothing; `seq` does not move. */
  | ({ readonly kind: 'drop-out' } & When)
  /** Produced and lost on the way: a gap in `seq`. `share` of all messages, 0 to 1. */
  | { readonly kind: 'lost'; readonly share: number }
  /** No contact: readings of the body are absent with `sensor-off` and poor quality. */
  | ({ readonly kind: 'sensor-off' } & When)
  /** Movement: values that are wrong, and say that their quality is poor, or are withheld as `artefact`. */
  | ({ readonly kind: 'artefact' } & When)
  /** What electrodes do to an ECG, and to the heart rate that the device counts from it. */
  | ({ readonly kind: 'electrode'; readonly trouble: ElectrodeTrouble } & When)
  /** Device time runs fast (or slow, if negative) by so many parts in a million. */
  | { readonly kind: 'clock-drift'; readonly ppm: number }
  /** Device time is off by so much within the windows: minutes slow, an hour fast. */
  | ({ readonly kind: 'clock-jump'; readonly byMs: number } & When)
  /** The battery was out: device time counts from 1970 until the end of the window, when the clock is set again. */
  | ({ readonly kind: 'clock-1970' } & When)
  /** The power fails at the beginning of each window: `seq` is lost and `boot` names the run. Sends `boot` always. */
  | ({ readonly kind: 'restart' } & When)
  /** The power fails likewise, but `seq` was kept and skips ahead by up to 50, as the format allows. */
  | ({ readonly kind: 'restart-skipping' } & When)
  /** `share` of the messages come again, up to `withinMs` later. */
  | { readonly kind: 'duplicate'; readonly share: number; readonly withinMs: number }
  /** `share` of the messages are overtaken: they come up to `withinMs` later. */
  | { readonly kind: 'reorder'; readonly share: number; readonly withinMs: number }
  /** Out of reach for the window, then everything that was remembered in one burst. */
  | ({ readonly kind: 'offline' } & When)
  /** Within the windows the connection breaks every `everyMs` on average. */
  | ({ readonly kind: 'reconnect-storm'; readonly everyMs: number } & When);

/** The way of a message: earlier stages first. Within a stage the order of the list counts. */
const STAGES: Readonly<Record<Fault['kind'], number>> = {
  'drop-out': 0,
  'sensor-off': 1,
  artefact: 1,
  electrode: 1,
  'clock-drift': 2,
  'clock-jump': 2,
  'clock-1970': 2,
  restart: 3,
  'restart-skipping': 4,
  offline: 5,
  lost: 6,
  duplicate: 6,
  reorder: 6,
  'reconnect-storm': 7,
};

/** The stream as that hardware delivers it. Each fault draws from its own fork: the same seed, the same troubles. */
export function withFaults(stream: DeviceStream, faults: readonly Fault[], random: Random): DeviceStream {
  return faults
    .map((fault, place) => ({ fault, name: `fault ${place} ${fault.kind}` }))
    .sort((a, b) => STAGES[a.fault.kind] - STAGES[b.fault.kind])
    .reduce((sound, { fault, name }) => streamOf(() => suffer(sound, fault, random.fork(name))), stream);
}

function suffer(stream: DeviceStream, fault: Fault, random: Random): Iterator<Delivery> {
  switch (fault.kind) {
    case 'drop-out':
      return dropOut(stream, fault, random);
    case 'lost':
      return eachMessage(stream, (message) => (random.chance(fault.share) ? undefined : message));
    case 'sensor-off': {
      const off = windowFinder(fault, random.fork('when'));
      return eachMessage(stream, (message, sendAtMs) => (off(sendAtMs) ? withoutContact(message) : message));
    }
    case 'artefact': {
      const moving = windowFinder(fault, random.fork('when'));
      return eachMessage(stream, (message, sendAtMs) =>
        moving(sendAtMs) ? distort(message, random) : message,
      );
    }
    case 'electrode': {
      const troubled = windowFinder(fault, random.fork('when'));
      const change = electrode(fault.trouble, random);
      return eachMessage(stream, (message, sendAtMs) => {
        if (!troubled(sendAtMs)) return message;
        const changed = change(message);
        return changed.readings.length > 0 ? changed : undefined;
      });
    }
    case 'clock-drift': {
      let sinceMs: number | undefined;
      return eachMessage(stream, (message) =>
        shiftTimes(message, (atMs) => {
          sinceMs ??= atMs;
          return atMs + ((atMs - sinceMs) * fault.ppm) / 1e6;
        }),
      );
    }
    case 'clock-jump': {
      const jumped = windowFinder(fault, random.fork('when'));
      return eachMessage(stream, (message, sendAtMs) =>
        jumped(sendAtMs) ? shiftTimes(message, (atMs) => atMs + fault.byMs) : message,
      );
    }
    case 'clock-1970': {
      const unset = windowFinder(fault, random.fork('when'));
      return eachMessage(stream, (message, sendAtMs) => {
        const window = unset(sendAtMs);
        return window ? shiftTimes(message, (atMs) => atMs - window.fromMs) : message;
      });
    }
    case 'restart':
    case 'restart-skipping':
      return restarts(stream, fault, random);
    case 'duplicate':
      return reschedule(stream, (delivery) =>
        isMessage(delivery) && random.chance(fault.share)
          ? [delivery, later(delivery, random.between(0, fault.withinMs))]
          : [delivery],
      );
    case 'reorder':
      return reschedule(stream, (delivery) =>
        isMessage(delivery) && random.chance(fault.share)
          ? [later(delivery, random.between(0, fault.withinMs))]
          : [delivery],
      );
    case 'offline':
      return offline(stream, fault, random);
    case 'reconnect-storm':
      return storm(stream, fault, random);
  }
}

function later(delivery: Delivery, byMs: number): Delivery {
  return { ...delivery, sendAtMs: Math.round(delivery.sendAtMs + byMs) };
}

function* eachMessage(
  stream: DeviceStream,
  change: (message: Message, sendAtMs: number) => Message | undefined,
): Generator<Delivery> {
  for (const delivery of stream) {
    if (!isMessage(delivery)) {
      yield delivery;
      continue;
    }
    const message = change(delivery.message, delivery.sendAtMs);
    const { sendAtMs } = delivery;
    yield message ? { sendAtMs, message } : { sendAtMs, silent: true };
  }
}

function dropOut(stream: DeviceStream, when: When, random: Random): Iterator<Delivery> {
  const out = windowFinder(when, random);
  let never = 0;
  return eachMessage(stream, (message, sendAtMs) => {
    if (out(sendAtMs)) {
      never++;
      return undefined;
    }
    return { ...message, seq: message.seq - never };
  });
}

function restarts(
  stream: DeviceStream,
  fault: When & { kind: 'restart' | 'restart-skipping' },
  random: Random,
): Iterator<Delivery> {
  const failuresBy = beginningsBy(fault, random.fork('when'));
  const forgets = fault.kind === 'restart';
  let boot = random.below(1_000_000);
  // What the device counts itself, where it forgets; what it skipped in all, where it does not.
  let next = 0;
  let skipped = 0;
  let failed = 0;
  return eachMessage(stream, (message, sendAtMs) => {
    const failures = failuresBy(sendAtMs);
    if (failures > failed) {
      failed = failures;
      boot++;
      next = 0;
      skipped += random.below(50);
    }
    return forgets ? { ...message, boot, seq: next++ } : { ...message, seq: message.seq + skipped };
  });
}

function offline(stream: DeviceStream, when: When, random: Random): Iterator<Delivery> {
  const away = windowFinder(when, random);
  let previous: unknown;
  return reschedule(stream, (delivery) => {
    const window = away(delivery.sendAtMs);
    if (!window) return [delivery];
    const kept = { ...delivery, sendAtMs: window.toMs };
    if (window === previous) return [kept];
    previous = window;
    return [{ sendAtMs: delivery.sendAtMs, link: 'down' }, { sendAtMs: window.toMs, link: 'up' }, kept];
  });
}

function* storm(
  stream: DeviceStream,
  fault: When & { readonly everyMs: number },
  random: Random,
): Generator<Delivery> {
  const stormy = windowFinder(fault, random.fork('when'));
  let nextCutMs: number | undefined;
  for (const delivery of stream) {
    if (!stormy(delivery.sendAtMs)) nextCutMs = undefined;
    else if (nextCutMs === undefined) nextCutMs = delivery.sendAtMs + random.exponential(fault.everyMs);
    else if (nextCutMs <= delivery.sendAtMs) {
      yield { sendAtMs: delivery.sendAtMs, link: 'cut' };
      nextCutMs = delivery.sendAtMs + random.exponential(fault.everyMs);
    }
    yield delivery;
  }
}
