// What the broker says to the log: ids, addresses, sizes and outcomes; never a topic's body, a password or a value.

import type { CountedOnly } from './tally.ts';

/** One line for the log. `step` names the access step that refused (access.ts), `clause` the MQTT clause behind it. */
export type BrokerEvent =
  | { event: 'listening'; host: string; port: number; tls: boolean }
  | { event: 'listener-failed'; host: string; error: string }
  | { event: 'connection-refused'; address: string; reason: ConnectionRefusal }
  | {
      event: 'login-refused';
      address: string;
      device: string | undefined;
      step: string;
      clause: string;
      why?: string;
    }
  | { event: 'login-unanswered'; address: string; device: string; error: string }
  | { event: 'connected'; address: string; device: string; protocol: number }
  | { event: 'taken-over'; address: string; device: string }
  | { event: 'disconnected'; device: string }
  | { event: 'publish-denied'; device: string; step: string; clause: string }
  | { event: 'subscribe-denied'; device: string }
  | {
      event: 'protocol-broken';
      device: string | undefined;
      address: string;
      step: string;
      clause: string;
      reasonCode: number;
    }
  | { event: 'not-stored'; device: string; qos: 0 | 1 | 2; error: string }
  | { event: 'client-error'; device: string | undefined; address: string; error: string }
  | { event: 'broker-error'; error: string }
  | CountedOnly;

/** Why a connection was closed before its CONNECT was looked at. */
export type ConnectionRefusal =
  | 'connections-max'
  | 'connections-per-address-max'
  | 'too-many-failed-logins'
  | 'too-many-connects'
  | 'connect-timeout'
  | 'not-mqtt'
  | 'protocol-version'
  | 'connect-too-large'
  | 'tls-handshake';

/** Receives every event, on the socket's own turn: it must not throw or block. `more` such ones came within a minute. */
export type Log = (event: BrokerEvent & { more?: number }) => void;

/** What of an error may go to the log: its code or class name, since a message may quote what a device sent. */
export function errorName(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
