// The hub's thread. It runs the hub on its vault and answers the main thread: commits as they come, calls by
// name, and a batch closed at every interval. All that can be slow (fsync, sealing, hashing) happens here, so
// that the main thread always reads its sockets.

import { parentPort, workerData } from 'node:worker_threads';
import type { Gathered } from '@heartwood/anchor/node';
import type { AlarmNotice } from '../alarms/engine.ts';
import { HeartwoodError } from '../error.ts';
import type { CommittedReading } from '../stream/feed-reading.ts';
import { alarmsOf, hubCalls, pseudonym } from './calls.ts';
import { secondHistory } from './evidence.ts';
import type { Committed, Hub } from './hub.ts';
import type { HubEvents } from './hub-thread.ts';
import { startHub } from './start.ts';
import {
  type FromHub,
  OUTCOMES,
  type ToHub,
  unpackArrivals,
  type WireError,
  type WorkerData,
} from './wire.ts';

if (parentPort === null) throw new Error('this file is the body of a worker thread');
const port = parentPort;
const say = (message: FromHub, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);
const { settings } = workerData as WorkerData;

const log: HubEvents['log'] = (level, event, detail) => say({ type: 'log', level, event, detail });

const wireError = (error: unknown): WireError => {
  if (error instanceof HeartwoodError) return { code: error.code, message: error.message };
  return {
    code: 'internal',
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  };
};

/**
 * The disk's faults pass, and nothing was acknowledged or signed away: carry on, and try again. So do those of the
 * medium that the mark is on. Any other error is a broken invariant.
 */
const isDiskFault = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  /^SQLITE_(FULL|IOERR|READONLY|BUSY|CANTOPEN)|^mark-unreadable$/.test(String(error.code));

/** How often every condition is looked at: of a validation delay of 6 s a sixth. */
const LOOK_MS = 1000;

async function run(): Promise<void> {
  const { hub, ledger, witnesses, started, release } = await startHub(settings, Date.now);
  const calls = hubCalls(hub) as unknown as Record<string, (...args: unknown[]) => unknown>;
  let listeners = false;

  const interval = async (): Promise<void> => {
    const closed = await survive('batch-not-written', () => hub.closeBatch());
    const anchored = await survive('batch-not-anchored', () => hub.anchor());
    if (closed === undefined || anchored === undefined) return;
    const { sequence, endMs, entries } = closed;
    say({ type: 'batch', batch: { sequence, endMs, entries, ledgerSize: anchored.ledgerSize } });
    // Nothing waits for the witnesses: the next batch may close while they think.
    void survive('witnesses-not-asked', () => witnesses?.gather(ledger))
      .then(witnessed)
      .catch(fail);
  };
  let alarm: string | undefined;
  const witnessed = (one: Gathered | undefined): void => {
    if (one === undefined) return;
    if (one.evidence.length > 0) throw secondHistory(one, settings.directory);
    // The same words every ten seconds would be noise: said when they change.
    if (one.alarm === alarm) return;
    alarm = one.alarm;
    if (alarm === undefined) log('info', 'witnessed', { size: one.size });
    else log('warn', 'witnesses-missing', { size: one.size, why: alarm });
  };
  /** The result of `work`; undefined where a disk's fault, or the hub's own end, came in between. */
  const survive = async <T>(event: string, work: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (stopping) return undefined;
      if (!isDiskFault(error)) throw error;
      log('error', event, { why: String((error as Error).message) });
      return undefined;
    }
  };

  // Intervals end at whole multiples of their length, whatever happened in them.
  let timer: NodeJS.Timeout | undefined;
  let stopping = false;
  const arm = (): void => {
    if (stopping) return;
    timer = setTimeout(
      () => void interval().then(arm, fail),
      settings.intervalMs - (Date.now() % settings.intervalMs),
    );
  };

  const commit = (packed: Uint8Array): void => {
    let acknowledged = false;
    const acknowledge = ({ outcomes, refused, dropped }: Committed): void => {
      const codes = Uint8Array.from(outcomes, (outcome) => OUTCOMES.indexOf(outcome));
      say({ type: 'committed', outcomes: codes, refused, dropped }, [codes.buffer]);
      acknowledged = true;
    };
    try {
      const { readings } = hub.commit(unpackArrivals(packed), acknowledge);
      if (listeners && readings.length > 0) say({ type: 'readings', readings: byPatient(readings) });
    } catch (error) {
      if (acknowledged || !isDiskFault(error)) throw error;
      say({ type: 'commit-failed', error: wireError(error) });
    }
  };

  const answer = async ({ call, name, args }: Extract<ToHub, { type: 'call' }>): Promise<void> => {
    try {
      if (name === 'listen') listeners = args[0] === true;
      const value = await (name === 'stop'
        ? stop(hub)
        : name === 'listen'
          ? undefined
          : calls[name]?.(...args));
      say({ type: 'answer', call, value });
    } catch (error) {
      say({ type: 'call-failed', call, error: wireError(error) });
    }
  };

  // Delays end by the clock, also when nothing arrives.
  const look = async (): Promise<void> => {
    const notices = await survive('alarms-not-kept', () => hub.watch.look());
    if (notices !== undefined && notices.length > 0) tell(notices);
  };
  const tell = (notices: readonly AlarmNotice[]): void => {
    const slots = [...new Set(notices.map(({ slot }) => slot))];
    const patients = slots.map((slot) => ({
      patient: pseudonym(hub.vault.registry.patient(slot)?.subject ?? new Uint8Array()),
      alarms: alarmsOf(hub, slot),
    }));
    say({ type: 'alarms', notices, patients });
  };
  const looking = setInterval(() => void look().catch(fail), LOOK_MS);

  const stop = async (one: Hub): Promise<void> => {
    stopping = true;
    clearTimeout(timer);
    clearInterval(looking);
    try {
      await one.stop();
    } finally {
      await release();
    }
  };

  port.on('message', (message: ToHub) => {
    if (message.type === 'commit') commit(message.arrivals);
    else if (message.type === 'call') void answer(message);
    else port.close();
  });
  hub.vault.registry.onReload = () => say({ type: 'registry' });
  arm();
  say({ type: 'ready', started });
}

/** Texts that go to the pages as they are: parsed by nobody on the way. */
function byPatient(readings: readonly CommittedReading[]): Map<string, string> {
  const texts = new Map<string, string>();
  for (const reading of readings) {
    const before = texts.get(reading.patient);
    texts.set(
      reading.patient,
      `${before === undefined ? '' : `${before},`}${JSON.stringify(reading.feed())}`,
    );
  }
  return texts;
}

/** Ends the thread at once: after a broken invariant nothing more may be written or signed. */
function fail(error: unknown): void {
  say({ type: 'failed', error: wireError(error) });
  process.exit(1);
}

process.on('uncaughtException', fail);
run().catch(fail);
