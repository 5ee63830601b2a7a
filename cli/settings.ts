// Every setting of Heartwood, in one table. A line here is all it takes: the setting gets a flag (`--mqtt-port`), an
// environment variable (`HEARTWOOD_MQTT_PORT`), a key in the config file (`mqtt-port = 1883`), its place in the help
// and its check. How the sources are read and which wins: settings-read.ts.

import type { Row } from './setting-row.ts';
import {
  brokerUrl,
  choice,
  duration,
  host,
  number,
  originPrefix,
  path,
  paths,
  port,
  text,
  wholeNumber,
  yes,
} from './setting-type.ts';
import { SECOND_ANCHOR_SETTINGS, type SecondAnchorSettings } from './settings-second-anchors.ts';
import { CONTACT_SETTINGS, TELLING_SETTINGS, type TellingSettings } from './telling-settings.ts';

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug';
export type WitnessKeyChoice = 'ed25519' | 'ml-dsa-44' | 'both';

/** Settings as the program uses them: checked, paths absolute. */
export type Settings = {
  readonly data: string;
  readonly masterKeyFile: string;
  readonly passphraseFile: string | undefined;
  /** Who may connect: this machine, or the home's network by TLS with a certificate of the hub's own. */
  readonly reach: 'machine' | 'home';
  readonly mqttHost: string;
  readonly mqttPort: number;
  readonly mqttTlsHost: string;
  readonly mqttTlsPort: number;
  /** With `mqttTlsKey` or not at all: the TLS listener runs when both are there. */
  readonly mqttTlsCert: string | undefined;
  readonly mqttTlsKey: string | undefined;
  /** URL of a broker elsewhere; undefined: the hub's own broker. */
  readonly mqtt: string | undefined;
  readonly mqttUser: string | undefined;
  readonly mqttPasswordFile: string | undefined;
  readonly mqttCa: string | undefined;
  readonly ble: boolean;
  /** Connections at once on one adapter. */
  readonly bleSlots: number;
  readonly httpHost: string;
  /** 0: any free port. */
  readonly httpPort: number;
  readonly httpName: string | undefined;
  readonly metricsTokenFile: string | undefined;
  readonly httpTlsCert: string | undefined;
  readonly httpTlsKey: string | undefined;
  readonly intervalMs: number;
  /** The high-water mark of the ledger. */
  readonly markFile: string;
  readonly witnessPolicy: string | undefined;
  /** A ledger elsewhere, and the witnesses that its proofs must show. */
  readonly ledgerPolicy: string | undefined;
  readonly withoutQuorum: 'fail-closed' | 'publish-with-alarm';
  readonly gatherMs: number;
  /** Undefined: readings are kept for ever. */
  readonly keepReadingsDays: number | undefined;
  readonly quarantineMax: number;
  readonly origin: string;
  /** Whose statements a ledger takes. */
  readonly hubs: string | undefined;
  /** Folder for the log as plain files. */
  readonly publish: string | undefined;
  readonly minimumIndex: number;
  /** Undefined: entries are kept for ever. */
  readonly retainDays: number | undefined;
  readonly noticeDays: number;
  /** Whose checkpoints a witness cosigns. */
  readonly witnessLogs: string | undefined;
  /** Of a new witness; undefined: a neutral random one. */
  readonly witnessName: string | undefined;
  readonly witnessKeys: WitnessKeyChoice;
  readonly log: LogLevel;
  readonly speed: number;
  readonly seed: number;
  /** Milliseconds after which a demo or simulation ends by itself; undefined: when told to. */
  readonly forDuration: number | undefined;
  readonly recording: readonly string[];
} & SecondAnchorSettings &
  TellingSettings;
export type SettingName = keyof Settings;

