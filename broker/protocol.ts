// What the standard forbids in a packet and aedes or mqtt-packet let pass, or answer by a bare close: judged before
// aedes sees it, so that an MQTT 5 client hears the reason. An MQTT 3.1.1 connection is just closed, as its standard
// asks. Pure decisions over parsed packets; all in them is the client's word.

import type { PublishPacket, SubscribePacket, UnsubscribePacket } from 'aedes';
import { propertiesOnce } from './access.ts';
import { reason } from './connection.ts';

/** A packet as the parser gives it, header and body. `length` is its Remaining Length. */
export type ParsedPacket = (
  | PublishPacket
  | SubscribePacket
  | UnsubscribePacket
  | {
      cmd:
        | 'connect'
        | 'connack'
        | 'suback'
        | 'unsuback'
        | 'puback'
        | 'pubrec'
        | 'pubrel'
        | 'pubcomp'
        | 'pingreq'
        | 'pingresp'
        | 'disconnect'
        | 'auth';
      properties?: object;
    }
) & { length?: number };

/** Why a packet ends its connection: the rule for the log, the clause, and the MQTT 5 reason code. */
export type Violation = { readonly step: string; readonly clause: string; readonly reasonCode: number };

export type ProtocolLimits = { readonly topicLevelsMax: number; readonly filtersMax: number };

const violation = (step: string, clause: string, reasonCode: number): Violation => ({
  step,
  clause,
  reasonCode,
});

/** Only a server sends these; AUTH belongs to an authentication that we do not offer. */
const FROM_SERVER: ReadonlySet<string | undefined> = new Set([
  'connack',
  'suback',
  'unsuback',
  'pingresp',
  'auth',
]);

/** The rule that a packet of a connected client breaks, if any. */
export function violationOf(packet: ParsedPacket, limits: ProtocolLimits): Violation | undefined {
  if (packet.cmd === 'connect') return violation('one-connect', 'MQTT-3.1.0-2', reason.protocolError);
  if (FROM_SERVER.has(packet.cmd))
    return violation('packet-of-a-client', 'MQTT 5 4.13', reason.protocolError);
  const { properties } = packet;
  if (packet.cmd === 'publish' && properties !== undefined && 'topicAlias' in properties) {
    return violation('no-topic-alias', 'MQTT5-3.3.2-9', reason.topicAliasInvalid);
  }
  if (!propertiesOnce(properties))
    return violation('properties-once', 'MQTT 5 2.2.2.2', reason.protocolError);
  switch (packet.cmd) {
    case 'publish':
      return ofPublish(packet.topic, packet.qos, packet.dup, packet.messageId, limits);
    case 'subscribe':
      if (packet.properties?.subscriptionIdentifier === 0) {
        return violation('identifier-not-zero', 'MQTT 5 3.8.2.1.2', reason.protocolError);
      }
      return ofFilters(
        packet.subscriptions.map(({ topic }) => topic),
        packet.messageId,
        limits,
      );
    case 'unsubscribe':
      return ofFilters(packet.unsubscriptions, packet.messageId, limits);
    default:
      return undefined;
  }
}

function ofPublish(
  topic: string,
  qos: number,
  dup: boolean,
  id: number | undefined,
  limits: ProtocolLimits,
): Violation | undefined {
  if (qos === 0 && dup) return violation('dup-needs-qos', 'MQTT-3.3.1-2', reason.malformedPacket);
  if (qos > 0 && id === 0) return violation('id-not-zero', 'MQTT-2.3.1-1', reason.protocolError);
  if (topic === '') return violation('topic-not-empty', 'MQTT-4.7.3-1', reason.protocolError);
  if (!wellFormed(topic)) return violation('topic-is-text', 'MQTT-1.5.3-1', reason.malformedPacket);
  if (/[#+]/.test(topic)) return violation('topic-without-wildcard', 'MQTT-3.3.2-2', reason.topicNameInvalid);
  if (levels(topic) > limits.topicLevelsMax)
    return violation('topic-levels', 'our limit', reason.topicNameInvalid);
  return undefined;
}

function ofFilters(
  filters: readonly string[],
  id: number | undefined,
  limits: ProtocolLimits,
): Violation | undefined {
  if (id === 0) return violation('id-not-zero', 'MQTT-2.3.1-1', reason.protocolError);
  if (filters.length === 0) return violation('at-least-one-filter', 'MQTT-3.10.3-2', reason.protocolError);
  if (filters.length > limits.filtersMax)
    return violation('filters-in-a-packet', 'our limit', reason.quotaExceeded);
  for (const filter of filters) {
    if (filter === '') return violation('filter-not-empty', 'MQTT-4.7.3-1', reason.protocolError);
    if (!wellFormed(filter)) return violation('filter-is-text', 'MQTT-1.5.3-1', reason.malformedPacket);
    if (!wildcardsWhole(filter)) {
      return violation('wildcard-a-level', 'MQTT-4.7.1-2', reason.topicFilterInvalid);
    }
    if (levels(filter) > limits.topicLevelsMax)
      return violation('topic-levels', 'our limit', reason.topicFilterInvalid);
  }
  return undefined;
}

/** The parser puts U+FFFD where bytes were no UTF-8; no topic of ours has one, nor a NUL (MQTT-1.5.3-2). */
function wellFormed(text: string): boolean {
  return !text.includes('\uFFFD') && !text.includes('\0');
}

/** `+` is a whole level, `#` a whole level and the last. */
function wildcardsWhole(filter: string): boolean {
  const parts = filter.split('/');
  return parts.every((part, at) =>
    part.includes('#') ? part === '#' && at === parts.length - 1 : !part.includes('+') || part === '+',
  );
}

function levels(topic: string): number {
  let count = 1;
  for (let at = topic.indexOf('/'); at >= 0; at = topic.indexOf('/', at + 1)) count += 1;
  return count;
}
