// The hub's thread. It runs the hub on its vault and answers the main thread: commits as they come, calls by
// name, and a batch closed at every interval. All that can be slow (fsync, sealing, hashing) happens here, so
// that the main thread always reads its sockets.

import { parentPort, workerData } from 'node:worker_threads';
import { AnchorError, HUB_SLOT } from '@heartwood/anchor';
import type { Gathered } from '@heartwood/anchor/node';
import type { AlarmNotice } from '../alarms/engine.ts';
import type { ClosedBatch } from '../batch/close-batch.ts';
import { TwoHistories } from '../batch/elsewhere.ts';
import { LogPublisher } from '../batch/publish.ts';
import { Retention } from '../batch/retention.ts';
import { silenceIsOver } from '../batch/silence.ts';
import { HeartwoodError } from '../error.ts';
import { packReadings } from '../stream/packed-readings.ts';
import { alarmsOf, hubCalls, pseudonym } from './calls.ts';
import { DiskWatch, probeOf } from './disk-watch.ts';
import { secondHistory, withEvidence } from './evidence.ts';
import type { Committed, Hub } from './hub.ts';
import type { HubEvents } from './hub-thread.ts';
import { Legs } from './legs.ts';
import { startHub } from './start.ts';
import {
  type FromHub,
  OUTCOMES,
  type Outcome,
  type ToHub,
  unpackArrivals,
  type WireError,
  type WorkerData,
} from './wire.ts';
import { Parts } from './work.ts';

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

/** How often other programs' changes to the registry are looked for: a revoked device is cut off within a second. */
const REFRESH_MS = 400;
/** How often every condition is looked at: an alarm is on the screen within a second besides its validation delay. */
const LOOK_MS = 500;
/** Every so many looks people are told, and pages of scores. */
const TELL_EVERY = 2;

/** How long a hub that stops waits for the ledger elsewhere to take its last statement; the next start sends it again. */
const LAST_WORD_MS = 2000;

/** How long before its time a timer may run: libuv counts whole milliseconds of another clock. */
const TIMER_EARLY_MS = 20;

