// Rules over more than one setting: what must come in pairs, what excludes the other, what is unsafe.

import { isIP } from 'node:net';
import { Refusal } from './exit-status.ts';
import { flagOf, keyOf, type SettingName, type Settings } from './settings.ts';

/** Two settings that mean something together only. */
const PAIRS: readonly (readonly [SettingName, SettingName])[] = [
  ['mqttTlsCert', 'mqttTlsKey'],
  ['httpTlsCert', 'httpTlsKey'],
];
/** What belongs to a broker elsewhere, and would be silently without effect where `mqtt` names none. */
const OF_OUTSIDE_BROKER: readonly SettingName[] = ['mqttUser', 'mqttPasswordFile', 'mqttCa'];

/** Addresses that only this machine reaches. A host name other than `localhost` may be anything. */
function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true;
  if (isIP(host) === 4) return host.startsWith('127.');
  return isIP(host) === 6 && new URL(`http://[${host}]`).hostname === '[::1]';
}

/** A node is of use with all of these only. */
const OF_CHAIN: readonly SettingName[] = ['evmRpc', 'evmChain', 'evmContract', 'evmKey'];

/** @throws Refusal `usage` */
function checkAnchors(settings: Settings, placeOf: (name: SettingName) => string | undefined): void {
  const calendars = settings.opentimestamps.length;
  if (settings.bitcoinHeaders !== undefined && calendars === 0) {
    throw new Refusal(
      'usage',
      `bitcoin-headers (${placeOf('bitcoinHeaders')}) is for OpenTimestamps, and opentimestamps names no calendar. Add --opentimestamps URL.`,
    );
  }
  if (calendars > 0 && settings.opentimestampsNeeded > calendars) {
    throw new Refusal(
      'usage',
      `opentimestamps-needed is ${settings.opentimestampsNeeded} (${placeOf('opentimestampsNeeded')}), and opentimestamps names ${calendars}: name more calendars, or need fewer.`,
    );
  }
  const given = OF_CHAIN.find((name) => settings[name] !== undefined);
  const missing = OF_CHAIN.find((name) => settings[name] === undefined);
  if (given !== undefined && missing !== undefined) {
    throw new Refusal(
      'usage',
      `${keyOf(given)} (${placeOf(given)}) needs ${keyOf(missing)} too: a chain takes a node, its id, the contract and a key. Add ${flagOf(missing)}.`,
    );
  }
  if (settings.ledgerPolicy !== undefined && (calendars > 0 || given !== undefined)) {
    const name = given ?? 'opentimestamps';
    throw new Refusal(
      'usage',
      `${keyOf(name)} (${placeOf(name)}) and ledger-policy (${placeOf('ledgerPolicy')}) exclude each other: second anchors take this hub’s own ledger outside, and its proofs would come from the other one.`,
    );
  }
}

/**
 * Checks the settings that a command uses against each other.
 *
 * @param placeOf where a setting was given; undefined where it has its built-in value
 * @throws Refusal `usage`
 */
export function checkTogether(
  wanted: readonly SettingName[],
  settings: Settings,
  placeOf: (name: SettingName) => string | undefined,
): void {
  const uses = (name: SettingName): boolean => wanted.includes(name);

  for (const [one, other] of PAIRS) {
    if (!uses(one) || !uses(other) || (settings[one] === undefined) === (settings[other] === undefined))
      continue;
    const [given, missing] = settings[one] === undefined ? [other, one] : [one, other];
    throw new Refusal(
      'usage',
      `${keyOf(given)} (${placeOf(given)}) needs ${keyOf(missing)} too: TLS takes a certificate and its key. Add ${flagOf(missing)}.`,
    );
  }

  const keyFile = placeOf('masterKeyFile');
  if (uses('passphraseFile') && settings.passphraseFile !== undefined && keyFile !== undefined) {
    throw new Refusal(
      'usage',
      `passphrase-file (${placeOf('passphraseFile')}) and master-key-file (${keyFile}) exclude each other: give one of them.`,
    );
  }

  if (uses('mqtt') && settings.mqtt === undefined) {
    for (const name of OF_OUTSIDE_BROKER) {
      if (settings[name] === undefined) continue;
      throw new Refusal(
        'usage',
        `${keyOf(name)} (${placeOf(name)}) is for a broker elsewhere, and mqtt names none. Add --mqtt mqtts://HOST.`,
      );
    }
  }
  if (uses('mqtt') && settings.mqtt?.startsWith('mqtt:') && settings.mqttCa !== undefined) {
    throw new Refusal(
      'usage',
      `mqtt-ca (${placeOf('mqttCa')}) is for TLS, and mqtt begins with mqtt://. Write mqtts://.`,
    );
  }
  if (
    uses('mqtt') &&
    (settings.mqttUser === undefined) !== (settings.mqttPasswordFile === undefined) &&
    settings.mqttUser === undefined
  ) {
    throw new Refusal(
      'usage',
      `mqtt-password-file (${placeOf('mqttPasswordFile')}) needs mqtt-user too. Add --mqtt-user.`,
    );
  }

  if (uses('ledgerPolicy') && settings.ledgerPolicy !== undefined && settings.witnessPolicy !== undefined) {
    throw new Refusal(
      'usage',
      `witness-policy (${placeOf('witnessPolicy')}) and ledger-policy (${placeOf('ledgerPolicy')}) exclude each other: the witnesses of a ledger elsewhere stand in its ledger-policy file, and that ledger asks them.`,
    );
  }

  if (uses('opentimestamps')) checkAnchors(settings, placeOf);

  if (uses('mqttTlsCert') && !isLoopback(settings.mqttHost)) {
    throw new Refusal(
      'usage',
      `mqtt-host is ${settings.mqttHost} (${placeOf('mqttHost')}): passwords and readings would cross the network readable. ` +
        'Keep it on 127.0.0.1; devices on the network use --mqtt-tls-cert, --mqtt-tls-key and --mqtt-tls-host.',
    );
  }
  if (uses('httpTlsCert') && !isLoopback(settings.httpHost) && settings.httpTlsCert === undefined) {
    throw new Refusal(
      'usage',
      `http-host is ${settings.httpHost} (${placeOf('httpHost')}): others could read along on the network, and change what is shown. ` +
        'Add --http-tls-cert and --http-tls-key, or keep it on 127.0.0.1.',
    );
  }
}
