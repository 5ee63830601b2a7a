// A hub put together from its rooms: the hub's thread, a door for devices (our broker, or a seat at another's),
// the feed, and the page. Rooms meet here, through the functions that they are handed.

import { readFileSync } from 'node:fs';
import { type Accept, type BrokerEvent, type OnLink, startBroker } from '@heartwood/broker';
import { loadAssets } from '@heartwood/dashboards';
import {
  type Api,
  type ApiOptions,
  checkPassword,
  Delays,
  Feed,
  giveBackMemory,
  type HubSettings,
  HubThread,
  loggedNotice,
  type RadioNotice,
  type Started,
  startApi,
} from '@heartwood/gateway/home';
import { Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import type { Log } from '../log.ts';
import type { Settings, SettingsOf } from '../settings.ts';
import { Calm, loopBusy } from './calm.ts';
import { enrolmentOf, urlFor } from './enrolment.ts';
import { readEvmKey } from './evm-key.ts';
import { insist } from './insist.ts';
import { keySourceOf } from './key-source.ts';
import { metricsToken } from './metrics.ts';
import { makeOwnCertificate, type OwnCertificate } from './own-certificate.ts';
import { openRadio, type RadioHandle } from './radio.ts';
import { Refusals } from './refusals.ts';
import { tellingChoiceOf } from './telling-choice.ts';
import { tellWhere } from './where.ts';

export type HomeSettings = Pick<
  Settings,
  | 'data'
  | 'masterKeyFile'
  | 'passphraseFile'
  | 'mqttHost'
  | 'mqttPort'
  | 'httpHost'
  | 'httpPort'
  | 'intervalMs'
  | 'markFile'
  | 'quarantineMax'
  | 'origin'
> &
  Partial<SettingsOf<'hub'>> & {
    /** Where BlueZ is, of a demo; by default on the system's bus. */
    readonly bleBus?: string;
  };

export type Home = {
  readonly started: Started;
  /** Where the page is. */
  readonly url: string;
  /** Where devices without TLS connect, on this machine; undefined at an external broker. */
  readonly mqttPort: number | undefined;
  /** Where devices with TLS connect; undefined where the hub has no certificate. */
  readonly mqttTlsPort: number | undefined;
  /** What others at home connect by; undefined where only this machine may. */
  readonly own: OwnCertificate | undefined;
  /** A new one-time code for the page. */
  loginCode(): Promise<string>;
  /** Accepts no more, commits what came, closes the batch, anchors it. */
  stop(): Promise<void>;
  /** Rejects when the hub's thread has ended by a fault. */
  readonly failed: Promise<never>;
};

const QUARANTINE_BYTES_MAX = 64 * 1024 * 1024;
const NO_PASSWORD = new Uint8Array();

/** @throws HeartwoodError, BrokerError, Refusal: what keeps it from starting, with nothing left open */
export async function startHome(settings: HomeSettings, frame: Frame, log: Log): Promise<Home> {
  const token = metricsToken(settings.metricsTokenFile);
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  const refusals = new Refusals(log);
  /** Why nothing is stored is said once: not once more for each message that comes again. */
  let storing = true;
  const logDoor: Log = (level, event, detail) =>
    log(event === 'not-stored' && !storing ? 'debug' : level, event, detail);
  const over = new AbortController();
  /** From the sensor to the eye, of this start. */
  const delays = new Delays();
  const thread = await HubThread.start(
    {
      directory: settings.data,
      keySource: keySourceOf(settings as Settings, frame),
      originPrefix: settings.origin,
      intervalMs: settings.intervalMs,
      gatherMs: settings.gatherMs,
      keepReadingsDays: settings.keepReadingsDays,
      quarantineRowsMax: settings.quarantineMax,
      quarantineBytesMax: QUARANTINE_BYTES_MAX,
      markFile: settings.markFile,
      witnessPolicy: settings.witnessPolicy && pem('witness-policy', settings.witnessPolicy),
      ledgerPolicy: settings.ledgerPolicy && pem('ledger-policy', settings.ledgerPolicy),
      publish: settings.publish,
      withoutQuorum: settings.withoutQuorum ?? 'publish-with-alarm',
      secondAnchors: secondAnchorsOf(settings),
      telling: tellingChoiceOf(settings),
    },
    {
      readings: (byPatient, durableMs) => feed.readings(byPatient, durableMs),
      delays: (taken) => delays.add(taken),
      batch: (batch) => {
        feed.batch(batch);
        log('debug', 'batch-closed', batch);
      },
      alarms: (notices, patients) => {
        for (const notice of notices) log('info', 'alarm', loggedNotice(notice));
        for (const one of patients) feed.alarms(one);
      },
      scores: (scores) => feed.scores(scores),
      disk: (notice) => {
        storing = notice.state === 'well' || notice.state === 'low';
        feed.disk(notice);
      },
      registry: () => {
        void feed.registry();
        api?.recheck();
        // An answer that was lost would leave a device that is revoked its connection.
        void insist(() => thread.call('revoked'), over.signal).then((devices) => cut(devices ?? []));
      },
      refused: (refused) => {
        for (const one of refused) refusals.add(one);
      },
      heavy: (device, bytes) => charge?.(device, bytes),
      log,
      failed: failed.reject,
    },
  );
  const feed = new Feed(
    { origin: thread.started.origin, startedAt: Date.now(), intervalMs: settings.intervalMs },
    {
      snapshot: () => thread.call('snapshot'),
      // The last page may leave after the hub's thread has ended, which then needs to know no more.
      onListeners: (any) => void thread.call('listen', any).catch(() => undefined),
      clock: Date.now,
      delays,
    },
  );
  let api: Api | undefined;
  let disconnect: ((device: string) => void) | undefined;
  let charge: ((device: string, bytes: number) => void) | undefined;
  const cut = (devices: readonly string[]): void => {
    for (const device of devices) disconnect?.(device);
  };
  const closing: (() => Promise<unknown>)[] = [async () => over.abort(), () => thread.stop()];
  try {
    const own =
      settings.reach === 'home'
        ? await makeOwnCertificate(settings.data, (names) => thread.call('serverCertificate', names), log)
        : undefined;
    const calm = new Calm({
      busy: loopBusy(),
      giveBack: () => {
        giveBackMemory();
        void thread.call('giveBackMemory').catch(() => undefined);
      },
    });
    closing.unshift(async () => calm.stop());
    const onLink = (device: string, state: 'online' | 'offline' | 'unknown'): void => {
      if (state === 'online') calm.login();
      feed.link(device, state);
      void thread.call('link', device, state).catch(() => undefined);
    };
    const door = await openDoor(settings, thread, onLink, logDoor, own);
    disconnect = door.disconnect;
    charge = door.charge;
    closing.unshift(door.stop);
    closing.push(door.close);
    const tellRadio = { onLink, onNotice: (notice: RadioNotice) => feed.radio(notice) };
    const radio = await radioOf(settings, thread, tellRadio, frame, log);
    if (radio !== undefined) closing.unshift(() => radio.stop());
    // A device trusts one authority: the hub's own, for the page and for MQTT.
    const claims = own !== undefined && vouches(settings) && door.tlsPort !== undefined;
    const admitted = (device: string): void => {
      door.disconnect(device);
      void feed.registry();
    };
    const page = await openPage(
      settings,
      thread,
      {
        feed,
        delays,
        metrics: token === undefined ? undefined : { token, delays, counts: () => door.counts() },
      },
      own,
      claims ? enrolmentOf(own, door.tlsPort, () => api, admitted) : undefined,
      radio?.pairing,
    );
    api = page;
    closing.push(() => page.close());
    // A browser compares this name with the certificate.
    const url = own === undefined ? page.url : urlFor(own.name, page.url);
    if (own !== undefined) {
      const ends = own.keep((tls) => {
        if (settings.mqttTlsCert === undefined) door.renew(tls);
        if (settings.httpTlsCert === undefined) page.renew(tls);
      });
      closing.unshift(async () => ends());
    }
    const untell = tellWhere(settings.data, {
      url,
      mqttPort: door.port,
      mqttTlsPort: door.tlsPort,
      ...(claims && { claims }),
    });
    closing.push(async () => untell());
    return {
      started: thread.started,
      url,
      mqttPort: door.port,
      mqttTlsPort: door.tlsPort,
      own,
      loginCode: () => thread.call('createLoginCode'),
      stop: () => closeAll(closing),
      failed: failed.promise,
    };
  } catch (error) {
    await closeAll(closing);
    throw error;
  }
}

/** Undefined where the owner has not switched Bluetooth on: nothing of it is loaded. */
async function radioOf(
  settings: HomeSettings,
  thread: HubThread,
  tell: Parameters<typeof openRadio>[2],
  frame: Frame,
  log: Log,
): Promise<RadioHandle | undefined> {
  const { ble = false, bleSlots = 5, bleBus } = settings;
  return ble ? openRadio({ bleSlots, bleBus }, thread, tell, frame, log) : undefined;
}

const HOUR_MS = 3_600_000;

/** Undefined where the owner names no place outside. */
function secondAnchorsOf(settings: HomeSettings): HubSettings['secondAnchors'] {
  const { opentimestamps: calendars = [], opentimestampsNeeded: needed = 1 } = settings;
  const { bitcoinHeaders: headerSource, opentimestampsEvery = 6 * HOUR_MS } = settings;
  const { evmRpc, evmChain, evmContract, evmKey, evmFeeCap = 20, evmEvery = 24 * HOUR_MS } = settings;
  const hasChain =
    evmRpc !== undefined && evmChain !== undefined && evmContract !== undefined && evmKey !== undefined;
  if (calendars.length === 0 && !hasChain) return undefined;
  return {
    ...(calendars.length > 0 && {
      openTimestamps: { calendars, needed, headerSource, everyMs: opentimestampsEvery },
    }),
    ...(hasChain && {
      evm: {
        rpcUrl: evmRpc,
        chainId: evmChain,
        contract: evmContract,
        keyText: readEvmKey(evmKey),
        feeCapGwei: evmFeeCap,
        everyMs: evmEvery,
      },
    }),
  };
}

/** Each in its turn, whatever became of those before; then the first failure is told. */
async function closeAll(closing: readonly (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const close of closing) await close().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

/** `stop` takes no further message and lets those taken be stored; `close` ends the connections. */
type Door = {
  readonly port: number | undefined;
  readonly tlsPort: number | undefined;
  renew(tls: { readonly cert: string; readonly key: string }): void;
  /** Ends a device's connection; elsewhere's broker decides for itself. */
  disconnect(device: string): void;
  /** Takes so many bytes more of a device's share; elsewhere's broker has its own. */
  charge(device: string, bytes: number): void;
  /** What the broker counts; elsewhere's broker counts for itself. */
  counts(): Readonly<Record<string, number>>;
  stop(): Promise<void>;
  close(): Promise<void>;
};

async function openDoor(
  settings: HomeSettings,
  thread: HubThread,
  onLink: OnLink,
  log: Log,
  own: OwnCertificate | undefined,
): Promise<Door> {
  const accept: Accept = async ({ device, body, contentType }) => {
    const arrival = { device, body, received: Date.now(), ...(contentType !== undefined && { contentType }) };
    await thread.accept(arrival);
  };
  if (settings.mqtt !== undefined) return seatAt(settings.mqtt, settings, thread, { accept, onLink, log });
  const { mqttTlsCert, mqttTlsKey, mqttTlsHost = '0.0.0.0', mqttTlsPort = 8883 } = settings;
  const certificate =
    mqttTlsCert === undefined || mqttTlsKey === undefined
      ? own?.tls
      : { cert: pem('mqtt-tls-cert', mqttTlsCert), key: pem('mqtt-tls-key', mqttTlsKey) };
  const clients = own !== undefined && vouches(settings) ? { clientAuthority: own.authority } : {};
  const tls =
    certificate === undefined
      ? []
      : [{ host: mqttTlsHost, port: mqttTlsPort, tls: { ...certificate, ...clients } }];
  const broker = await startBroker({
    listeners: [{ host: settings.mqttHost, port: settings.mqttPort }, ...tls],
    authenticate: async (device, password) =>
      checkPassword(password ?? NO_PASSWORD, await thread.call('credential', device)),
    recognize: (device, fingerprint) => thread.call('recognize', device, fingerprint),
    accept,
    onLink,
    log: ({ event, ...facts }) => log(levelOf(event), event, facts),
  });
  const [port, tlsPort] = broker.ports;
  return {
    port,
    tlsPort,
    renew: (next) => broker.renew(next),
    disconnect: (device) => broker.disconnect(device),
    charge: (device, bytes) => broker.charge(device, bytes),
    counts: () => broker.stats(),
    stop: () => broker.stopAccepting(),
    close: () => broker.close(),
  };
}

async function seatAt(
  url: string,
  settings: HomeSettings,
  thread: HubThread,
  ports: { accept: Accept; onLink: OnLink; log: Log },
): Promise<Door> {
  const { subscribeExternal } = await import('@heartwood/broker/external');
  const { mqttUser, mqttPasswordFile, mqttCa } = settings;
  const seat = subscribeExternal({
    url,
    // The session that the broker keeps for this hub alone.
    clientId: thread.started.firstOrigin.replaceAll(/[^a-z0-9-]/g, '-'),
    ...(mqttUser !== undefined && { username: mqttUser }),
    ...(mqttPasswordFile !== undefined && { password: pem('mqtt-password-file', mqttPasswordFile).trim() }),
    ...(mqttCa !== undefined && { ca: pem('mqtt-ca', mqttCa) }),
    accept: ports.accept,
    onLink: ports.onLink,
    log: ({ event, ...facts }) => ports.log('info', event, facts),
  });
  return {
    port: undefined,
    tlsPort: undefined,
    renew: () => undefined,
    disconnect: () => undefined,
    charge: () => undefined,
    counts: () => ({}),
    stop: () => seat.close(),
    close: () => Promise.resolve(),
  };
}

function openPage(
  settings: HomeSettings,
  hub: HubThread,
  shown: Pick<ApiOptions, 'feed' | 'delays' | 'metrics'>,
  own: OwnCertificate | undefined,
  enrolment: ApiOptions['enrolment'],
  pairing: ApiOptions['pairing'],
): Promise<Api> {
  const { httpTlsCert, httpTlsKey } = settings;
  const tls =
    httpTlsCert === undefined || httpTlsKey === undefined
      ? own?.tls
      : { cert: pem('http-tls-cert', httpTlsCert), key: pem('http-tls-key', httpTlsKey) };
  const { httpPort: port } = settings;
  const host = own === undefined ? settings.httpHost : '0.0.0.0';
  const given = { host, port, hub, ...shown, assets: loadAssets, clock: Date.now, enrolment, pairing };
  const names = settings.httpName === undefined ? [] : [settings.httpName];
  return startApi({ ...given, names, ...(tls && { tls }) });
}

/** Whether the hub's own authority vouches for all that a device meets. */
const vouches = ({ mqttTlsCert, httpTlsCert }: HomeSettings): boolean =>
  mqttTlsCert === undefined && httpTlsCert === undefined;

function pem(setting: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Refusal('cannot-run', `${setting}: ${path} cannot be read.`, { cause });
  }
}

function levelOf(event: BrokerEvent['event']): 'info' | 'warn' | 'error' {
  if (event === 'not-stored' || event === 'broker-error' || event === 'listener-failed') return 'error';
  return /refused|denied|error|unanswered/.test(event) ? 'warn' : 'info';
}