async function run(): Promise<void> {
  const running = await startHub(settings, Date.now, log);
  const { hub, ledger, witnesses, elsewhere, secondAnchors, started, release } = running;
  const retention = new Retention(hub.vault, settings.keepReadingsDays, settings.intervalMs);
  if (retention.isDamaged) log('error', 'readings-not-let-go', { why: 'the fact kept-from does not open' });
  const calls = hubCalls(hub, (readings) => {
    if (listeners && readings.length > 0)
      say({ type: 'readings', readings: packReadings(readings), durableMs: Date.now() });
  }) as unknown as Record<string, (...args: unknown[]) => unknown>;
  let listeners = false;
  const legs = new Legs();
  // Said once when it begins and once when it ends, whatever fails meanwhile.
  const disk = new DiskWatch(probeOf(settings.directory), Date.now, (notice, why) => {
    const { state, freeBytes } = notice;
    const level = state === 'well' ? 'info' : state === 'low' ? 'warn' : 'error';
    log(level, `disk-${state}`, { freeBytes, ...(why !== '' && { why }) });
    say({ type: 'disk', disk: notice });
  });

  // Intervals end at whole multiples of their length, whatever happened in them, and their statements say so. A batch
  // that is closed late, since the hub was busy, must not tell everybody by its milliseconds how busy.
  let dueMs = tickAfter(Date.now(), settings.intervalMs);
  /** Closed before the timer came to it. */
  let early: ClosedBatch | undefined;
  const closeDue = (): ClosedBatch => {
    const endMs = tickAfter(Date.now(), settings.intervalMs) - settings.intervalMs;
    dueMs = endMs + settings.intervalMs;
    return hub.closeBatch(endMs);
  };
  /** Before anything new is taken in: what comes after an interval's end belongs to the next one. */
  const closeIfDue = (): void => {
    if (!held && early === undefined && Date.now() >= dueMs) early = closeDue();
  };
  /** Too few witnesses have answered since the start to be sure that this copy is the newest: nothing is signed. */
  let held = started.silence?.held ?? false;
  const stillHeld = async (): Promise<boolean> => {
    if (!held || witnesses === undefined) return false;
    const isOver = await silenceIsOver(witnesses, ledger);
    hub.watch.anchor.heard('witness', isOver);
    if (!isOver) return true;
    held = false;
    log('info', 'witnesses-answered', {});
    return false;
  };
  if (started.silence !== undefined) {
    const { asked, answered } = started.silence;
    log('warn', 'witnesses-silent', { asked, answered, signing: held ? 'held' : 'goes on' });
  }
  const interval = async (): Promise<void> => {
    if (await stillHeld()) return;
    const closed = early ?? (await survive('batch-not-written', closeDue));
    early = undefined;
    const anchored = await survive('batch-not-anchored', () => hub.anchor());
    await survive('history-not-kept', () => hub.summaries.step());
    const damaged = await survive('readings-not-let-go', () => retention.step());
    if (damaged) log('error', 'readings-not-let-go', { damaged });
    if (closed === undefined || anchored === undefined) return;
    disk.worked();
    const { sequence, endMs, entries } = closed;
    say({ type: 'batch', batch: { sequence, endMs, entries, ledgerSize: anchored.ledgerSize } });
    // What leaves the house leaves at a fixed moment after the interval's end: how long the sealing took stays inside.
    // Nothing waits for it: the next batch may close while others think.
    setTimeout(leave, Math.max(0, endMs + leaveAfterMs(settings.intervalMs) - Date.now())).unref();
  };
  const leave = (): void => {
    if (stopping) return;
    void tellElsewhere().catch(fail);
    void survive('witnesses-not-asked', () => witnesses?.gather(ledger))
      .then(witnessed)
      .then(publish)
      .catch(fail);
    void secondAnchors?.step(Date.now());
  };
  let away = started.elsewhere;
  if (away !== undefined) log('warn', 'ledger-elsewhere', { why: away });
  /** Nothing waits for the ledger elsewhere either. What is wrong with it is said when that changes. */
  let telling = false;
  const tellElsewhere = async (): Promise<void> => {
    if (telling) return;
    telling = true;
    try {
      const sent = await elsewhere?.send(hub.vault);
      if (sent !== undefined) hub.watch.anchor.heard('ledger', true);
      if (sent === undefined || (away === undefined && sent.statements < 2)) return;
      away = undefined;
      log('info', 'ledger-elsewhere', { statements: sent.statements, size: sent.size ?? 0 });
    } catch (error) {
      if (stopping) return;
      if (error instanceof TwoHistories) throw withEvidence(error, settings.directory);
      if (!(error instanceof AnchorError)) {
        if (isDiskFault(error)) return log('error', 'ledger-elsewhere', { why: (error as Error).message });
        throw error;
      }
      hub.watch.anchor.heard('ledger', false);
      if (error.message === away) return;
      away = error.message;
      log(error.code === 'ledger-unreachable' ? 'warn' : 'error', 'ledger-elsewhere', { why: away });
    } finally {
      telling = false;
    }
  };
  const publisher =
    settings.publish === undefined ? undefined : new LogPublisher(settings.publish, settings.withoutQuorum);
  const publish = (): void => {
    if (stopping) return;
    const trouble = publisher?.step(ledger);
    if (trouble === '') log('info', 'log-published', {});
    else if (trouble !== undefined) log('error', 'log-not-published', { why: trouble });
  };
  let alarmed = false;
  const witnessed = (one: Gathered | undefined): void => {
    if (one === undefined) return;
    if (one.evidence.length > 0) throw secondHistory(one, settings.directory);
    hub.watch.anchor.heard('witness', one.alarm === undefined);
    // The same every ten seconds would be noise: said when it begins and when it ends.
    if (alarmed === (one.alarm !== undefined)) return;
    alarmed = one.alarm !== undefined;
    if (one.alarm === undefined) log('info', 'no-quorum-over', { size: one.size });
    else log('warn', 'no-quorum', { size: one.size, why: one.alarm });
  };
  /** The result of `work`; undefined where a disk's fault, or the hub's own end, came in between. */
  const survive = async <T>(event: string, work: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (stopping) return undefined;
      if (!isDiskFault(error)) throw error;
      const isKnown = disk.isFailing;
      disk.failed(error);
      if (!isKnown) log('error', event, { why: String((error as Error).message) });
      return undefined;
    }
  };

  let timer: NodeJS.Timeout | undefined;
  let stopping = false;
  const arm = (): void => {
    if (stopping) return;
    const nowMs = Date.now();
    const nextMs = tickAfter(nowMs, settings.intervalMs);
    // A timer that runs a little before its time finds the same tick ahead. Where the clock was turned back, `dueMs` is
    // far ahead, and an interval passes as it should.
    const waitMs = (early === undefined && dueMs > nowMs ? Math.min(dueMs, nextMs) : nowMs) - nowMs;
    timer = setTimeout(() => {
      const missingMs = dueMs - Date.now();
      if (early === undefined && missingMs > 0 && missingMs < TIMER_EARLY_MS) arm();
      else void interval().then(arm, fail);
    }, waitMs);
  };

  const commit = (packed: Uint8Array): void => {
    let acknowledged = false;
    let durableMs = 0;
    const parts = new Parts();
    const acknowledge = ({ outcomes, refused, dropped }: Committed): void => {
      const codes = new Uint8Array(outcomes.length);
      for (let i = 0; i < outcomes.length; i++) codes[i] = OUTCOMES.indexOf(outcomes[i] as Outcome);
      say({ type: 'committed', outcomes: codes, refused, dropped, heavy: parts.heavy() }, [codes.buffer]);
      acknowledged = true;
      durableMs = Date.now();
    };
    try {
      closeIfDue();
      const { readings, refused } = hub.commit(unpackArrivals(packed), acknowledge, undefined, parts);
      // Messages that were known already wrote nothing.
      if (readings.length + refused.length > 0) disk.worked();
      legs.stored(readings, durableMs);
      if (listeners && readings.length > 0)
        say({ type: 'readings', readings: packReadings(readings), durableMs });
    } catch (error) {
      if (acknowledged || !isDiskFault(error)) throw error;
      disk.failed(error);
      if (!disk.isFailing) log('error', 'commit-failed', { why: (error as Error).message });
      say({ type: 'commit-failed', error: wireError(error) });
    }
  };

  const answer = async ({ call, name, args }: Extract<ToHub, { type: 'call' }>): Promise<void> => {
    try {
      if (name === 'listen') listeners = args[0] === true;
      if (name !== 'stop') closeIfDue();
      const value = await (name === 'stop'
        ? stop(hub)
        : name === 'listen'
          ? undefined
          : calls[name]?.(...args));
      say({ type: 'answer', call, value });
    } catch (error) {
      if (isDiskFault(error)) disk.failed(error);
      say({ type: 'call-failed', call, error: wireError(error) });
    }
  };

  // Delays end by the clock, also when nothing arrives.
  let looks = 0;
  const look = async (): Promise<void> => {
    looks += 1;
    disk.look();
    const notices = await survive('alarms-not-kept', () => {
      closeIfDue();
      return hub.watch.look(disk.observed());
    });
    if (notices !== undefined) {
      disk.recorded();
      legs.looked(Date.now());
    }
    if (notices !== undefined && notices.length > 0) {
      disk.worked();
      tell(notices);
    }
    if (looks % TELL_EVERY > 0) return;
    const delays = legs.take();
    if (delays !== undefined) say({ type: 'delays', delays });
    await survive('telling-not-kept', () => hub.teller.step());
    if (!listeners) return;
    const scores = [...hub.watch.newScores()].map(([slot, score]) => ({ patient: pseudonymOf(slot), score }));
    if (scores.length > 0) say({ type: 'scores', scores });
  };
  const pseudonymOf = (slot: number): string =>
    pseudonym(hub.vault.registry.patient(slot)?.subject ?? new Uint8Array());
  const tell = (notices: readonly AlarmNotice[]): void => {
    const slots = [...new Set(notices.map(({ slot }) => slot))].filter((slot) => slot !== HUB_SLOT);
    const patients = slots.map((slot) => ({
      patient: pseudonymOf(slot),
      alarms: alarmsOf(hub, slot),
    }));
    say({ type: 'alarms', notices, patients });
  };
  const refreshing = setInterval(
    () => void survive('registry-not-read', () => hub.vault.registry.refresh()).catch(fail),
    REFRESH_MS,
  );
  const looking = setInterval(() => void look().catch(fail), LOOK_MS);

  const stop = async (one: Hub): Promise<void> => {
    stopping = true;
    clearTimeout(timer);
    clearInterval(refreshing);
    clearInterval(looking);
    try {
      await one.stop(!held);
      await Promise.race([
        elsewhere?.send(one.vault),
        // A thread ends when nothing waits in it any more: this must not be what does.
        new Promise((on) => setTimeout(on, LAST_WORD_MS).unref()),
      ]).catch(() => undefined);
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
  hub.teller.onFault = (fault) => log('error', 'channel-fault', fault);
  hub.teller.onDamaged = (row) => log('error', 'telling-damaged', { row });
  arm();
  say({ type: 'ready', started });
}

/** The first whole multiple of an interval after a time, ms since 1970. */
const tickAfter = (ms: number, intervalMs: number): number => (Math.floor(ms / intervalMs) + 1) * intervalMs;

/** How long after its end an interval's statement goes to others: longer than closing takes, even on a busy hub. */
const leaveAfterMs = (intervalMs: number): number => Math.min(500, intervalMs / 10);

/** Ends the thread at once: after a broken invariant nothing more may be written or signed. */
function fail(error: unknown): void {
  say({ type: 'failed', error: wireError(error) });
  process.exit(1);
}

process.on('uncaughtException', fail);
run().catch(fail);
