// What the page holds while it is open: one signal for each thing that changes by itself. Components read them
// and redraw; all writing is here.

import { batch, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Alarm } from './alarm.ts';
import { type AlarmSound, createAlarmSound } from './alarm-sound.ts';
import { type Check, checkProof } from './check.ts';
import { type Connection, connect, type Link } from './connection.ts';
import { Drawn } from './drawn.ts';
import type { FeedReading } from './feed.ts';
import { fetchRates } from './history.ts';
import { createHubAlarms, type HubAlarms, hubAlarmed } from './hub-alarms.ts';
import { type ClockMark, type Here, hubTime } from './hub-clock.ts';
import { type Proved, patientIn, raisedBy } from './proved.ts';
import { formatRoute, parseRoute, type Route, WHOLE_LIST } from './route.ts';
import { type Credentials, logIn, logOut, readSession, type Session } from './session.ts';
import { createShell, type Shell } from './shell.ts';
import { callsOf } from './sound.ts';
import { apply, type World } from './state.ts';
import { text } from './text/text.ts';
import { createTimers } from './timers.ts';
import { Trails } from './trails.ts';
import type { HubEventTold } from './trend/event.ts';

export type Visitor =
  | { readonly kind: 'unknown' }
  /** The hub does not answer, so nobody knows; it is asked again and again. */
  | { readonly kind: 'away' }
  | { readonly kind: 'nobody'; readonly why: string | undefined }
  | { readonly kind: 'known'; readonly session: Session };

export type Page = {
  readonly visitor: ReadonlySignal<Visitor>;
  readonly link: ReadonlySignal<Link>;
  readonly world: ReadonlySignal<World | undefined>;
  /** The same a few times a second: what is drawn of everybody at once need not follow each reading. */
  readonly steady: ReadonlySignal<World | undefined>;
  readonly trails: Trails;
  readonly route: ReadonlySignal<Route>;
  /** The patient whom the visitor was at last. */
  readonly last: ReadonlySignal<string | undefined>;
  /** The alarm that the visitor is about to acknowledge. */
  readonly asking: Signal<Asking | undefined>;
  readonly helping: Signal<boolean>;
  readonly sound: AlarmSound;
  readonly shell: Shell;
  /** The hub's own alarms, for whoever runs it. */
  readonly hubAlarms: HubAlarms;
  /** The hub's clock, ms since 1970, moved once a second. */
  readonly now: ReadonlySignal<number>;
  /** What the verify drawer is about; undefined when it is closed. */
  readonly opened: ReadonlySignal<Proved | undefined>;
  readonly check: ReadonlySignal<Check>;
  /** Goes there, with a step in the browser's history. */
  readonly go: (route: Route) => void;
  /** The same place said otherwise (a search): no step. */
  readonly restate: (route: Route) => void;
  /** The list as it was left, with its search. */
  readonly listAddress: () => string;
  /** The address may have changed: by the visitor, or by a link. */
  readonly readAddress: () => void;
  /** Asks once for what was measured of a patient before the page opened. */
  readonly recall: (patient: string) => void;
  readonly enter: (credentials: Credentials) => Promise<void>;
  readonly leave: () => Promise<void>;
  readonly openReading: (reading: FeedReading) => void;
  /** Something that happened to a patient. */
  readonly openEvent: (patient: string, event: HubEventTold) => void;
  /** Why there is no proof of an alarm; undefined where there is, and the drawer shows it. */
  readonly openAlarm: (patient: string, alarm: Alarm) => Promise<string | undefined>;
  readonly closeProof: () => void;
  readonly start: (code: string | undefined) => Promise<void>;
};

export type Asking = { readonly patient: string; readonly condition: string };

const STEADY_MS = 250;
const AWAY_RETRY_MS = 5_000;