export const SETTINGS: { readonly [Name in SettingName]: Row<Settings[Name]> } = {
  data: {
    type: path,
    fallback: './heartwood-data',
    help: 'folder that holds everything the hub keeps',
    group: 'Storage and keys',
  },
  masterKeyFile: {
    type: path,
    fallback: { of: (data) => `${data}.key`, says: '<data>.key' },
    help: 'file with the master key; keep it apart from the data (a USB stick, another disk)',
    group: 'Storage and keys',
    secret: true,
  },
  passphraseFile: {
    type: path,
    help: 'file with a passphrase that the master key is derived from (Argon2id), instead of a key file',
    group: 'Storage and keys',
    secret: true,
  },
  reach: {
    type: choice(['machine', 'home']),
    fallback: 'machine',
    help: 'who may connect: this machine alone, or the home’s network, by TLS with a certificate that the hub makes',
    group: 'Devices',
  },
  mqttHost: {
    type: host,
    fallback: '127.0.0.1',
    help: 'address for devices without TLS; keep it on this machine',
    group: 'Devices',
  },
  mqttPort: { type: port, fallback: 1883, help: 'port for devices without TLS', group: 'Devices' },
  mqttTlsHost: {
    type: host,
    fallback: '0.0.0.0',
    help: 'address for devices with TLS, once it has a certificate',
    group: 'Devices',
  },
  mqttTlsPort: { type: port, fallback: 8883, help: 'port for devices with TLS', group: 'Devices' },
  mqttTlsCert: { type: path, help: 'certificate for devices (PEM)', group: 'Devices' },
  mqttTlsKey: { type: path, help: 'key of that certificate (PEM)', group: 'Devices' },
  mqtt: {
    type: brokerUrl,
    help: 'use the broker at this URL instead of the built-in one',
    group: 'Devices',
    secret: true,
  },
  mqttUser: { type: text, help: 'user name at that broker', group: 'Devices' },
  mqttPasswordFile: {
    type: path,
    help: 'file with the password at that broker',
    group: 'Devices',
    secret: true,
  },
  mqttCa: { type: path, help: 'authority that signed that broker’s certificate (PEM)', group: 'Devices' },
  ble: {
    type: yes,
    fallback: false,
    help: 'connect to Bluetooth devices, once they are enrolled with --ble',
    group: 'Devices',
  },
  bleSlots: {
    type: wholeNumber(1, 32),
    fallback: 5,
    help: 'Bluetooth connections at once on one adapter; a Pi’s own holds five to seven',
    group: 'Devices',
  },
  httpHost: {
    type: host,
    fallback: '127.0.0.1',
    help: 'address of the dashboard, ledger or witness; any but this machine’s own needs TLS',
    group: 'Dashboard',
  },
  httpPort: {
    type: port,
    fallback: 8420,
    help: 'port of the dashboard, ledger or witness',
    group: 'Dashboard',
  },
  httpName: {
    type: text,
    help: 'another name by which browsers reach the dashboard, as through a proxy of yours; names that are not the hub’s are refused',
    group: 'Dashboard',
  },
  metricsTokenFile: {
    type: path,
    help: 'file with the token (20 characters or more) by which a Prometheus server reads /metrics; without it there are none',
    group: 'Dashboard',
    secret: true,
  },
  httpTlsCert: {
    type: path,
    help: 'certificate for the dashboard, ledger or witness (PEM)',
    group: 'Dashboard',
  },
  httpTlsKey: { type: path, help: 'key of that certificate (PEM)', group: 'Dashboard' },
  intervalMs: {
    type: wholeNumber(200, 3_600_000, 'milliseconds'),
    fallback: 10_000,
    help: 'time between two signed batches',
    group: 'Record',
  },
  markFile: {
    type: path,
    fallback: { of: (data) => `${data}.mark`, says: '<data>.mark' },
    help: 'file that remembers what was signed last, so that a restored old copy is noticed; keep it apart from the data',
    group: 'Record',
  },
  witnessPolicy: {
    type: path,
    help: 'file that says which witnesses cosign the ledger, and how many must (tlog-policy)',
    group: 'Record',
  },
  ledgerPolicy: {
    type: path,
    help: 'file with the line `log <vkey> https://…` of a ledger elsewhere, and its witnesses (tlog-policy); proofs are checked by it',
    group: 'Record',
  },
  withoutQuorum: {
    type: choice(['fail-closed', 'publish-with-alarm']),
    fallback: 'publish-with-alarm',
    help: 'while witnesses are too few: prove and show nothing new, or do so without them and warn',
    group: 'Record',
  },
  ...SECOND_ANCHOR_SETTINGS,
  ...TELLING_SETTINGS,
  gatherMs: {
    type: wholeNumber(0, 10_000, 'milliseconds'),
    fallback: 0,
    help: 'let a message wait so long for others, to be written together: spares an SD card; its acknowledgement, alarms and the page wait as long',
    group: 'Record',
  },
  keepReadingsDays: {
    type: wholeNumber(1, 36_525, 'days'),
    help: 'let go of readings older than this, oldest first; what was signed, and proofs given out, hold; without it, all are kept',
    group: 'Record',
  },
  quarantineMax: {
    type: wholeNumber(0, 10_000_000),
    fallback: 10_000,
    help: 'refused messages kept for inspection; the oldest go first',
    group: 'Record',
  },
  origin: {
    type: originPrefix,
    fallback: 'heartwood',
    help: 'begins the names under which the hub and its ledger sign; everybody who gets a proof sees it',
    group: 'Record',
  },
  hubs: {
    type: path,
    help: 'file with a line `hub <vkey>` for each hub that may send statements, and `quorum none`',
    group: 'Record',
  },
  publish: {
    type: path,
    help: 'also write the log to this folder as plain files, for any web server',
    group: 'Record',
  },
  minimumIndex: {
    type: wholeNumber(0, Number.MAX_SAFE_INTEGER),
    fallback: 0,
    help: 'let go of full tiles that end at this entry or before, once the notice is over; it never goes back',
    group: 'Record',
  },
  retainDays: {
    type: wholeNumber(1, 36_525, 'days'),
    help: 'let go of entries older than this; without it, all are kept',
    group: 'Record',
  },
  noticeDays: {
    type: wholeNumber(0, 366, 'days'),
    fallback: 7,
    help: 'announce so long ahead, for all to see, what will be let go',
    group: 'Record',
  },
  witnessLogs: {
    type: path,
    help: 'file with a line "log <vkey>" for each ledger to witness; a hub’s policy.txt will do',
    group: 'Record',
  },
  witnessName: {
    type: originPrefix,
    help: 'name of a new witness, in every cosignature; a random one unless given',
    group: 'Record',
  },
  witnessKeys: {
    type: choice(['ed25519', 'ml-dsa-44', 'both']),
    fallback: 'both',
    help: 'keys of a new witness; ml-dsa-44 withstands quantum computers',
    group: 'Record',
  },
  log: {
    type: choice(['silent', 'error', 'warn', 'info', 'debug']),
    fallback: 'info',
    help: 'how much to say on standard error',
    group: 'Program',
  },
  speed: {
    type: number(0, 3600),
    fallback: 1,
    help: 'simulated seconds that pass in one real second',
    group: 'Simulation',
  },
  seed: {
    type: wholeNumber(0, 4_294_967_295),
    fallback: 1,
    help: 'starting point of chance; the same seed gives the same bodies and faults',
    group: 'Simulation',
  },
  forDuration: {
    name: 'for',
    type: duration,
    help: 'end after this long; without it, at Ctrl-C',
    group: 'Simulation',
  },
  recording: {
    type: paths,
    fallback: [],
    help: 'replay this recording (a WFDB header, .hea) instead of simulated people; may be repeated',
    group: 'Simulation',
  },
};

