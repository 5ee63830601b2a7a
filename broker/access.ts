// Who may do what, as an ordered list of named steps. Pure decisions over parsed packets: everything in a
// packet is the client's word. Clauses are those of MQTT 3.1.1 and 5 (the numbers differ little; 3.1.1 where
// both have one).

import { isDeviceId, parseTopic, topicOf } from '@heartwood/vitals';
import type { ConnectPacket, PublishPacket } from 'aedes';
import type { ArrivalChannel, LinkState } from './arrival.ts';
import type { PeerCertificate } from './certificate.ts';

/** A refused step: its name for the log, the clause behind it, and the MQTT 3.1.1 CONNACK code where it applies. */
export type Refusal = { step: string; clause: string; returnCode: 2 | 3 | 4 | 5; why?: string };

/** A refusal on its way through aedes: already counted and logged. */
export class AccessDenied extends Error {}

type ConnectStep = Refusal & {
  holds: (packet: ConnectPacket, certificate: PeerCertificate | undefined) => boolean;
};

/** What a CONNECT must satisfy before anybody's password or certificate is looked up, in this order. */
const connectSteps: readonly ConnectStep[] = [
  {
    step: 'properties-once',
    clause: 'MQTT 5 3.1.2.11',
    returnCode: 5,
    holds: (packet) => propertiesOnce(packet.properties) && propertiesOnce(packet.will?.properties),
  },
  {
    step: 'client-id-is-device-id',
    clause: 'MQTT-3.1.3-9',
    returnCode: 2,
    holds: (packet) => isDeviceId(packet.clientId),
  },
  {
    step: 'user-name-is-client-id',
    clause: 'MQTT 3.1.3.4',
    returnCode: 4,
    // With a certificate there may be none.
    holds: ({ username, clientId }, certificate) =>
      username === clientId || (username === undefined && certificate !== undefined),
  },
  {
    step: 'nobody-anonymous',
    clause: 'MQTT 3.1.3.5',
    returnCode: 4,
    holds: (packet, certificate) => certificate !== undefined || hasPassword(packet),
  },
  {
    step: 'password-or-certificate',
    clause: 'MQTT 3.1.4',
    returnCode: 5,
    holds: (packet, certificate) => certificate === undefined || !hasPassword(packet),
  },
  {
    step: 'certificate-trusted',
    clause: 'RFC 5280 6.1',
    returnCode: 5,
    holds: (_packet, certificate) => certificate?.untrusted === undefined,
  },
  {
    step: 'certificate-names-device',
    clause: 'MQTT 3.1.4',
    returnCode: 5,
    holds: ({ clientId }, certificate) => certificate === undefined || certificate.device === clientId,
  },
  {
    step: 'will-on-own-status',
    clause: 'MQTT 3.1.3.2',
    returnCode: 5,
    holds: (packet) =>
      packet.will === undefined ||
      (packet.will.topic === topicOf(packet.clientId, 'status') &&
        linkState(packet.will.payload) === 'offline'),
  },
];

export type LaterStep =
  | 'not-waiting-after-failures'
  | 'not-too-often'
  | 'password-right'
  | 'certificate-current'
  | 'password-checkable'
  | 'not-stopping';

/** The steps that need the world, taken after `connectSteps` and named here so that the log has one vocabulary. */
export const laterSteps: Readonly<Record<LaterStep, Omit<Refusal, 'step'>>> = {
  'not-waiting-after-failures': { clause: 'MQTT 3.2.2.3', returnCode: 3 },
  'not-too-often': { clause: 'MQTT 3.2.2.3', returnCode: 3 },
  'password-right': { clause: 'MQTT 3.1.4', returnCode: 4 },
  'certificate-current': { clause: 'MQTT 3.1.4', returnCode: 5 },
  'password-checkable': { clause: 'MQTT 3.2.2.3', returnCode: 3 },
  'not-stopping': { clause: 'MQTT 3.2.2.3', returnCode: 3 },
};

/** The first step that a CONNECT fails, or undefined when it passes all that need no world. */
export function refuseConnect(packet: ConnectPacket, certificate?: PeerCertificate): Refusal | undefined {
  const failed = connectSteps.find((step) => !step.holds(packet, certificate));
  if (failed?.step !== 'certificate-trusted' || certificate?.untrusted === undefined) return failed;
  return { ...failed, why: certificate.untrusted };
}

const hasPassword = ({ password }: ConnectPacket): boolean => password !== undefined && password.length > 0;

/** What a PUBLISH is to us. */
export type PublishVerdict =
  | { kind: 'arrival'; channel: ArrivalChannel; contentType: string | undefined }
  | { kind: 'status'; state: LinkState }
  | { kind: 'denied'; step: string; clause: string };

/** Judges a PUBLISH of a proven device: its own readings, wave and status, nothing else. */
export function judgePublish(device: string, packet: PublishPacket): PublishVerdict {
  const topic = parseTopic(packet.topic);
  if (topic === undefined) return { kind: 'denied', step: 'topic-is-ours', clause: 'MQTT-3.3.5-2' };
  if (topic.deviceId !== device) return { kind: 'denied', step: 'own-topic', clause: 'MQTT-3.3.5-2' };
  if (!propertiesOnce(packet.properties)) {
    return { kind: 'denied', step: 'properties-once', clause: 'MQTT 5 3.3.2.3' };
  }
  if (topic.channel === 'command') {
    return { kind: 'denied', step: 'channel-to-hub', clause: 'MQTT-3.3.5-2' };
  }
  if (topic.channel !== 'status') {
    return { kind: 'arrival', channel: topic.channel, contentType: packet.properties?.contentType };
  }
  const state = linkState(packet.payload);
  if (state === undefined) return { kind: 'denied', step: 'status-word', clause: 'MQTT-3.3.5-2' };
  return { kind: 'status', state };
}

/** A device hears its own commands only. The exact topic: so no wildcard, no `$share/`, no `$SYS/`. */
export function maySubscribe(device: string, filter: string): boolean {
  return filter === topicOf(device, 'command');
}

/**
 * The status payload: one of two words, so that what a device can make the hub keep is one bit. A retained
 * status is cleared by an empty payload in MQTT; a device has no use for that here and is denied.
 */
function linkState(payload: string | Uint8Array | undefined): LinkState | undefined {
  const length = payload?.length ?? 0;
  if (length < 6 || length > 7) return undefined;
  const word = typeof payload === 'string' ? payload : Buffer.from(payload ?? []).toString('latin1');
  return word === 'online' || word === 'offline' ? word : undefined;
}

/**
 * Whether every property but the user's own comes once, as MQTT 5 asks ("It is a Protocol Error to include
 * ... more than once"). mqtt-packet turns a repeated one into an array, and aedes then computes with the
 * array: a doubled Session Expiry Interval throws out of a socket callback and would end the process.
 */
export function propertiesOnce(properties: object | undefined): boolean {
  if (properties === undefined) return true;
  for (const [name, value] of Object.entries(properties)) {
    if (name !== 'userProperties' && Array.isArray(value)) return false;
  }
  return true;
}