/** Makes the page's state; `start` sets it going. */
export function createPage(): Page {
  const visitor: Signal<Visitor> = signal({ kind: 'unknown' });
  const link: Signal<Link> = signal({ kind: 'connecting' });
  const world: Signal<World | undefined> = signal(undefined);
  const now = signal(0);
  const opened: Signal<Proved | undefined> = signal(undefined);
  const check: Signal<Check> = signal({ kind: 'fetching' });
  const steady: Signal<World | undefined> = signal(undefined);
  const route: Signal<Route> = signal(parseRoute(location.hash));
  const last: Signal<string | undefined> = signal(undefined);
  const asking: Signal<Asking | undefined> = signal(undefined);
  const helping = signal(false);
  const trails = new Trails();
  const recalled = new Set<string>();
  let list: Route = route.peek().kind === 'list' ? route.peek() : WHOLE_LIST;
  let steadying = false;
  let mark: ClockMark | undefined;
  let connection: Connection | undefined;
  const drawn = new Drawn(
    () => performance.now(),
    (task) => void requestAnimationFrame(task),
  );
  let checking: AbortController | undefined;
  /** The session ended while somebody watched: nothing would tell them of an alarm. */
  let ended = false;
  const timers = createTimers();
  const shell = createShell();
  const runsHub = (): boolean => {
    const who = visitor.peek();
    return who.kind === 'known' && who.session.role === 'admin';
  };
  const hubAlarms = createHubAlarms(
    () => runsHub() && link.peek().kind === 'live',
    () => performance.now(),
  );
  const ofHub = (): readonly Alarm[] => (runsHub() ? hubAlarms.list.peek() : []);
  const sound = createAlarmSound(
    () =>
      callsOf(
        [...(world.peek()?.patients ?? []), hubAlarmed('', ofHub())],
        link.peek().kind === 'lost' || ended,
      ),
    timers,
  );

  const tick = (): void => {
    if (mark !== undefined) now.value = hubTime(mark, here());
  };

  /** The first picture at once, the later ones together. */
  const steadily = (): void => {
    if (steady.value === undefined) steady.value = world.value;
    if (steadying) return;
    steadying = true;
    setTimeout(() => {
      steadying = false;
      steady.value = world.value;
      drawn.given();
    }, STEADY_MS);
  };

  const arrive = (next: Route): void => {
    batch(() => {
      if (route.value.kind === 'patient') last.value = route.value.id;
      if (next.kind === 'list') list = next;
      route.value = next;
    });
  };

  /** Nothing that was shown stays: what the visitor may see is told anew. */
  const unsee = (): void => {
    mark = undefined;
    closeProof();
    trails.clear();
    recalled.clear();
    hubAlarms.forget();
    batch(() => {
      asking.value = undefined;
      steady.value = undefined;
      world.value = undefined;
    });
  };

  /** Of whoever is not in the list any more nothing stays open either. */
  const keepOnly = ({ patients }: World): void => {
    const ids = new Set(patients.map(({ id }) => id));
    for (const id of recalled) if (!ids.has(id)) recalled.delete(id);
    const shown = opened.peek();
    if (shown !== undefined && !ids.has(patientIn(shown))) closeProof();
    if (asking.peek() !== undefined && !ids.has(asking.peek()?.patient ?? '')) asking.value = undefined;
  };

  const forget = (why: string | undefined): void => {
    connection?.close();
    connection = undefined;
    unsee();
    batch(() => {
      helping.value = false;
      visitor.value = { kind: 'nobody', why };
      link.value = { kind: 'connecting' };
    });
  };

  const join = async (): Promise<void> => {
    const session = await readSession().catch(() => 'no answer' as const);
    if (session === 'no answer') {
      visitor.value = { kind: 'away' };
      timers.later(() => void join(), AWAY_RETRY_MS);
      return;
    }
    if (session === undefined) return forget(undefined);
    visitor.value = { kind: 'known', session };
    ended = false;
    connection?.close();
    connection = connect(
      {
        openSocket: (query) =>
          new WebSocket(
            `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/feed${query}`,
          ),
        here,
        later: timers.later,
        random: Math.random,
      },
      {
        take: (message, at) => {
          const applied = apply(world.value, message);
          if (applied.kind === 'gap') return false;
          drawn.arrived();
          batch(() => {
            world.value = applied.world;
            trails.take(message);
            if (message.type === 'snapshot' || message.type === 'patients') keepOnly(applied.world);
            steadily();
            mark = at;
            tick();
          });
          return true;
        },
        link: (next) => {
          // Back from being away, the hub may be another version of itself.
          if (link.value.kind === 'lost' && next.kind === 'live') shell.look();
          if (next.kind !== link.value.kind || next.kind === 'lost') link.value = next;
        },
        place: () => {
          const { session, feed } = world.peek() ?? {};
          return session === undefined || feed === undefined ? undefined : { session, after: feed };
        },
        dismissed: () => unsee(),
        drawn: () => drawn.take(),
        mayReconnect: async () => {
          const still = await readSession().catch(() => 'no answer' as const);
          if (still === undefined) {
            forget(text().login.ended);
            ended = true;
          }
          return still !== undefined;
        },
      },
    );
  };

  const enter = async (credentials: Credentials): Promise<void> => {
    const login = await logIn(credentials);
    if (login.kind === 'in') return join();
    // A link that was used before, opened by somebody who is in already, puts nobody out.
    const session = await readSession().catch(() => undefined);
    if (session === undefined) forget(login.why);
    else if (visitor.value.kind !== 'known') await join();
  };

  const closeProof = (): void => {
    checking?.abort();
    opened.value = undefined;
  };

  const prove = (proved: Proved): void => {
    checking?.abort();
    checking = new AbortController();
    const { signal } = checking;
    opened.value = proved;
    void checkProof(proved, (next) => (check.value = next), signal);
  };

  return {
    visitor,
    link,
    world,
    now,
    steady,
    trails,
    route,
    last,
    asking,
    helping,
    sound,
    shell,
    hubAlarms,
    opened,
    check,
    go: (next) => {
      history.pushState(null, '', formatRoute(next));
      arrive(next);
    },
    restate: (next) => {
      history.replaceState(null, '', formatRoute(next));
      arrive(next);
    },
    listAddress: () => formatRoute(list),
    readAddress: () => arrive(parseRoute(location.hash)),
    recall: (patient) => {
      if (recalled.has(patient) || now.value === 0) return;
      recalled.add(patient);
      void fetchRates(patient, now.value).then((stretches) => {
        if (recalled.has(patient)) trails.fill(patient, stretches);
      });
    },
    enter,
    leave: async () => {
      await logOut();
      forget(undefined);
    },
    openReading: (reading) => prove({ kind: 'reading', reading }),
    openEvent: (patient, event) => prove({ kind: 'event', patient, event }),
    openAlarm: async (patient, alarm) => {
      try {
        const event = await raisedBy(patient, alarm, new AbortController().signal);
        if (event === undefined) return 'The hub has no record of this alarm.';
        prove({ kind: 'event', patient, event });
        return undefined;
      } catch {
        return 'The hub does not answer.';
      }
    },
    closeProof,
    start: async (code) => {
      timers.often(tick);
      timers.often(hubAlarms.tick);
      document.addEventListener('visibilitychange', tick);
      // After sleep, or on another network, nobody waits for the next retry.
      const hurry = (): void => connection?.hurry();
      addEventListener('online', hurry);
      document.addEventListener('visibilitychange', hurry);
      await (code === undefined ? join() : enter({ code }));
    },
  };
}

function here(): Here {
  return { steadyMs: performance.now(), wallMs: Date.now() };
}