/** The settings that each command takes; any other flag is refused there. The config file may hold all of them. */
export const COMMAND_SETTINGS = {
  hub: [
    'data',
    'masterKeyFile',
    'passphraseFile',
    'reach',
    'mqttHost',
    'mqttPort',
    'mqttTlsHost',
    'mqttTlsPort',
    'mqttTlsCert',
    'mqttTlsKey',
    'mqtt',
    'mqttUser',
    'mqttPasswordFile',
    'mqttCa',
    'ble',
    'bleSlots',
    'httpHost',
    'httpPort',
    'httpName',
    'metricsTokenFile',
    'httpTlsCert',
    'httpTlsKey',
    'intervalMs',
    'gatherMs',
    'keepReadingsDays',
    'quarantineMax',
    'origin',
    'opentimestamps',
    'opentimestampsNeeded',
    'opentimestampsEvery',
    'bitcoinHeaders',
    'evmRpc',
    'evmChain',
    'evmContract',
    'evmKey',
    'evmFeeCap',
    'evmEvery',
    'log',
    'markFile',
    'witnessPolicy',
    'withoutQuorum',
    'publish',
    'ledgerPolicy',
    'smtpFile',
    'mailFrom',
    'tellMqttFile',
    'webhookSecretFile',
    'tellCa',
    'tellLanguage',
  ],
  demo: [
    'data',
    'masterKeyFile',
    'passphraseFile',
    'speed',
    'seed',
    'forDuration',
    'recording',
    'mqttPort',
    'httpPort',
    'intervalMs',
    'origin',
    'quarantineMax',
    'log',
    'markFile',
  ],
  sim: [
    'speed',
    'seed',
    'forDuration',
    'recording',
    'mqttHost',
    'mqttPort',
    'mqtt',
    'mqttUser',
    'mqttPasswordFile',
    'mqttCa',
    'log',
  ],
  ledger: [
    'data',
    'hubs',
    'markFile',
    'publish',
    'witnessPolicy',
    'withoutQuorum',
    'minimumIndex',
    'retainDays',
    'noticeDays',
    'origin',
    'httpHost',
    'httpPort',
    'httpTlsCert',
    'httpTlsKey',
    'log',
  ],
  witness: [
    'data',
    'witnessLogs',
    'witnessName',
    'witnessKeys',
    'httpHost',
    'httpPort',
    'httpTlsCert',
    'httpTlsKey',
    'log',
  ],
  prove: ['data', 'masterKeyFile', 'passphraseFile', 'markFile'],
  export: ['data', 'masterKeyFile', 'passphraseFile'],
  fsck: ['data', 'masterKeyFile', 'passphraseFile'],
  'new-epoch': ['data', 'masterKeyFile', 'passphraseFile', 'markFile'],
  doctor: [
    'data',
    'markFile',
    'masterKeyFile',
    'passphraseFile',
    'mqttHost',
    'mqttPort',
    'mqttTlsHost',
    'mqttTlsPort',
    'mqttTlsCert',
    'mqttTlsKey',
    'mqtt',
    'mqttUser',
    'mqttPasswordFile',
    'mqttCa',
    'httpHost',
    'httpPort',
    'httpTlsCert',
    'httpTlsKey',
  ],
  quarantine: ['data', 'masterKeyFile', 'passphraseFile'],
  enroll: ['data', 'masterKeyFile', 'passphraseFile', 'mqttTlsCert', 'mqttHost', 'mqttPort', 'mqttTlsPort'],
  person: ['data', 'masterKeyFile', 'passphraseFile'],
  contact: CONTACT_SETTINGS as typeof CONTACT_SETTINGS,
  revoke: ['data', 'masterKeyFile', 'passphraseFile'],
  login: ['data', 'masterKeyFile', 'passphraseFile', 'httpHost', 'httpPort', 'httpTlsCert', 'httpTlsKey'],
  'evm-registry': ['evmRpc', 'evmChain', 'evmKey', 'evmFeeCap'],
} as const;

/** Built-in values that differ from the table's in one command. */
export const COMMAND_FALLBACKS: { readonly [Command in keyof typeof COMMAND_SETTINGS]?: Partial<Settings> } =
  {
    // A demo stays out of the way of a real hub on the same machine, and shows a batch every two seconds.
    demo: { data: './heartwood-demo', mqttPort: 0, intervalMs: 2_000, log: 'error' },
    ledger: { data: './heartwood-ledger', httpPort: 8430 },
    // A folder of its own: whoever restores a hub from a backup must not restore a witness with it.
    witness: { data: './heartwood-witness', httpPort: 8440 },
    'evm-registry': { evmKey: './evm.key' },
  };

/** What a command's run function gets. */
export type SettingsOf<Command extends keyof typeof COMMAND_SETTINGS> = Pick<
  Settings,
  (typeof COMMAND_SETTINGS)[Command][number]
>;

/** `mqttPort` is `mqtt-port` in the config file, `--mqtt-port` as a flag, `HEARTWOOD_MQTT_PORT` in the environment. */
export function keyOf(name: SettingName): string {
  return SETTINGS[name].name ?? name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
export function flagOf(name: SettingName): string {
  return `--${keyOf(name)}`;
}
export function variableOf(name: SettingName): string {
  return `HEARTWOOD_${keyOf(name).replaceAll('-', '_').toUpperCase()}`;
}
